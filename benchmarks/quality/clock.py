"""How long a title takes on one core."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.core import one_core
from benchmarks.quality.peers import Scorer

TITLES = 200
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Speed:
    """Microseconds a title, for titles given one by one and for all of them at once."""

    single: float
    batch: float


def speeds(scorers: Sequence[Scorer], texts: Sequence[str]) -> list[Speed]:
    """The speed of each scorer: the fastest of rounds in which all take turns, so that a busy machine hurts all."""
    with one_core():
        rounds = [[_speed(scorer, texts) for scorer in scorers] for _ in range(ROUNDS)]
    turns = zip(*rounds, strict=True)
    return [Speed(min(turn.single for turn in own), min(turn.batch for turn in own)) for own in turns]


def _speed(scorer: Scorer, texts: Sequence[str]) -> Speed:
    def one_by_one() -> None:
        for text in texts:
            scorer([text])

    return Speed(_seconds(one_by_one) / len(texts) * 1e6, _seconds(lambda: scorer(texts)) / len(texts) * 1e6)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
