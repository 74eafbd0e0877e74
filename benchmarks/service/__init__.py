"""The service's speed beside an endpoint that does nothing."""
