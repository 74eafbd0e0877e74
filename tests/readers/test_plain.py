"""Plain text: lines as blocks, exactly where they stand, and the line that is the headline."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import Article, BlockKind
from moderation.readers import InputError, Limits, read_text

HEADING, PARAGRAPH, ITEM = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM
SHARED = Path("/work/shared/examples/source-page.txt")


def read(text: str, **options: object) -> Article:
    return read_text(text, identifier="t", **options)  # type: ignore[arg-type]


def check_places(article: Article) -> None:
    places = [] if article.title_start is None else [(article.title_start, article.title)]
    places += [(block.source_start, block.text) for block in article.blocks]
    for start, text in places:
        assert article.source[start:][: len(text)] == text
        assert text == text.strip() != ""
    told = "".join(text for _, text in sorted(places))
    if article.title_start is not None or not article.title:
        assert "".join(told.split()) == "".join(article.source.split())


HEADLINES = {
    "short first line": ("标题\n\n正文。", "标题", ["正文。"]),
    "above a byline": (
        "网站导航\n这是标题\n作者：甲 2024-05-06\n正文。",
        "这是标题",
        ["网站导航", "作者：甲 2024-05-06", "正文。"],
    ),
    "byline in Traditional script": ("標題\n發布：2024年5月\n文", "標題", ["發布：2024年5月", "文"]),
    "long first line": ("长" * 81 + "\n二", "", ["长" * 81, "二"]),
    "long sentence first": ("这是一句很长的话，" * 6 + "完了。\n二", "", ["这是一句很长的话，" * 6 + "完了。", "二"]),
    "blank lines first": ("\n \n 标题 \n二", "标题", ["二"]),
    "one line": ("标题", "标题", []),
    "nothing": ("", "", []),
    "blanks": (" \n\t\n", "", []),
}


@pytest.mark.parametrize(("text", "title", "blocks"), HEADLINES.values(), ids=HEADLINES.keys())
def test_headline(text: str, title: str, blocks: list[str]) -> None:
    article = read(text)
    assert article.title == title
    assert [block.text for block in article.blocks] == blocks
    assert (article.title_start is None) == (not title)
    check_places(article)


def test_a_given_title_leaves_every_line_a_block() -> None:
    article = read("一\n二", title="题", url="u", description="d", keywords="k")
    assert (article.title, article.title_start) == ("题", None)
    assert (article.url, article.description, article.keywords) == ("u", "d", "k")
    assert [block.text for block in article.blocks] == ["一", "二"]
    assert [block.text for block in read("一", title="").blocks] == ["一"]


@pytest.mark.parametrize("mark", ["•", "·", "-", "*", "+", "–", "1.", "12、", "3)", "4）", "■"])
def test_bullets(mark: str) -> None:
    article = read(f"段\n  {mark} 一\n    续\n    再续\n段\n", title="题")
    assert [(block.kind, block.text) for block in article.blocks] == [
        (PARAGRAPH, "段"),
        (ITEM, f"{mark} 一"),
        (ITEM, "续"),
        (ITEM, "再续"),
        (PARAGRAPH, "段"),
    ]
    check_places(article)


@pytest.mark.parametrize("line", ["-一", "1.5 倍", "2024. 年", "·", "１．一"])
def test_what_is_no_bullet(line: str) -> None:
    (block,) = read(line, title="题").blocks
    assert block.kind is PARAGRAPH


def test_headings() -> None:
    article = read("# 一\n#" + "长" * 80, title="题")
    assert [block.kind for block in article.blocks] == [HEADING, PARAGRAPH]


@pytest.mark.parametrize(
    "text",
    ["标题\r\n一\r\n\r\n二", "标题\n\u3000\u3000一\xa0\n二", "标题\n\x0b一\x1c\n二", "标题\n一\u2028二"],
)
def test_blanks_of_all_kinds_stay_outside(text: str) -> None:
    article = read(text)
    assert article.title == "标题"
    check_places(article)


def test_limits() -> None:
    with pytest.raises(InputError, match="more than 3 blocks"):
        read("一\n" * 4, limits=Limits(blocks=3))


@pytest.mark.parametrize(
    "unit", ["作者：", "作者:1-", "_aa", "甲，乙乙", ".jpg ", "1 ", "来源: ", "- ", "\u3000", "\n "]
)
def test_long_lines_take_no_square(unit: str) -> None:
    """A byline is looked for near the start of a line; a pattern let loose on all of it would not come back."""
    text = "首行\n" + unit * 100_000 + "!\n" + unit * 100_000 + "。"
    check_places(read(text))
    check_places(read(text.partition("\n")[2]))


@pytest.mark.skipif(not SHARED.exists(), reason="the shared example is not here")
def test_the_shared_example() -> None:
    article = read(SHARED.read_text("utf-8"))
    assert article.title
    assert len(article.blocks) > 10
    check_places(article)


@given(st.one_of(st.text(st.characters(categories=None)), st.text("一二1.-•、# \n\t\r:：作者来源2024年")))
@settings(deadline=None, max_examples=400)
def test_any_text_keeps_every_place(text: str) -> None:
    check_places(read(text))
    check_places(read(text, title=""))
