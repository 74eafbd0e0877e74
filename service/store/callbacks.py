"""The messages that jobs are done, until each is delivered or given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from moderation.renderers.mask import clip, visible
from service.store.database import Database
from service.store.tables import CallbackRow, JobRow, now

LEASE = timedelta(seconds=60)
"""Who took a message and said nothing since is taken for dead; an attempt must be shorter."""
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell a receiver that its job is done; `attempt` counts from 1."""

    id: str
    attempt: int
    url: str
    job_id: str
    total: int
    failed: int
    actions: Mapping[str, int]
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up."""

    id: str
    job_id: str
    url: str
    attempts: int
    dead_at: datetime
    last_status: int | None
    last_error: str | None


class CallbackStore:
    """The outbox. A receiver may get a message more than once, with the same delivery id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, n: int) -> list[Delivery]:
        """Take up to `n` messages whose time has come; nobody else gets them for LEASE."""
        moment = now()
        with self._database.reading() as session:
            if session.scalar(select(CallbackRow.id).where(CallbackRow.next_at <= moment).limit(1)) is None:
                return []
        query = (
            select(CallbackRow, JobRow)
            .join(JobRow, JobRow.id == CallbackRow.job_id)
            .where(CallbackRow.next_at <= moment)
            .order_by(CallbackRow.next_at)
            .limit(n)
            .with_for_update(of=CallbackRow, skip_locked=True)
        )
        taken = []
        with self._database.session() as session:
            for row, job in session.execute(query):
                row.next_at, row.attempts = moment + LEASE, row.attempts + 1
                taken.append(_delivery(row, job))
        return taken

    def delivered(self, delivery: Delivery, status: int) -> None:
        """The receiver took it. That counts whoever else is at it."""
        with self._database.session() as session:
            session.execute(
                update(CallbackRow)
                .where(CallbackRow.id == delivery.id, CallbackRow.delivered_at.is_(None))
                .values(delivered_at=now(), dead_at=None, next_at=None, last_status=status, last_error=None)
            )

    def failed(self, delivery: Delivery, *, status: int | None, error: str, next_at: datetime | None) -> bool:
        """The receiver did not take it: try again at `next_at`, or give it up at None.

        False when the lease was lost: what becomes of it is for who has it now.
        """
        values = {
            "next_at": next_at,
            "dead_at": now() if next_at is None else None,
            "last_status": status,
            "last_error": visible(clip(error, _LONGEST_ERROR)),
        }
        with self._database.session() as session:
            mine = (CallbackRow.attempts == delivery.attempt) & CallbackRow.next_at.is_not(None)
            query = select(CallbackRow.id).where(CallbackRow.id == delivery.id, mine).with_for_update()
            if session.scalar(query) is None:
                return False
            session.execute(update(CallbackRow).where(CallbackRow.id == delivery.id).values(values))
        return True

    def dead_letters(self) -> list[DeadLetter]:
        """What was given up, oldest first."""
        query = (
            select(CallbackRow, JobRow.callback_url)
            .join(JobRow, JobRow.id == CallbackRow.job_id)
            .where(CallbackRow.dead_at.is_not(None))
            .order_by(CallbackRow.dead_at)
        )
        with self._database.reading() as session:
            return [
                DeadLetter(row.id, row.job_id, url or "", row.attempts, row.dead_at, row.last_status, row.last_error)
                for row, url in session.execute(query)
                if row.dead_at is not None
            ]

    def count_dead(self) -> int:
        """How many were given up."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(CallbackRow).where(CallbackRow.dead_at.is_not(None))
            return session.scalar(query) or 0

    def retry(self, identifier: str) -> None:
        """Try a dead letter once more. Raises KeyError where there is none of that id."""
        with self._database.session() as session:
            row = session.get(CallbackRow, identifier, with_for_update=True)
            if row is None or row.dead_at is None:
                raise KeyError(identifier)
            row.dead_at, row.next_at = None, now()


def _delivery(row: CallbackRow, job: JobRow) -> Delivery:
    assert job.callback_url is not None
    assert job.finished_at is not None
    return Delivery(
        id=row.id,
        attempt=row.attempts,
        url=job.callback_url,
        job_id=job.id,
        total=job.total,
        failed=job.failed,
        actions={"allow": job.allowed, "review": job.reviewed, "reject": job.rejected},
        finished_at=job.finished_at,
    )
