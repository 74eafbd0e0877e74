"""The gauges of a worker, set by itself: whoever is asked for `/metrics` adds up what each has written."""

from __future__ import annotations

import asyncio

from service.state import State

_EVERY = 1.0
_UNKNOWN = -1.0


def measure(state: State) -> None:
    """Set the gauges to what is now."""
    state.telemetry.queue.set(state.engine.open)
    state.telemetry.queue_places.set(state.engine.places)
    state.telemetry.generation.set(state.release.generation)
    index = state.drift.index()
    state.telemetry.drift.set(_UNKNOWN if index is None else index)


async def keep_measuring(state: State) -> None:
    """Set them again and again, for ever."""
    while True:
        measure(state)
        await asyncio.sleep(_EVERY)
