"""What is older than it may be goes, a little at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from service.store.database import Database
from service.store.idempotency import KEPT
from service.store.tables import (
    CallbackRow,
    DifferenceRow,
    FeedbackRow,
    IdempotencyRow,
    ItemRow,
    JobRow,
    Row,
    SecretRow,
    VerdictRow,
)

_BATCH = 500


def purge(database: Database, now: datetime, keep_days: int) -> dict[str, int]:
    """Delete verdicts older than `keep_days` with their feedback and differences, jobs that finished before then,
    answers kept for repeated requests, and secrets that were replaced. How many rows went, by table.

    An answer kept names verdicts that are younger than it, so it goes no later than they do.

    Each transaction deletes a few hundred rows, so that nobody waits long for it; stopping in between leaves nothing
    half done.
    """
    if keep_days < 0:
        raise ValueError("the days to keep cannot be negative")
    before = now - timedelta(days=keep_days)
    old_jobs = select(JobRow.id).where(JobRow.finished_at < before)
    old_verdicts = select(VerdictRow.id).where(VerdictRow.created_at < before)
    old_answers = (IdempotencyRow.started_at < now - KEPT) | (
        (IdempotencyRow.started_at < before) & IdempotencyRow.status.is_not(None)
    )
    return {
        table.__tablename__: _delete(database, table, key, old)
        for table, key, old in (
            (CallbackRow, CallbackRow.id, CallbackRow.job_id.in_(old_jobs)),
            (ItemRow, ItemRow.id, ItemRow.job_id.in_(old_jobs)),
            (JobRow, JobRow.id, JobRow.finished_at < before),
            (FeedbackRow, FeedbackRow.id, FeedbackRow.verdict_id.in_(old_verdicts)),
            (DifferenceRow, DifferenceRow.id, DifferenceRow.verdict_id.in_(old_verdicts)),
            (IdempotencyRow, IdempotencyRow.id, old_answers),
            (VerdictRow, VerdictRow.id, VerdictRow.created_at < before),
            (SecretRow, SecretRow.secret_hash, SecretRow.until < now),
        )
    }


def _delete(database: Database, table: type[Row], key: InstrumentedAttribute[Any], old: ColumnElement[bool]) -> int:
    deleted = 0
    while True:
        began = monotonic()
        with database.session() as session:
            # What another one holds it is deleting, too, or hanging something on; the next purge sees to it.
            found = session.scalars(select(key).where(old).limit(_BATCH).with_for_update(skip_locked=True)).all()
            session.execute(delete(table).where(key.in_(found)), execution_options={"synchronize_session": False})
        deleted += len(found)
        if len(found) < _BATCH:
            return deleted
        # SQLite does not queue who waits for its lock: without a pause they would hardly ever get it.
        sleep(monotonic() - began)
