"""What the service answers, as the client hands it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TypeAlias

from moderation.hooks.failure import ClientError, Unavailable
from moderation.readers import InputError
from moderation.verdict import Action, Verdict


@dataclass(frozen=True, slots=True)
class ServedVerdict(Verdict):
    """A verdict of the service, with the id under which it can be asked for again and answered with feedback.

    `stored` is False where the service could not keep it. Which evidence is removable does not travel.
    """

    id: str
    stored: bool

    @classmethod
    def of(cls, verdict: Verdict, identifier: str, *, stored: bool) -> ServedVerdict:
        """The same verdict, with what the service says of it."""
        judged = {part.name: getattr(verdict, part.name) for part in fields(Verdict)}
        return cls(**judged, id=identifier, stored=stored)


Outcome: TypeAlias = ServedVerdict | InputError | ClientError | Unavailable
"""Of one article among many: its verdict, or the error that asking for it alone would have raised."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """What became of one article of a job; `index` is its place in what was submitted."""

    index: int
    article_id: str
    outcome: Outcome = field(repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is, and one page of its results; the next one begins at `next_offset`, if there is one."""

    id: str
    status: str
    total: int
    finished: int
    failed: int
    actions: Mapping[Action, int]
    callback: str
    results: tuple[JobResult, ...]
    next_offset: int | None

    @property
    def done(self) -> bool:
        """True when every article of it has its result."""
        return self.status == "done"
