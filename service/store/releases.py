"""What the workers of one run of the service are to have loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from service.store.database import Database
from service.store.tables import ReleaseRow, now


@dataclass(frozen=True, slots=True)
class Release:
    """One decision to load a model and a policy. Generations grow; None means what is shipped."""

    generation: int
    run_id: str
    created_at: datetime
    model: str | None
    policy: str | None
    profile: str | None
    by: str | None


class ReleaseStore:
    """How a reload that one worker took spreads to the others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, run_id: str, *, model: str | None, policy: str | None, profile: str | None, by: str | None
    ) -> Release:
        """Note a release and give it its generation."""
        row = ReleaseRow(run_id=run_id, created_at=now(), model=model, policy=policy, profile=profile, by=by)
        with self._database.session() as session:
            session.add(row)
        return _release(row)

    def latest(self, run_id: str) -> Release | None:
        """The newest release of a run."""
        query = select(ReleaseRow).where(ReleaseRow.run_id == run_id).order_by(ReleaseRow.generation.desc()).limit(1)
        with self._database.reading() as session:
            row = session.scalar(query)
        return None if row is None else _release(row)


def _release(row: ReleaseRow) -> Release:
    return Release(row.generation, row.run_id, row.created_at, row.model, row.policy, row.profile, row.by)
