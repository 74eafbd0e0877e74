"""The application: what a worker builds at start, and how its parts hang together."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response

from moderation import __version__
from service import log, problem
from service.body import Bodies
from service.drift import Drift
from service.engine import Engine
from service.envelope import Envelope
from service.jobs.backlog import watch
from service.jobs.callback import Courier
from service.jobs.runner import Runner
from service.measuring import keep_measuring
from service.openapi import document
from service.problem import Problem, place_of
from service.rates import Rates
from service.release import Choice, Release, ReleaseError, Shelf
from service.reload import catch_up, follow
from service.routes import admin, catalogue, health, jobs, page, score, verdicts
from service.settings import FILE, RUN, Settings, SettingsError, load_settings
from service.shadow import Shadow
from service.start import note_failure
from service.state import State
from service.store.callbacks import CallbackStore
from service.store.database import Database, StoreTooNewError, StoreUnavailable
from service.store.differences import DifferenceStore
from service.store.feedback import FeedbackStore
from service.store.idempotency import IdempotencyStore
from service.store.jobs import JobStore
from service.store.keys import KeyStore
from service.store.releases import ReleaseStore
from service.store.retention import purge
from service.store.verdicts import VerdictStore
from service.telemetry import Telemetry

_SWITCH = 0.001
"""Seconds after which a scoring thread lets the event loop in; Python's own 5 ms would show in every latency."""
_PURGE_EVERY = 3600.0
_MIGRATE_EVERY = 2.0
_AGAIN_AFTER = 5.0
_BODIES_HELD = 2
"""Bodies of the largest size that fit in memory at once."""
_DESCRIPTION = """Judges Chinese articles before they are published: allow, review or reject, with evidence.

An outage is a 503 problem, never a verdict. Errors are RFC 9457 problem details."""


def from_environment() -> FastAPI:
    """The application of one worker, as `moderation serve` starts it. Raises SettingsError."""
    file = os.environ.get(FILE)
    settings = load_settings(Path(file) if file else None)
    log.configure(settings)
    return create_app(settings)


def create_app(settings: Settings) -> FastAPI:
    """The application with these settings; models and store are opened when it starts."""
    telemetry = Telemetry()

    app = FastAPI(
        title="Qingliu",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lambda app: _running(app, settings, telemetry),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,  # it would lead to whatever host the caller named
    )
    for routes in (score, jobs, verdicts, catalogue, admin, health):
        app.include_router(routes.router)
    app.include_router(page.routes(settings))
    problem.install(app)

    @app.exception_handler(StoreUnavailable)
    async def _store_away(request: Request, error: StoreUnavailable) -> Response:
        return problem.answer(Problem(problem.UNAVAILABLE, "the store is away", retry_after=5), request)

    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
        )
    app.add_middleware(Envelope, telemetry=telemetry)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _running(app: FastAPI, settings: Settings, telemetry: Telemetry) -> AsyncIterator[None]:
    """The life of a worker: what it holds is built, kept up, and closed."""
    sys.setswitchinterval(_SWITCH)
    logger = structlog.get_logger("service")
    try:
        state = await asyncio.to_thread(_build, settings, telemetry)
    except Exception as error:
        told = isinstance(error, ReleaseError | StoreTooNewError | SettingsError)
        reason = str(error) if told else f"{type(error).__name__} at {place_of(error)}"
        logger.error("cannot start", reason=reason)
        note_failure()
        raise
    app.state.worker = state
    if state.has_tables:
        with suppress(StoreUnavailable):
            await catch_up(state)
    tasks = [asyncio.create_task(_keep(state)), asyncio.create_task(keep_measuring(state))]
    logger.info("started", version=__version__, settings=settings.shown())
    try:
        yield
    finally:
        state.stopping = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A cancelled task leaves its thread at work, and with it a connection that nobody else would close.
        await asyncio.get_running_loop().shutdown_default_executor()
        _close(state)


def _build(settings: Settings, telemetry: Telemetry) -> State:
    release = Release(Choice(settings.model, settings.policy))
    try:
        database = Database(settings.database.get_secret_value())
    except (ValueError, OSError) as error:
        raise SettingsError(f"database: {error}") from None
    state = State(
        settings=settings,
        telemetry=telemetry,
        engine=Engine(settings.threads, settings.waiting, settings.time_limit),
        rates=Rates(settings),
        bodies=Bodies(_BODIES_HELD * settings.batch_body_limit, settings.body_time_limit),
        release=release,
        shelf=Shelf(settings),
        database=database,
        verdicts=VerdictStore(database),
        feedback=FeedbackStore(database),
        keys=KeyStore(database),
        jobs=JobStore(database),
        callbacks=CallbackStore(database),
        idempotency=IdempotencyStore(database),
        releases=ReleaseStore(database),
        drift=Drift(release.artifact.details.get("reference")),
        run=os.environ.get(RUN) or secrets.token_hex(8),
    )
    if settings.shadow_model is not None:
        shadow = Release(Choice(settings.shadow_model, settings.policy))
        state.shadow = Shadow(shadow, settings.shadow_share, DifferenceStore(database), telemetry)
    try:
        _migrate(state)
    except StoreUnavailable as error:  # verdicts go on without a store; `_keep` tries again
        structlog.get_logger("service.store").warning("the store is away", reason=str(error))
    return state


def _migrate(state: State) -> None:
    state.database.migrate()
    state.has_tables = True


async def _migrate_at_last(state: State) -> None:
    """Try until the tables are there."""
    logger = structlog.get_logger("service.store")
    while not state.has_tables:
        await asyncio.sleep(_MIGRATE_EVERY)
        try:
            await asyncio.to_thread(_migrate, state)
            logger.info("the store is there")
        except StoreUnavailable:
            pass  # told at the start
        except Exception as error:
            logger.error("no tables", error=type(error).__name__, place=place_of(error))


def _close(state: State) -> None:
    state.engine.close()
    if state.shadow is not None:
        state.shadow.close()
    state.verdicts.close()
    state.database.close()


async def _keep(state: State) -> None:
    """Make the tables as soon as the database is there; from then on do all that needs them."""
    await _migrate_at_last(state)
    runner, courier = Runner(state), Courier(state)
    async with asyncio.TaskGroup() as group:
        for work in (lambda: follow(state), lambda: _purge(state), runner.run, courier.run, lambda: watch(state)):
            group.create_task(_kept_up(work))


async def _kept_up(work: Callable[[], Awaitable[None]]) -> None:
    """Do a work that never ends, and begin it anew should it fail: none may take the others with it."""
    while True:
        try:
            await work()
        except Exception as error:
            structlog.get_logger("service").error("a task failed", error=type(error).__name__, place=place_of(error))
        await asyncio.sleep(_AGAIN_AFTER)


async def _purge(state: State) -> None:
    """Delete hourly what has passed its days."""
    logger = structlog.get_logger("service.retention")
    while True:
        try:
            gone = await asyncio.to_thread(purge, state.database, datetime.now(UTC), state.settings.keep_days)
            logger.info("purged", **gone)
        except StoreUnavailable as error:
            logger.warning("not purged", error=type(error).__name__)
        await asyncio.sleep(_PURGE_EVERY)
