"""Work in threads behind a bounded queue: the event loop shuffles bytes and never scores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

T = TypeVar("T")

_PATIENT_AT_MOST = 1024
"""Articles of batches that wait: four of the largest, which is longer than most callers do."""


class BusyError(Exception):
    """So many articles wait that another would only wait longer."""


class TimedOutError(Exception):
    """An article took longer than the limit. Its thread may still be at work and keeps its place in the queue."""


class Engine:
    """Runs work in `threads` threads; at most `waiting` pieces wait for one.

    Two threads are more than one core needs, on purpose: the encoder works outside the interpreter's lock, so that
    one article is scored while another's doubtful titles are read.
    """

    def __init__(self, threads: int, waiting: int, time_limit: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scoring")
        self._time_limit = time_limit
        self._places = threads + waiting
        self._taken = 0
        self._lock = Lock()
        # Batches and jobs leave a thread free, where there are two, so that single requests get between them.
        self._patient = asyncio.Semaphore(max(1, threads - 1))
        self._patiently = 0

    @property
    def open(self) -> int:
        """Pieces of work at hand or waiting."""
        return self._taken

    @property
    def places(self) -> int:
        """Pieces of work that fit."""
        return self._places

    async def run(self, work: Callable[[], T]) -> T:
        """The result of a piece of work. Raises BusyError, TimedOutError, and what the work raises."""
        with self._lock:
            if self._taken >= self._places:
                raise BusyError
            self._taken += 1
        try:
            future = self._pool.submit(work)
        except RuntimeError:  # the pool is closed
            self._leave()
            raise
        future.add_done_callback(self._leave)
        try:
            async with asyncio.timeout(self._time_limit):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if future.done() and not future.cancelled() and isinstance(future.exception(), TimeoutError):
                raise  # the work's own
            future.cancel()
            raise TimedOutError from None

    async def run_patiently(self, work: Callable[[], T]) -> T:
        """The same for one of many: waits for a place instead of being refused."""
        self._patiently += 1
        try:
            async with self._patient:
                while True:
                    try:
                        return await self.run(work)
                    except BusyError:
                        await asyncio.sleep(0.05)
        finally:
            self._patiently -= 1

    def admit(self, pieces: int) -> None:
        """Raises BusyError where so many more patient ones would make the queue of those too long."""
        if self._patiently and self._patiently + pieces > _PATIENT_AT_MOST:
            raise BusyError

    def close(self) -> None:
        """Let running work end and drop what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _leave(self, _: Future[T] | None = None) -> None:
        with self._lock:
            self._taken -= 1
