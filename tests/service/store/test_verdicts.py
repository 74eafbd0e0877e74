"""Verdicts are committed in groups, for many threads, through an outage."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import IntegrityError

from service.store import verdicts
from service.store.database import Database, StoreUnavailable
from service.store.tables import VerdictRow
from service.store.verdicts import VerdictStore

from ..outage import away, drop_connections
from .made import stored


@pytest.fixture
def store(database: Database) -> Iterator[VerdictStore]:
    store = VerdictStore(database)
    yield store
    store.close()


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(VerdictRow)) or 0


def test_what_is_saved_comes_back_as_it_was(store: VerdictStore) -> None:
    record = stored("k1", keep_text=True)
    store.save(record)
    assert store.get(record.id, "k1") == record
    assert store.get(record.id, None) == record
    assert store.get(record.id, "k2") is None
    assert store.get("0" * 32, None) is None


def test_what_nobody_owns_is_no_other_owners(store: VerdictStore) -> None:
    record = stored(None)
    store.save(record)
    assert store.get(record.id, "k1") is None


def test_times_come_back_in_utc(store: VerdictStore) -> None:
    local = datetime(2026, 3, 1, 8, 0, 0, 123456, timezone(timedelta(hours=8)))
    record = replace(stored(), created_at=local)
    store.save(record)
    found = store.get(record.id, None)
    assert found is not None
    assert found.created_at == local
    assert found.created_at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(store: VerdictStore) -> None:
    record = replace(stored(), created_at=datetime(2026, 3, 1))
    with pytest.raises(Exception, match="time zone"):
        store.save(record)


def test_any_text_can_be_kept(store: VerdictStore) -> None:
    record = stored()
    odd = replace(record, verdict={**record.verdict, "article_id": "a\x00b\ud800c\u2028"})
    store.save(odd)
    assert store.get(odd.id, None) == odd


def test_many_threads_share_transactions(database: Database, store: VerdictStore) -> None:
    records = [stored(f"k{number % 3}") for number in range(400)]
    commits: list[Connection] = []
    event.listen(database._engine, "commit", commits.append)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(store.save, records))
    assert count(database) == len(records)
    assert 0 < len(commits) < len(records)


def test_what_is_done_is_committed(database_url: str, store: VerdictStore) -> None:
    def seen(record: verdicts.StoredVerdict) -> bool:
        store.submit(record).result(10)
        other = Database(database_url)
        try:
            with other.reading() as session:
                return session.get(VerdictRow, record.id) is not None
        finally:
            other.close()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(seen, [stored() for _ in range(12)]))


def test_one_that_cannot_be_stored_takes_no_other_with_it(database: Database, store: VerdictStore) -> None:
    twice = stored()
    store.save(twice)
    with held(store):
        futures = [store.submit(record) for record in (stored(), twice, stored())]
    assert futures[0].result(10) is None
    assert isinstance(futures[1].exception(10), IntegrityError)
    assert futures[2].result(10) is None
    assert count(database) == 3


def test_refuses_more_than_may_wait(store: VerdictStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "_WAITING_AT_MOST", 2)
    with held(store):
        futures = [store.submit(stored()) for _ in range(2)]
        with pytest.raises(StoreUnavailable, match="2 verdicts wait"):
            store.submit(stored())
    assert [future.result(10) for future in futures] == [None, None]


def test_who_waited_too_long_is_told_and_nothing_is_stored(database: Database, store: VerdictStore) -> None:
    with held(store), pytest.raises(StoreUnavailable, match=r"in 0\.01 s"):
        store.save(stored(), timeout=0.01)
    store.close()
    assert count(database) == 0


def test_closing_writes_what_waits(database: Database, store: VerdictStore) -> None:
    with held(store):
        futures = [store.submit(stored()) for _ in range(5)]
    store.close()
    assert all(future.done() for future in futures)
    assert count(database) == 5
    with pytest.raises(StoreUnavailable, match="closed"):
        store.submit(stored())


def test_the_writer_outlives_an_outage(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "_RETRY_S", 0.0)
    database = Database(database_url, timeout=0.2)
    store = VerdictStore(database)
    before, between, after = stored(), stored(), stored()
    store.save(before)
    with away(database_url), pytest.raises(StoreUnavailable):
        store.save(between)
    store.save(after)
    assert [store.get(record.id, None) is None for record in (before, between, after)] == [False, True, False]
    store.close()
    database.close()


def test_only_one_at_a_time_waits_for_a_database_that_is_away(
    database: Database, store: VerdictStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(verdicts, "monotonic", lambda: clock[0])
    monkeypatch.setattr(verdicts, "_SPACING_S", 0.0)
    with monkeypatch.context() as outage:
        outage.setattr(verdicts, "insert_verdicts", _unavailable)
        with held(store):
            futures = [store.submit(stored()) for _ in range(3)]
        assert all(isinstance(future.exception(10), StoreUnavailable) for future in futures)
        with pytest.raises(StoreUnavailable, match="a moment ago"):
            store.submit(stored())
        clock[0] += verdicts._RETRY_S
        with held(store):
            probe = store.submit(stored())
            with pytest.raises(StoreUnavailable, match="a moment ago"):
                store.submit(stored())
        assert isinstance(probe.exception(10), StoreUnavailable)
        clock[0] += verdicts._RETRY_S
        with held(store):
            assert store.submit(stored()).cancel()
    _accepted(store).result(10)
    with held(store):
        futures = [store.submit(stored()) for _ in range(2)]
    assert [future.result(10) for future in futures] == [None, None]
    assert count(database) == 3


def _accepted(store: VerdictStore) -> Future[None]:
    """Submits until the writer has seen that the last one was given up."""
    for _ in range(1000):
        with suppress(StoreUnavailable):
            return store.submit(stored())
        sleep(0.01)
    raise AssertionError("never accepted again")


def _unavailable(*_: object) -> None:
    raise StoreUnavailable("gone")


def test_a_connection_that_broke_while_idle_is_noticed(
    database: Database, database_url: str, store: VerdictStore
) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite has no server")
    for _ in range(3):
        store.save(stored())
        drop_connections(database_url)
    assert count(database) == 3


@contextmanager
def held(store: VerdictStore) -> Iterator[None]:
    """Keeps the writer from starting another batch."""
    with store._woken:
        yield


_WRITES_FOR_EVER = r"""
import os, sys
from service.store.database import Database
from service.store.verdicts import VerdictStore
from tests.service.store.made import stored
from concurrent.futures import ThreadPoolExecutor

store = VerdictStore(Database(sys.argv[1]))

def write(_):
    while True:
        record = stored()
        store.save(record)
        os.write(1, f"{record.id}\n".encode())

list(ThreadPoolExecutor(4).map(write, range(4)))
"""


def test_what_was_saved_outlives_a_kill(database: Database, database_url: str) -> None:
    command = [sys.executable, "-c", _WRITES_FOR_EVER, database_url]
    writing = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
    assert writing.stdout is not None
    with writing:
        told = [writing.stdout.readline().strip() for _ in range(20)]
        writing.kill()
        told += writing.stdout.read().split("\n")[:-1]
    with database.reading() as session:
        kept = set(session.scalars(select(VerdictRow.id)))
    assert len(told) >= 20
    assert set(told) <= kept
