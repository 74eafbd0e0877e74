"""What is too old goes; what is not stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from moderation.verdict import Action
from service.store import retention
from service.store.database import Database
from service.store.differences import DifferenceStore
from service.store.feedback import FeedbackStore
from service.store.idempotency import IdempotencyStore, New
from service.store.jobs import JobStore, Outcome
from service.store.keys import KeyStore
from service.store.releases import ReleaseStore
from service.store.retention import purge
from service.store.tables import Row, SecretRow, now
from service.store.verdicts import StoredVerdict, VerdictStore, insert_verdicts

from .made import stored

NOW = now()
DAYS = timedelta(days=1)


def sizes(database: Database) -> dict[str, int]:
    with database.reading() as session:
        tables = Row.metadata.sorted_tables
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def keep(database: Database, *records: StoredVerdict) -> None:
    with database.connection() as connection:
        insert_verdicts(connection, records)


def filled(database: Database) -> tuple[StoredVerdict, StoredVerdict]:
    """An old verdict and a new one, and something of everything else."""
    old, new = replace(stored(), created_at=NOW - 31 * DAYS), replace(stored(), created_at=NOW - 29 * DAYS)
    keep(database, old, new)
    for record in (old, new):
        FeedbackStore(database).add(record.id, owner=None, expected_action=Action.ALLOW, categories=None, because="茶")
        DifferenceStore(database).add(record.id, current=Action.ALLOW, shadow=Action.ALLOW, categories={}, versions={})
    jobs = JobStore(database)
    jobs.create(None, [{"id": "1", "title": "茶"}, {"id": "2", "title": "茶"}], callback_url="https://cms.example/")
    jobs.finish_items([Outcome(item, verdict=stored()) for item in jobs.claim("w1", 2)])
    jobs.create(None, [{"id": "3", "title": "茶"}])
    repeats = IdempotencyStore(database)
    new_request = repeats.begin(None, "x", "r", "a" * 64)
    assert isinstance(new_request, New)
    keys = KeyStore(database)
    key, _ = keys.create("a", ["score"])
    keys.rotate(key.id, timedelta(hours=1))
    ReleaseStore(database).add("r", model=None, policy=None, profile=None, by=None)
    return old, new


def test_old_verdicts_go_with_what_hangs_on_them(database: Database) -> None:
    old, new = filled(database)
    before = sizes(database)
    gone = purge(database, NOW, 30)
    assert {table: number for table, number in gone.items() if number} == {"verdict": 1, "feedback": 1, "difference": 1}
    assert sizes(database) == {name: size - gone.get(name, 0) for name, size in before.items()}
    store = VerdictStore(database)
    assert store.get(old.id, None) is None
    assert store.get(new.id, None) == new
    store.close()


def test_finished_jobs_go_and_unfinished_ones_stay(database: Database) -> None:
    filled(database)
    gone = purge(database, NOW + 31 * DAYS, 30)
    assert gone == {
        "callback": 1,
        "job_item": 2,
        "job": 1,
        "feedback": 2,
        "difference": 2,
        "verdict": 4,
        "idempotency": 1,
        "api_secret": 1,
    }
    assert {name: size for name, size in sizes(database).items() if size} == {
        "api_key": 1,
        "api_secret": 1,
        "job": 1,
        "job_item": 1,
        "release": 1,
    }
    assert JobStore(database).queue_length() == 1


def test_a_verdict_may_go_before_its_job(database: Database) -> None:
    jobs = JobStore(database)
    job = jobs.create(None, [{"id": "1", "title": "茶"}, {"id": "2", "title": "茶"}])
    (item,) = jobs.claim("w1", 1)
    jobs.finish_items([Outcome(item, verdict=replace(stored(), created_at=NOW - 31 * DAYS))])
    purge(database, NOW, 30)
    (result,) = jobs.results(job.id, 0, 9)
    assert (result.verdict_id, result.verdict, result.problem) == (None, None, None)


def test_a_new_secret_outlives_its_forerunner(database: Database) -> None:
    keys = KeyStore(database)
    key, _ = keys.create("a", ["score"])
    secret = keys.rotate(key.id, timedelta(0))
    assert purge(database, now(), 30)["api_secret"] == 1
    assert keys.verify(secret) == key
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SecretRow)) == 1


def test_no_transaction_deletes_much(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_BATCH", 10)
    keep(database, *(replace(stored(), created_at=NOW - 31 * DAYS) for _ in range(35)))
    left: list[int] = []
    monkeypatch.setattr(retention, "sleep", lambda _: left.append(sizes(database)["verdict"]))
    assert purge(database, NOW, 30)["verdict"] == 35
    assert left == [25, 15, 5]
    assert sizes(database)["verdict"] == 0


def test_no_days_is_everything_and_fewer_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="negative"):
        purge(database, NOW, -1)
    keep(database, stored())
    assert purge(database, now() + timedelta(seconds=1), 0)["verdict"] == 1
