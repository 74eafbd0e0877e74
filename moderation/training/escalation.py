"""When the encoder is worth its cost: quality against its share of texts, and the operating point chosen from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from moderation.scoring.calibration import Calibration
from moderation.scoring.cascade import Stacker

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
LOWS = (0.001, 0.002, 0.004, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3)
HIGHS = (0.9, 0.97, 0.99, 0.997, 1.0)
_NEAR = 0.005
_HARD_RATE = 0.02


@dataclass(frozen=True, slots=True)
class Point:
    """One band: the share of ordinary titles and of the corpus that the encoder reads, and what recall that buys.

    `recall` is that of abusive titles where 2% of the difficult clean ones are flagged.
    """

    low: float
    high: float
    ordinary: float
    corpus: float
    recall: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Log-odds of both models on the same texts, `(texts, categories)`."""

    fast: Floats
    encoder: Floats

    def combined(self, calibration: Calibration, stacker: Stacker) -> tuple[Floats, Flags]:
        """Probabilities of the cascade without a cap, and which texts the encoder read."""
        quick = calibration.apply(self.fast)
        asked = stacker.uncertain(quick)
        both = stacker.apply(self.fast, self.encoder)
        return np.where(asked[:, None], both, quick).astype(np.float32), asked


def recall_at(probabilities: Floats, groups: npt.NDArray[np.str_], rate: float = _HARD_RATE) -> float:
    """Recall of abusive texts where a share `rate` of the hard clean ones is flagged."""
    scores = probabilities.max(axis=1)
    level = np.quantile(scores[groups == "hard"], 1 - rate)
    return float((scores[groups == "abusive"] > level).mean())


def curve(
    corpus: Judged, groups: npt.NDArray[np.str_], ordinary: Floats, calibration: Calibration, stacker: Stacker
) -> list[Point]:
    """The quality and cost of every band, by rising share of ordinary titles. `ordinary` are fast log-odds."""
    quick = calibration.apply(ordinary)
    points = []
    for low in LOWS:
        for high in HIGHS:
            band = with_band(stacker, low, high)
            probabilities, asked = corpus.combined(calibration, band)
            read = float(band.uncertain(quick).mean()) if len(quick) else 0.0
            points.append(Point(low, high, read, float(asked.mean()), recall_at(probabilities, groups)))
    return sorted(points, key=lambda point: (point.ordinary, point.corpus))


def with_band(stacker: Stacker, low: float, high: float) -> Stacker:
    """The stacker with one band for every category."""
    size = np.ones(len(stacker.fast), dtype=np.float32)
    return replace(stacker, low=size * np.float32(low), high=size * np.float32(high))


def choose(points: list[Point]) -> Point:
    """The cheapest point whose recall lies within half a point of the best."""
    best = max(point.recall for point in points)
    return next(point for point in points if point.recall >= best - _NEAR)
