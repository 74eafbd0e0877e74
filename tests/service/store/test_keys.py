"""Keys: only the right secret of a key that works now opens anything."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select

from service.store import keys as module
from service.store.database import Database, StoreUnavailable
from service.store.keys import CACHED_S, KeyStore
from service.store.tables import KeyRow, SecretRow, now

from ..outage import away

HOUR = timedelta(hours=1)


@pytest.fixture
def keys(database: Database) -> KeyStore:
    return KeyStore(database)


class Clock:
    """Stands in for both clocks of the module."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._wall, self._seconds = now(), 1000.0
        monkeypatch.setattr(module, "now", lambda: self._wall)
        monkeypatch.setattr(module.time, "monotonic", lambda: self._seconds)

    def advance(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)
        self._seconds += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_new_key_opens_and_only_its_hash_is_kept(database: Database, keys: KeyStore) -> None:
    key, secret = keys.create("CMS", ["score", "feedback"])
    assert secret.startswith(f"ql_{key.id}_")
    assert keys.verify(secret) == key
    assert key.scopes == {"score", "feedback"}
    with database.reading() as session:
        rows = [*session.scalars(select(KeyRow)), *session.scalars(select(SecretRow))]
        kept = repr([vars(row) for row in rows])
    assert secret.split("_", 2)[2] not in kept


def test_each_secret_is_its_own(keys: KeyStore) -> None:
    (one, first), (other, second) = keys.create("a", ["score"]), keys.create("b", ["score"])
    assert (keys.verify(first), keys.verify(second)) == (one, other)
    swapped = f"ql_{one.id}_{second.split('_', 2)[2]}"
    assert keys.verify(swapped) is None


def test_what_is_no_key_opens_nothing(keys: KeyStore) -> None:
    key, secret = keys.create("a", ["admin"])
    wrong = [
        "",
        "ql_",
        secret[:-1],
        secret + "A",
        secret.upper(),
        f" {secret}",
        secret.replace("ql_", "qx_"),
        "ql_" + "字" * 20,
    ]
    wrong += [
        f"ql_{key.id}_{'A' * 43}",
        f"ql_{'0' * 12}_{secret.split('_', 2)[2]}",
        "ql_" + "_" * 100_000,
        secret + "\n",
    ]
    assert [keys.verify(text) for text in wrong] == [None] * len(wrong)


def test_a_revoked_key_opens_nothing_from_now_on(keys: KeyStore) -> None:
    key, secret = keys.create("a", ["score"])
    assert keys.verify(secret)
    keys.revoke(key.id)
    assert keys.verify(secret) is None
    (listed,) = keys.list()
    assert listed.revoked_at is not None
    keys.revoke(key.id)
    assert keys.list() == [listed]


def test_another_process_notices_within_the_time_of_the_copy(database: Database, clock: Clock) -> None:
    here, there = KeyStore(database), KeyStore(database)
    key, secret = here.create("a", ["score"])
    assert there.verify(secret)
    here.revoke(key.id)
    clock.advance(CACHED_S)
    assert there.verify(secret) is None


def test_a_key_ends_on_its_day(keys: KeyStore, clock: Clock) -> None:
    _, secret = keys.create("a", ["score"], expires_at=module.now() + timedelta(seconds=2))
    assert keys.verify(secret)
    clock.advance(1.9)
    assert keys.verify(secret)
    clock.advance(0.1)
    assert keys.verify(secret) is None


def test_both_secrets_work_while_one_replaces_the_other(keys: KeyStore, clock: Clock) -> None:
    key, old = keys.create("a", ["score"])
    new = keys.rotate(key.id, HOUR)
    assert keys.verify(old) == keys.verify(new) == key
    clock.advance(3599)
    assert keys.verify(old) == key
    clock.advance(1)
    assert keys.verify(old) is None
    assert keys.verify(new) == key


def test_a_second_rotation_shortens_no_overlap(keys: KeyStore, clock: Clock) -> None:
    key, oldest = keys.create("a", ["score"])
    older = keys.rotate(key.id, HOUR)
    newest = keys.rotate(key.id, timedelta(0))
    assert [keys.verify(secret) for secret in (oldest, older, newest)] == [key, None, key]


def test_a_revoked_key_has_no_secret_that_works(keys: KeyStore) -> None:
    key, old = keys.create("a", ["score"])
    new = keys.rotate(key.id, HOUR)
    keys.revoke(key.id)
    assert [keys.verify(old), keys.verify(new)] == [None, None]
    with pytest.raises(ValueError, match="revoked"):
        keys.rotate(key.id, HOUR)


def test_there_is_no_query_while_the_copy_is_fresh(database: Database, keys: KeyStore, clock: Clock) -> None:
    _, secret = keys.create("a", ["score"])
    assert not keys.fresh()
    keys.verify(secret)
    assert keys.fresh()
    queries: list[Connection] = []
    event.listen(database._engine, "begin", queries.append)
    for number in range(100):
        assert keys.verify(secret)
        assert keys.verify(f"ql_{number:012x}_{'A' * 43}") is None
    assert queries == []
    clock.advance(CACHED_S)
    assert not keys.fresh()
    keys.verify(secret)
    assert len(queries) == 1


def test_an_outage_is_neither_a_yes_nor_a_no(database_url: str, clock: Clock) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("a locked SQLite file can still be read")
    database = Database(database_url)
    strict, lenient = KeyStore(database, grace=0), KeyStore(database, grace=60)
    key, secret = strict.create("a", ["score"])
    assert strict.verify(secret) == lenient.verify(secret) == key
    with away(database_url):
        clock.advance(CACHED_S)
        with pytest.raises(StoreUnavailable):
            strict.verify(secret)
        assert lenient.verify(secret) == key
        clock.advance(60)
        with pytest.raises(StoreUnavailable):
            lenient.verify(secret)
    clock.advance(1)
    assert strict.verify(secret) == lenient.verify(secret) == key
    database.close()


def test_an_outage_is_not_asked_about_again_and_again(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyStore(database, grace=60)
    key, secret = keys.create("a", ["score"])
    assert keys.verify(secret)
    tries = []

    def away_now(_: float) -> None:
        tries.append(1)
        raise StoreUnavailable("gone")

    monkeypatch.setattr(keys, "_read", away_now)
    clock.advance(CACHED_S)
    assert [keys.verify(secret) for _ in range(9)] == [key] * 9
    assert len(tries) == 1
    clock.advance(1)
    assert keys.verify(secret) == key
    assert len(tries) == 2


def test_nobody_waits_for_the_one_who_reads_the_keys(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyStore(database)
    key, secret = keys.create("a", ["score"])
    assert keys.verify(secret)
    began, end, read = threading.Event(), threading.Event(), keys._read

    def slow(moment: float) -> object:
        began.set()
        assert end.wait(10)
        return read(moment)

    monkeypatch.setattr(keys, "_read", slow)
    clock.advance(CACHED_S)
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(keys.verify, secret)
        assert began.wait(10)
        assert keys.verify(secret) == key
        assert not reader.done()
        end.set()
        assert reader.result(10) == key
    assert keys.fresh()


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("a", []), ("a", ["root"]), ("a", ["score", ""]), ("", ["score"]), ("a\nb", ["score"]), ("a" * 201, ["score"])],
)
def test_refuses_what_makes_no_key(keys: KeyStore, name: str, scopes: list[str]) -> None:
    with pytest.raises(ValueError, match=r"scopes|name"):
        keys.create(name, scopes)
    assert keys.list() == []


def test_an_unknown_key_is_named(keys: KeyStore) -> None:
    with pytest.raises(KeyError, match="nope"):
        keys.revoke("nope")
    with pytest.raises(KeyError, match="nope"):
        keys.rotate("nope", HOUR)


def test_keys_are_listed_in_the_order_they_were_made(keys: KeyStore) -> None:
    names = [f"k{number}" for number in range(4)]
    made = [keys.create(name, ["score"])[0] for name in names]
    assert keys.list() == made
    assert all(one.created_at <= other.created_at for one, other in itertools.pairwise(made))
