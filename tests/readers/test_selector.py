"""Every selector of every block and link finds that element and no other: asked of lexbor and of html5lib."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import BlockKind
from moderation.readers import read_html

from .dom import Dom, Lexbor, Soup, is_within


def check(source: str, *, agreed: bool = False) -> None:
    """With `agreed`, html5lib is only asked where it reads the page as lexbor does; it errs inside broken tables."""
    article = read_html(source, identifier="p")
    lexbor, soup = Lexbor(source), Soup(source)
    same = [node.tag for node in lexbor.find("*")] == [node.name for node in soup.find("*")]
    for dom in (lexbor, soup) if same or not agreed else (lexbor,):
        for block in article.blocks:
            assert block.selector
            element = only(dom, block.selector)
            if block.container:
                assert dom.holds(only(dom, block.container), element)
            if block.kind is BlockKind.ATTRIBUTE:
                shown = [(dom.attribute(element, name) or "").strip() for name in ("alt", "title")]
                assert all(line.strip() in "\n".join(shown) for line in block.text.split("\n"))
            else:
                assert is_within("".join(block.text.split()), "".join(dom.text(element).split()))
        for _, link in article.links():
            assert link.selector
            element = only(dom, link.selector)
            assert (dom.attribute(element, "href") or "") == link.href


def only(dom: Dom, selector: str) -> object:
    found = dom.find(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0]


@pytest.mark.parametrize(
    "source",
    [
        "<table><tr><td>茶<td>叶<tr><td><a href=a>水</a></table>",
        "<table><thead><tr><th>茶</thead><tr><td>叶</table><table><caption>水</caption></table>",
        "<ul><li>茶<ul><li>叶<li><a href=a>水</a></ul><li>火</ul>",
        "<ol><li><p>茶<p>叶</ol><ol><li>水</ol>",
        "<div id=茶><p>叶</p></div><p id=1a>水<p id=-x>火<p id='a b'>土",
        "<p id=x>茶<p id=x>叶<p id=X>水",
        "<p id=Ab>茶</p><p id=a.b>叶</p><p id=a:b>水</p><p id=''>火</p>",
        "<svg><text>茶</text><a href=a><text>叶</text></a></svg><p>水",
        "<math><mi>茶</mi></math><p>叶",
        "<x-card><my-item>茶</my-item><my-item><a href=a>叶</a></my-item></x-card>",
        "<o:p>茶</o:p><o:p>叶</o:p><st1:place>水</st1:place>",
        "<p>茶<b>叶<p>水</b>火",
        "<a href=1>茶<div>叶<a href=2>水</a></div></a>",
        "<table>茶<tr><td>叶</table>",
        "<dl><dt>茶<dd>叶<dt>水</dl>",
        "<frameset><frame src=a></frameset><noframes>茶</noframes>",
        "<p>茶</p></body><p>叶</p></html><p>水</p>",
        "<img src=a alt=茶><p><img alt=叶 title=水><a href=x><img alt=火></a>",
        "<form>茶<button>叶</button><label>水<input></label></form>",
        "<details><summary>茶</summary>叶</details><video>水</video>",
        "茶<br>叶",
    ],
)
def test_odd_pages(source: str) -> None:
    check(source)


TAGS = "div p ul li table tbody tr td th a b span section x-card h2 dl dt dd form button svg em".split()
IDS = ["", " id=a", " id=A", " id=b1", " id=茶", " id=1x", " id='c d'", " id=e-f", " id=g.h"]
PIECES = st.one_of(
    st.tuples(st.sampled_from(TAGS), st.sampled_from(IDS)).map(lambda pair: f"<{pair[0]}{pair[1]}>"),
    st.sampled_from(TAGS).map("</{}>".format),
    st.sampled_from(["茶", "叶 ", "<br>", "<a href=x>水</a>", "<img alt=火>"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_page(source: str) -> None:
    check(f"<!doctype html>{source}", agreed=True)
