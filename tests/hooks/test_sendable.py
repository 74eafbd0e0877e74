"""What an Article is sent as reads to the very same article, or it is not sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moderation.article import Article, Block, BlockKind, Link
from moderation.hooks.sendable import as_record
from moderation.readers import InputError, read, read_html, read_record

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "articles").iterdir())
PAGE = "<title>茶叶的保存</title><meta name=description content=避光><p>茶叶要<b>避光</b>。<p hidden>领取彩金"
MARKDOWN = "# 茶叶的保存\n\n茶叶要*避光*。\n\n- 密封\n- 防潮\n"
TEXT = "茶叶的保存\n\n茶叶要避光保存，这样才能放得久一些。\n• 密封\n"


def same(article: Article, other: Article) -> bool:
    """Alike in everything that is judged, and so in every place that evidence can name."""

    def bare(each: Article) -> Article:
        blocks = tuple(replace(block, source_start=None) for block in each.blocks)
        return replace(each, blocks=blocks, source="", title_start=None, published_at=None)

    return bare(article) == bare(other)


@pytest.mark.parametrize(
    "record",
    [
        {"id": "1", "title": "茶"},
        {"id": "1", "title": "茶", "url": "https://tea.example/1", "description": "避光", "keywords": ["茶", "光"]},
        {"id": "1", "title": "茶", "body": "避光。\n\n密封。"},
        {"id": "1", "title": "茶", "body": PAGE},
        {"id": "1", "title": "茶", "text": "<p>避光。"},
        {"id": "1", "title": "茶", "text": ""},
        {"id": "1", "html": PAGE},
        {
            "id": "1",
            "html": PAGE,
            "links": ["https://tea.example", {"href": "/b", "anchor": "密封", "rel": "nofollow"}],
        },
        {"id": "1", "title": "茶", "links": ["https://tea.example"]},
        {"id": "1", "title": "茶", "text": "避光。", "links": [{"href": "/b"}]},
        {"id": "1", "html": PAGE, "description": ""},
        {"id": "1", "html": ""},
        {"id": "1", "html": "光秃秃的文字"},
        {"id": "1", "title": "茶", "html": PAGE, "keywords": "茶"},
        {"id": "1", "markdown": MARKDOWN},
        {"id": "1", "markdown": "---\ntitle: 茶\ndate: 2026-01-01\n---\n避光。"},
        {"id": "1", "title": "茶", "markdown": MARKDOWN},
    ],
)
def test_an_article_read_from_a_record_is_sent(record: dict[str, Any]) -> None:
    article = read_record(record)
    assert same(read_record(as_record(article)), article)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_article_read_from_a_file_is_sent(path: Path) -> None:
    articles = [found for found in read(path) if isinstance(found, Article)]
    assert articles
    for article in articles:
        assert same(read_record(as_record(article)), article)


@pytest.mark.parametrize("name", ["tea.txt", "tea.md", "tea.html"])
def test_a_headline_found_in_a_file_is_no_block(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text({"tea.txt": TEXT, "tea.md": MARKDOWN, "tea.html": PAGE}[name], "utf-8")
    (article,) = read(path)
    assert article.title == "茶叶的保存"
    assert same(read_record(as_record(article)), article)


def test_an_article_made_by_hand_is_sent_if_a_record_reads_to_it() -> None:
    assert as_record(Article("1", "茶")) == {"id": "1", "title": "茶"}
    plain = Article("1", "茶", (Block(BlockKind.PARAGRAPH, "避光。"), Block(BlockKind.PARAGRAPH, "密封。")))
    assert as_record(plain) == {"id": "1", "title": "茶", "text": "避光。\n密封。"}


@pytest.mark.parametrize(
    "block",
    [
        Block(BlockKind.PARAGRAPH, "避光。", hidden=True),
        Block(BlockKind.PARAGRAPH, "避光。", links=(Link("https://tea.example", "避光"),)),
        Block(BlockKind.PARAGRAPH, "避光。\n密封。"),
        Block(BlockKind.HEADING, "避光。"),
        Block(BlockKind.PARAGRAPH, "避光。", selector="body > p"),
    ],
)
@pytest.mark.parametrize("source", ["", PAGE, TEXT])
def test_nothing_of_it_is_left_out_silently(block: Block, source: str) -> None:
    with pytest.raises(InputError, match="submit the record"):
        as_record(Article("1", "茶", (block,), source=source))


def test_a_crawlers_view_goes_along() -> None:
    view = read_html("<title>彩金</title><p>领取", identifier="1", url="https://tea.example")
    article = replace(read_record({"id": "1", "html": PAGE}), crawler_view=view)
    record = as_record(article)
    assert record.pop("crawler_view") == view.source
    assert same(read_record(record), replace(article, crawler_view=None))
    with pytest.raises(InputError, match="crawler_view"):
        as_record(replace(article, crawler_view=replace(view, title="茶")))
