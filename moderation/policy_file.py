"""Reading a policy from TOML. Every error of the file names its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from moderation.normalize import normalize
from moderation.policy import Budget, Condition, Policy, PolicyError, Profile, Rule, Threshold
from moderation.readers.failure import Limits
from moderation.scoring.cascade import EncoderUse, Escalation
from moderation.taxonomy import CategoryId
from moderation.verdict import Action


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
        self.known(raw, (), ("version", "limits", "encoder", "budget", "thresholds", "rules", "terms", "profiles"))
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
            escalation=self.escalation(raw.get("encoder", {})),
            budget=self.budget(raw.get("budget", {})),
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

    def escalation(self, raw: Any) -> Escalation:
        self.known(raw, ("encoder",), ("use", "share", "least"))
        use = str(raw.get("use", EncoderUse.UNCERTAIN))
        if use not in tuple(EncoderUse):
            raise self.fail(("encoder", "use"), f"{use!r} is not one of {', '.join(EncoderUse)}")
        share, least = self.share(raw, "share", ("encoder",)), raw.get("least", Escalation().least)
        if isinstance(least, bool) or not isinstance(least, int) or least < 1:
            raise self.fail(("encoder", "least"), "a whole number above 0 is needed here")
        return Escalation(EncoderUse(use), Escalation().share if share is None else share, least)

    def budget(self, raw: Any) -> Budget:
        names = tuple(field.name for field in fields(Budget))
        self.known(raw, ("budget",), names)
        for name, value in raw.items():
            most = 1.0 if name.endswith("confidence") else 10_000.0
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < most:
                raise self.fail(("budget", name), f"a number above 0 and below {most:g} is needed here")
        return Budget(**raw)

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
