import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from moderation.hooks import AsyncClient, Client, Decision, Gate, Submitted, exchange

from .misbehaving import Service, serving

Ask = Callable[[Gate, Submitted], Decision]


@pytest.fixture(params=["check", "acheck"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Both ways to ask a gate: what holds for one must hold for the other."""
    if request.param == "check":
        return lambda gate, article: gate.check(article)
    return lambda gate, article: asyncio.run(gate.acheck(article))  # type: ignore[arg-type]


@pytest.fixture(params=[None, 30.0], ids=["unlimited", "limited"])
def time_limit(request: pytest.FixtureRequest) -> float | None:
    """With and without a time limit: the limit moves scoring to another thread."""
    return request.param


@pytest.fixture
def service() -> Iterator[Service]:
    """A service on loopback that misbehaves by its script."""
    with serving() as service:
        yield service


class Asked:
    """An AsyncClient or a gate with one, asked on an event loop of its own."""

    def __init__(self, asked: Any, runner: asyncio.Runner) -> None:
        self.asked, self._runner = asked, runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.asked, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await method(*args, **kwargs)

        return lambda *args, **kwargs: self._runner.run(call(*args, **kwargs))


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=[Client, AsyncClient])
def connect(
    request: pytest.FixtureRequest, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Makes either client, both asked in the same way; what they do to a server must be the same. Back-off takes no time."""
    monkeypatch.setattr(exchange, "_FIRST_BACK_OFF", 0.0)
    made: list[Any] = []

    def connected(url: str, *args: Any, **options: Any) -> Any:
        client = request.param(url, *args, **options)
        made.append(client if request.param is Client else Asked(client, runner))
        return made[-1]

    yield connected
    for client in made:
        client.close() if request.param is Client else client.aclose()
