"""The smallest removal after which an article passes: planned on the article, then cut from its source."""

from moderation.repair.plan import plan, without

__all__ = ["plan", "without"]
