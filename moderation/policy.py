"""The policy: what turns scores and signals into an action. `policy_file` reads it from TOML.

See `resources/policy.toml` for the default and its comments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from moderation.readers.failure import Limits
from moderation.scoring.cascade import Escalation
from moderation.signals import Signal
from moderation.taxonomy import CategoryId, category
from moderation.verdict import Action, CategoryScore, Reason


class PolicyError(Exception):
    """A policy file that cannot be used; the message begins with its place."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The probabilities at which a category is reviewed and rejected; None for never."""

    review: float | None
    reject: float | None

    def action(self, probability: float) -> Action:
        """What a probability calls for."""
        if self.reject is not None and probability >= self.reject:
            return Action.REJECT
        return Action.REVIEW if self.review is not None and probability >= self.review else Action.ALLOW


@dataclass(frozen=True, slots=True)
class Condition:
    """`signal` or `category` at or above a level."""

    kind: str
    name: str
    at_least: float

    def holds(self, strengths: Mapping[str, float], probabilities: Mapping[str, float]) -> bool:
        """True when the level is reached."""
        values = strengths if self.kind == "signal" else probabilities
        return values.get(self.name, 0.0) >= self.at_least


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires when all of `all`, at least one of `any` (if given) and none of `none` hold."""

    id: str
    category: CategoryId
    action: Action
    all: tuple[Condition, ...]
    any: tuple[Condition, ...]
    none: tuple[Condition, ...]
    message_zh: str
    message_en: str

    def fires(self, strengths: Mapping[str, float], probabilities: Mapping[str, float]) -> bool:
        """True when the rule applies."""
        return (
            all(condition.holds(strengths, probabilities) for condition in self.all)
            and (not self.any or any(condition.holds(strengths, probabilities) for condition in self.any))
            and not any(condition.holds(strengths, probabilities) for condition in self.none)
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs for one kind of site: signals not weighed there, and thresholds of its own."""

    exempt: frozenset[str]
    thresholds: Mapping[CategoryId, Threshold]


@dataclass(frozen=True, slots=True)
class Budget:
    """What may go wrong among 10,000 clean texts; thresholds are solved from it, none is decided by it.

    `wrong_reviews` and `wrong_rejections` of ordinary ones, bounded at `confidence`; `difficult_reviews` and
    `difficult_rejections` of those that look dangerous, too few for a strict bound, at `difficult_confidence`.
    """

    wrong_reviews: float = 100.0
    wrong_rejections: float = 10.0
    confidence: float = 0.95
    difficult_reviews: float = 200.0
    difficult_rejections: float = 50.0
    difficult_confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class Policy:
    """A validated policy."""

    version: str
    limits: Limits
    escalation: Escalation
    budget: Budget
    thresholds: Mapping[CategoryId, Threshold]
    rules: tuple[Rule, ...]
    allow: tuple[str, ...]
    deny: tuple[tuple[str, CategoryId, float], ...]
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    @classmethod
    def default(cls) -> Policy:
        """The shipped policy."""
        from moderation.policy_file import parse_policy

        resource = files("moderation.resources").joinpath("policy.toml")
        return parse_policy(resource.read_text("utf-8"), "the default policy")

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """The policy in a file. Raises PolicyError."""
        from moderation.policy_file import parse_policy

        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"{path}: {error}") from error
        return parse_policy(text, str(path))

    def with_thresholds(self, levels: Mapping[CategoryId, Threshold]) -> Policy:
        """The same policy with other thresholds for some categories."""
        return replace(self, thresholds={**self.thresholds, **levels})

    def for_profile(self, name: str | None) -> Profile:
        """The profile of that name; without a name, the one that changes nothing. Raises PolicyError."""
        if name is None:
            return Profile(frozenset(), {})
        if name not in self.profiles:
            known = ", ".join(self.profiles) or "none"
            raise PolicyError(f"no profile {name!r} in the policy; it has: {known}")
        return self.profiles[name]

    def decide(
        self, scores: Sequence[CategoryScore], signals: Sequence[Signal], profile: Profile
    ) -> tuple[Action, tuple[Reason, ...]]:
        """The strongest action that a threshold or rule calls for, and a reason for each that called."""
        probabilities = {str(score.category): score.probability for score in scores}
        strengths: dict[str, float] = {}
        for signal in signals:
            strengths[signal.name] = max(strengths.get(signal.name, 0.0), signal.strength)
        reasons = []
        for score in scores:
            threshold = profile.thresholds.get(score.category, self.thresholds[score.category])
            action = threshold.action(score.probability)
            if action is not Action.ALLOW:
                reasons.append(_threshold_reason(score, action))
        for rule in self.rules:
            if rule.fires(strengths, probabilities):
                clauses = category(rule.category).clauses
                reasons.append(Reason(rule.category, rule.id, rule.action, clauses, rule.message_zh, rule.message_en))
        reasons.sort(key=lambda reason: -reason.action)
        return max((reason.action for reason in reasons), default=Action.ALLOW), tuple(reasons)


def _threshold_reason(score: CategoryScore, action: Action) -> Reason:
    known = category(score.category)
    strength_zh, strength_en = ("判定为", "is") if action is Action.REJECT else ("疑似", "may be")
    return Reason(
        score.category,
        f"threshold.{score.category}.{action}",
        action,
        known.clauses,
        f"{strength_zh}{known.name_zh}（概率 {score.probability:.2f}）",
        f"This {strength_en} {known.name_en.lower()} (probability {score.probability:.2f})",
    )
