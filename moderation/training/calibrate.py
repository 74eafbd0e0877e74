"""Calibration on rows the models were not fitted on: Platt curves (Platt 1999), and the stacker of the cascade."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from moderation.scoring.calibration import Calibration
from moderation.scoring.cascade import Stacker
from moderation.scoring.features import features_of
from moderation.scoring.ngram import NgramModel

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]


def scores_of(model: NgramModel, texts: Sequence[str]) -> Floats:
    """Uncalibrated scores, `(texts, categories)`."""
    return np.stack([model.log_odds(features_of(text)) for text in texts])


def _curve(columns: Floats, labels: Labels, name: str) -> tuple[Floats, float]:
    """Coefficients and offset of a logistic regression of one category on its score columns."""
    if labels.min() == labels.max():
        raise ValueError(f"{name} has only one side in the calibration rows")
    curve = LogisticRegression(C=1e6, max_iter=1000).fit(columns, labels)
    return curve.coef_[0].astype(np.float32), float(curve.intercept_[0])


def fit_calibration(scores: Floats, labels: Labels) -> Calibration:
    """A slope and an offset for each category. Raises ValueError for a category with only one side."""
    slopes, offsets = [], []
    for column in range(scores.shape[1]):
        weights, offset = _curve(scores[:, [column]], labels[:, column], f"category {column}")
        if weights[0] < 0:
            raise ValueError(f"category {column}: the model ranks the calibration rows the wrong way round")
        slopes.append(weights[0])
        offsets.append(offset)
    return Calibration(np.array(slopes, dtype=np.float32), np.array(offsets, dtype=np.float32))


def fit_stacker(fast: Floats, encoder: Floats, labels: Labels) -> Stacker:
    """How much each model's log-odds count in each category; calibrated by being fitted on held-out rows.

    Every text counts as uncertain until `escalation.choose` narrows the band. Raises ValueError as `fit_calibration`.
    """
    size = fast.shape[1]
    weights = np.zeros((3, size), dtype=np.float32)
    for column in range(size):
        both = np.stack((fast[:, column], encoder[:, column]), axis=1)
        own, offset = _curve(both, labels[:, column], f"category {column}")
        if own.sum() < 0:
            raise ValueError(f"category {column}: the models rank the calibration rows the wrong way round")
        weights[:, column] = (*own, offset)
    zeros = np.zeros(size, dtype=np.float32)
    return Stacker(weights[0], weights[1], weights[2], low=zeros, high=zeros + 1)


def expected_calibration_error(probabilities: Floats, labels: Labels, bins: int = 10) -> float:
    """Mean gap between stated and observed frequency over equal bins, weighted by rows (Guo et al. 2017)."""
    numbers = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = 0.0
    for number in range(bins):
        inside = numbers == number
        if inside.any():
            total += inside.mean() * abs(float(probabilities[inside].mean()) - float(labels[inside].mean()))
    return total
