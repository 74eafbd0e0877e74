"""Verdicts as a SARIF 2.1.0 log, so that code review can show each finding at its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import PurePath
from typing import Any
from urllib.parse import quote as percent_encoded

from moderation.article import Article, FieldRef, Span
from moderation.renderers.mask import ExplicitMask, clip, visible
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId, category, clauses
from moderation.verdict import Action, Reason, Removal, Verdict

Json = dict[str, Any]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Action.REJECT: "error", Action.REVIEW: "warning", Action.ALLOW: "note"}
_RECORDS = (".json", ".jsonl")
"""Files that hold articles inside records: an offset in an article's source is none in such a file."""
_RECORD_NUMBER = re.compile(r"(?<=\.json)\[[0-9]+\]\Z")


def to_sarif(
    results: Sequence[tuple[Verdict, Article, str | None]],
    failures: Sequence[tuple[str, str]] = (),
    specs: Sequence[SignalSpec] = (),
) -> Json:
    """One log for judged articles, each with the path of its file, and for `(source, message)` failures.

    A path is None where the article comes from no file (standard input, a database).
    """
    rules = _Rules(specs)
    found = [
        result
        for verdict, article, path in results
        for result in _Findings(verdict, _Places(article, path), rules).results()
    ]
    driver: Json = {"name": "Qingliu", "rules": rules.descriptors}
    if results:
        versions = results[0][0].versions
        driver["version"] = versions.package
        driver["properties"] = {"model": versions.model, "policy": versions.policy, "lexicon": versions.lexicon}
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": not failures,
                "toolExecutionNotifications": [_notification(source, message) for source, message in failures],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": found,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


class _Rules:
    """The rules of the log; one that no spec declares is added when a result first needs it."""

    def __init__(self, specs: Sequence[SignalSpec]) -> None:
        self.descriptors: list[Json] = []
        self._numbers: dict[str, int] = {}
        for spec in specs:
            self.number(spec.name, spec.category, spec.description)

    def number(self, name: str, identifier: CategoryId, description: str = "") -> int:
        """The index of a rule in `descriptors`."""
        if name not in self._numbers:
            self._numbers[name] = len(self.descriptors)
            self.descriptors.append(_descriptor(name, identifier, description))
        return self._numbers[name]


class _Places:
    """Places of one article as SARIF locations."""

    def __init__(self, article: Article, path: str | None) -> None:
        self.article = article
        self.artifact = {"uri": _uri(path)} if path is not None else None
        self._exact = path is not None and PurePath(path).suffix.lower() not in _RECORDS
        self._line_starts: list[int] = []

    def region(self, field: FieldRef, span: Span) -> Json | None:
        """The place in the file, where the field stands there unchanged."""
        offset = self.article.source_start_of(field) if self._exact else None
        if offset is None:
            return None
        start_line, start_column = self._line_and_column(offset + span.start)
        end_line, end_column = self._line_and_column(offset + span.end)
        return {
            "charOffset": offset + span.start,
            "charLength": len(span),
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
        }

    def location(self, evidence: Evidence | None) -> Json:
        """Where the evidence stands; without any, the article as a whole."""
        found: Json = {}
        if self.artifact:
            found["physicalLocation"] = {"artifactLocation": self.artifact}
            region = self.region(evidence.field, evidence.span) if evidence else None
            if region:
                found["physicalLocation"]["region"] = region
        if evidence:
            name = str(evidence.field)
            full = f"{name} {evidence.selector}" if evidence.selector else name
            found["logicalLocations"] = [{"name": name, "fullyQualifiedName": full, "kind": "element"}]
        return found

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        if not self._line_starts:
            self._line_starts = [0, *(match.end() for match in re.finditer("\n", self.article.source))]
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1


class _Findings:
    """The results of one article: what stands behind the reasons of its verdict."""

    def __init__(self, verdict: Verdict, places: _Places, rules: _Rules) -> None:
        self.verdict, self.places, self.rules = verdict, places, rules
        self._hidden = ExplicitMask(verdict.signals)
        self._reasons: dict[CategoryId, Reason] = {}
        for reason in sorted(verdict.reasons, key=lambda reason: reason.action):
            self._reasons[reason.category] = reason
        self._removals: dict[FieldRef, list[Removal]] = {}
        for removal in sorted(verdict.repair.removals if verdict.repair else (), key=lambda item: item.span):
            self._removals.setdefault(removal.field, []).append(removal)

    def results(self) -> Iterator[Json]:
        """One per evidence; a signal or a reason that has none points at the article, so that none is lost."""
        silent = dict(self._reasons)
        for signal in self.verdict.signals:
            reason = self._reasons.get(signal.category)
            if reason is None:
                continue
            silent.pop(signal.category, None)
            for evidence in signal.evidence or (None,):
                yield self._result(reason, signal, evidence)
        for reason in silent.values():
            yield self._result(reason, None, None)

    def _result(self, reason: Reason, signal: Signal | None, evidence: Evidence | None) -> Json:
        name, description = (signal.name, "") if signal else (reason.rule, reason.message_en)
        result: Json = {
            "ruleId": name,
            "ruleIndex": self.rules.number(name, reason.category, description),
            "level": _LEVELS[reason.action],
            "message": {"text": self._message(reason, evidence)},
            "properties": {
                "articleId": self.verdict.article_id,
                "category": str(reason.category),
                "policyRule": reason.rule,
            },
        }
        location = self.places.location(evidence)
        if location:
            result["locations"] = [location]
        fixes = self._fixes(evidence) if evidence else []
        if fixes:
            result["fixes"] = fixes
        return result

    def _message(self, reason: Reason, evidence: Evidence | None) -> str:
        text = f"{self._hidden.words(reason.message_en)} {self._hidden.words(reason.message_zh)}"
        if evidence:
            text += f" 「{clip(self._hidden.quote(evidence.field, evidence.span.start, evidence.quote))}」"
            text += f" ({clip(self._hidden.words(evidence.note))})" if evidence.note else ""
        return _plain(text)

    def _fixes(self, evidence: Evidence) -> list[Json]:
        """The removals of the repair that touch this place."""
        own = self._removals.get(evidence.field, [])  # in order, and none overlaps another
        first = bisect_right(own, evidence.span.start, key=lambda removal: removal.span.end)
        following = (own[number] for number in range(first, len(own)))
        here = takewhile(lambda removal: removal.span.start < evidence.span.end, following)
        return [fix for removal in here if (fix := self._fix(removal))]

    def _fix(self, removal: Removal) -> Json | None:
        region = self.places.region(removal.field, removal.span)
        if region is None:
            return None
        change = {"artifactLocation": self.places.artifact, "replacements": [{"deletedRegion": region}]}
        return {"description": {"text": "Remove this passage. 删除这一段。"}, "artifactChanges": [change]}


def _descriptor(name: str, identifier: CategoryId, description: str) -> Json:
    kind = category(identifier)
    known = clauses()
    cited = (known[clause] for clause in kind.clauses)
    rules = " ".join(f"{clause.publisher} {clause.name_en}: {clause.text_en}" for clause in cited)
    found: Json = {
        "id": name,
        "fullDescription": {"text": _plain(f"{kind.definition_en} {kind.definition_zh}")},
        "help": {"text": _plain(rules)},
        "properties": {"category": str(identifier), "tags": [kind.group, str(identifier)]},
    }
    if description:
        found["shortDescription"] = {"text": _plain(description)}
    return found


def _notification(source: str, message: str) -> Json:
    text = message if message.startswith(source) else f"{source}: {message}"
    found: Json = {"level": "error", "message": {"text": _plain(text)}}
    if source != "-":
        uri = _uri(_RECORD_NUMBER.sub("", source))
        found["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": uri}}}]
    return found


def _plain(text: str) -> str:
    """A text that SARIF takes for nothing but text: without placeholders and embedded links."""
    return visible(text).replace("{", "{{").replace("}", "}}").replace("](", "\\](")


def _uri(path: str) -> str:
    """A relative path as a relative URI, so that the log means the same on another machine; an absolute one as file:"""
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else percent_encoded(pure.as_posix(), errors="surrogateescape")
