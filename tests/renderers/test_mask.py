from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.article import Article, FieldName, FieldRef, Span
from moderation.renderers.mask import ExplicitMask, clip, mask, visible
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Verdict

TITLE = FieldRef(FieldName.TITLE)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("", ""),
        ("色", "色"),
        ("色情", "色＊"),
        ("色。", "色＊"),
        ("麻豆精品", "麻＊＊＊"),
        ("麻豆 精品！在线", "麻＊ 精＊！在＊"),
        ("91porn_av.com", "9＊＊＊＊＊_a＊.c＊＊"),
        ("色.情.视.频", "色.＊.＊.＊"),
        ("【色 情】视频", "【色 ＊】视＊"),
        ("色\u200b情视频", "色\u200b情＊＊"),
        ("……！", "……！"),
    ],
)
def test_keeps_the_first_of_each_run(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.text(alphabet=st.characters()))
def test_keeps_the_length(text: str) -> None:
    assert len(mask(text)) == len(text)


@given(st.text(alphabet=st.characters()))
def test_whatever_is_shown_is_one_printable_line(text: str) -> None:
    shown = visible(text)
    assert shown.replace("\u3000", "").isprintable()
    shown.encode("utf-8")


def test_escapes_what_a_terminal_would_obey() -> None:
    assert visible("红\x1b[31m\n\u202e\ud800\u3000字\u00a0") == "红\\x1b[31m\\n\\u202e\\ud800\u3000字 "


def test_says_how_much_a_clipped_text_lacks() -> None:
    assert clip("字" * 120) == "字" * 120
    assert clip("字" * 123) == "字" * 120 + "… (+3)"


def test_masks_the_explicit_part_of_another_quote(verdict: Verdict) -> None:
    hidden = ExplicitMask(verdict.signals)
    assert hidden.quote(TITLE, 0, "麻豆精品在线观看") == "麻＊＊＊在线观看"
    assert hidden.quote(TITLE, 2, "精品在线") == "精＊在线"
    assert hidden.quote(TITLE, 4, "在线观看") == "在线观看"
    assert hidden.quote(FieldRef(FieldName.BLOCK, 0), 0, "麻豆精品") == "麻豆精品"


def test_overlapping_and_touching_evidence(article: Article, with_evidence: Callable[..., Verdict]) -> None:
    spans = [Span(0, 3), Span(1, 4), Span(4, 6), Span(8, 9)]
    hidden = ExplicitMask(with_evidence(*(Evidence.of_raw(article, TITLE, span) for span in spans)).signals)
    assert hidden.quote(TITLE, 0, article.title) == "麻＊＊＊在＊观看 茶叶的保存"


def test_masks_explicit_words_in_notes(verdict: Verdict) -> None:
    assert ExplicitMask(verdict.signals).words("cycle: 麻豆精品 / 茶叶") == "cycle: 麻＊＊＊ / 茶叶"


def test_masks_the_normalized_form_too(article: Article, with_evidence: Callable[..., Verdict]) -> None:
    evidence = replace(Evidence.of_raw(article, TITLE, Span(0, 4)), normalized="麻豆jp")
    assert ExplicitMask(with_evidence(evidence).signals).words("read as 麻豆JP 麻豆jp") == "read as 麻豆JP 麻＊＊＊"


def test_other_categories_are_left_plain(article: Article, with_evidence: Callable[..., Verdict]) -> None:
    evidence = Evidence.of_raw(article, TITLE, Span(0, 4))
    hidden = ExplicitMask(with_evidence(evidence, category=CategoryId.GAMBLING).signals)
    assert hidden.quote(TITLE, 0, article.title) == article.title
    assert hidden.words("麻豆精品") == "麻豆精品"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=8), st.integers(0, 30), st.integers(0, 30))
def test_agrees_with_masking_by_position(pairs: list[tuple[int, int]], start: int, size: int) -> None:
    title = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"
    article = Article("a", title)
    spans = [Span(first, min(first + length, len(title))) for first, length in pairs if first <= len(title)]
    signal = Signal("t.x", CategoryId.EXPLICIT, 1.0, tuple(Evidence.of_raw(article, TITLE, span) for span in spans))
    shown = ExplicitMask([signal]).quote(TITLE, start, title[start : start + size])
    assert len(shown) == len(title[start : start + size])
    for position, char in enumerate(shown, start):
        if not any(span.start <= position < span.end for span in spans):
            assert char == title[position]
