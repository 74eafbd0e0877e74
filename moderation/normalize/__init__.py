"""Text in its normal form, with a map back to every raw character."""

from moderation.normalize.document import Document
from moderation.normalize.steps import normalize, squeeze
from moderation.normalize.text import DISGUISE, Edit, Normalized, Step

__all__ = ["DISGUISE", "Document", "Edit", "Normalized", "Step", "normalize", "squeeze"]
