"""The scoring service: the HTTP endpoint that a CMS asks before it publishes. `moderation serve` starts it."""
