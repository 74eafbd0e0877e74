"""Times: systems take turns in short rounds, and the fastest round of each counts.

All times are of the processor, so that other work on the machine disturbs them little.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from benchmarks.pages.made import Made, Shape, made
from benchmarks.pages.systems import Judge, Ours
from moderation.detectors import DETECTORS, Resources, ask
from moderation.lexicon import Lexicon
from moderation.normalize import Document
from moderation.readers import read_html
from moderation.readers.encoding import decode

_ENOUGH = 0.5
"""Seconds that the rounds of one point of a growth curve may take, once it has had two."""
_MOST_ROUNDS = 12
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Point:
    """One size of a growth curve: what was doubled, the milliseconds the page took, and what it was judged."""

    size: int
    bytes: int
    milliseconds: float
    action: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """How the time grows as one thing doubles again and again."""

    name: str
    points: tuple[Point, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """The time of each point over that of the one before it."""
        return tuple(after.milliseconds / before.milliseconds for before, after in pairwise(self.points))

    @property
    def turns(self) -> tuple[bool, ...]:
        """Whether each point was judged otherwise than the one before it: what is not allowed is judged once more."""
        return tuple(after.action != before.action for before, after in pairwise(self.points))


def milliseconds(judge: Judge, data: bytes) -> float:
    """How long one page takes, with every memory of earlier ones emptied first."""
    if isinstance(judge, Ours):
        judge.forget()
    begin = time.process_time()
    judge(data)
    return (time.process_time() - begin) * 1_000


def in_turns(judges: Mapping[str, Judge], pages: Sequence[Made], rounds: int) -> dict[str, dict[str, float]]:
    """The fastest milliseconds of every system on every page; a busy machine slows all of a round alike."""
    best: dict[str, dict[str, float]] = {name: {} for name in judges}
    for _ in range(rounds):
        gc.collect()
        for page in pages:
            for name, judge in judges.items():
                found = milliseconds(judge, page.data)
                best[name][page.name] = min(best[name].get(page.name, found), found)
    return best


def grown(judge: Judge, name: str, shape: Callable[[int], Shape], sizes: Sequence[int]) -> Curve:
    """The curve over pages of these sizes, each a double of the one before it."""
    points = []
    for size in sizes:
        page = made(name, shape(size))
        gc.collect()
        spent = 0.0
        found: list[float] = []
        while len(found) < 2 or (spent < _ENOUGH * 1_000 and len(found) < _MOST_ROUNDS):
            found.append(milliseconds(judge, page.data))
            spent += found[-1]
        action = str(getattr(judge(page.data), "action", ""))
        points.append(Point(size, len(page.data), min(found), action))
    return Curve(name, tuple(points))


def parts(ours: Ours, page: Made, rounds: int) -> dict[str, float]:
    """The fastest milliseconds of each part of a verdict without its repair, in the order they run."""
    resources = Resources(classifier=ours.model, terms=Lexicon.load().terms)
    detectors = [detector(resources) for detector in DETECTORS]
    best: dict[str, float] = {}

    def timed(name: str, action: Callable[[], _Result]) -> _Result:
        begin = time.process_time()
        result = action()
        found = (time.process_time() - begin) * 1_000
        best[name] = min(best.get(name, found), found)
        return result

    for _ in range(rounds):
        ours.forget()
        text, _ = timed("decode", lambda: decode(page.data))
        article = timed("read", lambda text=text: read_html(text, identifier="page"))
        document = timed("normalise", lambda article=article: Document(article))
        timed("ask", lambda document=document: ask(ours.model, detectors, document))
        for detector in detectors:
            name = detector.specs[0].name.partition(".")[0]
            timed(name, lambda detector=detector, document=document: detector.detect(document))
    return best
