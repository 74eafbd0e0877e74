"""Where a text was likely cut open for a phrase: the log-likelihood ratio of spans, worked out where it can be high.

Ordinary text is taken to come from a model of character pairs that now and then hands over to a second one, of what is
sold, and goes on afterwards where it stopped. A span is scored by the log-likelihood ratio of that story: how much
better the second model explains its inside, and how well the text reads on over the cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.detectors.reading import Reading
from moderation.normalize.bigrams import BREAK, COMMON, UNIT, Rows, Seams
from moderation.normalize.text import Codes, codes_of

SHORTEST, LONGEST = 3, 18
LIKELY = 9.5
"""The least log-likelihood ratio, less what the length costs: no reading could make up for a lower one."""
_PROMISING = 1.5
"""What a pasted phrase has gained by its third character, or else no span begins there."""
_CLAUSE_COST = 7.0
"""What a comma inside costs: the span is a clause of the text."""
_CLAUSES = ",、"
_CLOSED = "\n。!?;:“”‘’\"'《》<>()[]{}「」『』=/\\"
"""No phrase runs over one of these."""
_NEVER = 99.0
PER_CHARACTER = 0.8
"""What each character costs in the choice between spans that overlap."""
_AT_ONCE = 2048
_MOST_STARTS = 8192
"""Starts that are judged, those with the highest bounds: no article has so many, and cost stays that of a glance."""
_LEAST = (LIKELY + PER_CHARACTER) / UNIT - 1
"""What a span's bound has to exceed, one step less: sums of rounded numbers."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a text that may have been pasted, with its log-likelihood ratio."""

    start: int
    end: int
    ratio: float


Places = npt.NDArray[np.intp]
Steps = npt.NDArray[np.int32]
Found = npt.NDArray[np.float64]
"""Spans by rows: start, end, ratio."""
_NO_SPANS: Found = np.zeros((0, 3))


def _costs() -> npt.NDArray[np.float32]:
    table = np.zeros(0x10000, dtype=np.float32)
    table[codes_of(_CLAUSES)] = _CLAUSE_COST
    table[codes_of(_CLOSED)] = _NEVER
    return table


_COSTS = _costs()


def _cost(codes: Codes) -> npt.NDArray[np.float32]:
    """What each character costs inside of a span."""
    return _COSTS.take(np.minimum(codes, np.uint32(0xFFFF)))


class SpanSearch:
    """Finds spans that were likely pasted, with a model of character pairs."""

    def __init__(self, model: Seams) -> None:
        self._model = model
        rows = np.arange(COMMON, dtype=np.int16)
        breaks = np.full(COMMON, BREAK, dtype=np.int16)
        cost = np.full(COMMON, _NEVER, dtype=np.float32)
        codes = np.arange(0x10000, dtype=np.uint32)
        np.minimum.at(cost, model.rows(codes), _cost(codes))  # the last row stands for many: the least of theirs
        self._cost = np.floor(cost / UNIT).astype(np.int16)
        # What opening and closing a span at a character gains at most.
        self._opening = np.ceil(model.sold.follow(breaks, rows) / UNIT).astype(np.int16) - self._cost
        self._closing = np.ceil(model.sold.follow(rows, breaks) / UNIT).astype(np.int16)

    def spans(self, body: Reading) -> Found:
        """Every span of a body whose ratio is high enough for its length."""
        if len(body.rows) < SHORTEST + 4:
            return _NO_SPANS
        starts = self._promising(body)
        if not len(starts):
            return _NO_SPANS
        parts = [starts[at : at + _AT_ONCE] for at in range(0, len(starts), _AT_ONCE)]
        return np.concatenate([self._judged(body, part) for part in parts])

    def _promising(self, body: Reading) -> Places:
        """The starts of spans that may be likely enough: upper bounds in whole steps, over the whole text at once."""
        rows, size = body.rows, len(body.rows)
        surprise = (body.glance & 0x7F) << 1
        net = (body.glance >> 8) - self._cost.take(rows[1:])
        opening = self._opening.take(rows[1:-2])
        opening += surprise[:-2]
        starts = np.flatnonzero(opening + net[1:-1] + net[2:] > _PROMISING / UNIT)
        sums = np.zeros(size, dtype=np.int32)
        net -= round(PER_CHARACTER / UNIT)
        np.cumsum(net, out=sums[1:])
        closed = np.full(size + LONGEST, np.iinfo(np.int32).min // 2, dtype=np.int32)
        np.add(sums[:-1], self._closing.take(rows[:-1]) + surprise, out=closed[: size - 1])
        highest = closed
        for step in (1, 2, 4, 8):  # the highest of the sixteen ends that a start has
            highest = np.maximum(highest[:-step], highest[step:])
        opened = opening[starts] - sums[starts + 1]
        likely = opened + highest[starts + 3] > _LEAST
        first: Places = starts[likely] + 1
        opened = opened[likely]
        parts = range(0, len(first), _AT_ONCE)
        bounds = [self._reads_on(body, first[at : at + _AT_ONCE], opened[at : at + _AT_ONCE], closed) for at in parts]
        if not bounds:
            return first
        bound: Steps = np.concatenate(bounds)
        chosen = np.flatnonzero(bound > _LEAST - 2)
        if len(chosen) > _MOST_STARTS:
            chosen = np.sort(chosen[np.argsort(-bound[chosen], kind="stable")[:_MOST_STARTS]])
        found: Places = first[chosen]
        return found

    def _reads_on(self, body: Reading, starts: Places, opened: Steps, closed: Steps) -> Steps:
        """The highest bound of each start's ends, with how badly the text reads on behind them."""
        ends = starts[:, None] + np.arange(SHORTEST - 1, LONGEST)
        bound = opened[:, None] + closed[ends]
        ends += 1
        np.minimum(ends, len(body.rows) - 1, out=ends)
        keys = (body.rows[starts - 1].astype(np.int32) * COMMON)[:, None] + body.rows[ends]
        found: Steps = (bound - ((self._model.glances.take(keys) & 0x7F) << 1)).max(axis=1)
        return found

    def _judged(self, body: Reading, starts: Places) -> Found:
        """The spans from some starts, `LONGEST` characters at most, by what both models say of every pair."""
        last = len(body.rows) - 1
        places = starts[:, None] + np.arange(-1, LONGEST + 1)
        within = places[:, SHORTEST + 1 :] <= last
        np.minimum(places, last, out=places)
        rows: Rows = body.rows[places]
        breaks = np.full(rows.shape, BREAK, dtype=np.int16)
        cost = _cost(body.codes[places[:, 1:-1]])
        # Each pair as it stands, then what would stand beside each other without the span; and of what is sold, the
        # opening, each pair inside, and the closings.
        pairs = rows.shape[1] - 1
        joined = np.broadcast_to(rows[:, :1], (len(rows), LONGEST + 1 - SHORTEST))
        follows = self._model.text.follow(
            np.concatenate((rows[:, :-1], joined), axis=1),
            np.concatenate((rows[:, 1:], rows[:, SHORTEST + 1 :]), axis=1),
        )
        ordinary = follows[:, :pairs].astype(np.float64)
        sold = self._model.sold.follow(
            np.concatenate((breaks[:, :1], rows[:, 1:-2], rows[:, SHORTEST:-1]), axis=1),
            np.concatenate((rows[:, 1:-1], breaks[:, SHORTEST:-1]), axis=1),
        )
        inside = np.cumsum(sold[:, :LONGEST] - ordinary[:, :LONGEST] - cost, axis=1)
        bound = inside[:, SHORTEST - 1 :] + sold[:, LONGEST:] - ordinary[:, SHORTEST:]
        ratio = bound + follows[:, pairs:]
        least = LIKELY + PER_CHARACTER * np.arange(SHORTEST, LONGEST + 1)
        likely = (bound > least) & (ratio > least) & within & (inside[:, SHORTEST - 1] > _PROMISING)[:, None]
        number, size = np.nonzero(likely)
        first = starts[number]
        return np.stack((first, first + size + SHORTEST, ratio[number, size]), axis=1)
