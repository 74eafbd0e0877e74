"""A verdict as the published JSON contract; `resources/verdict.schema.json` describes it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from moderation.article import Article, FieldRef, Span
from moderation.signals import Evidence, Signal
from moderation.verdict import Reason, Repair, Verdict

_DECIMALS = 6
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What no UTF-8 file can hold, what a terminal obeys, and what splits a line of JSONL for some readers."""


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
