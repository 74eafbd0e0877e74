"""What a system raises when the machine lacks something it needs."""


class Missing(Exception):
    """Something that a system needs is not on this machine. The message says what."""
