"""Disguised copies of training rows, abusive and clean at the same rate: the model must learn meaning, not disguise."""

from __future__ import annotations

import random

import numpy as np

from moderation.training.evasion import EVASIONS, HEAVY, LIGHT
from moderation.training.fit import Examples

_SHARES = (LIGHT, (LIGHT + HEAVY) / 2, HEAVY)


def disguised(examples: Examples, rate: float, weight: float, seed: int) -> Examples:
    """The examples and, for a share `rate` of them, a copy under a random evasion with `weight` times its weight."""
    draw = random.Random(seed)
    names = sorted(EVASIONS)
    chosen = [number for number in range(len(examples.texts)) if draw.random() < rate]
    copies = [EVASIONS[draw.choice(names)](examples.texts[number], draw, draw.choice(_SHARES)) for number in chosen]
    return Examples(
        [*examples.texts, *copies],
        np.concatenate([examples.labels, examples.labels[chosen]]),
        np.concatenate([examples.weights, examples.weights[chosen] * np.float32(weight)]),
    )
