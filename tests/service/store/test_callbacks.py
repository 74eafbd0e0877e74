"""The outbox: taken by one, tried again, given up visibly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.store import callbacks
from service.store.callbacks import LEASE, CallbackStore
from service.store.database import Database
from service.store.jobs import JobStore, Outcome
from service.store.tables import now

URL = "https://cms.example/done"


@pytest.fixture
def store(database: Database) -> CallbackStore:
    return CallbackStore(database)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    def move(delay: timedelta) -> None:
        moment = now() + delay
        monkeypatch.setattr(callbacks, "now", lambda: moment)

    return move


@pytest.fixture
def finished(database: Database) -> Callable[[], str]:
    """Makes a finished job that wants a callback."""

    def make() -> str:
        jobs = JobStore(database)
        job = jobs.create(None, [{"id": "1", "title": "茶"}], callback_url=URL)
        (item,) = jobs.claim("w1", 1)
        jobs.finish_items([Outcome(item, problem={"title": "no"})])
        return job.id

    return make


def state(database: Database, job_id: str) -> tuple[str, int]:
    job = JobStore(database).get(job_id, None)
    assert job is not None
    return job.callback, job.callback_attempts


def test_a_message_is_taken_by_one_and_delivered(
    database: Database, store: CallbackStore, finished: Callable[[], str]
) -> None:
    job_id = finished()
    (delivery,) = store.due(9)
    assert (delivery.url, delivery.job_id, delivery.failed) == (URL, job_id, 1)
    assert store.due(9) == []
    store.delivered(delivery, 204)
    assert state(database, job_id) == ("delivered", 1)
    assert not store.failed(delivery, status=500, error="late", next_at=None)
    assert state(database, job_id) == ("delivered", 1)


def test_a_failed_message_comes_again_when_its_time_has_come(
    database: Database, store: CallbackStore, finished: Callable[[], str], later: Callable[[timedelta], None]
) -> None:
    job_id = finished()
    (delivery,) = store.due(9)
    assert store.failed(delivery, status=503, error="busy", next_at=now() + timedelta(hours=1))
    assert store.due(9) == []
    later(timedelta(hours=1))
    (again,) = store.due(9)
    assert (again.id, again.attempt) == (delivery.id, 2)
    assert state(database, job_id) == ("pending", 2)


def test_who_dies_with_a_message_loses_it_to_another(
    database: Database, store: CallbackStore, finished: Callable[[], str], later: Callable[[timedelta], None]
) -> None:
    job_id = finished()
    (lost,) = store.due(9)
    later(LEASE)
    (taken,) = store.due(9)
    assert (taken.id, taken.attempt) == (lost.id, 2)
    assert not store.failed(lost, status=None, error="woke up", next_at=None)
    assert state(database, job_id) == ("pending", 2)
    store.delivered(lost, 200)
    assert not store.failed(taken, status=409, error="twice", next_at=None)
    assert state(database, job_id) == ("delivered", 2)


def test_a_dead_letter_is_seen_and_can_be_tried_again(
    database: Database, store: CallbackStore, finished: Callable[[], str]
) -> None:
    job_id = finished()
    (delivery,) = store.due(9)
    assert store.failed(delivery, status=None, error="no\x00route\n" + "x" * 1000, next_at=None)
    (letter,) = store.dead_letters()
    assert (letter.id, letter.job_id, letter.url, letter.attempts) == (delivery.id, job_id, URL, 1)
    assert letter.last_error is not None
    assert letter.last_error.startswith("no\\x00route\\nx")
    assert letter.last_error.endswith("… (+709)")
    assert state(database, job_id) == ("dead", 1)
    assert store.due(9) == []
    store.retry(letter.id)
    assert store.dead_letters() == []
    assert store.due(9)[0].attempt == 2


def test_only_a_dead_letter_is_tried_again(store: CallbackStore, finished: Callable[[], str]) -> None:
    finished()
    (delivery,) = store.due(9)
    with pytest.raises(KeyError):
        store.retry(delivery.id)
    with pytest.raises(KeyError):
        store.retry("nope")


def test_many_senders_share_the_messages(store: CallbackStore, finished: Callable[[], str]) -> None:
    made = {finished() for _ in range(12)}
    with ThreadPoolExecutor(4) as pool:
        taken = [delivery.job_id for found in pool.map(lambda _: store.due(3), range(8)) for delivery in found]
    taken += [delivery.job_id for delivery in store.due(12)]
    assert len(taken) == 12
    assert set(taken) == made
