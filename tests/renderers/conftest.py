"""A small article in plain text and the verdict on it, built by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Span, Unread
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

TITLE = FieldRef(FieldName.TITLE)
FIRST, SECOND = FieldRef(FieldName.BLOCK, 0), FieldRef(FieldName.BLOCK, 1)

SOURCE = "麻豆精品在线观看 茶叶的保存\n\n茶叶要避光保存。\n\n加微信 v{x}123 领取 [彩金](http://a.example)。\n"


def evidence_at(article: Article, field: FieldRef, quote: str, **changes: object) -> Evidence:
    start = article.text_of(field).index(quote)
    found = Evidence.of_raw(article, field, Span(start, start + len(quote)))
    return replace(found, **changes)  # type: ignore[arg-type]


def scores(**probabilities: float) -> tuple[CategoryScore, ...]:
    return tuple(
        CategoryScore(
            identifier,
            probabilities.get(identifier, 0.001),
            (Contribution(f"terms.{identifier}", 1.25),) if identifier in probabilities else (),
        )
        for identifier in CategoryId
    )


@pytest.fixture
def article() -> Article:
    title, first, second = SOURCE.rstrip("\n").split("\n\n")
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, text, selector=selector, source_start=SOURCE.index(text))
        for text, selector in ((first, None), (second, "body > p:nth-of-type(2)"))
    )
    return Article("posts/tea.txt", title, blocks, source=SOURCE, title_start=0)


@pytest.fixture
def verdict(article: Article) -> Verdict:
    lure = evidence_at(article, TITLE, "麻豆精品")
    bonus = evidence_at(article, SECOND, "加微信 v{x}123", normalized="加微信 vx123", note="deformed")
    link = evidence_at(article, SECOND, "[彩金](http://a.example)")
    return Verdict(
        article_id=article.id,
        action=Action.REJECT,
        categories=scores(explicit=0.97, gambling=0.61, doorway=0.07),
        reasons=(
            Reason(
                CategoryId.EXPLICIT,
                "explicit.reject",
                Action.REJECT,
                ("baidu.qingfeng1", "google.hacked_content"),
                "标题含色情引流词。",
                "The title lures with pornographic terms.",
            ),
            Reason(
                CategoryId.GAMBLING,
                "gambling.review",
                Action.REVIEW,
                ("baidu.qingfeng1",),
                "正文推广赌博。",
                "The body promotes gambling.",
            ),
        ),
        signals=(
            Signal("terms.explicit", CategoryId.EXPLICIT, 0.9, (lure,)),
            Signal("terms.gambling", CategoryId.GAMBLING, 0.7, (bonus, link)),
            Signal("doorway.thin", CategoryId.DOORWAY, 0.2, (evidence_at(article, FIRST, "避光"),)),
        ),
        repair=Repair((Removal(TITLE, lure.span, lure.quote, None),), Action.REVIEW),
        coverage=Coverage(60, 80, (Unread("script", 20, "scripts are not run"),)),
        versions=Versions("tiny-1", "default-1", "2024-05", "0.1.0"),
        elapsed_ms=12.3456,
    )


@pytest.fixture
def with_evidence(verdict: Verdict) -> Callable[..., Verdict]:
    """The verdict with other evidence in its first signal."""

    def build(*evidence: Evidence, category: CategoryId = CategoryId.EXPLICIT) -> Verdict:
        return replace(verdict, signals=(Signal(f"terms.{category}", category, 0.9, evidence),))

    return build
