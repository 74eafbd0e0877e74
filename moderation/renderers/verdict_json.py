"""A verdict as the published JSON contract; `resources/verdict.schema.json` describes it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from moderation.article import Article, FieldName, FieldRef, Span, Unread
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import (
    Action,
    CategoryScore,
    Contribution,
    Coverage,
    Reason,
    Removal,
    Repair,
    Verdict,
    Versions,
)

_DECIMALS = 6
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What no UTF-8 file can hold, what a terminal obeys, and what splits a line of JSONL for some readers."""
_FIELD = re.compile(r"(title|description|keywords|source)|(block|link|crawler)\[([0-9]{1,9})\]")
_LARGEST = sys.float_info.max


def to_json(verdict: Verdict, article: Article) -> dict[str, Any]:
    """The published form of a verdict on `article`, valid against `schema()`."""
    return {
        "article_id": verdict.article_id,
        "action": str(verdict.action),
        "categories": {str(score.category): _rounded(score.probability) for score in verdict.categories},
        "reasons": [_reason(reason) for reason in verdict.reasons],
        "signals": [_signal(signal, article) for signal in verdict.signals],
        "contributions": {
            str(score.category): [
                {"signal": part.signal, "value": _rounded(part.value)} for part in score.contributions
            ]
            for score in verdict.categories
            if score.contributions
        },
        "repair": _repair(verdict.repair, article) if verdict.repair else None,
        "coverage": {
            "read": verdict.coverage.read,
            "total": verdict.coverage.total,
            "unread": [
                {"part": unread.part, "characters": unread.characters, "reason": unread.reason}
                for unread in verdict.coverage.unread
            ],
        },
        "versions": {
            "model": verdict.versions.model,
            "policy": verdict.versions.policy,
            "lexicon": verdict.versions.lexicon,
            "package": verdict.versions.package,
        },
        "elapsed_ms": round(float(verdict.elapsed_ms), 3),
    }


def from_json(published: Any) -> Verdict:
    """The verdict that `to_json` published, from decoded JSON.

    It is as exact as the published form: probabilities to six places, and which evidence is removable is not known.
    Raises ValueError, naming the place and never quoting what stands there, for anything that is not valid against
    `schema()`: a field more or less may change what the rest means.
    """
    names = "article_id action categories reasons signals contributions repair coverage versions elapsed_ms"
    (article_id, action, categories, reasons, signals, contributions, repair, coverage, versions, elapsed_ms) = _fields(
        published, "verdict", *names.split()
    )
    return Verdict(
        article_id=_text(article_id, "article_id"),
        action=_action(action, "action"),
        categories=_categories(categories, contributions),
        reasons=tuple(_to_reason(item, place) for item, place in _items(reasons, "reasons")),
        signals=tuple(_to_signal(item, place) for item, place in _items(signals, "signals")),
        repair=None if repair is None else _to_repair(repair),
        coverage=_to_coverage(coverage),
        versions=Versions(
            *(_text(name, "versions") for name in _fields(versions, "versions", *Versions.__dataclass_fields__))
        ),
        elapsed_ms=_number(elapsed_ms, "elapsed_ms", least=0.0),
    )


def dumps(value: Any, *, indent: int | None = None) -> str:
    """JSON in readable UTF-8; only what would break a file, a line or a terminal is escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    # Such characters occur only inside strings, where \uXXXX means the same.
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the published form."""
    text = files("moderation.resources").joinpath("verdict.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS)


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "category": str(reason.category),
        "rule": reason.rule,
        "action": str(reason.action),
        "clauses": list(reason.clauses),
        "message_zh": reason.message_zh,
        "message_en": reason.message_en,
    }


def _signal(signal: Signal, article: Article) -> dict[str, Any]:
    return {
        "name": signal.name,
        "category": str(signal.category),
        "strength": _rounded(signal.strength),
        "evidence": [_evidence(evidence, article) for evidence in signal.evidence],
    }


def _evidence(evidence: Evidence, article: Article) -> dict[str, Any]:
    return {
        "field": str(evidence.field),
        "start": evidence.span.start,
        "end": evidence.span.end,
        "quote": evidence.quote,
        "normalized": evidence.normalized,
        "selector": evidence.selector,
        "note": evidence.note,
        **_source(article, evidence.field, evidence.span),
    }


def _repair(repair: Repair, article: Article) -> dict[str, Any]:
    return {
        "removals": [
            {
                "field": str(removal.field),
                "start": removal.span.start,
                "end": removal.span.end,
                "quote": removal.quote,
                "selector": removal.selector,
                "element": removal.element,
                **_source(article, removal.field, removal.span),
            }
            for removal in repair.removals
        ],
        "action_after": str(repair.action_after),
    }


def _source(article: Article, field: FieldRef, span: Span) -> dict[str, int | None]:
    start = article.source_start_of(field)
    if start is None:
        return {"source_start": None, "source_end": None}
    return {"source_start": start + span.start, "source_end": start + span.end}


def _categories(categories: Any, contributions: Any) -> tuple[CategoryScore, ...]:
    _fields(categories, "categories", *CategoryId)
    parts: dict[CategoryId, tuple[Contribution, ...]] = {}
    for name, value in _object(contributions, "contributions").items():
        category = _category(name, "contributions")
        found = []
        for item, place in _items(value, f"contributions.{category}"):
            signal, nats = _fields(item, place, "signal", "value")
            found.append(Contribution(_text(signal, place), _number(nats, place)))
        if not found:
            raise ValueError(f"contributions.{category}: is left out where nothing contributes")
        parts[category] = tuple(found)
    return tuple(
        CategoryScore(CategoryId(name), _share(value, f"categories.{name}"), parts.get(CategoryId(name), ()))
        for name, value in categories.items()
    )


def _to_reason(value: Any, place: str) -> Reason:
    category, rule, action, clauses, zh, en = _fields(value, place, *Reason.__dataclass_fields__)
    return Reason(
        _category(category, place),
        _text(rule, place),
        _action(action, place),
        tuple(_text(clause, where) for clause, where in _items(clauses, f"{place}.clauses")),
        _text(zh, place),
        _text(en, place),
    )


def _to_signal(value: Any, place: str) -> Signal:
    name, category, strength, evidence = _fields(value, place, "name", "category", "strength", "evidence")
    if not _text(name, place):
        raise ValueError(f"{place}: a signal has a name")
    found = tuple(_to_evidence(item, where) for item, where in _items(evidence, f"{place}.evidence"))
    return Signal(name, _category(category, place), _share(strength, place), found)


def _to_evidence(value: Any, place: str) -> Evidence:
    names = ("field", "start", "end", "quote", "normalized", "selector", "note", "source_start", "source_end")
    field, start, end, quote, normalized, selector, note, *source = _fields(value, place, *names)
    _source_range(source, place)
    return Evidence(
        _field(field, place),
        _span(start, end, place),
        _text(quote, place),
        _text(normalized, place),
        _selector(selector, place),
        _text(note, place),
    )


def _to_repair(value: Any) -> Repair:
    removals, action_after = _fields(value, "repair", "removals", "action_after")
    found = []
    for item, place in _items(removals, "repair.removals"):
        names = ("field", "start", "end", "quote", "selector", "element", "source_start", "source_end")
        field, start, end, quote, selector, element, *source = _fields(item, place, *names)
        _source_range(source, place)
        if not isinstance(element, bool):
            raise ValueError(f"{place}.element: true or false is needed here")
        span = _span(start, end, place)
        found.append(Removal(_field(field, place), span, _text(quote, place), _selector(selector, place), element))
    return Repair(tuple(found), _action(action_after, "repair.action_after"))


def _to_coverage(value: Any) -> Coverage:
    read, total, unread = _fields(value, "coverage", "read", "total", "unread")
    found = []
    for item, place in _items(unread, "coverage.unread"):
        part, characters, reason = _fields(item, place, "part", "characters", "reason")
        found.append(Unread(_text(part, place), _count(characters, place), _text(reason, place)))
    return Coverage(_count(read, "coverage.read"), _count(total, "coverage.total"), tuple(found))


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{place}: an object is needed here, not {type(value).__name__}")
    return value


def _fields(value: Any, place: str, *names: str) -> list[Any]:
    """The values of exactly these fields, in this order."""
    found = _object(value, place)
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"{place}: {', '.join(missing)} missing")
    if len(found) > len(names):
        raise ValueError(f"{place}: {len(found) - len(names)} unknown fields")
    return [found[name] for name in names]


def _items(value: Any, place: str) -> Iterator[tuple[Any, str]]:
    """The items of a list, each with its place."""
    if not isinstance(value, list):
        raise ValueError(f"{place}: a list is needed here, not {type(value).__name__}")
    return ((item, f"{place}[{number}]") for number, item in enumerate(value))


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{place}: a text is needed here, not {type(value).__name__}")
    return value


def _selector(value: Any, place: str) -> str | None:
    return None if value is None else _text(value, place)


def _number(value: Any, place: str, *, least: float = -_LARGEST, most: float = _LARGEST) -> float:
    # Refuses NaN, the infinities and integers beyond all floats, too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{place}: a number from {least:g} to {most:g} is needed here")
    return float(value)


def _share(value: Any, place: str) -> float:
    return _number(value, place, least=0.0, most=1.0)


def _count(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{place}: a whole number from zero is needed here")
    return value


def _action(value: Any, place: str) -> Action:
    for action in Action:
        if value == str(action):
            return action
    raise ValueError(f"{place}: no known action")


def _category(value: Any, place: str) -> CategoryId:
    for category in CategoryId:
        if value == category:
            return category
    raise ValueError(f"{place}: no known category")


def _field(value: Any, place: str) -> FieldRef:
    found = _FIELD.fullmatch(_text(value, place))
    if not found:
        raise ValueError(f"{place}: no known field")
    return FieldRef(FieldName(found[1])) if found[1] else FieldRef(FieldName(found[2]), int(found[3]))


def _span(start: Any, end: Any, place: str) -> Span:
    first, last = _count(start, place), _count(end, place)
    if first > last:
        raise ValueError(f"{place}: start lies behind end")
    return Span(first, last)


def _source_range(ends: list[Any], place: str) -> None:
    for end in ends:
        if end is not None:
            _count(end, place)
