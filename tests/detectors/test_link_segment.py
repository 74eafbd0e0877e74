"""Which links belong together, and what belongs to each."""

from __future__ import annotations

import pytest

from moderation.detectors.link_segment import LinkBlock, link_blocks
from moderation.normalize import Document
from moderation.readers import read_html, read_markdown, read_text


def of_page(html: str) -> tuple[Document, list[LinkBlock]]:
    document = Document(read_html(html, identifier="x"))
    return document, link_blocks(document)


def anchors(document: Document, block: LinkBlock) -> list[str]:
    return [document.text[entry.start : entry.end] for entry in block.entries]


ROW = "".join(f'<li><a href="/p/{n}">{word}</a></li>' for n, word in enumerate(("甲乙", "丙丁", "戊己", "庚辛")))
CELLS = "".join(
    f'<tr><td><a href="//a{n}.cn">壹{n}</a></td><td><a href="//b{n}.cn">贰{n}</a></td></tr>' for n in range(4)
)


@pytest.mark.parametrize(
    ("html", "sizes"),
    [
        (f"<ul>{ROW}</ul>", [4]),
        (f"<div><h4>热门文章</h4><ol>{ROW}</ol></div>", [4]),
        (f"<table><tbody>{CELLS}</tbody></table>", [8]),
        (f"<ul>{ROW}</ul><p>一段话隔开两个列表。</p><ul>{ROW}</ul>", [4, 4]),
        (f"<ul>{ROW}</ul><ul>{ROW}</ul>", [4, 4]),
        ('<div class=x><b>友情链接：</b><a href="//a.cn">甲站</a> | <a href="//b.cn">乙站</a></div>', [2]),
        (
            '<div><p><a href="//a.cn">甲站</a></p><p><a href="//b.cn">乙站</a></p><p><a href="//c.cn">丙站</a></p></div>',
            [3],
        ),
        ('<dl><dd><a href="//a.cn">甲站</a></dd><dd><a href="//b.cn">乙站</a></dd></dl>', [2]),
        ('<marquee><a href="//a.cn">甲站</a><a href="//b.cn">乙站</a></marquee>', [2]),
        ("<div>甲站 http://a.cn，乙站 http://b.cn/x，丙站 https://c.top</div>", [3]),
        ("<div>甲站 aab.com<br>乙站 bbc.top<br>丙站 ccd.xyz/k</div>", [3]),
        ("<p>这里没有链接。</p>", []),
        ('<a href="/"><img src="x.png"></a>', []),
    ],
)
def test_one_element_is_one_block(html: str, sizes: list[int]) -> None:
    _, blocks = of_page(html)
    assert [len(block.entries) for block in blocks] == sizes
    assert not any(block.running for block in blocks)


def test_links_in_running_text_are_a_block_of_their_own() -> None:
    sentence = "昨天下午市图书馆重新开放，读者可以在<a href='/yy'>预约页面</a>选择座位，每人每天限约一次，过时不候。"
    document, blocks = of_page(f"<p>{sentence}</p><ul>{ROW}</ul><p>{sentence}</p>")
    assert [(block.running, len(block.entries)) for block in blocks] == [(False, 4), (True, 2)]
    assert anchors(document, blocks[1]) == ["预约页面", "预约页面"]
    assert all(entry.shared for entry in blocks[1].entries)


def test_an_entry_has_its_summary_and_counter_and_the_block_its_heading() -> None:
    items = "".join(
        f'<li><a href="/{n}"><img src="i.jpg"></a><a href="/{n}">标题{n}</a><p>摘要{n}</p><span>12次</span></li>'
        for n in range(3)
    )
    document, blocks = of_page(f"<h4>点击排行</h4><ul>{items}</ul><p>页脚</p>")
    (block,) = blocks
    assert block.heading == "点击排行"
    assert document.blocks[block.first].text == "点击排行"
    texts = [[document.blocks[i].text for i in range(entry.first, entry.last + 1)] for entry in block.entries]
    assert texts == [[f"标题{n}", f"摘要{n}", "12次"] for n in range(3)]


def test_a_paragraph_of_the_article_is_no_heading() -> None:
    _, blocks = of_page(f"<div><p>他走了。</p></div><ul>{ROW}</ul>")
    assert blocks[0].heading == ""
    _, blocks = of_page(f"<article><h3>尾声</h3></article><div><ul>{ROW}</ul></div>")
    assert blocks[0].heading == ""


def test_the_words_before_a_written_address_are_its_anchor() -> None:
    document, (block,) = of_page("<div>甲站 http://a.cn，乙站：http://b.cn/x；http://c.top/?k=1</div>")
    assert anchors(document, block) == ["甲站", "乙站", "http://c.top/?k=1"]
    assert [entry.href for entry in block.entries] == ["http://a.cn", "http://b.cn/x", "http://c.top/?k=1"]


def test_markdown_lists() -> None:
    source = (
        "# 标题\n\n第一段。\n\n- [甲站](http://a.cn)\n- [乙站](http://b.cn)\n\n第二段。\n\n1. [丙](/c)\n2. [丁](/d)\n"
    )
    document = Document(read_markdown(source, identifier="x"))
    blocks = link_blocks(document)
    assert [anchors(document, block) for block in blocks] == [["甲站", "乙站"], ["丙", "丁"]]


def test_plain_text_lists_and_lines_of_domains() -> None:
    text = (
        "标题在此\n正文第一段，说了一些话。\n· 甲项\n· 乙项\n  乙项的说明\n正文第二段。\naab.com\nbbc.top\nwww.ccd.cn\n"
    )
    document = Document(read_text(text, identifier="x"))
    first, second = link_blocks(document)
    assert anchors(document, first) == ["甲项", "乙项"]
    assert (first.entries[1].first, first.entries[1].last) == (3, 4) or first.entries[1].last > first.entries[1].first
    assert anchors(document, second) == ["aab.com", "bbc.top", "www.ccd.cn"]


@pytest.mark.parametrize(
    "text", ["版本 3.11.4 发布。", "邮箱 someone@aab.com", "文件 a.b.c", "价格 12.50 元", "e.g. this"]
)
def test_what_is_no_address(text: str) -> None:
    assert of_page(f"<p>{text}</p>")[1] == []


def test_pages_of_many_links_take_linear_time() -> None:
    html = "<ul>" + '<li><a href="http://a.top/x">词语</a></li>' * 20_000 + "</ul>" + "<p>http://" * 5_000
    _, blocks = of_page(html)
    assert len(blocks[0].entries) == 20_000
