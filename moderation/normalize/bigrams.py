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
UNIT = 0.2
"""What one step of a glance's gain stands for; of its surprise, two."""
UNCOMMON = 0x80
"""Set in a glance at a pair that ordinary text holds seldom enough to tell a subject."""
MOST_UNCOMMON = 400
"""Pairs seen more often, among 27 million, say nothing of a subject."""
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

    def unseen(self) -> tuple[Logs, Logs]:
        """What `follow` adds up for a pair that was never seen: by its first character's row, and by its second's."""
        return self._backoff, self._single

    def seen(self) -> npt.NDArray[np.bool_]:
        """Which pairs, by `row * COMMON + row`, were ever seen."""
        found: npt.NDArray[np.bool_] = self._levels > 0
        return found

    def counts(self, first: Rows, second: Rows) -> Logs:
        """About how often the second character was seen after the first."""
        found: Logs = self._seen.take(self._levels.take(first.astype(np.int32) * COMMON + second))
        return found


@dataclass(frozen=True, slots=True)
class Seams:
    """The two models, of ordinary text and of what is sold, over the same rows.

    `glances` holds for each pair, by `row * COMMON + row`, what a first look needs, in one number: above the low byte
    how much better the pair reads as sold than as ordinary text, in steps of `UNIT`; in the low byte `UNCOMMON`, and
    in steps of twice that how badly it reads as ordinary text. Both are rounded up: a bound made of them is one.
    """

    numbers: Rows
    text: Bigrams
    sold: Bigrams
    glances: npt.NDArray[np.int16]

    def rows(self, codes: Codes) -> Rows:
        """The row of each character."""
        found: Rows = self.numbers.take(codes)
        return found


_AT_ONCE = 128
_SURPRISE = 0x7F


def _glances(text: Bigrams, sold: Bigrams) -> npt.NDArray[np.int16]:
    """The table of both models' opinions of all pairs: first of those that neither has seen, then of the others."""
    found = np.empty(COMMON * COMMON, dtype=np.int16)
    ordinary, ordinary_single = text.unseen()
    offered, offered_single = sold.unseen()
    for start in range(0, COMMON, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        gain = np.add.outer((offered - ordinary)[rows], offered_single - ordinary_single)
        surprise = np.add.outer(ordinary[rows], ordinary_single)
        found[start * COMMON : (start + _AT_ONCE) * COMMON] = _packed(gain, surprise).ravel()
    found |= UNCOMMON
    seen = np.flatnonzero(text.seen() | sold.seen())
    first, second = (seen // COMMON).astype(np.int16), (seen % COMMON).astype(np.int16)
    follows = text.follow(first, second)
    uncommon = text.counts(first, second) <= MOST_UNCOMMON
    found[seen] = _packed(sold.follow(first, second) - follows, follows) + uncommon * np.int16(UNCOMMON)
    return found


def _packed(gain: Logs, follows: Logs) -> npt.NDArray[np.int16]:
    """One number of a pair's gain and its log-probability in ordinary text, both rounded towards a paste."""
    gains: npt.NDArray[np.int16] = np.ceil(gain * np.float32(1 / UNIT)).clip(-128, 127).astype(np.int16)
    gains <<= 8
    gains += np.ceil(follows * np.float32(-0.5 / UNIT)).clip(0, _SURPRISE).astype(np.int16)
    return gains


@cache
def seams() -> Seams:
    """The shipped counts."""
    with np.load(RESOURCE, allow_pickle=False) as stored:
        numbers = np.full(0x110000, _OTHER, dtype=np.int16)
        numbers[stored["characters"]] = np.arange(len(stored["characters"]), dtype=np.int16)
        singles, sold_singles = stored["text_singles"], stored["sold_singles"]
        mixed = sold_singles + (singles / singles.sum() * 0.5 * sold_singles.sum()).astype(np.int64)
        text = Bigrams(stored["text_levels"], singles, singles)
        sold = Bigrams(stored["sold_levels"], sold_singles, mixed)
    return Seams(numbers, text, sold, _glances(text, sold))
