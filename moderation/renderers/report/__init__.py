"""Verdicts as one self-contained page that shows each article with every finding in place."""

from moderation.renderers.report.page import base_style, document, inline_sources, palette, render

__all__ = ["base_style", "document", "inline_sources", "palette", "render"]
