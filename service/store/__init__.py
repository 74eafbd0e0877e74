"""What the service keeps: verdicts, feedback, keys, jobs, and what its workers tell each other.

All methods are synchronous and may be called from any thread. They raise StoreUnavailable when the database cannot be
reached, is locked or times out.
"""
