"""Intervals for shares, by resampling whole clusters: rows of one pair, and near-duplicates, move together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
DRAWS = 400


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95% interval and the rows it is taken over. `value` is None over no rows."""

    value: float | None
    low: float | None
    high: float | None
    rows: int

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return "–"
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"


class Bootstrap:
    """Poisson bootstrap over clusters (Chamandy et al. 2012): each draw weighs each cluster by a Poisson(1) count."""

    def __init__(self, clusters: Sequence[int], seed: int = 7, draws: int = DRAWS) -> None:
        _, numbers = np.unique(np.asarray(clusters), return_inverse=True)
        counts = np.random.default_rng(seed).poisson(1.0, size=(draws, int(numbers.max()) + 1))
        self._weights = counts[:, numbers].astype(np.float32)

    def share(self, hits: Flags, of: Flags) -> Interval:
        """The share of rows in `of` that are in `hits`, with its interval."""
        total = int(of.sum())
        if not total:
            return Interval(None, None, None, 0)
        inside = self._weights[:, of]
        weight = inside.sum(axis=1)
        values = inside[:, hits[of]].sum(axis=1) / np.maximum(weight, 1.0)
        low, high = np.percentile(values[weight > 0], (2.5, 97.5))
        return Interval(float(hits[of].mean()), float(low), float(high), total)

    def f1(self, found: Flags, true: Flags) -> Interval:
        """The F1 of a prediction, with its interval."""
        if not true.any():
            return Interval(None, None, None, 0)
        both = self._weights[:, found & true].sum(axis=1)
        either = self._weights[:, found].sum(axis=1) + self._weights[:, true].sum(axis=1)
        low, high = np.percentile(2 * both / np.maximum(either, 1.0), (2.5, 97.5))
        value = 2 * float((found & true).sum()) / max(float(found.sum() + true.sum()), 1.0)
        return Interval(value, float(low), float(high), int(true.sum()))
