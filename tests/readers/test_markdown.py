"""Markdown, with or without front matter, and the exact place of its texts in the source."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.article import Article, BlockKind, FieldName, FieldRef
from moderation.readers import InputError, Limits, read_markdown

HEADING, PARAGRAPH = BlockKind.HEADING, BlockKind.PARAGRAPH
ITEM, CELL, CODE = BlockKind.LIST_ITEM, BlockKind.TABLE_CELL, BlockKind.CODE


def read(source: str, **options: object) -> Article:
    return read_markdown(source, identifier="m", **options)  # type: ignore[arg-type]


def check_places(article: Article) -> None:
    source = article.source
    for block in article.blocks:
        if block.source_start is not None:
            assert source[block.source_start :][: len(block.text)] == block.text
    if article.title_start is not None:
        assert source[article.title_start :][: len(article.title)] == article.title
        assert article.source_start_of(FieldRef(FieldName.TITLE)) == article.title_start


CASES = {
    "paragraphs": ("一\n二\n\n三\n", [(PARAGRAPH, "一\n二", 0), (PARAGRAPH, "三", 5)]),
    "headings": ("# 题\n## 一\n二\n--\n", [(HEADING, "一", 7), (HEADING, "二", 9)]),
    "closed heading": ("# 题\n# 一 #\n", [(HEADING, "一", 6)]),
    "heading of its own mark": ("# 题\n## \\## ##\n", [(HEADING, "\\##", 7)]),
    "list": ("- 一\n- 二\n  三\n\n  四\n", [(ITEM, "一", 2), (ITEM, "二\n三", None), (ITEM, "四", 15)]),
    "item like its mark": ("1. 1\n- -1\n", [(ITEM, "1", 3), (ITEM, "-1", 7)]),
    "nested list": ("- 一\n  - 二\n", [(ITEM, "一", 2), (ITEM, "二", 8)]),
    "quote": ("> 一\n> 二\n\n一\n二", [(PARAGRAPH, "一\n二", None), (PARAGRAPH, "一\n二", 9)]),
    "same text twice": ("一\n\n一\n", [(PARAGRAPH, "一", 0), (PARAGRAPH, "一", 3)]),
    "fence": ("```a\na\n```\n", [(CODE, "a\n", 5)]),
    "indented code": ("    一\n", [(CODE, "一\n", 4)]),
    "table": ("|一|一|\n|-|-|\n|二|二|\n", [(CELL, "一", 1), (CELL, "一", 3), (CELL, "二", 13), (CELL, "二", 15)]),
    "inline stays as typed": ("看**这**里`x`\\*\n", [(PARAGRAPH, "看**这**里`x`\\*", 0)]),
    "html block": ("<div>\n<p>一</p>\n</div>\n\n二\n", [(PARAGRAPH, "一", None), (PARAGRAPH, "二", 23)]),
    "html title": ("<title>一</title>\n", [(HEADING, "一", None)]),
    "html inline": ("一<b>二</b>\n", [(PARAGRAPH, "一<b>二</b>", 0)]),
    "rules and definitions": ("---\n\n[a]: http://a.example\n\n一", [(PARAGRAPH, "一", 28)]),
    "carriage returns": ("一\r\r二\r\n\r\n三", [(PARAGRAPH, "一", 0), (PARAGRAPH, "二", 3), (PARAGRAPH, "三", 8)]),
    "nothing": ("", []),
    "blank": (" \n\n", []),
    "null byte": ("一\0二", [(PARAGRAPH, "一\ufffd二", None)]),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_blocks_and_their_places(source: str, expected: list[tuple[BlockKind, str, int | None]]) -> None:
    article = read(source)
    assert [(block.kind, block.text, block.source_start) for block in article.blocks] == expected
    check_places(article)


LINKS = {
    "plain": ("看[这里](http://a.example)", [("http://a.example", "这里", 2)]),
    "word before it": ("foo [foo](x) [foo](y)", [("x", "foo", 5), ("y", "foo", 14)]),
    "autolink": ("<http://a.example>", [("http://a.example", "http://a.example", 1)]),
    "by reference": ("[这里][a]\n\n[a]: http://a.example", [("http://a.example", "这里", 1)]),
    "no text": ("看[](x)", [("x", "", 2)]),
    "formatted": ("[**这**里](x)", [("x", "这里", 0)]),
    "refused by the parser": ("[a](javascript:x)", []),
}


@pytest.mark.parametrize(("source", "expected"), LINKS.values(), ids=LINKS.keys())
def test_links(source: str, expected: list[tuple[str, str, int]]) -> None:
    (block, *_) = read(source).blocks
    assert [(link.href, link.anchor, link.start) for link in block.links] == expected


def test_the_first_heading_is_the_title() -> None:
    article = read("导语\n\n# 标题\n\n一\n")
    assert (article.title, article.title_start) == ("标题", 6)
    assert [block.text for block in article.blocks] == ["导语", "一"]
    check_places(article)


def test_a_given_title_leaves_the_heading_a_block() -> None:
    article = read("# 标题\n", title="另题")
    assert (article.title, article.title_start) == ("另题", None)
    assert [(block.kind, block.text) for block in article.blocks] == [(HEADING, "标题")]


YAML = "---\ntitle: 标题\nsummary: 描述\ntags: [甲, 2, [丙]]\ndate: 2024-05-06\n---\n# 一\n"
TOML = '+++\ntitle = "标题"\ndescription = "描述"\nkeywords = "甲,2,"\ndate = 2024-05-06\n+++\n# 一\n'


@pytest.mark.parametrize(
    "source", [YAML, TOML, "\ufeff" + YAML, YAML.replace("\n", "\r\n"), YAML.replace("---\n", "--- \n")]
)
def test_front_matter(source: str) -> None:
    article = read(source)
    assert (article.title, article.description, article.keywords) == ("标题", "描述", "甲,2,")
    assert article.published_at == datetime(2024, 5, 6)
    assert article.title_start is None
    assert [(block.kind, block.text) for block in article.blocks] == [(HEADING, "一")]
    assert [(part.part, part.characters) for part in article.unread] == [("front matter", source.index("# 一"))]
    check_places(article)


@pytest.mark.parametrize(
    ("matter", "title"),
    [
        ("---\n---\n", "一"),
        ("---\n# 注\n---\n", "一"),
        ("---\ntitle:\n---\n", "一"),
        ("---\ntitle: [甲]\n---\n", "一"),
        ("---\ntitle: 2024\n---\n", "2024"),
        ("---\ntitle: 2024-05-06 07:08:09\n---\n", "2024-05-06 07:08:09"),
        ("---\ntitle: 0x" + "f" * 5000 + "\n---\n", "一"),
        ("---\ndate: 昨天\n---\n", "一"),
    ],
)
def test_front_matter_without_a_title_to_speak_of(matter: str, title: str) -> None:
    article = read(f"{matter}# 一\n")
    assert article.title == title
    check_places(article)


BROKEN = {
    "yaml": ("---\ntitle: 一\na: [b\n---\n", 4),
    "yaml, indentation": ("---\na: b\n  c: d\n---\n", 3),
    "yaml alias": ("---\na: &a [x]\nb: *a\n---\n", 3),
    "yaml date": ("---\ndate: 2001-99-99\n---\n", 1),
    "yaml number": ("---\na: !!int x\n---\n", 1),
    "yaml flag": ("---\na: !!bool x\n---\n", 1),
    "yaml timestamp": ("---\na: !!timestamp x\n---\n", 1),
    "yaml tag": ("---\na: !!python/object:os.system x\n---\n", 2),
    "yaml control": ("---\na: \x01\n---\n", 1),
    "yaml surrogate": ("---\na: \ud800\n---\n", 1),
    "yaml depth": ("---\na:\n " + "[" * 3000 + "]" * 3000 + "\n---\n", 3),
    "yaml depth in blocks": ("---\n" + "- " * 3000 + "\n---\n", 2),
    "yaml list": ("---\n- a\n---\n", 1),
    "yaml text": ("---\n一\n---\n", 1),
    "toml": ("+++\na = 1\nb = \n+++\n", 3),
    "toml depth": ("+++\na = " + "[" * 3000 + "\n+++\n", 1),
    "toml number": ("+++\na = " + "1" * 5000 + "\n+++\n", 1),
    "toml twice": ("+++\na = 1\na = 2\n+++\n", 3),
    "too long": ("---\n" + "a: b\n" * 30_000 + "---\n", 1),
}


@pytest.mark.parametrize(("source", "line"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_front_matter_names_its_line(source: str, line: int) -> None:
    with pytest.raises(InputError, match="front matter") as caught:
        read(source)
    assert caught.value.line == line


def test_front_matter_that_never_ends_is_text() -> None:
    assert [block.text for block in read("---\ntitle: 一\n").blocks] == ["title: 一"]


def test_what_html_blocks_leave_unread_is_told() -> None:
    article = read("<script>abc</script>\n\n一\n\n<script>de</script>\n\n<!--xyz-->\n")
    assert {part.part: part.characters for part in article.unread} == {"script": 5, "comment": 3}


def test_html_blocks_point_nowhere() -> None:
    (block,) = read('<div><p>看<a href="x">这里</a></p></div>\n').blocks
    assert (block.selector, block.container) == (None, None)
    assert [(link.href, link.anchor, link.start) for link in block.links] == [("x", "这里", 1)]


def test_deep_quotes_are_read_or_refused_but_never_dropped() -> None:
    assert [block.text for block in read("> " * 90 + "一").blocks] == ["一"]
    for depth in (99, 100, 101, 150, 1_000):
        with pytest.raises(InputError, match="nest more than") as caught:
            read("\n\n" + "> " * depth + "一")
        assert caught.value.line == 3


def test_limits() -> None:
    with pytest.raises(InputError, match="more than 3 blocks"):
        read("一\n\n" * 4, limits=Limits(blocks=3))
    with pytest.raises(InputError, match="deep"):
        read("<div>" * 30 + "一", limits=Limits(depth=20))


MARKS = (
    "# |## |- |1. |> |    |```\n|---\n|+++\n|=\n|\n|\n\n|\r|\\|*|[a](b)|[a]|<b>|<p>\n|</p>|<!--|一|a: b|1|#| |\t"
    "|&amp;|\0|\ud800"
)
marks = st.sampled_from([*MARKS.split("|"), "|", "|-|-|"])
sources = st.one_of(
    st.lists(marks, max_size=30).map("".join),
    st.text(st.characters(categories=None)),
    st.text("#->|`*_[]()<>\\=+~:! \t\n\ra1一"),
    st.text(st.characters(categories=None)).map("---\n{}\n---\n".format),
    st.text("ab:=[]{}&*!|>'\"-#,?%@1. \n").map("---\n{}\n---\n".format),
    st.text("ab=[]{}'\"#,.1-: \n").map("+++\n{}\n+++\n".format),
)


@given(sources)
@example("# # #\n")
@example("=\n=\n")
@example("1. 1\n   ==\n")
@settings(deadline=None, max_examples=600)
def test_any_text_is_read_or_refused_and_its_places_are_exact(source: str) -> None:
    try:
        article = read(source)
    except InputError:
        return
    check_places(article)
    starts = [block.source_start for block in article.blocks if block.source_start is not None]
    assert starts == sorted(starts)
