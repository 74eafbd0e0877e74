"""Texts that try the normaliser: any code point, and the ones that mean something to it."""

from __future__ import annotations

from hypothesis import strategies as st

from moderation.article import Article, Block, BlockKind

TRICKY = (
    "网網麻豆蔴荳ＡａⅣ①㈠㍿ﷺﬃﾠ︱￮薴妳"
    "аеοѕ\u200b\u00ad\u2028\ufeff\x00\x85\t\r\n "
    "e\u0301か\u3099赌\u302a\U0001d400\U0001f600\U0001f1e8\U000e0041\ud83d\ude00\udc00(（)）ǎnɡ&#;"
)
PIECES = (
    "&#20320;",
    "&#x1F600;",
    "&amp;",
    "&#0;",
    "&#1;",
    "&#xD800;",
    "&#9999999;",
    "&nosuch;",
    "&notit;",
    "&#",
    "\\u4e45",
    "\\ud83d\\ude00",
    "\\ud83d",
    "%u4e45",
    "#xff0c;",
    "#x110000;",
    "網(wǎng)",
    "絡（luò）",
    "(wǎng)",
)

characters = st.characters(categories=None)  # lone surrogates too
texts = st.lists(
    st.one_of(characters, st.sampled_from(TRICKY), st.sampled_from(PIECES), st.text(max_size=4)), max_size=24
).map("".join)

blocks = st.lists(texts, max_size=5)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    field = st.one_of(st.just(""), texts)
    return Article(
        id="a",
        title=draw(field),
        description=draw(field),
        keywords=draw(field),
        blocks=tuple(Block(BlockKind.PARAGRAPH, text) for text in draw(blocks)),
    )
