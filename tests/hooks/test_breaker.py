"""The breaker by table: what happens to it, and where it then stands."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from moderation.hooks import Breaker, BreakerState
from moderation.hooks.breaker import BreakerOpen


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A breaker of 3 failures and 10 seconds, driven by words."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.breaker = Breaker(3, 10.0, clock=self.clock)
        self.out: list[int] = []

    def do(self, word: str) -> None:
        match word:
            case "ok":
                self.breaker.succeed(self.breaker.enter())
            case "fail":
                self.breaker.fail(self.breaker.enter())
            case "leave":
                self.breaker.leave(self.breaker.enter())
            case "enter":
                self.out.append(self.breaker.enter())
            case "refused":
                with pytest.raises(BreakerOpen):
                    self.breaker.enter()
            case "late-ok":
                self.breaker.succeed(self.out.pop(0))
            case "late-fail":
                self.breaker.fail(self.out.pop(0))
            case "late-leave":
                self.breaker.leave(self.out.pop(0))
            case seconds:
                self.clock.now += float(seconds)


OPENED = "fail fail fail"


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("", "closed"),
        ("ok", "closed"),
        ("fail fail", "closed"),
        ("fail fail ok fail fail", "closed"),
        ("fail fail leave fail", "open"),
        (OPENED, "open"),
        (f"{OPENED} refused refused", "open"),
        (f"{OPENED} 9.9 refused", "open"),
        (f"{OPENED} 10", "half-open"),
        (f"{OPENED} 10 enter", "half-open"),
        (f"{OPENED} 10 enter refused refused", "half-open"),
        (f"{OPENED} 10 enter 1000 refused", "half-open"),
        (f"{OPENED} 10 ok", "closed"),
        (f"{OPENED} 10 ok fail fail", "closed"),
        (f"{OPENED} 10 ok {OPENED} refused", "open"),
        (f"{OPENED} 10 fail", "open"),
        (f"{OPENED} 10 fail refused 9.9 refused", "open"),
        (f"{OPENED} 10 fail 10 ok ok", "closed"),
        # A probe that told nothing makes room for another one.
        (f"{OPENED} 10 leave", "half-open"),
        (f"{OPENED} 10 leave ok", "closed"),
        (f"{OPENED} 10 enter late-leave enter refused", "half-open"),
        # What began before the breaker opened is not counted after.
        (f"enter {OPENED} late-ok refused", "open"),
        (f"enter {OPENED} 10 ok late-fail fail fail", "closed"),
        (f"enter enter {OPENED} late-fail 10 late-fail ok", "closed"),
        (f"enter {OPENED} 10 enter late-leave refused", "half-open"),
        ("enter enter enter late-fail late-fail late-fail refused", "open"),
        ("enter fail fail late-ok fail fail", "closed"),
    ],
)
def test_states(words: str, state: str) -> None:
    bench = Bench()
    for word in words.split():
        bench.do(word)
    assert bench.breaker.state == BreakerState(state)


def test_one_of_many_threads_tries() -> None:
    bench = Bench()
    for word in f"{OPENED} 10".split():
        bench.do(word)
    start = threading.Barrier(8, timeout=30)

    def enter(_: int) -> bool:
        start.wait()
        try:
            bench.breaker.enter()
        except BreakerOpen:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(enter, range(8))) == [False] * 7 + [True]


def test_changes_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    for word in f"{OPENED} 10 fail 10 ok ok".split():
        bench.do(word)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "breaker open for 10 s, after 3 failures in a row"),
        (logging.WARNING, "breaker open for 10 s, after 4 failures in a row"),
        (logging.WARNING, "breaker closed: the service answers again"),
    ]


@pytest.mark.parametrize("wrong", [{"failures": 0}, {"cooldown": 0}, {"cooldown": float("nan")}])
def test_wrong_options_are_refused(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        Breaker(**wrong)  # type: ignore[arg-type]
