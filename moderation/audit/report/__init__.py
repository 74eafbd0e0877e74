"""What an audit found, as one self-contained page made to be looked at."""

from moderation.audit.report.page import Told, render

__all__ = ["Told", "render"]
