from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest
from structlog.testing import capture_logs

from service.jobs import persistence
from service.jobs.persistence import keep_at
from service.store.database import StoreUnavailable


class Enough(BaseException):
    pass


def _work(steps: Iterable[bool | Exception]) -> Callable[[], Awaitable[bool]]:
    remaining = iter(steps)

    async def work() -> bool:
        step = next(remaining, None)
        if step is None:
            raise Enough
        if isinstance(step, Exception):
            raise step
        return step

    return work


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for; none is kept."""
    asked: list[float] = []
    timeout = asyncio.timeout

    def at_once(pause: float) -> asyncio.Timeout:
        asked.append(pause)
        return timeout(0)

    monkeypatch.setattr(persistence.asyncio, "timeout", at_once)
    monkeypatch.setattr(persistence.random, "uniform", lambda low, high: high)
    return asked


def test_it_goes_on_at_once_while_there_is_work_and_rests_when_there_is_none(pauses: list[float]) -> None:
    with pytest.raises(Enough):
        asyncio.run(keep_at("x", _work([True, True, False, True, False]), idle=7))
    assert pauses == [0, 0, 7, 0, 7]


def test_a_store_that_is_away_is_asked_less_and_less_often_until_it_is_back(pauses: list[float]) -> None:
    away = StoreUnavailable("away")
    with capture_logs() as logs, pytest.raises(Enough):
        asyncio.run(keep_at("x", _work([*[away] * 9, False, away]), idle=7))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 7, 0.5]
    assert [entry["event"] for entry in logs] == ["the store is away"] * 2


def test_an_error_that_nobody_foresaw_is_logged_and_ends_nothing(pauses: list[float]) -> None:
    with capture_logs() as logs, pytest.raises(Enough):
        asyncio.run(keep_at("x", _work([KeyError("秘密"), KeyError("秘密"), True]), idle=7))
    assert pauses == [0.5, 1, 0]
    assert [(entry["event"], entry["error"]) for entry in logs] == [("failed", "KeyError")] * 2
    assert "秘密" not in str(logs)


def test_it_is_woken_out_of_a_long_rest() -> None:
    async def scenario() -> None:
        woken = asyncio.Event()
        task = asyncio.create_task(keep_at("x", _work([False, False]), idle=1000, woken=woken))
        for _ in range(2):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            woken.set()
        with pytest.raises(Enough):
            async with asyncio.timeout(10):
                await task

    asyncio.run(scenario())
