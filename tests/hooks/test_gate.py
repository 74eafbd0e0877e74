import asyncio
import pickle
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import FrozenInstanceError
from pathlib import Path
from time import monotonic

import pytest

from moderation.article import Article
from moderation.hooks import Decision, Gate, PublicationBlocked
from moderation.hooks import gate as gate_module
from moderation.readers import InputError
from moderation.verdict import Action

from .fake import RECORD, FakeModerator, raising

ROOT = Path(__file__).parents[2]


class RustPanic(BaseException):
    """What a panic in a Rust extension looks like: no Exception."""


@pytest.mark.parametrize(
    ("verdict", "hold_reviews", "enforced"),
    [
        (Action.ALLOW, True, "allow"),
        (Action.REVIEW, True, "hold"),
        (Action.REVIEW, False, "allow"),
        (Action.REJECT, True, "reject"),
        (Action.REJECT, False, "reject"),
    ],
)
@pytest.mark.parametrize("observe_only", [False, True])
def test_a_verdict_becomes_an_action(ask, time_limit, verdict, hold_reviews, enforced, observe_only):
    heard: list[Decision] = []
    gate = Gate(
        FakeModerator(verdict),
        on_unavailable="reject",
        observe_only=observe_only,
        hold_reviews=hold_reviews,
        time_limit=time_limit,
        on_decision=heard.append,
    )
    decision = ask(gate, RECORD)
    assert decision.action == ("allow" if observe_only else enforced)
    assert decision.publish is (observe_only or enforced == "allow")
    assert decision.would_have_been == enforced
    assert decision.observed_only is observe_only
    assert decision.verdict is not None
    assert decision.verdict.action is verdict
    assert decision.unavailable is None
    assert decision.article_id == "a-1"
    assert heard == [decision]


@pytest.mark.parametrize("error", [RuntimeError("boom"), TimeoutError(), MemoryError(), RustPanic("at lib.rs")])
@pytest.mark.parametrize("on_unavailable", ["allow", "hold", "reject"])
@pytest.mark.parametrize("observe_only", [False, True])
def test_an_outage_is_no_verdict(ask, time_limit, error, on_unavailable, observe_only):
    gate = Gate(
        FakeModerator(before=raising(error)),
        on_unavailable=on_unavailable,
        observe_only=observe_only,
        time_limit=time_limit,
    )
    decision = ask(gate, RECORD)
    assert decision.verdict is None
    assert decision.action == ("allow" if observe_only else on_unavailable)
    assert decision.would_have_been == on_unavailable
    assert decision.unavailable is not None
    assert decision.unavailable.startswith(f"{type(error).__name__} at ")
    assert "fake.py" in decision.unavailable
    assert decision.article_id == "a-1"


def test_the_gate_recovers_from_an_outage(ask, time_limit):
    moderator = FakeModerator(before=raising(OSError()))
    gate = Gate(moderator, on_unavailable="hold", time_limit=time_limit)
    assert ask(gate, RECORD).unavailable
    moderator.before = lambda: None
    assert ask(gate, RECORD).publish


def test_an_answer_that_is_no_verdict_is_an_outage(ask):
    class Wrong:
        def score(self, article):
            return True

    decision = ask(Gate(Wrong(), on_unavailable="hold"), RECORD)
    assert decision.unavailable == "the moderator answered with bool, not with a verdict"


def test_an_article_is_scored_as_it_is_and_a_record_is_read(ask):
    moderator = FakeModerator()
    gate = Gate(moderator, on_unavailable="hold")
    article = Article(id="7", title="天气")
    assert ask(gate, article).article_id == "7"
    assert ask(gate, {"id": 8, "title": "天气", "text": "晴。"}).article_id == "8"
    assert moderator.scored[0] is article
    assert moderator.scored[1].blocks[0].text == "晴。"


@pytest.mark.parametrize("record", [{"title": "no id"}, {"id": "a-1", "title": 5}, {}, "天气", None])
@pytest.mark.parametrize("observe_only", [False, True])
def test_bad_input_is_the_callers_mistake(ask, time_limit, record, observe_only):
    heard: list[Decision] = []
    gate = Gate(
        FakeModerator(),
        on_unavailable="allow",
        observe_only=observe_only,
        time_limit=time_limit,
        on_decision=heard.append,
    )
    with pytest.raises(InputError):
        ask(gate, record)
    assert not heard


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_a_process_that_is_told_to_stop_stops(time_limit, error):
    gate = Gate(FakeModerator(before=raising(error())), on_unavailable="allow", time_limit=time_limit)
    with pytest.raises(error):
        gate.check(RECORD)


def test_on_unavailable_has_no_default():
    with pytest.raises(TypeError, match="on_unavailable"):
        Gate(FakeModerator())
    with pytest.raises(TypeError, match="on_unavailable"):
        Gate.from_loader(FakeModerator)


@pytest.mark.parametrize(
    "wrong",
    [{"on_unavailable": "review"}, {"time_limit": 0}, {"time_limit": -1.0}, {"time_limit": float("nan")}],
)
def test_wrong_options_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        Gate(FakeModerator(), **{"on_unavailable": "hold", **wrong})


class TestTimeLimit:
    @pytest.fixture
    def stuck(self):
        """A moderator that answers only once released."""
        release = threading.Event()
        moderator = FakeModerator(before=release.wait)
        moderator.release = release
        yield moderator
        release.set()

    def test_passing_it_is_an_outage(self, ask, stuck):
        started = monotonic()
        decision = ask(Gate(stuck, on_unavailable="hold", time_limit=0.05), RECORD)
        assert monotonic() - started < 5
        assert decision.action == "hold"
        assert decision.verdict is None
        assert decision.unavailable == "the time limit of 0.05 s passed"
        assert decision.article_id == "a-1"

    def test_stuck_threads_do_not_pile_up(self, ask, stuck, monkeypatch):
        monkeypatch.setattr(gate_module, "_RUNNING_AT_MOST", 2)
        gate = Gate(stuck, on_unavailable="hold", time_limit=0.05)
        assert all(ask(gate, RECORD).unavailable for _ in range(5))
        assert len(stuck.scored) == 2
        stuck.release.set()
        patient = monotonic() + 10
        while ask(gate, RECORD).unavailable:
            assert monotonic() < patient, "the places were never given back"

    def test_a_thread_that_cannot_start_is_an_outage_and_gives_its_place_back(self, ask, monkeypatch):
        monkeypatch.setattr(gate_module, "_RUNNING_AT_MOST", 1)
        gate = Gate(FakeModerator(), on_unavailable="hold", time_limit=30.0)
        with monkeypatch.context() as broken:
            broken.setattr(gate_module.Thread, "start", lambda self: raising(RuntimeError("can't start new thread"))())
            broken.setattr(asyncio, "to_thread", _inline)
            for _ in range(2):
                assert ask(gate, RECORD).unavailable.startswith("RuntimeError at ")
        assert ask(gate, RECORD).publish

    def test_the_wait_for_a_busy_executor_counts(self):
        release = threading.Event()
        moderator = FakeModerator()
        gate = Gate(moderator, on_unavailable="hold", time_limit=0.05)

        async def main() -> Decision:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
            other = asyncio.create_task(asyncio.to_thread(release.wait))
            await asyncio.sleep(0)
            decision = await gate.acheck(RECORD)
            release.set()
            await other
            return decision

        assert asyncio.run(main()).unavailable == "the time limit of 0.05 s passed"
        assert not moderator.scored

    def test_a_stuck_thread_does_not_keep_the_process_alive(self):
        code = """
            import asyncio, threading
            from moderation.hooks import Gate

            class Stuck:
                def score(self, article):
                    threading.Event().wait()

            gate = Gate(Stuck(), on_unavailable="hold", time_limit=0.05)
            assert gate.check({"id": 1, "title": "a"}).unavailable
            assert asyncio.run(gate.acheck({"id": 1, "title": "a"})).unavailable
        """
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=60, capture_output=True)


async def _inline(function, /, *args):
    return function(*args)


class TestConcurrency:
    def test_threads_are_scored_at_the_same_time(self, time_limit):
        together = threading.Barrier(8, timeout=30)
        gate = Gate(FakeModerator(before=together.wait), on_unavailable="hold", time_limit=time_limit)
        with ThreadPoolExecutor(8) as pool:
            decisions = list(pool.map(lambda number: gate.check({"id": number, "title": "天气"}), range(8)))
        assert [decision.article_id for decision in decisions] == [str(number) for number in range(8)]
        assert all(decision.verdict.article_id == decision.article_id for decision in decisions)

    def test_tasks_are_scored_at_the_same_time(self, time_limit):
        together = threading.Barrier(4, timeout=30)
        gate = Gate(FakeModerator(before=together.wait), on_unavailable="hold", time_limit=time_limit)

        async def main() -> list[Decision]:
            return await asyncio.gather(*(gate.acheck({"id": number, "title": "天气"}) for number in range(4)))

        assert [decision.verdict.article_id for decision in asyncio.run(main())] == ["0", "1", "2", "3"]

    def test_the_event_loop_runs_on_while_an_article_is_scored(self, time_limit):
        release = threading.Event()
        gate = Gate(FakeModerator(before=lambda: release.wait(30)), on_unavailable="hold", time_limit=time_limit)

        async def main() -> Decision:
            task = asyncio.create_task(gate.acheck(RECORD))
            await asyncio.sleep(0.01)
            assert not task.done()
            release.set()
            return await task

        assert asyncio.run(main()).publish

    def test_a_cancelled_check_is_cancelled_and_no_outage(self, time_limit):
        release = threading.Event()
        heard: list[Decision] = []
        gate = Gate(
            FakeModerator(before=release.wait), on_unavailable="hold", time_limit=time_limit, on_decision=heard.append
        )

        async def main() -> None:
            task = asyncio.create_task(gate.acheck(RECORD))
            await asyncio.sleep(0.01)
            task.cancel()
            try:
                await task
            finally:
                release.set()

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(main())
        assert not heard

    def test_scoring_sees_the_callers_context(self, ask, time_limit):
        request = ContextVar[str]("request")
        seen: list[str] = []
        gate = Gate(
            FakeModerator(before=lambda: seen.append(request.get())), on_unavailable="hold", time_limit=time_limit
        )
        request.set("r-1")
        assert ask(gate, RECORD).publish
        assert seen == ["r-1"]


def test_a_decision_is_frozen_and_slotted():
    decision = Gate(FakeModerator(), on_unavailable="hold").check(RECORD)
    with pytest.raises(FrozenInstanceError):
        decision.action = "reject"
    assert not hasattr(decision, "__dict__")


def test_a_decision_travels_between_processes():
    decision = Gate(FakeModerator(Action.REJECT), on_unavailable="hold").check(RECORD)
    blocked = pickle.loads(pickle.dumps(PublicationBlocked(decision)))
    assert blocked.decision == decision
    assert str(blocked) == "article a-1 is not published: reject (explicit.reject)"
