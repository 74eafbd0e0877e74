"""What one worker holds while it runs, built at start and handed to every route."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from service.body import Bodies
from service.drift import Drift
from service.engine import Engine
from service.rates import Rates
from service.release import Release, Shelf
from service.settings import Settings
from service.shadow import Shadow
from service.store.callbacks import CallbackStore
from service.store.database import Database
from service.store.feedback import FeedbackStore
from service.store.idempotency import IdempotencyStore
from service.store.jobs import JobStore
from service.store.keys import KeyStore
from service.store.releases import ReleaseStore
from service.store.verdicts import VerdictStore
from service.telemetry import Telemetry


@dataclass(slots=True)
class State:
    """`release` is replaced as a whole by a reload: whoever took it keeps one that fits together.

    `work` is set when a job came in, so that nobody has to look for it first.
    """

    settings: Settings
    telemetry: Telemetry
    engine: Engine
    rates: Rates
    bodies: Bodies
    release: Release
    shelf: Shelf
    database: Database
    verdicts: VerdictStore
    feedback: FeedbackStore
    keys: KeyStore
    jobs: JobStore
    callbacks: CallbackStore
    idempotency: IdempotencyStore
    releases: ReleaseStore
    drift: Drift
    shadow: Shadow | None = None
    run: str = ""
    reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    work: asyncio.Event = field(default_factory=asyncio.Event)
    has_tables: bool = False
    stopping: bool = False


def state_of(request: Request) -> State:
    """The worker's state, as a dependency."""
    state: State = request.app.state.worker
    return state


Worker = Annotated[State, Depends(state_of)]
"""The same, as a route's parameter says it."""
