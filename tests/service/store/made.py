"""Verdicts for the store's tests, made by hand so that no model is loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Span
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, CategoryScore, Contribution, Coverage, Reason, Removal, Repair, Verdict, Versions
from service.store.verdicts import StoredVerdict, stored_form

RECORD: dict[str, Any] = {"id": "p/1", "title": "麻豆精品在线观看", "text": "茶叶的保存。这里也写着麻豆精品。"}
ARTICLE = Article(
    "p/1",
    RECORD["title"],
    (
        Block(BlockKind.PARAGRAPH, "茶叶的保存。这里也写着麻豆精品。", selector="#麻豆精品"),
        Block(BlockKind.PARAGRAPH, "茶" * 500),
    ),
)


def verdict(action: Action = Action.REJECT) -> Verdict:
    """A title with explicit evidence, quoted by other signals, too."""
    title, block, long = FieldRef(FieldName.TITLE), FieldRef(FieldName.BLOCK, 0), FieldRef(FieldName.BLOCK, 1)
    explicit = Evidence.of_raw(ARTICLE, title, Span(0, 4))
    evidence = (
        replace(Evidence.of_raw(ARTICLE, title, Span(0, 8)), normalized="麻豆精品zxgk", note="cycle: 麻豆精品 / 茶叶"),
        Evidence.of_raw(ARTICLE, block, Span(0, 16)),
        Evidence.of_raw(ARTICLE, long, Span(0, 500)),
    )
    return Verdict(
        article_id="p/1",
        action=action,
        categories=(
            CategoryScore(CategoryId.EXPLICIT, 0.97, (Contribution("title.model", 3.5),)),
            *(CategoryScore(category, 0.0) for category in CategoryId if category is not CategoryId.EXPLICIT),
        ),
        reasons=(Reason(CategoryId.EXPLICIT, "explicit.title", action, (), "含有麻豆精品", "has 麻豆精品"),),
        signals=(
            Signal("title.model", CategoryId.EXPLICIT, 0.97, (explicit,)),
            Signal("stuffing.repeated", CategoryId.KEYWORD_STUFFING, 0.5, evidence),
        ),
        repair=Repair((Removal(title, Span(0, 8), ARTICLE.title, None),), Action.ALLOW),
        coverage=Coverage(524, 524),
        versions=Versions("title-0.1", "1", "1", "0.1.0"),
        elapsed_ms=1.25,
    )


def stored(owner: str | None = None, *, keep_text: bool = False, action: Action = Action.REJECT) -> StoredVerdict:
    """That verdict as it is kept, under a new id."""
    return stored_form(verdict(action), ARTICLE, RECORD, owner=owner, keep_text=keep_text)
