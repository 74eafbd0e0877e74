"""From features and signals to calibrated probabilities."""

from moderation.scoring.ngram import NgramModel
from moderation.scoring.scorer import Scorer

__all__ = ["NgramModel", "Scorer"]
