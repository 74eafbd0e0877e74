from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the service is not installed: pip install 'qingliu[service]'")

from sqlalchemy import func, select

from service import app
from service.release import Choice, Release
from service.settings import Settings
from service.state import State
from service.store.tables import ItemRow, VerdictRow
from service.telemetry import Telemetry

NewState = Callable[..., State]


@pytest.fixture(scope="session")
def release() -> Release:
    return Release(Choice())


@pytest.fixture
def new_state(database_url: str, release: Release, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewState]:
    """Makes what a worker holds, on an empty store; the tasks that run beside requests are the test's to start."""
    made: list[State] = []

    def new(**settings: Any) -> State:
        made.append(app._build(Settings(database=database_url, **settings), Telemetry()))
        return made[-1]

    monkeypatch.setattr(app, "Release", lambda choice: release)
    yield new
    for state in made:
        app._close(state)


@pytest.fixture
def state(new_state: NewState) -> State:
    return new_state()


def articles(count: int) -> list[dict[str, Any]]:
    """Records that are judged in a moment."""
    return [{"id": number, "title": f"第{number}届校运会下周开幕"} for number in range(count)]


def verdict_rows(state: State) -> int:
    with state.database.reading() as session:
        return session.scalar(select(func.count()).select_from(VerdictRow)) or 0


def results_are_whole(state: State, job_id: str) -> None:
    """Every article has one result and no two share a verdict, and the store holds no verdict beside them."""
    job = state.jobs.get(job_id, None)
    assert job is not None
    results = state.jobs.results(job_id, 0, job.total)
    assert [result.place for result in results] == list(range(job.total))
    verdicts = [result.verdict_id for result in results if result.verdict_id is not None]
    assert len(set(verdicts)) == len(verdicts) == job.total - job.failed == verdict_rows(state)
    with state.database.reading() as session:
        assert session.scalar(select(func.count()).where(ItemRow.claimed_by.is_(None))) == 0
