from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from moderation import Verdict
from moderation.pipeline import Moderator
from service.jobs import runner
from service.jobs.runner import Runner
from service.release import Release
from service.shadow import Shadow
from service.state import State
from service.store.database import Database, StoreUnavailable
from service.store.differences import DifferenceStore
from service.store.jobs import LEASE, Job, JobStore, Outcome
from service.store.tables import ItemRow, now
from tests.service.jobs.conftest import NewState, articles, results_are_whole, verdict_rows
from tests.service.outage import away

Around = Callable[[str, Callable[[], Verdict]], Verdict]


async def _all(runner: Runner) -> None:
    while await runner.round():
        pass


def _job(state: State, identifier: str) -> Job:
    found = state.jobs.get(identifier, None)
    assert found is not None
    return found


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> Callable[[Around], None]:
    """Puts something around the scoring of each article, which is told the article's id."""

    def put(around: Around) -> None:
        score = Moderator.score
        monkeypatch.setattr(
            Moderator, "score", lambda moderator, article: around(article.id, lambda: score(moderator, article))
        )

    return put


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_TRY_AGAIN_AFTER", (0.0, 0.0))


def test_each_article_gets_one_verdict_that_can_be_looked_up(state: State) -> None:
    job = state.jobs.create("owner", articles(20), profile=None)
    asyncio.run(_all(Runner(state)))
    done = _job(state, job.id)
    assert (done.status, done.finished, done.failed, sum(done.actions.values())) == ("done", 20, 0, 20)
    results_are_whole(state, job.id)
    for result in state.jobs.results(job.id, 0, 20):
        assert result.verdict_id is not None
        kept = state.verdicts.get(result.verdict_id, "owner")
        assert kept is not None
        assert kept.verdict == result.verdict
        assert kept.verdict["article_id"] == result.article_id == str(result.place)
    assert state.telemetry.job_articles.labels("finished")._value.get() == 20


def test_a_bad_article_gets_its_problem_and_the_rest_goes_on(state: State) -> None:
    bad = [{"id": 100}, {"id": 101, "title": []}, {"title": "x"}, {"id": 102, "html": "<p>", "text": "x"}]
    job = state.jobs.create(None, [*articles(3), *bad, *articles(3)])
    asyncio.run(_all(Runner(state)))
    results = state.jobs.results(job.id, 0, 100)
    assert [result.place for result in results if result.problem] == [3, 4, 5, 6]
    assert all(result.problem["type"].endswith(":invalid-article") for result in results if result.problem)
    assert (_job(state, job.id).failed, _job(state, job.id).status) == (4, "done")
    results_are_whole(state, job.id)


def test_a_profile_that_a_reload_took_away_is_a_problem_of_its_articles(state: State) -> None:
    job = state.jobs.create(None, articles(1), profile="gone")
    asyncio.run(_all(Runner(state)))
    (result,) = state.jobs.results(job.id, 0, 1)
    assert result.problem is not None
    assert result.problem["field"] == "profile"


def test_a_shadow_compares_what_jobs_judge_once_it_is_stored(state: State, release: Release) -> None:
    differences = DifferenceStore(state.database)
    state.shadow = Shadow(release, 1.0, differences, state.telemetry)
    state.jobs.create(None, [*articles(3), {"id": "bad"}])
    asyncio.run(_all(Runner(state)))
    state.shadow.close()
    assert sum(agreement.count for agreement in differences.summary(now() - timedelta(days=1))) == 3
    assert state.telemetry.shadow.labels("same")._value.get() == 3


def test_scoring_that_fails_for_a_moment_costs_nothing(state: State, scored: Any) -> None:
    failures = iter([1, 1])

    def around(_: str, score: Callable[[], Verdict]) -> Verdict:
        if next(failures, None):
            raise RuntimeError("out of order")
        return score()

    scored(around)
    job = state.jobs.create(None, articles(1))
    asyncio.run(_all(Runner(state)))
    assert _job(state, job.id).failed == 0
    results_are_whole(state, job.id)


def test_scoring_that_keeps_failing_is_an_outage_and_no_verdict(state: State, scored: Any) -> None:
    tries = []

    def around(article: str, score: Callable[[], Verdict]) -> Verdict:
        if article != "1":
            return score()
        tries.append(article)
        raise RuntimeError("out of order")

    scored(around)
    job = state.jobs.create(None, articles(3))
    asyncio.run(_all(Runner(state)))
    assert len(tries) == 3
    good, bad, other = state.jobs.results(job.id, 0, 3)
    assert good.verdict
    assert other.verdict
    assert bad.problem is not None
    assert bad.problem["type"].endswith(":unavailable")
    assert bad.verdict is None
    assert verdict_rows(state) == 2


def test_an_article_over_the_time_limit_holds_nobody_up(new_state: NewState, scored: Any) -> None:
    gate = Event()
    tries = []

    def around(article: str, score: Callable[[], Verdict]) -> Verdict:
        if article == "0":
            tries.append(article)
            gate.wait(60)
        return score()

    scored(around)
    state = new_state(time_limit=2, threads=2)
    job = state.jobs.create(None, articles(6))
    try:
        asyncio.run(_all(Runner(state)))
    finally:
        gate.set()
    assert [bool(result.problem) for result in state.jobs.results(job.id, 0, 6)] == [True] + [False] * 5
    (slow, *_) = state.jobs.results(job.id, 0, 1)
    assert slow.problem is not None
    assert slow.problem["type"].endswith(":timed-out")
    assert len(tries) == 1


def test_no_more_are_at_hand_than_there_are_threads(new_state: NewState, scored: Any) -> None:
    state = new_state(threads=2)
    at_hand: list[int] = []

    def around(_: str, score: Callable[[], Verdict]) -> Verdict:
        at_hand.append(state.engine.open)
        return score()

    scored(around)
    state.jobs.create(None, articles(30))
    asyncio.run(_all(Runner(state)))
    assert max(at_hand) <= 2


def test_two_workers_share_a_job_and_do_nothing_twice(new_state: NewState, scored: Any) -> None:
    seen: list[str] = []

    def around(article: str, score: Callable[[], Verdict]) -> Verdict:
        seen.append(article)
        return score()

    scored(around)
    first, second = new_state(), new_state()
    job = first.jobs.create(None, articles(60))

    async def both() -> None:
        await asyncio.gather(_all(Runner(first)), _all(Runner(second)))

    asyncio.run(both())
    assert sorted(map(int, seen)) == list(range(60))
    results_are_whole(first, job.id)


def test_a_result_that_comes_after_the_lease_counts_for_nothing(new_state: NewState, scored: Any) -> None:
    mine, others = new_state(), new_state()
    job = mine.jobs.create(None, articles(1))
    overtaken = Lock()

    def around(_: str, score: Callable[[], Verdict]) -> Verdict:
        if overtaken.acquire(blocking=False):
            with mine.database.session() as session:
                session.execute(update(ItemRow).values(lease_until=now() - timedelta(seconds=1)))
            asyncio.run(_all(Runner(others)))
        return score()

    scored(around)
    asyncio.run(_all(Runner(mine)))
    results_are_whole(mine, job.id)
    assert mine.telemetry.job_articles.labels("lost")._value.get() == 1
    assert others.telemetry.job_articles.labels("finished")._value.get() == 1


def test_what_could_not_be_written_is_written_later_and_not_judged_again(
    new_state: NewState, database_url: str, scored: Any
) -> None:
    seen: list[str] = []

    def around(article: str, score: Callable[[], Verdict]) -> Verdict:
        seen.append(article)
        return score()

    scored(around)
    state = new_state()
    database = Database(database_url, timeout=0.2)
    state.jobs = JobStore(database)
    job = state.jobs.create(None, articles(3))
    worker = Runner(state)
    finish = state.jobs.finish_items

    def while_away(outcomes: Any) -> frozenset[int]:
        with away(database_url):
            return finish(outcomes)

    async def scenario() -> None:
        state.jobs.finish_items = while_away  # type: ignore[method-assign]
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await worker.round()
        state.jobs.finish_items = finish  # type: ignore[method-assign]
        await _all(worker)

    asyncio.run(scenario())
    assert sorted(seen) == ["0", "1", "2"]
    results_are_whole(state, job.id)
    database.close()


def test_a_database_that_goes_away_and_comes_back_stops_no_job_for_long(new_state: NewState, database_url: str) -> None:
    state = new_state()
    database = Database(database_url, timeout=0.2)
    state.jobs = JobStore(database)
    job = state.jobs.create(None, articles(40))

    async def scenario() -> None:
        with away(database_url):
            task = asyncio.create_task(Runner(state).run())
            while not logs:
                await asyncio.sleep(0.05)
        async with asyncio.timeout(60):
            while (await asyncio.to_thread(_job, state, job.id)).status != "done":
                await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with capture_logs() as logs:
        asyncio.run(scenario())
    assert [entry["event"] for entry in logs] == ["the store is away"]
    results_are_whole(state, job.id)
    database.close()


def test_a_result_that_cannot_be_stored_does_not_hold_up_the_others(state: State) -> None:
    job = state.jobs.create(None, articles(4))
    finish = state.jobs.finish_items

    def picky(outcomes: list[Outcome]) -> frozenset[int]:
        if any(outcome.item.place == 2 and outcome.verdict for outcome in outcomes):
            raise ValueError("this cannot be stored")
        return finish(outcomes)

    state.jobs.finish_items = picky  # type: ignore[method-assign, assignment]
    asyncio.run(_all(Runner(state)))
    results = state.jobs.results(job.id, 0, 4)
    assert [bool(result.problem) for result in results] == [False, False, True, False]
    results_are_whole(state, job.id)


def test_a_worker_that_ends_gives_back_what_it_holds(new_state: NewState, scored: Any) -> None:
    gate, started = Event(), Event()

    def around(_: str, score: Callable[[], Verdict]) -> Verdict:
        started.set()
        gate.wait(60)
        return score()

    scored(around)
    ending, staying = new_state(threads=1), new_state(threads=1)
    job = ending.jobs.create(None, articles(3))

    async def scenario() -> None:
        task = asyncio.create_task(Runner(ending).run())
        await asyncio.to_thread(started.wait, 60)
        assert staying.jobs.claim("somebody", 10) == []
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
    gate.set()
    asyncio.run(_all(Runner(staying)))
    results_are_whole(staying, job.id)


def test_a_worker_that_ends_while_it_claims_gives_that_back(state: State) -> None:
    state.jobs.create(None, articles(3))
    claim, asked, gate = state.jobs.claim, Event(), Event()

    def slow(worker: str, n: int) -> Any:
        asked.set()
        gate.wait(60)
        return claim(worker, n)

    async def scenario() -> None:
        state.jobs.claim = slow  # type: ignore[method-assign]
        task = asyncio.create_task(Runner(state).run())
        await asyncio.to_thread(asked.wait, 60)
        task.cancel()
        gate.set()
        await asyncio.gather(task, return_exceptions=True)
        state.jobs.claim = claim  # type: ignore[method-assign]

    asyncio.run(scenario())
    assert len(state.jobs.claim("somebody", 10)) == 3


def test_a_lease_lasts_as_long_as_the_worker_is_at_it(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    state.jobs.create(None, articles(1))
    worker = Runner(state)
    judge = runner.judge
    moment = now()

    async def long(*given: Any, **named: Any) -> Any:
        nonlocal moment
        for _ in range(4):  # twice the lease in all
            moment += LEASE / 2
            await worker._beat()
            assert await asyncio.to_thread(state.jobs.claim, "somebody", 1) == []
        return await judge(*given, **named)

    monkeypatch.setattr("service.store.jobs.now", lambda: moment)
    monkeypatch.setattr(runner, "judge", long)
    asyncio.run(_all(worker))
    assert verdict_rows(state) == 1


class Killed(BaseException):
    """In the place of kill -9."""


def test_what_ended_a_worker_is_given_up_in_the_end_and_takes_few_with_it(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = runner.judge

    async def deadly(state: State, reading: Any, *given: Any, **named: Any) -> Any:
        if reading(state.release)[0].id == "3":
            raise Killed
        return await judge(state, reading, *given, **named)

    monkeypatch.setattr(runner, "judge", deadly)
    job = state.jobs.create(None, articles(8))
    lives = 0
    while _job(state, job.id).status != "done":
        lives += 1
        with suppress(Killed):
            asyncio.run(_all(Runner(state)))
        with state.database.session() as session:
            session.execute(update(ItemRow).values(lease_until=None))
    assert lives == 6
    failed = [result for result in state.jobs.results(job.id, 0, 8) if result.problem]
    assert 3 in [result.place for result in failed]
    assert all(result.problem and result.problem["type"].endswith(":unavailable") for result in failed)
    assert len(failed) < 8
