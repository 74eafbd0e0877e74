"""A request that is sent again gets its first answer, and runs once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.store import idempotency
from service.store.database import Database
from service.store.idempotency import ABANDONED_AFTER, KEPT, IdempotencyStore, InProgress, Mismatch, New, Stored
from service.store.tables import now

ROUTE = "POST /v1/score"
HASH, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def store(database: Database) -> IdempotencyStore:
    return IdempotencyStore(database)


def begin(store: IdempotencyStore, owner: str | None = "k1", key: str = "x", request_hash: str = HASH) -> New:
    new = store.begin(owner, key, ROUTE, request_hash)
    assert isinstance(new, New)
    return new


def later(monkeypatch: pytest.MonkeyPatch, delay: timedelta) -> None:
    moment = now() + delay
    monkeypatch.setattr(idempotency, "now", lambda: moment)


def test_the_second_waits_and_the_third_gets_the_answer(store: IdempotencyStore) -> None:
    new = begin(store)
    assert store.begin("k1", "x", ROUTE, HASH) == InProgress()
    assert store.finish(new, 200, b"\x00\xff{}")
    assert store.begin("k1", "x", ROUTE, HASH) == Stored(200, b"\x00\xff{}")


def test_a_key_is_good_for_one_request(store: IdempotencyStore) -> None:
    new = begin(store)
    assert store.begin("k1", "x", ROUTE, OTHER) == Mismatch()
    store.finish(new, 200, b"")
    assert store.begin("k1", "x", ROUTE, OTHER) == Mismatch()


def test_owners_routes_and_keys_are_apart(store: IdempotencyStore) -> None:
    begin(store)
    begin(store, owner="k2")
    begin(store, owner=None)
    begin(store, key="y" * 5000 + "\ud800\x00")
    assert isinstance(store.begin("k1", "x", "POST /v1/jobs", OTHER), New)


def test_what_is_abandoned_can_be_begun_anew(store: IdempotencyStore) -> None:
    store.abandon(begin(store))
    store.abandon(begin(store, request_hash=OTHER))


def test_who_dies_is_taken_over_and_finishes_nothing(store: IdempotencyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = begin(store)
    later(monkeypatch, ABANDONED_AFTER - timedelta(seconds=1))
    assert store.begin("k1", "x", ROUTE, HASH) == InProgress()
    later(monkeypatch, ABANDONED_AFTER + timedelta(seconds=1))
    assert store.begin("k1", "x", ROUTE, OTHER) == Mismatch()
    new = begin(store)
    assert store.begin("k1", "x", ROUTE, HASH) == InProgress()
    assert not store.finish(dead, 200, b"late")
    store.abandon(dead)
    assert store.finish(new, 201, b"new")
    assert store.begin("k1", "x", ROUTE, HASH) == Stored(201, b"new")


def test_an_answer_is_kept_for_a_day(store: IdempotencyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.finish(begin(store), 200, b"old")
    later(monkeypatch, KEPT - timedelta(seconds=1))
    assert store.begin("k1", "x", ROUTE, HASH) == Stored(200, b"old")
    later(monkeypatch, KEPT + timedelta(seconds=1))
    new = begin(store, request_hash=OTHER)
    assert store.finish(new, 200, b"new")
    assert store.begin("k1", "x", ROUTE, OTHER) == Stored(200, b"new")


def test_of_many_at_once_one_begins(store: IdempotencyStore) -> None:
    for key in map(str, range(5)):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _, key=key: store.begin("k1", key, ROUTE, HASH), range(8)))
        assert sorted(type(answer).__name__ for answer in answers) == ["InProgress"] * 7 + ["New"]


def test_beginning_and_abandoning_at_once_ends(store: IdempotencyStore) -> None:
    def turn(_: int) -> bool:
        answer = store.begin("k1", "x", ROUTE, HASH)
        if isinstance(answer, New):
            store.abandon(answer)
        return isinstance(answer, New)

    with ThreadPoolExecutor(8) as pool:
        assert any(list(pool.map(turn, range(40))))
    begin(store)
