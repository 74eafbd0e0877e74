"""Work that is done again and again for as long as the worker lives, whatever becomes of the store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from service.problem import place_of
from service.store.database import StoreUnavailable

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


async def keep_at(
    name: str, work: Callable[[], Awaitable[bool]], *, idle: float, woken: asyncio.Event | None = None
) -> None:
    """Call `work` for ever: again at once while it finds something, else after `idle` seconds or when `woken`.

    A store that is away, or an error that nobody foresaw, makes the pauses longer and ends nothing.
    """
    log = structlog.get_logger(f"service.{name}")
    woken = woken or asyncio.Event()
    failures = 0
    while True:
        woken.clear()
        try:
            pause = 0.0 if await work() else idle
            failures = 0
        except Exception as error:
            if not isinstance(error, StoreUnavailable):
                log.error("failed", error=type(error).__name__, place=place_of(error))
            elif not failures:
                log.warning("the store is away")
            failures += 1
            pause = min(_FIRST_PAUSE * 2 ** min(failures - 1, 10), _LONGEST_PAUSE) * random.uniform(0.5, 1)
        try:
            async with asyncio.timeout(pause):
                await woken.wait()
        except TimeoutError:
            pass
