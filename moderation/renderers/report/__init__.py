"""Verdicts as one self-contained page that shows each article with every finding in place."""

from moderation.renderers.report.page import render

__all__ = ["render"]
