"""Signals to category probabilities: a noisy-or of independent detectors.

Within one detector and category only the strongest signal counts, so that findings of the same kind cannot add up
(rspamd's group caps). Across detectors the model is a noisy-or (Pearl 1988): each signal alone is right with
probability `weight x strength`; a category's probability is one minus the chance that all of them are wrong.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from moderation.signals import Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import CategoryScore, Contribution

_CERTAIN = 0.9995


class Scorer:
    """Weighs signals. `weights` gives, for each signal name, how often it is right at full strength."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        bad = {name: weight for name, weight in weights.items() if not 0.0 <= weight <= 1.0}
        if bad:
            raise ValueError(f"signal weights lie in 0..1: {bad}")
        self.weights = dict(weights)

    @classmethod
    def default(cls) -> Scorer:
        """The scorer with the shipped weights (`resources/weights.toml`)."""
        text = files("moderation.resources").joinpath("weights.toml").read_text("utf-8")
        return cls({name: float(weight) for name, weight in tomllib.loads(text)["weights"].items()})

    def score(self, signals: Sequence[Signal]) -> tuple[CategoryScore, ...]:
        """The probability of every category. Raises KeyError for a signal that has no weight."""
        strongest: dict[tuple[CategoryId, str], tuple[float, str]] = {}
        for signal in signals:
            group = (signal.category, signal.name.partition(".")[0])
            value = min(self.weights[signal.name] * signal.strength, _CERTAIN)
            strongest[group] = max(strongest.get(group, (0.0, "")), (value, signal.name))
        return tuple(_combined(category, strongest) for category in CategoryId)


def _combined(category: CategoryId, strongest: Mapping[tuple[CategoryId, str], tuple[float, str]]) -> CategoryScore:
    parts = [
        Contribution(name, -math.log1p(-value))
        for (owner, _), (value, name) in strongest.items()
        if owner is category and value > 0
    ]
    parts.sort(key=lambda part: (-part.value, part.signal))
    return CategoryScore(category, abs(math.expm1(-sum(part.value for part in parts))), tuple(parts))
