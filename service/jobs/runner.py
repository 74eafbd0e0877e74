"""Judging the articles of jobs in each worker, a few at a time, so that single requests get between them."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from service import problem
from service.jobs.persistence import keep_at
from service.judging import Judged, compare, judge, read_json
from service.problem import Problem, place_of
from service.state import State
from service.store.database import StoreUnavailable
from service.store.jobs import LEASE, Item, Outcome

T = TypeVar("T")

_ARTICLES_PER_THREAD = 8
"""How many are claimed at once: several, so that one transaction writes several results."""
_LOOK_EVERY = 1.0
_TRY_AGAIN_AFTER = (1.0, 5.0)
"""Seconds before an article is tried again that an outage left without a verdict. One over the time limit is not: its
thread may still be at it."""
_CLAIMS_AT_MOST = 5
"""An article that was at hand in as many workers when they died is taken for the cause."""


class Runner:
    """Claims articles from the store, judges them and writes each result once; a lease guards what is claimed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._claim = ""
        self._held: Sequence[Item] = ()
        self._judged: list[Outcome] = []
        self._to_compare: dict[int, Judged] = {}
        self._call: asyncio.Future[Any] | None = None
        self._log = structlog.get_logger("service.jobs")

    async def run(self) -> None:
        """Work for ever. When cancelled, give back what is claimed."""
        beating = asyncio.create_task(keep_at("lease", self._beat, idle=LEASE.total_seconds() / 4))
        try:
            await keep_at("jobs", self.round, idle=_LOOK_EVERY, woken=self._state.work)
        finally:
            beating.cancel()
            await self._give_back()

    async def round(self) -> bool:
        """Judge what can be claimed and write the results; whether there was anything. Raises StoreUnavailable.

        What could not be written is written in the next round, and not judged again.
        """
        if not self._held:
            # Each claim has a name of its own: were the answer to one lost, nothing would keep its lease alive.
            self._claim = f"{os.getpid()}-{secrets.token_hex(8)}"
            size = _ARTICLES_PER_THREAD * self._state.settings.threads
            self._held = await self._stored(self._state.jobs.claim, self._claim, size)
        if not self._judged:
            self._judged = await asyncio.gather(*map(self._outcome, self._part()))
        if not self._judged:
            return False
        await self._write()
        done = {result.item.id for result in self._judged}
        self._held, self._judged = [item for item in self._held if item.id not in done], []
        return True

    def _part(self) -> Sequence[Item]:
        """What to judge together: all that come for the first time, else one.

        One of those that come again may have killed the worker that had it. By itself and in random order, it takes
        few others with it.
        """
        fresh = [item for item in self._held if item.attempt == 1]
        return fresh or random.sample(self._held, min(1, len(self._held)))

    async def _outcome(self, item: Item) -> Outcome:
        if item.attempt > _CLAIMS_AT_MOST:
            detail = f"{_CLAIMS_AT_MOST} workers ended with this article at hand; this says nothing about it"
            return self._refused(item, Problem(problem.UNAVAILABLE, detail))
        for pause in (*_TRY_AGAIN_AFTER, None):
            try:
                judged = await judge(
                    self._state,
                    lambda release: read_json(release, item.article),
                    item.profile,
                    item.owner,
                    patient=True,
                )
            except Problem as refusal:
                if refusal.kind is not problem.UNAVAILABLE or pause is None:
                    return self._refused(item, refusal)
                await asyncio.sleep(pause)
            else:
                self._to_compare[item.id] = judged
                return Outcome(item, judged.record)
        raise AssertionError("the last try returns")

    def _refused(self, item: Item, refusal: Problem) -> Outcome:
        return Outcome(item, problem=refusal.body())

    async def _write(self) -> None:
        try:
            written = await self._finish(self._judged)
        except StoreUnavailable:
            raise
        except Exception as error:
            self._log.error("results not stored together", error=type(error).__name__, place=place_of(error))
            written = frozenset[int]().union(*[await self._write_one(result) for result in self._judged])
        self._state.telemetry.job_articles.labels("finished").inc(len(written))
        if len(written) < len(self._judged):
            # The lease ended before the results came, so the articles are another worker's.
            self._state.telemetry.job_articles.labels("lost").inc(len(self._judged) - len(written))
        compare(self._state, [judged for item, judged in self._to_compare.items() if item in written])
        self._to_compare.clear()

    async def _write_one(self, result: Outcome) -> frozenset[int]:
        """Write a result that may be one the database does not take: that must not hold up the others."""
        try:
            return await self._finish([result])
        except StoreUnavailable:
            raise
        except Exception as error:
            self._log.error("a result cannot be stored", error=type(error).__name__, place=place_of(error))
            self._to_compare.pop(result.item.id, None)
            detail = "the verdict cannot be stored; this says nothing about the article"
            return await self._finish([Outcome(result.item, problem=Problem(problem.UNAVAILABLE, detail).body())])

    async def _finish(self, results: Sequence[Outcome]) -> frozenset[int]:
        return await self._stored(self._state.jobs.finish_items, results)

    async def _stored(self, call: Callable[..., T], *given: Any) -> T:
        """A call to the store that ends also when this task is cancelled: what it claims must be given back."""
        self._call = asyncio.ensure_future(asyncio.to_thread(call, *given))
        found: T = await asyncio.shield(self._call)
        return found

    async def _beat(self) -> bool:
        if self._held:
            await asyncio.to_thread(self._state.jobs.heartbeat, self._claim)
        return False

    async def _give_back(self) -> None:
        if self._call is not None:
            await asyncio.gather(self._call, return_exceptions=True)
        with suppress(StoreUnavailable):
            await asyncio.to_thread(self._state.jobs.release, self._claim)
