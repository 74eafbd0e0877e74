"""Whether the scores of today look like those on the model's card."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from moderation import Verdict
from moderation.taxonomy import TITLE_CATEGORIES

_LEAST = 1e-3
"""No bin counts as emptier than this: the index would be infinite."""
_ENOUGH = 200


class Drift:
    """The population stability index of the highest title probability of recent articles.

    `sum((p - q) ln(p / q))` over the bins of the model card's `reference` (Siddiqi 2006): under 0.1 alike, above 0.25
    another population or a broken input. None until enough articles came, or where the card has no reference.
    """

    def __init__(self, reference: Mapping[str, Any] | None, remembered: int = 2000) -> None:
        self._recent: deque[int] = deque(maxlen=remembered)
        self._lock = Lock()
        self._edges: Sequence[float] = ()
        self.compare_with(reference)

    def compare_with(self, reference: Mapping[str, Any] | None) -> None:
        """Begin anew against another card."""
        with self._lock:
            self._edges = tuple(reference["edges"]) if reference else ()
            self._shares = tuple(reference["shares"]) if reference else ()
            self._recent.clear()

    def saw(self, verdict: Verdict) -> None:
        """Take in a verdict."""
        highest = max(score.probability for score in verdict.categories if score.category in TITLE_CATEGORIES)
        with self._lock:
            self._recent.append(sum(highest >= edge for edge in self._edges))

    def index(self) -> float | None:
        """The index now."""
        with self._lock:
            if not self._edges or len(self._recent) < _ENOUGH:
                return None
            counts = Counter(self._recent)
            return stability(self._shares, [counts[place] / len(self._recent) for place in range(len(self._shares))])


def stability(expected: Sequence[float], found: Sequence[float]) -> float:
    """The population stability index of two distributions over the same bins."""
    pairs = [(max(p, _LEAST), max(q, _LEAST)) for p, q in zip(found, expected, strict=True)]
    return sum((p - q) * math.log(p / q) for p, q in pairs)
