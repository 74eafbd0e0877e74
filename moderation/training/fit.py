"""Fitting the fast model: one logistic regression a category over the runtime's own features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from moderation.scoring.calibration import Calibration
from moderation.scoring.features import BUCKETS, features_of
from moderation.scoring.ngram import NgramModel
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.examples import Examples, require_both_sides


def design(texts: Sequence[str], sounds: bool = True) -> csr_matrix:
    """The feature matrix of raw texts, `(texts, BUCKETS)`, from the runtime's `extract`."""
    indices: list[npt.NDArray[np.uint32]] = []
    values: list[npt.NDArray[np.float32]] = []
    pointers = [0]
    for text in texts:
        features = features_of(text, sounds)
        indices += [features.buckets, features.shape]
        values += [features.values, np.ones(len(features.shape), dtype=np.float32)]
        pointers.append(pointers[-1] + len(features.buckets) + len(features.shape))
    matrix = csr_matrix(
        (np.concatenate(values).astype(np.float32), np.concatenate(indices).astype(np.int32), np.array(pointers)),
        shape=(len(texts), BUCKETS),
    )
    matrix.sum_duplicates()
    return matrix


def fit(examples: Examples, strength: float, seed: int, sounds: bool = True) -> NgramModel:
    """Fit with inverse regularisation `strength` (sklearn's C). Raises ValueError for a category without examples.

    The weights are rounded to half precision, as they are stored.
    """
    require_both_sides(examples)
    matrix = design(examples.texts, sounds)
    weights = np.zeros((BUCKETS, len(TITLE_CATEGORIES)), dtype=np.float16)
    bias = np.zeros(len(TITLE_CATEGORIES), dtype=np.float32)
    for column in range(len(TITLE_CATEGORIES)):
        model = LogisticRegression(C=strength, solver="liblinear", random_state=seed, max_iter=300)
        model.fit(matrix, examples.labels[:, column], sample_weight=examples.weights)
        weights[:, column] = model.coef_[0]
        bias[column] = model.intercept_[0]
    return NgramModel(TITLE_CATEGORIES, weights, bias, Calibration.identity(len(TITLE_CATEGORIES)))
