"""From features and signals to calibrated probabilities."""

from moderation.scoring.cascade import Cascade, EncoderUse, Escalation
from moderation.scoring.classifier import load_classifier
from moderation.scoring.ngram import NgramModel
from moderation.scoring.scorer import Scorer

__all__ = ["Cascade", "EncoderUse", "Escalation", "NgramModel", "Scorer", "load_classifier"]
