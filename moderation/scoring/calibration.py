"""From log-odds to probabilities: one Platt curve a category (Platt 1999, sigmoid of a linear map)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Calibration:
    """`p = 1 / (1 + exp(-(slope * score + offset)))`, with a slope and an offset for each category."""

    slopes: Floats
    offsets: Floats

    @classmethod
    def identity(cls, size: int) -> Calibration:
        """Scores taken as log-odds."""
        return cls(np.ones(size, dtype=np.float32), np.zeros(size, dtype=np.float32))

    def apply(self, scores: Floats) -> Floats:
        """Probabilities for scores of shape `(..., categories)`."""
        linear = np.clip(scores * self.slopes + self.offsets, -30.0, 30.0)
        probabilities: Floats = (1.0 / (1.0 + np.exp(-linear))).astype(np.float32)
        return probabilities
