"""A call with all its attempts, on a clock that stands still until it is moved: how often, how long, and with what end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from moderation.hooks import Breaker, BreakerState, ClientError, Unavailable, exchange
from moderation.hooks.exchange import Answer, Attempt, Call, Patience, Pause, Trouble, retry_after
from moderation.readers import InputError


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(exchange, "monotonic", clock)
    return clock


@pytest.fixture
def jitter(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """The ranges that were drawn from; the most is drawn."""
    drawn: list[tuple[float, float]] = []

    def uniform(least: float, most: float) -> float:
        drawn.append((least, most))
        return most

    monkeypatch.setattr(exchange.random, "uniform", uniform)
    return drawn


ASKED_AGAIN = Trouble("broken", again=True, down=True)
FINAL = Trouble("slow", again=False, down=True)
ODD = Trouble("odd", again=False, down=False)
OK = Answer(200, {}, b"ok")


def read(answer: Answer) -> str:
    if answer.status == 401:
        raise ClientError("no", status=401, slug="unauthorized")
    if answer.status == 422:
        raise InputError("bad", field="title")
    if answer.status == 503:
        raise Trouble("busy", again=True, down=True, wait=float(answer.body))
    return answer.body.decode()


def busy(seconds: float) -> Answer:
    return Answer(503, {}, str(seconds).encode())


def run(
    outcomes: list[Any],
    clock: Clock,
    *,
    attempts: int = 3,
    deadline: float = 10.0,
    costs: float = 0.0,
    breaker: Breaker | None = None,
) -> tuple[Any, list[float]]:
    """The result or error, and the pauses; each attempt takes `costs` seconds. All outcomes must be asked for."""
    left, pauses, started = list(outcomes), [], clock.now
    call = Call("POST", "/v1/score", read)
    steps = exchange.exchange(call, Patience(1.0, 5.0, deadline, attempts), breaker or Breaker(clock=clock))
    outcome: Any = None
    try:
        while True:
            step = steps.send(outcome)
            match step:
                case Attempt(end):
                    assert end == started + deadline
                    outcome = left.pop(0)
                    clock.now += costs
                case Pause(seconds):
                    pauses.append(seconds)
                    clock.now += seconds
                    outcome = None
    except StopIteration as stop:
        result = stop.value
    except (Unavailable, ClientError, InputError) as error:
        result = error
    assert not left
    return result, [round(pause, 3) for pause in pauses]


@pytest.mark.usefixtures("jitter")
@pytest.mark.parametrize(
    ("outcomes", "options", "end", "pauses"),
    [
        ([OK], {}, "ok", []),
        ([ASKED_AGAIN, OK], {}, "ok", [0.2]),
        ([ASKED_AGAIN, ASKED_AGAIN, OK], {}, "ok", [0.2, 0.4]),
        ([ASKED_AGAIN] * 3, {}, "broken (attempt 3)", [0.2, 0.4]),
        ([ASKED_AGAIN], {"attempts": 1}, "broken (attempt 1)", []),
        ([ASKED_AGAIN] * 7, {"attempts": 7, "breaker": Breaker(99)}, "broken (attempt 7)", [0.2, 0.4, 0.8, 1.6, 2, 2]),
        ([FINAL], {}, "slow (attempt 1)", []),
        ([ODD], {}, "odd (attempt 1)", []),
        ([ASKED_AGAIN, FINAL], {}, "slow (attempt 2)", [0.2]),
        ([busy(0), OK], {}, "ok", [0.2]),
        ([busy(3), OK], {}, "ok", [3.2]),
        # What is asked for beyond the deadline is not waited for at all.
        ([busy(9.8)], {}, "busy (attempt 1)", []),
        ([busy(9.79), OK], {}, "ok", [9.99]),
        ([busy(3), busy(7)], {}, "busy (attempt 2)", [3.2]),
        ([ASKED_AGAIN, ASKED_AGAIN], {"costs": 5.0}, "the deadline of 10 s passed: broken (attempt 2)", [0.2]),
        ([ASKED_AGAIN], {"costs": 9.9}, "broken (attempt 1)", []),
        ([Answer(401, {}, b"")], {}, "no", []),
        ([Answer(422, {}, b"")], {}, "field 'title': bad", []),
        ([ASKED_AGAIN, Answer(401, {}, b"")], {}, "no", [0.2]),
    ],
)
def test_attempts(clock: Clock, outcomes: list[Any], options: Any, end: str, pauses: list[float]) -> None:
    result, slept = run(outcomes, clock, **options)
    assert (str(result), slept) == (end, pauses)
    assert isinstance(result, str) is (end == "ok")


def test_the_jitter_is_full(clock: Clock, jitter: list[tuple[float, float]]) -> None:
    run([ASKED_AGAIN, busy(1), OK], clock)
    assert jitter == [(0.0, 0.2), (0.0, 0.4)]


@pytest.mark.usefixtures("jitter")
@pytest.mark.parametrize(
    ("outcomes", "attempts", "state"),
    [
        ([FINAL], 1, "closed"),
        ([ASKED_AGAIN, ASKED_AGAIN], 2, "open"),
        ([ASKED_AGAIN, OK], 2, "closed"),
        # An attempt may find the breaker open that the one before has opened.
        ([ASKED_AGAIN, ASKED_AGAIN], 5, "open"),
        ([ODD], 1, "closed"),
        ([Answer(401, {}, b"")], 1, "closed"),
    ],
)
def test_the_breaker_hears_of_each_attempt(clock: Clock, outcomes: list[Any], attempts: int, state: str) -> None:
    breaker = Breaker(2, 10.0, clock=clock)
    run(outcomes, clock, attempts=attempts, breaker=breaker)
    assert breaker.state == BreakerState(state)
    if state == "closed":
        run([FINAL], clock, breaker=breaker)
        expected = BreakerState.OPEN if outcomes == [FINAL] else BreakerState.CLOSED
        assert breaker.state == expected


def test_what_says_nothing_of_the_service_neither_counts_nor_heals(clock: Clock) -> None:
    breaker = Breaker(2, 10.0, clock=clock)
    for outcome in (FINAL, ODD, FINAL):
        run([outcome], clock, breaker=breaker)
    assert breaker.state == BreakerState.OPEN


def test_an_open_breaker_sends_nothing(clock: Clock) -> None:
    breaker = Breaker(1, 10.0, clock=clock)
    run([FINAL], clock, breaker=breaker)
    result, _ = run([], clock, breaker=breaker)
    assert str(result) == "the service failed too often, and is left alone for a while"


@pytest.mark.parametrize("error", [GeneratorExit, KeyboardInterrupt, MemoryError])
def test_a_call_given_up_frees_the_breaker(clock: Clock, error: type[BaseException]) -> None:
    breaker = Breaker(1, 10.0, clock=clock)
    run([FINAL], clock, breaker=breaker)
    clock.now += 10.0
    steps = exchange.exchange(Call("GET", "/", read), Patience(1, 1, 1, 1), breaker)
    next(steps)
    assert "left alone" in str(run([], clock, breaker=breaker)[0])
    with pytest.raises(error):
        steps.throw(error)
    assert run([OK], clock, breaker=breaker)[0] == "ok"
    assert breaker.state == BreakerState.CLOSED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), (" 0 ", 0.0), ("", None), ("-1", None), ("1.5", None), ("soon", None), ("７", None), ("nan", None)],
)
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_retry_after_as_a_date() -> None:
    now = datetime.now(UTC)
    assert retry_after({"retry-after": format_datetime(now - timedelta(hours=1), usegmt=True)}) == 0.0
    soon = retry_after({"retry-after": format_datetime(now + timedelta(hours=1), usegmt=True)})
    assert soon is not None
    assert 3000 < soon <= 3600
    assert retry_after({"retry-after": "Fri, 27 Nov 2020 08:00:00 -0000"}) == 0.0
    assert retry_after({}) is None


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ((0, 1, 1, 1), "connect_timeout"),
        ((1, -1, 1, 1), "read_timeout"),
        ((1, 1, float("nan"), 1), "deadline"),
        ((1, 1, 1, 0), "attempts"),
    ],
)
def test_wrong_patience_is_refused(values: tuple[float, float, float, int], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Patience(*values)
