"""Texts and elements cut from the source of pages, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import Article, BlockKind, FieldName, FieldRef, Span
from moderation.readers import read_html
from moderation.repair.edit import Edit, edit_page
from moderation.repair.mend import is_rest
from moderation.repair.page import Page
from moderation.verdict import Removal


def read(source: str) -> Article:
    return read_html(source, identifier="p")


def removal(article: Article, quote: str) -> Removal:
    """The first block that holds a text, or the title."""
    for index, block in enumerate(article.blocks):
        if quote in block.text:
            start = block.text.index(quote)
            field = FieldRef(FieldName.BLOCK, index)
            return Removal(field, Span(start, start + len(quote)), quote, block.selector)
    start = article.title.index(quote)
    return Removal(FieldRef(FieldName.TITLE), Span(start, start + len(quote)), quote, "title")


def cut(source: str, *quotes: str) -> tuple[str, list[str]]:
    article = read(source)
    edit = edit_page(source, article, [removal(article, quote) for quote in quotes], read)
    return edit.apply(source), [refusal.reason for refusal in edit.refusals]


@pytest.mark.parametrize(
    ("source", "quotes", "expected"),
    [
        ("<p>茶叶广告要避光</p>", ["广告"], "<p>茶叶要避光</p>"),
        ("<P CLASS=a  id='x' >茶&nbsp;叶<BR>广告&amp;x</P>", ["广告&"], "<P CLASS=a  id='x' >茶&nbsp;叶<BR>x</P>"),
        ("<p>茶\r\n叶&nbsp;广告\r\n</p>", ["叶\xa0广"], "<p>茶\r\n告\r\n</p>"),
        ("<p>肺<b>结</b>节</p>", ["肺结"], "<p>节</p>"),
        ("<p>甲肺<b>结核</b>节</p>", ["肺结"], "<p>甲<b>核</b>节</p>"),
        ("<p>&#20037;&#x4e45;茶</p>", ["久久"], "<p>茶</p>"),
        ("<p>茶<a href=x>广告</a>叶</p>", ["广告"], "<p>茶叶</p>"),
        ("<p>茶<a href=x><i>广</i><i>告</i></a>叶</p>", ["广告"], "<p>茶叶</p>"),
        ("<ul>\n <li>茶</li>\n <li>广告</li>\n</ul>", ["广告"], "<ul>\n <li>茶</li>\n</ul>"),
        ("<ul>\r\n<li>广告\r\n<li>茶\r\n</ul>", ["广告\n"], "<ul>\r\n<li>茶\r\n</ul>"),
        ("<ul><li>茶<li>广告</ul><p>叶", ["广告"], "<ul><li>茶</ul><p>叶"),
        ("<div>\n<ul>\n<li>广告</li>\n</ul>\n</div>\n<p>茶</p>", ["广告"], "<p>茶</p>"),
        ("<p>茶<p>广告<p>叶", ["广告"], "<p>茶<p>叶"),
        ("<table><tr><td>广告<td>茶</table>", ["广告"], "<table><tr><td><td>茶</table>"),
        ("<table><tr><td>广告<td>彩金<tr><td>茶</table>", ["广告", "彩金"], "<table><tr><td>茶</table>"),
        ("<div><img src=a><p>广告</p></div>茶", ["广告"], "<div><img src=a></div>茶"),
        ("<ul><li><img src=a><a href=x>广告</a></li><li>茶</ul>", ["广告"], "<ul><li>茶</ul>"),
        (
            "<ul><li><a href=x><img src=a></a> <a href=x>广告</a><span>12</span></li><li>茶</ul>",
            ["广告", "12"],
            "<ul><li>茶</ul>",
        ),
        ("<div><script>go()</script><p>广告</p></div>茶", ["广告"], "<div><script>go()</script></div>茶"),
        ("<title>彩金_茶叶</title><p>茶", ["彩金_"], "<title>茶叶</title><p>茶"),
        ("<title> &#24425;金 茶叶</title><p>茶", ["彩金"], "<title>  茶叶</title><p>茶"),
        ("<pre>\n广告\n茶</pre>", ["广告"], "<pre>\n\n茶</pre>"),
        ("<p>茶<!-- 广告 -->广告</p>", ["广告"], "<p>茶<!-- 广告 --></p>"),
        ("<p>a<b>茶</p><p>广告</b>叶</p>", ["广"], "<p>a<b>茶</p><p>告</b>叶</p>"),
        ("<dl><dt>广告<dd>彩金<dt>茶</dl>", ["广告", "彩金"], "<dl><dt>茶</dl>"),
        ("茶<font color=red>广告</FONT>叶", ["广告"], "茶叶"),
        ("<body>茶<noscript><a href=x>广告</a></noscript>叶", ["广告"], "<body>茶叶"),
        ("<p>广告</p><body class=x><p>茶", ["广告"], "<body class=x><p>茶"),
    ],
)  # fmt: skip
def test_cuts(source: str, quotes: list[str], expected: str) -> None:
    assert cut(source, *quotes) == (expected, [])


@pytest.mark.parametrize(
    ("source", "quote", "reason"),
    [
        ("<p>a&NotEqualTilde;b</p>", "\u2242", "an entity would be cut in two"),
        ("<div><a href=x>广告<div>彩金</a></div>茶</div>", "广告 彩金", "not certain"),
        ("<pre><b>广告</b>\n茶</pre>", "广告", "read differently"),
        ("<p>a<b>茶</p><p>广告</b>叶</p>", "广告", "read differently"),
        ("<table>广告<tr><td>茶</table><b>x<p>y</b>", "广告", ""),
        ("<p><b>茶<p>广告</p></b></p>", "广告", ""),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_cut_or_is_exactly_right(source: str, quote: str, reason: str) -> None:
    after, reasons = cut(source, *quote.split())
    if reason:
        assert after == source
        assert reason in reasons[0]
    else:
        article = read(source)
        done = [removal(article, quote)] if not reasons else []
        assert is_rest(article, done, read(after))


def test_an_own_attribute_of_each_picture() -> None:
    source = "<p>茶<img src=a alt='广告 图'title=b><img alt=广告/></p>"
    article = read(source)
    pictures = [index for index, block in enumerate(article.blocks) if block.kind is BlockKind.ATTRIBUTE]
    if not pictures:
        pytest.skip("the reader tells no attributes")
    removals = [
        Removal(FieldRef(FieldName.BLOCK, index), Span(0, 2), "广告", article.blocks[index].selector)
        for index in pictures
    ]
    edit = edit_page(source, article, removals, read)
    assert edit.apply(source) == "<p>茶<img src=a alt=' 图'title=b><img alt=/></p>"


def cut_source(source: str, quote: str) -> tuple[str, list[str]]:
    start = source.index(quote)
    wanted = Removal(FieldRef(FieldName.SOURCE), Span(start, start + len(quote)), quote, None, True)
    edit = edit_page(source, read(source), [wanted], read)
    return edit.apply(source), [refusal.reason for refusal in edit.refusals]


@pytest.mark.parametrize(
    ("source", "quote", "expected"),
    [
        ("<p>茶</p>\n<script>go()</script>\n<p>叶</p>", "go()", "<p>茶</p>\n<p>叶</p>"),
        ("<head><meta http-equiv=refresh content=0><title>t</title></head>茶", "<meta http-equiv=refresh content=0>", "<head><title>t</title></head>茶"),
        ("<script>a()</script><script>go()</script><p>茶", "go", "<script>a()</script><p>茶"),
        ("<iframe src=x></iframe><p>茶", "<iframe src=x>", "<p>茶"),
        ("<p>茶<script><!-- go() --></script >叶", "go()", "<p>茶叶"),
    ],
)  # fmt: skip
def test_scripts_and_lone_tags_go_whole(source: str, quote: str, expected: str) -> None:
    assert cut_source(source, quote) == (expected, [])


@pytest.mark.parametrize(("source", "quote"), [("<p>茶叶</p>", "茶"), ("<div onclick=go()>茶</div>", "<div onclick=go()>"), ("<!-- go() --><p>茶", "go()")])  # fmt: skip
def test_other_source_is_refused(source: str, quote: str) -> None:
    after, reasons = cut_source(source, quote)
    assert (after, len(reasons)) == (source, 1)


def test_a_description_is_cut_in_its_tag() -> None:
    source = "<meta name=Description content='广告&amp;茶'><p>叶"
    article = read(source)
    wanted = Removal(FieldRef(FieldName.DESCRIPTION), Span(0, 3), "广告&", None)
    assert edit_page(source, article, [wanted], read).apply(source) == "<meta name=Description content='茶'><p>叶"


@dataclass
class Soup:
    source: str
    cuts: list[tuple[int, int, int]]


TAGS = (
    "div p a b i ul li table tr td span h1 font title pre noscript dl dt section em button textarea script svg".split()
)
WORDS = [
    "茶",
    "广告 ",
    "彩金&nbsp;",
    "&amp;x",
    "\n",
    "\u3000",
    "&#20037;",
    "x<y",
    "\r\n",
    "<!-- c -->",
    "<br>",
    "<img src=a>",
    "</x>",
]
SOUP = st.lists(
    st.one_of(
        st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
        st.sampled_from(TAGS).map(lambda tag: f"</{tag}>"),
        st.sampled_from(WORDS),
        st.sampled_from(WORDS),
    ),
    min_size=2,
    max_size=25,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(source=SOUP, data=st.data())
def test_of_any_markup_all_else_stays(source: str, data: st.DataObject) -> None:
    """Whatever was cut, the page says the rest and nothing but the rest; a refused removal leaves all of its text."""
    article = read(source)
    places = [(index, block.text) for index, block in enumerate(article.blocks) if block.text.strip()]
    if not places:
        return
    removals = []
    for index, text in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        removals.append(Removal(FieldRef(FieldName.BLOCK, index), Span(start, end), text[start:end], None))
    edit = edit_page(source, article, removals, read)
    refused = [refusal.removal for refusal in edit.refusals]
    done = [removal for removal in removals if removal not in refused]
    again = read(edit.apply(source))
    if again.title == article.title:  # a title in the body is both
        assert is_rest(article, done, again)


def test_nothing_to_cut() -> None:
    assert edit_page("<p>茶", read("<p>茶"), [], read) == Edit(())


def test_a_page_whose_markup_would_not_survive_marks_is_refused() -> None:
    """Seven equal tags: a parser opens only three of them anew. Marked, they would all be different."""
    source = "<p>" + "<font size=1>" * 7 + "广告</p><p>茶</p>"
    assert cut(source, "广告")[0] in (source, "<p>" + "<font size=1>" * 7 + "</p><p>茶</p>")
    assert Page(source, read).marked.count("<font size=1>") == 7
