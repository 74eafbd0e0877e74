"""The audit of what is already published: which articles are poisoned, why, since when, and what to cut."""
