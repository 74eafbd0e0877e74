"""Verdicts, kept by a thread that commits in one transaction what many requests hand in."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, TypeAlias

from sqlalchemy import Connection, insert

from moderation import Article, Verdict
from moderation.renderers.masked import masked_json
from service.store.database import Database, StoreUnavailable
from service.store.tables import VerdictRow, new_id, now

_LARGEST_BATCH = 256
_WAITING_AT_MOST = 1_000
_TIMEOUT_S = 10.0
_SPACING_S = 0.003
"""From one transaction's start to the next one's: a transaction costs as much CPU as five verdicts. A verdict that
comes after a pause does not wait.
"""
_RETRY_S = 1.0
"""After an outage, so often one verdict is tried; all others are refused at once, since each would wait in vain."""
_INSERT = insert(VerdictRow.table())


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict as it is kept. `verdict` is the published form, masked; `text` the canonical record, if asked for."""

    id: str
    created_at: datetime
    owner: str | None
    text_hash: str
    action: str
    verdict: Mapping[str, Any] = field(repr=False)
    text: str | None = field(default=None, repr=False)


def canonical(record: Mapping[str, Any]) -> str:
    """The one ASCII text of a record, whatever the order of its fields."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"))


def text_hash(text: str) -> str:
    """SHA-256 of a canonical record, hexadecimal."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def stored_form(
    verdict: Verdict,
    article: Article,
    record: Mapping[str, Any],
    *,
    owner: str | None,
    identifier: str | None = None,
    keep_text: bool = False,
) -> StoredVerdict:
    """What to keep of a verdict on `article`, which was read from `record`; with a new id unless one is given."""
    text = canonical(record)
    return StoredVerdict(
        id=identifier or new_id(),
        created_at=now(),
        owner=owner,
        text_hash=text_hash(text),
        action=str(verdict.action),
        verdict=masked_json(verdict, article),
        text=text if keep_text else None,
    )


def insert_verdicts(connection: Connection, records: Sequence[StoredVerdict]) -> None:
    """Write verdicts in a transaction of the caller's."""
    rows = [
        {
            "id": record.id,
            "created_at": record.created_at,
            "owner": record.owner,
            "text_hash": record.text_hash,
            "action": record.action,
            "verdict": record.verdict,
            "text": record.text,
        }
        for record in records
    ]
    connection.execute(_INSERT, rows)


_Entry: TypeAlias = tuple[StoredVerdict, Future[None]]


class VerdictStore:
    """Takes verdicts from any thread; who waits for the future knows that its verdict is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Entry] = deque()
        self._woken = threading.Condition()
        self._closed = False
        self._begun = -math.inf
        self._away_until = -math.inf
        self._thread = threading.Thread(target=self._run, name="verdict-writer", daemon=True)
        self._thread.start()

    def submit(self, record: StoredVerdict) -> Future[None]:
        """Hand in a verdict; the future is done when it is committed, or fails with StoreUnavailable.

        Raises StoreUnavailable at once when too many wait already, the database was away just now, or after `close`.
        """
        future: Future[None] = Future()
        with self._woken:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            if len(self._waiting) >= _WAITING_AT_MOST:
                raise StoreUnavailable(f"{_WAITING_AT_MOST} verdicts wait to be stored already")
            if monotonic() < self._away_until:
                raise StoreUnavailable("the database was away a moment ago")
            if self._away_until > -math.inf:
                self._away_until = math.inf  # until this one tells
            self._waiting.append((record, future))
            if len(self._waiting) in (1, _LARGEST_BATCH):
                self._woken.notify()
        return future

    def save(self, record: StoredVerdict, timeout: float = _TIMEOUT_S) -> None:
        """Keep a verdict; it is committed on return. Raises StoreUnavailable, also after `timeout` seconds."""
        future = self.submit(record)
        try:
            future.result(timeout)
        except FutureTimeout:
            future.cancel()
            raise StoreUnavailable(f"the verdict was not stored in {timeout:g} s") from None

    def get(self, identifier: str, owner: str | None) -> StoredVerdict | None:
        """The verdict of that id if it is the owner's; None as owner sees all."""
        with self._database.reading() as session:
            row = session.get(VerdictRow, identifier)
        if row is None or owner not in (None, row.owner):
            return None
        return StoredVerdict(row.id, row.created_at, row.owner, row.text_hash, row.action, row.verdict, row.text)

    def close(self) -> None:
        """Write what waits, then end the thread."""
        with self._woken:
            self._closed = True
            self._woken.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next():
            # A caller that gave up has cancelled its future; one that has not can no longer.
            self._write([entry for entry in batch if entry[1].set_running_or_notify_cancel()])

    def _next(self) -> list[_Entry]:
        """What waits, in the order it came; empty when the store is closed and nothing does."""
        with self._woken:
            self._woken.wait_for(lambda: self._waiting or self._closed)
            pause = self._begun + _SPACING_S - monotonic()
            self._woken.wait_for(lambda: self._closed or len(self._waiting) >= _LARGEST_BATCH, pause)
            self._begun = monotonic()
            return self._take(_LARGEST_BATCH)

    def _take(self, most: int) -> list[_Entry]:
        with self._woken:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), most))]

    def _write(self, batch: list[_Entry]) -> None:
        if not batch:
            # The one that was to tell was given up.
            self._away_until = min(self._away_until, monotonic())
            return
        try:
            with self._database.connection() as connection:
                insert_verdicts(connection, [record for record, _ in batch])
        except StoreUnavailable as error:
            with self._woken:
                self._away_until = monotonic() + _RETRY_S
                # Who came while we tried has waited as long.
                late = self._take(_WAITING_AT_MOST)
            _fail([*batch, *(entry for entry in late if entry[1].set_running_or_notify_cancel())], error)
        except Exception as error:
            if len(batch) == 1:
                self._away_until = -math.inf
                _fail(batch, error)
            else:
                # One that cannot be stored must not take the others with it.
                for entry in batch:
                    self._write([entry])
        else:
            self._away_until = -math.inf
            for _, future in batch:
                future.set_result(None)


def _fail(batch: Iterable[_Entry], error: Exception) -> None:
    for _, future in batch:
        future.set_exception(error)
