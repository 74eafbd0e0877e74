"""Each accepted article is judged, and written exactly once, whatever its workers do."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from moderation.verdict import Action
from service.store import idempotency, jobs
from service.store.callbacks import CallbackStore
from service.store.database import Database, StoreUnavailable
from service.store.idempotency import KEPT, IdempotencyStore, New
from service.store.jobs import LEASE, Item, JobStore, Outcome
from service.store.tables import ItemRow, VerdictRow, now

from ..outage import drop_connections
from .made import stored

ARTICLES = [{"id": f"a{number}", "title": "茶叶的保存"} for number in range(5)]
PROBLEM = {"type": "urn:qingliu:problem:invalid-article", "title": "no"}


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock of the queue."""

    def move(delay: timedelta) -> None:
        moment: datetime = now() + delay
        monkeypatch.setattr(jobs, "now", lambda: moment)

    return move


def judged(item: Item, action: Action = Action.ALLOW) -> Outcome:
    return Outcome(item, verdict=stored(item.owner, action=action))


def count(database: Database, table: type[VerdictRow] | type[ItemRow]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_job_from_its_acceptance_to_its_end(database: Database, store: JobStore) -> None:
    job = store.create("k1", ARTICLES, profile="strict")
    assert (job.status, job.total, job.finished, job.owner, job.profile) == ("queued", 5, 0, "k1", "strict")
    assert store.get(job.id, "k1") == store.get(job.id, None) == job
    assert store.get(job.id, "k2") is None
    assert store.queue_length() == 5

    first = store.claim("w1", 2)
    assert [(item.place, item.article, item.attempt) for item in first] == [(0, ARTICLES[0], 1), (1, ARTICLES[1], 1)]
    running = store.get(job.id, "k1")
    assert running is not None
    assert running.status == "running"
    rest = store.claim("w1", 10)
    assert [item.place for item in rest] == [2, 3, 4]
    assert store.claim("w1", 10) == []

    outcomes = [judged(first[0]), judged(first[1], Action.REJECT), judged(rest[0], Action.REVIEW)]
    outcomes += [Outcome(rest[1], problem=PROBLEM), judged(rest[2])]
    assert store.finish_items(outcomes[:3]) == {outcome.item.id for outcome in outcomes[:3]}
    assert [result.place for result in store.results(job.id, 0, 100)] == [0, 1, 2]
    store.finish_items(outcomes[3:])

    done = store.get(job.id, "k1")
    assert done is not None
    assert (done.status, done.finished, done.failed, done.callback) == ("done", 5, 1, "none")
    assert done.actions == {"allow": 2, "review": 1, "reject": 1}
    assert done.finished_at is not None
    assert store.queue_length() == 0
    results = store.results(job.id, 1, 3)
    assert [(result.place, result.article_id) for result in results] == [(1, "a1"), (2, "a2"), (3, "a3")]
    assert results[0].verdict == outcomes[1].verdict.verdict  # type: ignore[union-attr]
    assert (results[2].verdict, results[2].problem) == (None, PROBLEM)
    assert count(database, VerdictRow) == 4


def test_the_text_of_an_article_goes_when_it_is_judged(database: Database, store: JobStore) -> None:
    store.create(None, ARTICLES)
    store.finish_items([judged(store.claim("w1", 1)[0])])
    with database.reading() as session:
        kept = session.scalars(select(ItemRow.article).order_by(ItemRow.place)).all()
    assert kept == [None, *ARTICLES[1:]]


@pytest.mark.parametrize(
    ("identifier", "known"), [("a\x00\ud800", "a\x00\ud800"), (7, "7"), (True, None), (None, None), ([1], None)]
)
def test_any_record_is_accepted(store: JobStore, identifier: object, known: str | None) -> None:
    job = store.create(None, [{"id": identifier, "title": "\x00\ud800"}])
    (item,) = store.claim("w1", 1)
    assert item.article == {"id": identifier, "title": "\x00\ud800"}
    store.finish_items([Outcome(item, problem=PROBLEM)])
    assert store.results(job.id, 0, 1)[0].article_id == known


def test_an_empty_job_is_refused(store: JobStore) -> None:
    with pytest.raises(ValueError, match="needs an article"):
        store.create(None, [])


def test_an_outcome_is_one_thing(store: JobStore) -> None:
    store.create(None, ARTICLES)
    (item,) = store.claim("w1", 1)
    with pytest.raises(ValueError, match="a verdict or a problem"):
        Outcome(item)
    with pytest.raises(ValueError, match="a verdict or a problem"):
        Outcome(item, stored(), PROBLEM)


def test_many_claimers_share_the_items(store: JobStore) -> None:
    for _ in range(4):
        store.create(None, [{"id": str(number), "title": "茶"} for number in range(25)])

    def work(name: str) -> list[int]:
        mine = []
        while items := store.claim(name, 7):
            mine += [item.id for item in items]
            assert store.finish_items([judged(item) for item in items]) == {item.id for item in items}
        return mine

    with ThreadPoolExecutor(6) as pool:
        claimed = [
            identifier for found in pool.map(work, [f"w{number}" for number in range(6)]) for identifier in found
        ]
    # Who finds every item locked goes home early, so the last ones may be left.
    claimed += work("last")
    assert Counter(Counter(claimed).values()) == {1: 100}
    assert store.queue_length() == 0


def _claim_all(url: str, worker: str, results: multiprocessing.Queue[list[int]]) -> None:
    database = Database(url)
    store, mine = JobStore(database), []
    while items := store.claim(worker, 3):
        mine += [item.id for item in items]
    database.close()
    results.put(mine)


def test_processes_share_the_items(database_url: str, store: JobStore) -> None:
    job = store.create(None, [{"id": str(number), "title": "茶"} for number in range(60)])
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    processes = [spawn.Process(target=_claim_all, args=(database_url, f"w{number}", results)) for number in range(3)]
    for process in processes:
        process.start()
    claimed = [identifier for _ in processes for identifier in results.get(timeout=60)]
    for process in processes:
        process.join()
    claimed += [item.id for item in store.claim("last", 100)]
    assert len(claimed) == len(set(claimed)) == job.total


def test_who_loses_its_lease_writes_nothing(
    database: Database, store: JobStore, later: Callable[[timedelta], None]
) -> None:
    job = store.create(None, ARTICLES[:1])
    (slow,) = store.claim("slow", 1)
    later(LEASE + timedelta(seconds=1))
    assert store.finish_items([judged(slow)]) == set()
    (taken,) = store.claim("quick", 1)
    assert (taken.id, taken.attempt) == (slow.id, 2)
    assert store.finish_items([judged(slow)]) == set()
    assert store.finish_items([judged(taken, Action.REJECT)]) == {taken.id}
    assert store.finish_items([judged(taken)]) == set()
    assert store.finish_items([judged(slow)]) == set()
    done = store.get(job.id, None)
    assert done is not None
    assert (done.finished, done.actions) == (1, {"allow": 0, "review": 0, "reject": 1})
    assert count(database, VerdictRow) == 1


def test_of_two_that_finish_the_same_at_once_one_does(database: Database, store: JobStore) -> None:
    job = store.create(None, ARTICLES)
    items = store.claim("w1", 5)
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda _: store.finish_items([judged(item) for item in items]), range(4)))
    assert sorted(len(found) for found in written) == [0, 0, 0, 5]
    done = store.get(job.id, None)
    assert done is not None
    assert (done.finished, done.status) == (5, "done")
    assert count(database, VerdictRow) == 5


def test_a_heartbeat_keeps_what_is_held_and_raises_no_dead(store: JobStore, later: Callable[[timedelta], None]) -> None:
    store.create(None, ARTICLES)
    store.claim("w1", 2)
    later(LEASE - timedelta(seconds=1))
    assert store.heartbeat("w1") == 2
    assert store.heartbeat("w2") == 0
    later(LEASE * 2 - timedelta(seconds=2))
    assert [item.place for item in store.claim("w2", 9)] == [2, 3, 4]
    later(LEASE * 4)
    assert store.heartbeat("w1") == 0
    assert [item.place for item in store.claim("w3", 9)] == [0, 1, 2, 3, 4]


def test_what_is_given_back_is_free_at_once(store: JobStore) -> None:
    store.create(None, ARTICLES)
    held = store.claim("w1", 3)
    store.claim("w2", 1)
    store.release("w1")
    assert [item.place for item in store.claim("w3", 9)] == [0, 1, 2, 4]
    assert store.finish_items([judged(held[0])]) == set()


def test_a_failed_write_finishes_nothing(database: Database, store: JobStore) -> None:
    job = store.create(None, ARTICLES[:2])
    first, second = store.claim("w1", 2)
    same = stored()
    with pytest.raises(Exception, match="verdict"):
        store.finish_items([Outcome(first, verdict=same), Outcome(second, verdict=same)])
    unchanged = store.get(job.id, None)
    assert unchanged is not None
    assert unchanged.finished == count(database, VerdictRow) == 0
    assert len(store.finish_items([judged(first), judged(second)])) == 2


def begun(database: Database) -> New:
    new = IdempotencyStore(database).begin("k1", "x", "POST /v1/jobs", "a" * 64)
    assert isinstance(new, New)
    return new


def test_a_request_makes_one_job_though_its_answer_was_lost(
    database: Database, store: JobStore, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = store.create("k1", ARTICLES, request=begun(database))
    moment = now() + idempotency.ABANDONED_AFTER
    monkeypatch.setattr(idempotency, "now", lambda: moment)
    again = begun(database)
    assert store.create("k1", ARTICLES, request=again) == job
    assert store.queue_length() == 5
    later(KEPT + timedelta(seconds=1))
    assert store.create("k1", ARTICLES, request=again).id != job.id


def test_of_the_same_request_many_times_at_once_comes_one_job(database: Database, store: JobStore) -> None:
    new = begun(database)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: store.create("k1", ARTICLES, request=new).id, range(8)))
    assert len(set(made)) == 1
    assert store.queue_length() == 5


def test_the_last_item_makes_one_callback_due(database: Database, store: JobStore) -> None:
    job = store.create(None, ARTICLES, callback_url="https://cms.example/done")
    callbacks, items = CallbackStore(database), store.claim("w1", 5)
    store.finish_items([judged(item) for item in items[:4]])
    assert callbacks.due(9) == []
    pending = store.get(job.id, None)
    assert pending is not None
    assert (pending.callback, pending.callback_attempts) == ("pending", 0)
    store.finish_items([judged(items[4])])
    (delivery,) = callbacks.due(9)
    assert (delivery.job_id, delivery.total, delivery.failed, delivery.attempt) == (job.id, 5, 0, 1)
    assert delivery.actions == {"allow": 5, "review": 0, "reject": 0}


def test_workers_that_finish_a_job_together_make_one_callback(database: Database, store: JobStore) -> None:
    made = [store.create(None, ARTICLES, callback_url="https://cms.example/done") for _ in range(3)]
    items = store.claim("w1", 15)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: store.finish_items([judged(item) for item in items[number::5]]), range(5)))
    assert {delivery.job_id for delivery in CallbackStore(database).due(9)} == {job.id for job in made}


def test_a_server_that_drops_connections_costs_no_item_and_writes_none_twice(
    database: Database, database_url: str
) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite has no server")
    store, ended = JobStore(database), threading.Event()
    job = store.create(None, [{"id": str(number), "title": "茶"} for number in range(60)])

    def work(name: str) -> None:
        held: list[Item] = []
        while not ended.is_set():
            with suppress(StoreUnavailable):
                held = held or store.claim(name, 3)
                if held:
                    store.finish_items([judged(item) for item in held])
                    held = []
                elif store.queue_length() == 0:
                    ended.set()

    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(work, f"w{number}") for number in range(3)]
        for _ in range(15):
            drop_connections(database_url)
            ended.wait(0.05)
        assert ended.wait(60)
        for worker in workers:
            worker.result(60)
    done = store.get(job.id, None)
    assert done is not None
    assert (done.status, done.finished, done.failed) == ("done", 60, 0)
    assert count(database, VerdictRow) == 60
