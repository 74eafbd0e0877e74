"""The answer: an action, the probability of each category, the reasons, the evidence and the repair."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from moderation.article import FieldRef, Span, Unread
from moderation.signals import Signal
from moderation.taxonomy import CategoryId


class Action(IntEnum):
    """What to do with the article; the strongest rule that fires wins."""

    ALLOW = 0
    REVIEW = 1
    REJECT = 2

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, name: str) -> Action:
        """The action of that name. Raises ValueError."""
        try:
            return cls[name.upper()]
        except KeyError:
            raise ValueError(f"no action {name!r}; choose allow, review or reject") from None


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one signal adds to a category, in nats of -log(1 - probability); they add up to the score."""

    signal: str
    value: float


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """How likely the article falls in a category, and what made it so."""

    category: CategoryId
    probability: float
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the action was taken: the rule that fired and the published clauses it stands on."""

    category: CategoryId
    rule: str
    action: Action
    clauses: tuple[str, ...]
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Removal:
    """One piece of the article to cut; `element` where the whole element goes: its tags, and what else it holds."""

    field: FieldRef
    span: Span
    quote: str
    selector: str | None
    element: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """The smallest removals found, and the action the article would get after them."""

    removals: tuple[Removal, ...]
    action_after: Action


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the source the detectors read, in code points, and what they did not."""

    read: int
    total: int
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Versions:
    """What judged: enough to replay the verdict."""

    model: str
    policy: str
    lexicon: str
    package: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One article's verdict. `to_json` in `renderers.verdict_json` gives the published form."""

    article_id: str
    action: Action
    categories: tuple[CategoryScore, ...]
    reasons: tuple[Reason, ...]
    signals: tuple[Signal, ...]
    repair: Repair | None
    coverage: Coverage
    versions: Versions
    elapsed_ms: float

    def probability(self, category: CategoryId) -> float:
        """The calibrated probability of one category."""
        for score in self.categories:
            if score.category is category:
                return score.probability
        raise KeyError(category)
