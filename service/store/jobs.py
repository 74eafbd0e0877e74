"""Batches that are accepted now and judged later, each article exactly once.

A worker holds an item by a lease. Whoever finishes one writes its verdict, its state and the job's counts in one
transaction, and only while its lease is good; so a worker that dies or sleeps loses its turn and nothing else. Leases
go by the clocks of the machines that share the database, which must agree within a few seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from service.store.database import Database
from service.store.idempotency import KEPT, New
from service.store.tables import CallbackRow, ItemRow, JobRow, VerdictRow, new_id, now
from service.store.verdicts import StoredVerdict, insert_verdicts

LEASE = timedelta(seconds=60)
_ROWS_AT_ONCE = 100
"""So many articles are turned into JSON at a time: a job's text is not held twice."""
_COUNTS = {"allow": JobRow.allowed, "review": JobRow.reviewed, "reject": JobRow.rejected}

Status = Literal["queued", "running", "done"]
CallbackStatus = Literal["none", "pending", "delivered", "dead"]


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is. `actions` counts the verdicts, `failed` the articles that got a problem instead."""

    id: str
    owner: str | None
    status: Status
    created_at: datetime
    finished_at: datetime | None
    profile: str | None
    total: int
    finished: int
    failed: int
    actions: Mapping[str, int]
    callback: CallbackStatus
    callback_attempts: int


@dataclass(frozen=True, slots=True)
class Item:
    """An article that a worker has claimed; `attempt` counts from 1 how often somebody has."""

    id: int
    job_id: str
    place: int
    attempt: int
    worker: str
    owner: str | None
    profile: str | None
    article: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item: a verdict or a problem, not both."""

    item: Item
    verdict: StoredVerdict | None = None
    problem: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if (self.verdict is None) == (self.problem is None):
            raise ValueError("an outcome is a verdict or a problem")


@dataclass(frozen=True, slots=True)
class Result:
    """A finished item, for who asked. Both `verdict` and `problem` are None once retention has taken the verdict."""

    place: int
    article_id: str | None
    verdict_id: str | None
    verdict: Mapping[str, Any] | None = field(repr=False)
    problem: Mapping[str, Any] | None = field(repr=False)


class JobStore:
    """The queue of articles, and the jobs they belong to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        owner: str | None,
        articles: Sequence[Mapping[str, Any]],
        *,
        callback_url: str | None = None,
        profile: str | None = None,
        request: New | None = None,
    ) -> Job:
        """Accept a job; it is committed on return. `request` is what `IdempotencyStore.begin` gave: a job that was
        made for the same request is returned instead, so that a crash before its answer was kept makes no second one.
        """
        if not articles:
            raise ValueError("a job needs an article")
        with self._database.session() as session:
            identifier = new_id()
            made = self._insert(session, identifier, owner, len(articles), callback_url, profile, request)
            if made == identifier:
                for start in range(0, len(articles), _ROWS_AT_ONCE):
                    part = articles[start : start + _ROWS_AT_ONCE]
                    rows = [_item(made, start + place, article) for place, article in enumerate(part)]
                    session.connection().execute(insert(ItemRow.table()), rows)
            return _job(session.execute(_jobs().where(JobRow.id == made)).one())

    def _insert(
        self,
        session: Session,
        identifier: str,
        owner: str | None,
        total: int,
        callback_url: str | None,
        profile: str | None,
        request: New | None,
    ) -> str:
        """Write the job's row; the id of the job of the same request where there is one."""
        kind = insert_postgresql if self._database.dialect == "postgresql" else insert_sqlite
        put = (
            kind(JobRow)
            .values(
                id=identifier,
                owner=owner,
                repeat_of=request.id if request else None,
                created_at=now(),
                profile=profile,
                callback_url=callback_url,
                total=total,
                **dict.fromkeys(("finished", "failed", "allowed", "reviewed", "rejected"), 0),
            )
            .on_conflict_do_nothing(index_elements=[JobRow.repeat_of])
            .returning(JobRow.id)
        )
        while session.scalar(put) is None:
            assert request is not None
            earlier = session.scalar(select(JobRow).where(JobRow.repeat_of == request.id).with_for_update())
            if earlier is not None and now() - earlier.created_at < KEPT:
                return earlier.id
            if earlier is not None:
                earlier.repeat_of = None
                session.flush()
        return identifier

    def claim(self, worker: str, n: int) -> list[Item]:
        """Take up to `n` items, oldest first, for LEASE; none that another one holds. `worker` names a process and
        its start: a name must not be used again.
        """
        moment = now()
        free = ItemRow.finished_at.is_(None) & or_(ItemRow.lease_until.is_(None), ItemRow.lease_until < moment)
        with self._database.reading() as session:  # an idle queue is looked at often, and takes no lock
            if session.scalar(select(ItemRow.id).where(free).limit(1)) is None:
                return []
        query = (
            select(ItemRow, JobRow.owner, JobRow.profile)
            .join(JobRow, JobRow.id == ItemRow.job_id)
            .where(free)
            .order_by(ItemRow.id)
            .limit(n)
            .with_for_update(of=ItemRow, skip_locked=True)
        )
        claimed = []
        with self._database.session() as session:
            for row, owner, profile in session.execute(query):
                row.claimed_by, row.lease_until, row.attempts = worker, moment + LEASE, row.attempts + 1
                article = row.article or {}
                claimed.append(Item(row.id, row.job_id, row.place, row.attempts, worker, owner, profile, article))
        return claimed

    def heartbeat(self, worker: str) -> int:
        """Renew the leases of a worker that are still good; how many that are."""
        with self._database.session() as session:
            # One that is locked is being finished.
            query = select(ItemRow.id).where(*_held(worker)).order_by(ItemRow.id).with_for_update(skip_locked=True)
            held = session.scalars(query).all()
            if held:
                session.execute(update(ItemRow).where(ItemRow.id.in_(held)).values(lease_until=now() + LEASE))
        return len(held)

    def release(self, worker: str) -> None:
        """Give back what a worker holds and will not finish."""
        with self._database.session() as session:
            query = select(ItemRow.id).where(*_held(worker)).order_by(ItemRow.id).with_for_update()
            held = session.scalars(query).all()
            session.execute(update(ItemRow).where(ItemRow.id.in_(held)).values(claimed_by=None, lease_until=None))

    def finish_items(self, outcomes: Sequence[Outcome]) -> frozenset[int]:
        """Write what became of items of one worker. The ids of those that were written: the others' leases were lost,
        and somebody else judges them.
        """
        workers = {outcome.item.worker for outcome in outcomes}
        if not outcomes:
            return frozenset()
        (worker,) = workers
        with self._database.session() as session:
            wanted = [outcome.item.id for outcome in outcomes]
            query = select(ItemRow).where(ItemRow.id.in_(wanted), *_held(worker)).order_by(ItemRow.id)
            held = {row.id: row for row in session.scalars(query.with_for_update())}
            written = [outcome for outcome in outcomes if outcome.item.id in held]
            verdicts = [outcome.verdict for outcome in written if outcome.verdict is not None]
            if verdicts:
                insert_verdicts(session.connection(), verdicts)
            for outcome in written:
                _finish(held[outcome.item.id], outcome)
            session.flush()
            _count(session, written)
        return frozenset(held)

    def get(self, identifier: str, owner: str | None) -> Job | None:
        """The job of that id if it is the owner's; None as owner sees all."""
        with self._database.reading() as session:
            row = session.execute(_jobs().where(JobRow.id == identifier)).one_or_none()
        return None if row is None or owner not in (None, row[0].owner) else _job(row)

    def results(self, identifier: str, offset: int, limit: int) -> list[Result]:
        """The finished ones among the items `offset` to `offset + limit` of a job, in their order."""
        query = (
            select(ItemRow.place, ItemRow.article_id, ItemRow.verdict_id, VerdictRow.verdict, ItemRow.problem)
            .outerjoin(VerdictRow, VerdictRow.id == ItemRow.verdict_id)
            .where(ItemRow.job_id == identifier, ItemRow.finished_at.is_not(None))
            .where(ItemRow.place >= offset, ItemRow.place < offset + limit)
            .order_by(ItemRow.place)
        )
        with self._database.reading() as session:
            return [Result(*row) for row in session.execute(query)]

    def queue_length(self) -> int:
        """How many articles are not judged yet."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(ItemRow).where(ItemRow.finished_at.is_(None))
            return session.scalar(query) or 0


def _item(job_id: str, place: int, article: Mapping[str, Any]) -> dict[str, Any]:
    return {"job_id": job_id, "place": place, "article_id": _article_id(article), "article": article, "attempts": 0}


def _held(worker: str) -> tuple[ColumnElement[bool], ...]:
    return (ItemRow.claimed_by == worker, ItemRow.finished_at.is_(None), ItemRow.lease_until >= now())


def _finish(row: ItemRow, outcome: Outcome) -> None:
    row.finished_at, row.lease_until, row.article = now(), None, None
    if outcome.verdict is not None:
        row.verdict_id = outcome.verdict.id
    else:
        row.problem = dict(outcome.problem or {})


def _count(session: Session, written: Sequence[Outcome]) -> None:
    """Add what was written to the jobs' counts; a job whose last item it was is done, and its callback due."""
    # In one order for all, so that no two transactions wait for each other.
    for job_id in sorted({outcome.item.job_id for outcome in written}):
        of_job = [outcome for outcome in written if outcome.item.job_id == job_id]
        actions = Counter(outcome.verdict.action for outcome in of_job if outcome.verdict is not None)
        session.execute(
            update(JobRow)
            .where(JobRow.id == job_id)
            .values(
                {
                    JobRow.finished: JobRow.finished + len(of_job),
                    JobRow.failed: JobRow.failed + len(of_job) - actions.total(),
                    **{column: column + actions[action] for action, column in _COUNTS.items()},
                }
            )
        )
        job = session.get_one(JobRow, job_id, populate_existing=True)
        if job.finished == job.total:
            job.finished_at = now()
            if job.callback_url is not None:
                session.add(
                    CallbackRow(
                        id=new_id(), job_id=job_id, created_at=job.finished_at, next_at=job.finished_at, attempts=0
                    )
                )


def _article_id(article: Mapping[str, Any]) -> str | None:
    identifier = article.get("id")
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        return str(identifier)
    return identifier if isinstance(identifier, str) else None


def _jobs() -> Select[JobRow, CallbackRow, bool]:
    begun = select(ItemRow.id).where(ItemRow.job_id == JobRow.id, ItemRow.attempts > 0).exists()
    return select(JobRow, CallbackRow, begun).outerjoin(CallbackRow, CallbackRow.job_id == JobRow.id)


def _job(found: Row[JobRow, CallbackRow, bool]) -> Job:
    row, callback, begun = found
    status: Status = "done" if row.finished_at else "running" if begun else "queued"
    return Job(
        id=row.id,
        owner=row.owner,
        status=status,
        created_at=row.created_at,
        finished_at=row.finished_at,
        profile=row.profile,
        total=row.total,
        finished=row.finished,
        failed=row.failed,
        actions={"allow": row.allowed, "review": row.reviewed, "reject": row.rejected},
        callback=_callback(row, callback),
        callback_attempts=callback.attempts if callback else 0,
    )


def _callback(row: JobRow, callback: CallbackRow | None) -> CallbackStatus:
    if row.callback_url is None:
        return "none"
    if callback is None:
        return "pending"
    return "delivered" if callback.delivered_at else "dead" if callback.dead_at else "pending"
