"""Local processes: chunks go in, results come out as they are done, and a worker that dies takes no article with it."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from moderation.audit.judge import Chunk, ChunkResult, JudgeSpec, judge_chunk, split, warm
from moderation.audit.outcome import Outcome, failure

AHEAD = 3
"""Chunks in flight for each worker: enough to keep it busy, few enough to keep memory flat."""


_WINDOW = 256
"""Chunks by which the fastest may be ahead of the slowest: results wait in memory for those before them."""


class Feed:
    """Chunks on their way: at most `most` at work, and none too far ahead of the oldest that is."""

    def __init__(self, chunks: Iterable[Chunk], most: int) -> None:
        self._waiting, self._most, self._sent = iter(chunks), most, 0
        self.flying: dict[Any, Chunk] = {}
        """What is at work, by whatever stands for it; whoever takes a chunk enters it here."""

    def take(self) -> Chunk | None:
        """The next chunk to send; None where there is none, or not yet."""
        oldest = min((chunk.number for chunk in self.flying.values()), default=self._sent)
        if len(self.flying) >= self._most or self._sent - oldest >= _WINDOW:
            return None
        chunk = next(self._waiting, None)
        if chunk is not None:
            self._sent = chunk.number
        return chunk


class LocalEngine:
    """`workers` processes on this machine."""

    name = "local"

    def __init__(self, spec: JudgeSpec, workers: int | None = None) -> None:
        self._spec = spec
        self.workers = workers or os.cpu_count() or 1

    def run(self, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        """The result of every chunk, in the order in which they are done. Closing the iterator ends the processes."""
        feed = Feed(chunks, self.workers * AHEAD)
        flying: dict[Future[ChunkResult], Chunk] = feed.flying
        pool = self._pool()
        try:
            while True:
                while (chunk := feed.take()) is not None:
                    flying[pool.submit(judge_chunk, self._spec, chunk)] = chunk
                if not flying:
                    return
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                broken: list[Chunk] = []
                for future in done:
                    chunk = flying.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        broken.append(chunk)
                if broken:
                    # All that flew is lost with the pool, also what only waited in its queue.
                    lost = [*broken, *flying.values()]
                    flying.clear()
                    pool.shutdown(wait=True, cancel_futures=True)
                    for chunk in lost:
                        yield self._one_by_one(chunk)
                    pool = self._pool()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _one_by_one(self, chunk: Chunk) -> ChunkResult:
        """Judge each article alone, so that one whose worker dies with it is known and set aside."""
        outcomes: list[tuple[int, Outcome]] = []
        pool = self._pool(1)
        for alone in split(chunk):
            ((number, item),) = alone.items
            try:
                outcomes += pool.submit(judge_chunk, self._spec, alone).result().outcomes
            except BrokenProcessPool:
                outcomes.append((number, failure(item, "its worker died while judging it")))
                pool = self._pool(1)
        pool.shutdown()
        return ChunkResult(chunk.number, tuple(outcomes))

    def _pool(self, workers: int | None = None) -> ProcessPoolExecutor:
        # Spawned: a fork would copy threads' locks (onnxruntime's, SQLAlchemy's) in whatever state they are.
        return ProcessPoolExecutor(workers or self.workers, get_context("spawn"), _begin, (self._spec,))


def _begin(spec: JudgeSpec) -> None:
    # Ctrl-C is for the main process: it lets the workers finish what they have.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm(spec)


def in_order(results: Iterable[ChunkResult]) -> Iterator[list[ChunkResult]]:
    """For each result those that are now complete from the beginning on: none, one or several, in order."""
    early: dict[int, ChunkResult] = {}
    expected = 0
    for result in results:
        early[result.number] = result
        ready: deque[ChunkResult] = deque()
        while expected in early:
            ready.append(early.pop(expected))
            expected += 1
        yield list(ready)
