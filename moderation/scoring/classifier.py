"""The classifier of a model folder: the cascade where it holds an encoder, else the fast model alone."""

from __future__ import annotations

from moderation.artifacts import Artifact
from moderation.scoring.cascade import Cascade, EncoderUse, Escalation, Stacker
from moderation.scoring.encoder import Encoder
from moderation.scoring.ngram import NgramModel

WEIGHTS, ENCODER, CHARACTERS, STACKER = "weights.npz", "encoder.onnx", "characters.txt", "stacker.npz"


def load_classifier(artifact: Artifact, escalation: Escalation) -> NgramModel | Cascade:
    """Read what a verified model folder holds. A policy that never asks for the encoder does not load it.

    Raises ArtifactError for a folder that lacks a file, ValueError for a file that is none of ours.
    """
    fast = NgramModel.load(artifact.file(WEIGHTS))
    if ENCODER not in artifact.details["files"] or escalation.use is EncoderUse.NEVER:
        return fast
    try:
        longest = int(artifact.details["longest"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{artifact.path}: the manifest does not say how long a text its encoder reads") from None
    encoder = Encoder.load(artifact.file(ENCODER), artifact.file(CHARACTERS), fast.categories, longest)
    return Cascade(fast, encoder, Stacker.load(artifact.file(STACKER)), escalation)
