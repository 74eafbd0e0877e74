"""Changing what judges while the service runs, in this worker at once and in the others soon after."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from service.jobs.persistence import keep_at
from service.measuring import measure
from service.release import Choice, Release, ReleaseError
from service.state import State

_LOOK_EVERY = 1.0
_log = structlog.get_logger("service.reload")


async def reload(state: State, model_name: str | None, policy_name: str | None, by: str | None) -> Release:
    """Load, tell the other workers, and put in place. Raises ReleaseError, or StoreUnavailable if none can be told."""
    async with state.reloading:
        choice = state.shelf.choose(model_name, policy_name, state.release.choice)
        # Loaded before it is announced: a bad one must not reach the other workers.
        release = await asyncio.to_thread(Release, choice)
        model, policy = _text(choice.model), _text(choice.policy)
        announced = await asyncio.to_thread(
            state.releases.add, state.run, model=model, policy=policy, profile=None, by=by
        )
        release.generation = announced.generation
        _put(state, release)
        return release


async def follow(state: State) -> None:
    """Watch for what other workers were told to load, for ever; less and less often while it fails."""

    async def look() -> bool:
        try:
            await catch_up(state)
        except ReleaseError as error:
            _log.error("cannot follow a reload", reason=str(error))
            raise
        return False

    await keep_at("reload", look, idle=_LOOK_EVERY)


async def catch_up(state: State) -> None:
    """Load the latest release of this run, if that is not what is in use. Raises ReleaseError, StoreUnavailable."""
    async with state.reloading:
        latest = await asyncio.to_thread(state.releases.latest, state.run)
        if latest is None or latest.generation <= state.release.generation:
            return
        choice = Choice(_path(latest.model), _path(latest.policy))
        _put(state, await asyncio.to_thread(Release, choice, latest.generation))


def _put(state: State, release: Release) -> None:
    state.release = release
    state.drift.compare_with(release.artifact.details.get("reference"))
    measure(state)
    _log.info("loaded", model=release.artifact.label, policy=release.policy.version, generation=release.generation)


def _text(path: Path | None) -> str | None:
    return str(path.resolve()) if path is not None else None


def _path(text: str | None) -> Path | None:
    return Path(text) if text is not None else None
