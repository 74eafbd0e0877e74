"""What waits and what was given up, as gauges."""

from __future__ import annotations

import asyncio

from service.jobs.persistence import keep_at
from service.state import State
from service.store.database import StoreUnavailable

_LOOK_EVERY = 5.0


async def watch(state: State) -> None:
    """Keep the gauges of the backlog right, for ever; NaN while the store is away."""

    async def look() -> bool:
        try:
            waiting = float(await asyncio.to_thread(state.jobs.queue_length))
            dead = float(await asyncio.to_thread(state.callbacks.count_dead))
        except StoreUnavailable:
            waiting = dead = float("nan")
        state.telemetry.jobs_waiting.set(waiting)
        state.telemetry.dead_letters.set(dead)
        return False

    await keep_at("backlog", look, idle=_LOOK_EVERY)
