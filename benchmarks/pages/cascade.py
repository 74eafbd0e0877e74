"""What the encoder costs on whole pages: how many it is asked about, and the time beside the fast model alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from benchmarks.pages.clock import milliseconds
from benchmarks.pages.systems import Ours, pages_file

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Escalations:
    """Over the pages measured: the share on which the encoder read anything, and mean times in milliseconds.

    `read` is how many texts it read on such a page, in the median; `alone` and `with_encoder` are over all pages,
    `asked_alone` and `asked_with_encoder` over those on which it was asked.
    """

    pages: int
    share: float
    read: float
    alone: float
    with_encoder: float
    asked_alone: float
    asked_with_encoder: float


class _Counting:
    """An encoder that counts the texts it is given."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self.texts = 0

    def log_odds(self, texts: Sequence[str]) -> Any:
        self.texts += len(texts)
        return self._encoder.log_odds(texts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)


def labelled_pages(split: str = "dev", most: int | None = None) -> Iterator[bytes]:
    """Pages of a split of `data/pages.jsonl`; none where it has not been built."""
    if not pages_file().exists():
        return
    with pages_file().open(encoding="utf-8") as lines:
        rows = (row for line in lines if (row := json.loads(line))["split"] == split)
        for number, row in enumerate(rows):
            if number == most:
                return
            yield row["html"].encode()


def escalations(alone: Ours, cascaded: Ours, pages: Sequence[bytes]) -> Escalations | None:
    """The encoder's share and cost, or None where the model has no encoder or no pages are given."""
    if not pages or not hasattr(cascaded.model, "encoder"):
        return None
    counter = cascaded.model.encoder = _Counting(cascaded.model.encoder)
    counts: list[int] = []
    times: list[tuple[float, float]] = []
    for data in pages:
        before = counter.texts
        milliseconds(cascaded, data)
        counts.append(counter.texts - before)
        turns = [(milliseconds(alone, data), milliseconds(cascaded, data)) for _ in range(ROUNDS)]
        times.append((min(turn[0] for turn in turns), min(turn[1] for turn in turns)))
    asked = [number for number, count in enumerate(counts) if count]
    return Escalations(
        pages=len(pages),
        share=len(asked) / len(pages),
        read=median(counts[number] for number in asked) if asked else 0.0,
        alone=mean(time for time, _ in times),
        with_encoder=mean(time for _, time in times),
        asked_alone=mean(times[number][0] for number in asked) if asked else 0.0,
        asked_with_encoder=mean(times[number][1] for number in asked) if asked else 0.0,
    )
