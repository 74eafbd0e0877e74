"""What people say a verdict should have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from moderation import Action
from service.store.database import Database
from service.store.tables import FeedbackRow, VerdictRow, new_id, now


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's correction of a verdict; `categories` is None where nothing was said of them."""

    id: str
    verdict_id: str
    created_at: datetime
    owner: str | None
    expected_action: str
    categories: tuple[str, ...] | None
    because: str = field(repr=False)


class FeedbackStore:
    """Feedback on stored verdicts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        verdict_id: str,
        *,
        owner: str | None,
        expected_action: Action,
        categories: Sequence[str] | None,
        because: str,
    ) -> Feedback:
        """Keep it. Raises KeyError where there is no such verdict."""
        row = FeedbackRow(
            id=new_id(),
            verdict_id=verdict_id,
            created_at=now(),
            owner=owner,
            expected_action=str(expected_action),
            categories=None if categories is None else list(categories),
            because=because,
        )
        with self._database.session() as session:
            # Locked until the end, or retention could take the verdict in between.
            found = select(VerdictRow.id).where(VerdictRow.id == verdict_id).with_for_update(read=True)
            if session.scalar(found) is None:
                raise KeyError(verdict_id)
            session.add(row)
        return _feedback(row)

    def list(self, verdict_id: str | None = None, *, after: str = "", limit: int = 1000) -> list[Feedback]:
        """Feedback on one verdict or on all, oldest first; `after` is the last id of the page before."""
        query = select(FeedbackRow).where(FeedbackRow.id > after).order_by(FeedbackRow.id).limit(limit)
        if verdict_id is not None:
            query = query.where(FeedbackRow.verdict_id == verdict_id)
        with self._database.reading() as session:
            return [_feedback(row) for row in session.scalars(query)]


def _feedback(row: FeedbackRow) -> Feedback:
    categories = None if row.categories is None else tuple(row.categories)
    return Feedback(row.id, row.verdict_id, row.created_at, row.owner, row.expected_action, categories, row.because)
