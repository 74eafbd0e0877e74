"""The scoring service: what `moderation serve` runs. It uses only what `moderation` publishes."""
