"""The policy: one TOML file that turns scores and signals into an action. Loaded, validated, applied.

Every error of the file names its line. See `resources/policy.toml` for the default and its comments.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from moderation.normalize import normalize
from moderation.readers.failure import Limits
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
class Policy:
    """A validated policy."""

    version: str
    limits: Limits
    thresholds: Mapping[CategoryId, Threshold]
    rules: tuple[Rule, ...]
    allow: tuple[str, ...]
    deny: tuple[tuple[str, CategoryId, float], ...]
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    @classmethod
    def default(cls) -> Policy:
        """The shipped policy."""
        resource = files("moderation.resources").joinpath("policy.toml")
        return parse_policy(resource.read_text("utf-8"), "the default policy")

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """The policy in a file. Raises PolicyError."""
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"{path}: {error}") from error
        return parse_policy(text, str(path))

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


def parse_policy(text: str, source: str) -> Policy:
    """A policy from TOML text. Raises PolicyError with `source` and the line."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = place.group(1) if place else max(len(text.splitlines()), 1)
        raise PolicyError(f"{source}:{line}: no TOML: {error}") from error
    return _Parser(text, source).policy(raw)


_Path = tuple[str | int, ...]


class _Parser:
    """Checks a parsed TOML tree and says at which line of the file it is wrong."""

    def __init__(self, text: str, source: str) -> None:
        self._text, self._source = text, source

    def fail(self, path: _Path, message: str) -> PolicyError:
        name = ".".join(str(part) for part in path)
        return PolicyError(f"{self._source}:{line_of(self._text, path)}: {name}: {message}")

    def policy(self, raw: dict[str, Any]) -> Policy:
        self.known(raw, (), ("version", "limits", "thresholds", "rules", "terms", "profiles"))
        thresholds = self.thresholds(raw.get("thresholds", {}), ("thresholds",))
        for missing in (name for name in CategoryId if name not in thresholds):
            raise self.fail(("thresholds",), f"no thresholds for {missing}")
        rules = tuple(self.rule(rule, ("rules", i)) for i, rule in enumerate(self.tables(raw, "rules", ())))
        terms = raw.get("terms", {})
        self.known(terms, ("terms",), ("allow", "deny"))
        allow = tuple(self.term(term, ("terms", "allow")) for term in self.texts(terms, "allow", ("terms",)))
        denied = self.tables(terms, "deny", ("terms",))
        deny = tuple(self.deny(term, ("terms", "deny", i)) for i, term in enumerate(denied))
        profiles = raw.get("profiles", {})
        self.known(profiles, ("profiles",))
        return Policy(
            version=self.text(raw, "version", ()),
            limits=self.limits(raw.get("limits", {})),
            thresholds=thresholds,
            rules=rules,
            allow=allow,
            deny=deny,
            profiles={name: self.profile(value, ("profiles", name)) for name, value in profiles.items()},
        )

    def known(self, raw: Any, path: _Path, names: Sequence[str] | None = None) -> None:
        if not isinstance(raw, dict):
            raise self.fail(path, "a table is needed here")
        for name in raw:
            if names is not None and name not in names:
                raise self.fail((*path, name), f"unknown; use one of {', '.join(names)}")

    def text(self, raw: dict[str, Any], name: str, path: _Path) -> str:
        value = raw.get(name)
        if not isinstance(value, str) or not value:
            raise self.fail((*path, name), "a text is needed here")
        return value

    def texts(self, raw: dict[str, Any], name: str, path: _Path) -> list[str]:
        values = raw.get(name, [])
        if not isinstance(values, list) or any(not isinstance(value, str) or not value for value in values):
            raise self.fail((*path, name), "a list of texts is needed here")
        return values

    def tables(self, raw: dict[str, Any], name: str, path: _Path) -> list[Any]:
        values = raw.get(name, [])
        if not isinstance(values, list):
            raise self.fail((*path, name), "a list of tables is needed here")
        return values

    def term(self, term: str, path: _Path) -> str:
        normal = normalize(term).text
        if not normal.strip() or "\n" in normal:
            raise self.fail(path, f"the term {term!r} is blank or breaks the line")
        return term

    def share(self, raw: dict[str, Any], name: str, path: _Path) -> float | None:
        value = raw.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.fail((*path, name), "a number from 0 to 1 is needed here")
        return float(value)

    def category(self, name: Any, path: _Path) -> CategoryId:
        try:
            return CategoryId(name)
        except ValueError:
            raise self.fail(path, f"{name!r} is no category; use one of {', '.join(CategoryId)}") from None

    def limits(self, raw: Any) -> Limits:
        self.known(raw, ("limits",), ("bytes", "depth", "blocks"))
        for name, value in raw.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise self.fail(("limits", name), "a whole number above 0 is needed here")
        return Limits(**raw)

    def thresholds(self, raw: Any, path: _Path) -> dict[CategoryId, Threshold]:
        self.known(raw, path, tuple(CategoryId))
        result = {}
        for name, value in raw.items():
            here = (*path, name)
            self.known(value, here, ("review", "reject"))
            threshold = Threshold(self.share(value, "review", here), self.share(value, "reject", here))
            if threshold.review is not None and threshold.reject is not None and threshold.review > threshold.reject:
                raise self.fail((*here, "review"), "review lies above reject")
            result[CategoryId(name)] = threshold
        return result

    def rule(self, raw: Any, path: _Path) -> Rule:
        self.known(raw, path, ("id", "category", "action", "all", "any", "none", "message_zh", "message_en"))
        try:
            action = Action.parse(self.text(raw, "action", path))
        except ValueError as error:
            raise self.fail((*path, "action"), str(error)) from None
        groups = {name: self.conditions(raw.get(name, []), (*path, name)) for name in ("all", "any", "none")}
        if not groups["all"] and not groups["any"]:
            raise self.fail(path, "a rule needs conditions in all or any")
        return Rule(
            id=self.text(raw, "id", path),
            category=self.category(raw.get("category"), (*path, "category")),
            action=action,
            message_zh=self.text(raw, "message_zh", path),
            message_en=self.text(raw, "message_en", path),
            **groups,
        )

    def conditions(self, raw: Any, path: _Path) -> tuple[Condition, ...]:
        if not isinstance(raw, list):
            raise self.fail(path, "a list of conditions is needed here")
        found = []
        for entry in raw:
            self.known(entry, path, ("signal", "category", "at_least"))
            kinds = [kind for kind in ("signal", "category") if kind in entry]
            level = self.share(entry, "at_least", path)
            if len(kinds) != 1 or level is None:
                raise self.fail(path, "a condition is {signal or category = ..., at_least = ...}")
            name = str(entry[kinds[0]])
            if kinds[0] == "category":
                self.category(name, path)
            elif name not in signal_names():
                raise self.fail(path, f"no detector emits the signal {name!r}")
            found.append(Condition(kinds[0], name, level))
        return tuple(found)

    def deny(self, raw: Any, path: _Path) -> tuple[str, CategoryId, float]:
        self.known(raw, path, ("term", "category", "weight"))
        weight = self.share(raw, "weight", path)
        found = self.category(raw.get("category"), (*path, "category"))
        term = self.term(self.text(raw, "term", path), (*path, "term"))
        return term, found, 0.9 if weight is None else weight

    def profile(self, raw: Any, path: _Path) -> Profile:
        self.known(raw, path, ("description", "exempt", "thresholds"))
        exempt = self.texts(raw, "exempt", path)
        for name in exempt:
            if name not in signal_names():
                raise self.fail((*path, "exempt"), f"no detector emits the signal {name!r}")
        return Profile(frozenset(exempt), self.thresholds(raw.get("thresholds", {}), (*path, "thresholds")))


def signal_names() -> frozenset[str]:
    """The name of every signal a detector can emit."""
    from moderation.detectors import DETECTORS  # detectors need no policy; the import is here to keep start-up lean

    return frozenset(spec.name for detector in DETECTORS for spec in detector.specs)


def line_of(text: str, path: _Path) -> int:
    """The line of a TOML text on which a key, or else the nearest table around it, stands."""
    best_depth, best_line = -1, 1
    table: _Path = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)([^\]]+)\]", line)
        if header and not re.match(r"\s*[\w\"]+\s*=", line):
            name = header.group(2).strip()
            table = tuple(part.strip(' "') for part in name.split("."))
            if header.group(1) == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (*table, counts[name])
            here: _Path = table
        else:
            key = re.match(r"\s*([\w\".-]+)\s*=", line)
            if not key:
                continue
            here = (*table, *(part.strip('"') for part in key.group(1).split(".")))
        if path[: len(here)] == here and len(here) > best_depth:
            best_depth, best_line = len(here), number
    return best_line
