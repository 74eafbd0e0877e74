"""How well one character follows another, in ordinary Chinese and in what is pasted into it: counts of pairs.

A text that was put between two others shows at its seams: neither follows well on what stands before it, and the two
outer parts follow well on each other. `resources/bigrams.npz` is built by `tools/build_bigrams.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.normalize.text import Codes

COMMON = 2560
"""Rows and columns: the line break, the commonest characters, and one for all others."""
RESOURCE = Path(str(files("moderation.resources").joinpath("bigrams.npz")))
BREAK = np.int16(0)
"""The row of the line break: a text begins after one and ends before one."""
_OTHER = COMMON - 1
_STEPS = 8.0
_DISCOUNT = 0.75
_RARE = 6.0
"""The last column stands for thousands of characters: any one of them is rarer by this many steps of e."""
Rows = npt.NDArray[np.int16]
Logs = npt.NDArray[np.float32]


class Bigrams:
    """A model of character pairs with absolute discounting (Ney, Essen and Kneser 1994).

    `levels` are counts on a logarithmic scale, zero for pairs not seen; `singles` count what begins a pair, `fallback`
    how often each character stands where no pair is known.
    """

    def __init__(
        self, levels: npt.NDArray[np.uint8], singles: npt.NDArray[np.int64], fallback: npt.NDArray[np.int64]
    ) -> None:
        self._levels = levels.ravel()
        total = np.maximum(singles, 1).astype(np.float64)
        kinds = np.maximum((levels > 0).sum(axis=1), 1)
        steps = np.exp((np.arange(256) - 1) / _STEPS)
        self._seen = np.where(np.arange(256) > 0, steps, 0.0).astype(np.float32)
        self._own = np.log(np.maximum(steps - _DISCOUNT, 0.25)).astype(np.float32)
        self._total = np.log(total).astype(np.float32)
        self._backoff = np.log(np.minimum(_DISCOUNT * kinds / total, 1.0)).astype(np.float32)
        share = np.maximum(fallback, 1) / max(fallback.sum(), 1)
        self._single = np.log(share).astype(np.float32)
        self._single[_OTHER] -= _RARE

    def follow(self, first: Rows, second: Rows) -> Logs:
        """The log-probability of each second character after its first, both by their rows."""
        level = self._levels.take(first.astype(np.int32) * COMMON + second)
        unseen = self._backoff.take(first) + self._single.take(second)
        seen = self._own.take(level) - self._total.take(first)
        found: Logs = np.where((level == 0) | (second == _OTHER), unseen, seen)
        return found

    def counts(self, first: Rows, second: Rows) -> Logs:
        """About how often the second character was seen after the first."""
        found: Logs = self._seen.take(self._levels.take(first.astype(np.int32) * COMMON + second))
        return found


@dataclass(frozen=True, slots=True)
class Seams:
    """The two models, of ordinary text and of what is sold, over the same rows."""

    numbers: Rows
    text: Bigrams
    sold: Bigrams

    def rows(self, codes: Codes) -> Rows:
        """The row of each character."""
        found: Rows = self.numbers.take(codes)
        return found


@cache
def seams() -> Seams:
    """The shipped counts."""
    with np.load(RESOURCE, allow_pickle=False) as stored:
        numbers = np.full(0x110000, _OTHER, dtype=np.int16)
        numbers[stored["characters"]] = np.arange(len(stored["characters"]), dtype=np.int16)
        text, sold = stored["text_singles"], stored["sold_singles"]
        mixed = sold + (text / text.sum() * 0.5 * sold.sum()).astype(np.int64)
        return Seams(numbers, Bigrams(stored["text_levels"], text, text), Bigrams(stored["sold_levels"], sold, mixed))
