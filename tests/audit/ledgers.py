"""Ledgers and articles made up for the tests of what an audit shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from moderation.article import Article, Block, BlockKind, Link
from moderation.audit.item import Bad, Item, Place
from moderation.audit.judge import Chunk, ChunkResult, JudgeSpec, judge_chunk
from moderation.audit.ledger import Entry, Ledger
from moderation.audit.outcome import Outcome
from moderation.audit.traces import Traces, traces_of
from moderation.renderers.mask import ExplicitMask
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Coverage, Verdict, Versions

FACTS = {"source": "s", "model": "m", "policy": None, "profile": None, "limit": None}
COVER = "＊"


class Here:
    """An engine in this process."""

    name = "here"

    def __init__(self, spec: JudgeSpec) -> None:
        self.spec = spec

    def run(self, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        for chunk in chunks:
            yield judge_chunk(self.spec, chunk)


class Listed:
    """A source of items; `reads` counts how often it was read."""

    name = "listed"

    def __init__(self, *items: Item) -> None:
        self.entries: list[Item | Bad] = list(items)
        self.reads = 0

    def fingerprint(self) -> str:
        return "listed"

    def total(self) -> int | None:
        return len(self.entries)

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        self.reads += 1
        for number, entry in enumerate(self.entries):
            if after is None or number > int(after):
                yield str(number), entry


def traces(text: str, links: Iterable[tuple[str, str]] = (), **article: Any) -> Traces:
    """The traces of an article with a text and links, all of which are evidence."""
    listed = tuple(Link(f"http://{host}/", anchor) for host, anchor in links)
    anchors = Block(BlockKind.PARAGRAPH, " ".join(link.anchor for link in listed), links=listed)
    page = Article("a", "", (Block(BlockKind.PARAGRAPH, text), anchors), **article)
    evidence = [Evidence.of_raw(page, field, span) for field, span in _whole_links(page)]
    return traces_of(
        page,
        verdict("a", signals=(Signal("link_blocks.abusive", CategoryId.LINK_SPAM, 1.0, tuple(evidence)),)),
        ExplicitMask(()),
    )


def _whole_links(page: Article) -> Iterator[tuple[Any, Any]]:
    from moderation.article import FieldName, FieldRef, Span

    for number, (_, link) in enumerate(page.links()):
        yield FieldRef(FieldName.LINK, number), Span(0, len(link.href))


def verdict(name: str, action: Action = Action.REJECT, signals: tuple[Signal, ...] = ()) -> Verdict:
    return Verdict(name, action, (), (), signals, None, Coverage(1, 1, ()), Versions("m", "p", "l", "v"), 1.0)


def published(
    action: str, category: str = "link_spam", quote: str = "澳门", repaired: str | None = None
) -> dict[str, Any]:
    """A published verdict, masked, as the ledger keeps it."""
    evidence = {
        "field": "block[0]",
        "start": 0,
        "end": 2,
        "quote": quote,
        "normalized": quote,
        "selector": None,
        "note": "",
    }
    return {
        "article_id": "x",
        "action": action,
        "categories": {str(kind): 0.97 if kind == category else 0.0 for kind in CategoryId},
        "reasons": [
            {
                "category": category,
                "rule": "r",
                "action": action,
                "clauses": [],
                "message_zh": "判定",
                "message_en": "found",
            }
        ],
        "signals": [{"name": "link_blocks.abusive", "category": category, "strength": 0.9, "evidence": [evidence]}],
        "contributions": {},
        "repair": {"removals": [evidence], "action_after": repaired} if repaired else None,
        "coverage": {"read": 1, "total": 1, "unread": []},
        "versions": {"model": "model-9", "policy": "p", "lexicon": "l", "package": "v"},
    }


def outcome(key: str, action: str = "allow", **more: Any) -> Outcome:
    flagged = action in ("review", "reject")
    given: dict[str, Any] = {
        "title": f"标题{key}",
        "published_at": "2024-03-05",
        "digest": "0" * 64,
        "verdict": published(action) if flagged else {},
    }
    return Outcome(key, Place("s", key), action, **{**given, **more})


def ledger_of(place: Path, *outcomes: Outcome, facts: Mapping[str, Any] = FACTS, finished: bool = True) -> Ledger:
    ledger = Ledger(place)
    ledger.begin(facts)
    ledger.add([Entry(number, one) for number, one in enumerate(outcomes)], "c", len(outcomes))
    if finished:
        ledger.finish()
    return ledger
