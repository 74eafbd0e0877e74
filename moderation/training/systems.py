"""Models beside each other: the encoder without the fast model as a classifier, and how often two of them agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from moderation.normalize import Normalized
from moderation.scoring.calibration import Calibration
from moderation.scoring.encoder import Encoder
from moderation.scoring.ngram import Influence
from moderation.taxonomy import CategoryId

Scores = npt.NDArray[np.float32]


class EncoderAlone:
    """The encoder with a calibration of its own, asked about every text."""

    def __init__(self, encoder: Encoder, calibration: Calibration) -> None:
        self._encoder, self._calibration = encoder, calibration

    @property
    def categories(self) -> tuple[CategoryId, ...]:
        """The categories, in column order."""
        return self._encoder.categories

    def classify(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> Scores:
        """Calibrated probabilities `(ranges, categories)`."""
        return self._calibration.apply(self._encoder.log_odds([text.text[start:end] for start, end in ranges]))

    def probabilities(self, text: Normalized, start: int = 0, end: int | None = None) -> Scores:
        """The calibrated probability of each category for `text[start:end]`."""
        row: Scores = self.classify(text, [(start, len(text) if end is None else end)])[0]
        return row

    def explain(
        self, text: Normalized, category: CategoryId, start: int = 0, end: int | None = None
    ) -> list[Influence]:
        """Nothing: the encoder names no characters."""
        return []


def alike(one: Scores, other: Scores, levels: Scores) -> float:
    """The share of texts that two sets of probabilities `(texts, categories)` flag alike at the given levels."""
    return float(((one >= levels) == (other >= levels)).all(axis=1).mean())
