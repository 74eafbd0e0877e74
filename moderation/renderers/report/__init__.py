"""Verdicts as one self-contained page that shows each article with every finding in place."""

from moderation.renderers.report.page import inline_sources, palette, render

__all__ = ["inline_sources", "palette", "render"]
