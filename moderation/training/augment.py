"""Disguised copies of training rows, abusive and clean at the same rate: the model must learn meaning, not disguise."""

from __future__ import annotations

import random

import numpy as np

from moderation.training.evasion import EVASIONS, HEAVY, LIGHT
from moderation.training.examples import Examples

_SHARES = (LIGHT, (LIGHT + HEAVY) / 2, HEAVY)
_NAMES = sorted(EVASIONS)


def disguise(text: str, draw: random.Random) -> str:
    """A text under a random evasion at a random strength."""
    return EVASIONS[draw.choice(_NAMES)](text, draw, draw.choice(_SHARES))


def disguised(examples: Examples, rate: float, weight: float, seed: int) -> Examples:
    """The examples and, for a share `rate` of them, a copy under a random evasion with `weight` times its weight."""
    draw = random.Random(seed)
    chosen = [number for number in range(len(examples)) if draw.random() < rate]
    return Examples(
        [*examples.texts, *(disguise(examples.texts[number], draw) for number in chosen)],
        np.concatenate([examples.labels, examples.labels[chosen]]),
        np.concatenate([examples.weights, examples.weights[chosen] * np.float32(weight)]),
    )
