import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from moderation.hooks import Gate
from moderation.hooks import loader as loader_module
from moderation.readers import InputError

from .fake import RECORD, FakeModerator


class Loader:
    """Fails until it is told to work."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error, self.calls = error, 0
        self.moderator = FakeModerator()

    def __call__(self) -> FakeModerator:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return self.moderator


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr(loader_module, "monotonic", lambda: Clock.now)
    return Clock


def test_nothing_is_loaded_before_the_first_check():
    loader = Loader()
    gate = Gate.from_loader(loader, on_unavailable="hold")
    assert loader.calls == 0
    assert gate.check(RECORD).publish
    assert gate.check(RECORD).publish
    assert loader.calls == 1


# InputError too: a lexicon that cannot be read is not the caller's mistake.
@pytest.mark.parametrize("error", [FileNotFoundError("no folder models/title-1"), InputError("bad lexicon")])
@pytest.mark.parametrize("on_unavailable", ["allow", "hold", "reject"])
def test_a_failed_load_is_an_outage(ask, time_limit, error, on_unavailable):
    gate = Gate.from_loader(Loader(error), on_unavailable=on_unavailable, time_limit=time_limit)
    decision = ask(gate, RECORD)
    assert decision.action == on_unavailable
    assert decision.verdict is None
    assert decision.unavailable == f"the model cannot be loaded: {type(error).__name__}: {error}"


def test_a_failed_load_waits_longer_each_time(clock):
    loader = Loader(OSError("no model"))
    gate = Gate.from_loader(loader, on_unavailable="hold", retry_after=1.0)
    calls = 0
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        gate.check(RECORD)
        calls += 1
        assert loader.calls == calls
        clock.now += pause - 0.01
        assert "no model" in gate.check(RECORD).unavailable
        assert loader.calls == calls, "the pause was cut short"
        clock.now += 0.02
    loader.error = None
    assert gate.check(RECORD).publish
    assert loader.calls == calls + 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_a_load_that_is_told_to_stop_stops(error):
    with pytest.raises(error):
        Gate.from_loader(Loader(error()), on_unavailable="hold").check(RECORD)


@pytest.mark.parametrize("broken", [False, True])
def test_many_threads_load_once(broken):
    start = threading.Barrier(8, timeout=30)
    loader = Loader(OSError("no model") if broken else None)

    def slow():
        sleep(0.05)
        return loader()

    gate = Gate.from_loader(slow, on_unavailable="hold", retry_after=60.0)

    def check(number):
        start.wait()
        return gate.check({"id": number, "title": "天气"})

    with ThreadPoolExecutor(8) as pool:
        decisions = list(pool.map(check, range(8)))
    assert loader.calls == 1
    assert {decision.publish for decision in decisions} == {not broken}


def test_a_slow_load_is_an_outage_until_it_is_done(ask):
    release = threading.Event()
    loader = Loader()

    def slow():
        assert release.wait(30)
        return loader()

    gate = Gate.from_loader(slow, on_unavailable="hold", time_limit=0.1)
    assert ask(gate, RECORD).unavailable == "the time limit of 0.1 s passed"
    release.set()
    patient = monotonic() + 10
    while not ask(gate, RECORD).publish:
        assert monotonic() < patient
    assert loader.calls == 1


@pytest.mark.parametrize("pause", [0, -1.0])
def test_a_pause_is_above_zero(pause):
    with pytest.raises(ValueError, match="retry_after"):
        Gate.from_loader(Loader(), on_unavailable="hold", retry_after=pause)
