"""Platt calibration of a fitted model on rows it was not fitted on (Platt 1999)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from moderation.scoring.calibration import Calibration
from moderation.scoring.features import features_of
from moderation.scoring.ngram import NgramModel

Floats = npt.NDArray[np.float32]


def scores_of(model: NgramModel, texts: Sequence[str]) -> Floats:
    """Uncalibrated scores, `(texts, categories)`."""
    return np.stack([model.log_odds(features_of(text)) for text in texts])


def fit_calibration(scores: Floats, labels: npt.NDArray[np.int8]) -> Calibration:
    """A slope and an offset for each category. Raises ValueError for a category with only one side."""
    slopes, offsets = [], []
    for column in range(scores.shape[1]):
        if labels[:, column].min() == labels[:, column].max():
            raise ValueError(f"category {column} has only one side in the calibration rows")
        curve = LogisticRegression(C=1e6).fit(scores[:, [column]], labels[:, column])
        if curve.coef_[0, 0] < 0:
            raise ValueError(f"category {column}: the model ranks the calibration rows the wrong way round")
        slopes.append(curve.coef_[0, 0])
        offsets.append(curve.intercept_[0])
    return Calibration(np.array(slopes, dtype=np.float32), np.array(offsets, dtype=np.float32))


def expected_calibration_error(probabilities: Floats, labels: npt.NDArray[np.int8], bins: int = 10) -> float:
    """Mean gap between stated and observed frequency over equal bins, weighted by rows (Guo et al. 2017)."""
    numbers = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = 0.0
    for number in range(bins):
        inside = numbers == number
        if inside.any():
            total += inside.mean() * abs(float(probabilities[inside].mean()) - float(labels[inside].mean()))
    return total
