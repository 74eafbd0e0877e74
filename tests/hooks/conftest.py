import asyncio
from collections.abc import Callable

import pytest

from moderation.hooks import Decision, Gate, Submitted

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
