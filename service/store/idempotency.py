"""Requests that may be sent again: the second gets the first one's answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from service.store.database import Database
from service.store.tables import IdempotencyRow, new_id, now

KEPT = timedelta(hours=24)
ABANDONED_AFTER = timedelta(seconds=60)
"""Who began and has not finished by then is taken for dead."""


@dataclass(frozen=True, slots=True)
class New:
    """The request is the caller's to answer: `finish` or `abandon` it with this."""

    id: str
    claim: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The request was answered before, like this."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InProgress:
    """Somebody is at it."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key was used for another request."""


class IdempotencyStore:
    """The first answer to each request of an owner, for KEPT."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, owner: str | None, key: str, route: str, request_hash: str) -> New | Stored | InProgress | Mismatch:
        """Ask for the right to answer. `request_hash` is the SHA-256 of the request, hexadecimal."""
        new = New(request_id(owner, key, route), new_id())
        row = {"id": new.id, "request_hash": request_hash, "claim": new.claim, "started_at": now()}
        insert = insert_postgresql if self._database.dialect == "postgresql" else insert_sqlite
        with self._database.session() as session:
            # It goes round again only when the row that is in the way is abandoned in between.
            while True:
                put = insert(IdempotencyRow).values(row).on_conflict_do_nothing().returning(IdempotencyRow.id)
                if session.scalar(put) is not None:
                    return new
                found = session.scalar(select(IdempotencyRow).where(IdempotencyRow.id == new.id).with_for_update())
                if found is not None:
                    return _answer(session, found, new, request_hash)

    def finish(self, new: New, status: int, body: bytes) -> bool:
        """Keep the answer. False when another has taken the request over; theirs counts."""
        with self._database.session() as session:
            done = session.connection().execute(
                update(IdempotencyRow.table())
                .where(IdempotencyRow.id == new.id, IdempotencyRow.claim == new.claim)
                .values(status=status, body=body)
            )
            return done.rowcount == 1

    def abandon(self, new: New) -> None:
        """Give the request back: it had no answer worth keeping."""
        with self._database.session() as session:
            session.execute(
                delete(IdempotencyRow).where(IdempotencyRow.id == new.id, IdempotencyRow.claim == new.claim)
            )


def request_id(owner: str | None, key: str, route: str) -> str:
    """One name for what a client calls the same request; owners share no keys."""
    return hashlib.sha256(json.dumps([owner, key, route]).encode("ascii")).hexdigest()


def _answer(
    session: Session, found: IdempotencyRow, new: New, request_hash: str
) -> New | Stored | InProgress | Mismatch:
    age = now() - found.started_at
    if age < KEPT:
        if found.request_hash != request_hash:
            return Mismatch()
        if found.status is not None and found.body is not None:
            return Stored(found.status, found.body)
        if age < ABANDONED_AFTER:
            return InProgress()
    found.request_hash, found.claim, found.started_at = request_hash, new.claim, now()
    found.status = found.body = None
    return new
