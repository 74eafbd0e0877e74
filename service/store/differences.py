"""What a shadow model would have said, beside what was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from moderation import Action
from service.store.database import Database
from service.store.tables import DifferenceRow, VerdictRow, new_id, now


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many sampled articles got this pair of actions."""

    current: str
    shadow: str
    count: int


class DifferenceStore:
    """Pairs of actions of the same article, also the equal ones: without them a difference has no rate."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        verdict_id: str,
        *,
        current: Action,
        shadow: Action,
        categories: Mapping[str, float],
        versions: Mapping[str, str],
    ) -> None:
        """Keep one pair; categories and versions are the shadow's. Raises KeyError where there is no such verdict."""
        row = DifferenceRow(
            id=new_id(),
            verdict_id=verdict_id,
            created_at=now(),
            current_action=str(current),
            shadow_action=str(shadow),
            categories=dict(categories),
            versions=dict(versions),
        )
        with self._database.session() as session:
            found = select(VerdictRow.id).where(VerdictRow.id == verdict_id).with_for_update(read=True)
            if session.scalar(found) is None:
                raise KeyError(verdict_id)
            session.add(row)

    def summary(self, since: datetime) -> list[Agreement]:
        """The counts of each pair from then on."""
        pair = (DifferenceRow.current_action, DifferenceRow.shadow_action)
        query = select(*pair, func.count()).where(DifferenceRow.created_at >= since).group_by(*pair).order_by(*pair)
        with self._database.reading() as session:
            return [Agreement(*row) for row in session.execute(query)]
