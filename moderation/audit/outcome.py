"""What a worker finds out of one article: everything the ledger, the results and the report need, masked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moderation.article import Article, FieldName, FieldRef
from moderation.audit.item import Item, Place
from moderation.audit.traces import Traces, traces_of
from moderation.renderers.mask import ExplicitMask, clip, visible
from moderation.renderers.masked import masked_json
from moderation.verdict import Action, Verdict

_TITLE = 200
FAILED = "failed"
"""In place of an action: the article could not be read or scored."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One article's end. `action` is allow, review, reject or FAILED; `verdict` the published form, masked."""

    key: str
    place: Place
    action: str
    error: str = ""
    title: str = ""
    published_at: str = ""
    modified_at: str = ""
    section: str = ""
    author: str = ""
    url: str = ""
    digest: str = ""
    """SHA-256 of what was judged: the same in the next run where the article did not change."""
    verdict: Mapping[str, Any] = field(default_factory=dict, repr=False)
    traces: Traces = field(default_factory=Traces, repr=False)
    shadow_action: str = ""
    repaired: bytes | None = field(default=None, repr=False)
    """The article's own bytes without what offends, where that was asked for; for a record, its JSON."""
    removals: int = 0
    """How many cuts made it."""


def outcome_of(item: Item, article: Article, verdict: Verdict, shadow: Verdict | None = None) -> Outcome:
    """What is kept of a judged article."""
    mask = ExplicitMask(verdict.signals)
    flagged = verdict.action is not Action.ALLOW
    return Outcome(
        key=item.key,
        place=item.place,
        action=str(verdict.action),
        title=visible(clip(mask.words(mask.quote(FieldRef(FieldName.TITLE), 0, article.title)), _TITLE)),
        published_at=item.published_at or (article.published_at.isoformat() if article.published_at else ""),
        modified_at=item.modified_at,
        section=item.section,
        author=item.author,
        url=item.url or article.url or "",
        digest=digest_of(item),
        verdict=masked_json(verdict, article) if flagged else _short(verdict),
        traces=traces_of(article, verdict, mask) if flagged else Traces(),
        shadow_action=str(shadow.action) if shadow is not None else "",
    )


def failure(item: Item, error: str) -> Outcome:
    """An article that could not be read or scored."""
    return Outcome(
        key=item.key,
        place=item.place,
        action=FAILED,
        error=error,
        published_at=item.published_at,
        modified_at=item.modified_at,
        section=item.section,
        author=item.author,
        url=item.url,
        digest=digest_of(item),
    )


def digest_of(item: Item) -> str:
    """The hash of what an item holds."""
    if item.record is not None:
        data = json.dumps(item.record, sort_keys=True, default=str).encode("ascii")
    else:
        data = item.data or b""
    return hashlib.sha256(data).hexdigest()


def _short(verdict: Verdict) -> dict[str, Any]:
    """An allowed article's verdict needs no signals: 99 of 100 articles are allowed."""
    return {
        "article_id": verdict.article_id,
        "action": str(verdict.action),
        "categories": {str(score.category): round(float(score.probability), 6) for score in verdict.categories},
        "versions": {
            "model": verdict.versions.model,
            "policy": verdict.versions.policy,
            "lexicon": verdict.versions.lexicon,
            "package": verdict.versions.package,
        },
    }
