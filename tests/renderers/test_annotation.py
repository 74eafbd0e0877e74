"""Annotations by the rules of the Web Annotation model, and every selector followed by two DOM libraries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, NavigableString
from bs4.element import PreformattedString
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from typer.testing import CliRunner

from moderation.article import Article, BlockKind, FieldName, FieldRef, Span
from moderation.cli import app
from moderation.readers import read_html, read_record, read_text
from moderation.renderers.annotation import to_annotations
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Coverage, Verdict, Versions

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "articles"
MOTIVATIONS = set(
    "assessing bookmarking classifying commenting describing editing highlighting identifying linking moderating"
    " questioning replying tagging".split()
)
SELECTORS = {
    "CssSelector": {"value": str},
    "TextPositionSelector": {"start": int, "end": int},
    "DataPositionSelector": {"start": int, "end": int},
    "TextQuoteSelector": {"exact": str},
}
MAY = {"TextQuoteSelector": {"prefix", "suffix"}}


def check_iri(value: Any, *, relative: bool = False) -> None:
    assert isinstance(value, str)
    assert not re.search(r'[\s<>"{}|\\^`]', value), value
    assert relative or urlsplit(value).scheme, value


def check_selector(selector: dict[str, Any]) -> None:
    kind = selector["type"]
    needed = SELECTORS[kind]
    for name, form in needed.items():
        assert isinstance(selector[name], form)
    assert set(selector) <= {"type", "refinedBy", *needed, *MAY.get(kind, ())}
    if "start" in needed:
        assert 0 <= selector["start"] <= selector["end"]
    if "exact" in needed:
        assert selector["exact"]
    if "refinedBy" in selector:
        check_selector(selector["refinedBy"])


def check_model(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The model's requirements for collections, pages, annotations, bodies, targets and selectors."""
    json.dumps(found)
    assert found["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert found["type"] == "AnnotationCollection"
    check_iri(found["id"])
    page = found["first"]
    assert (page["type"], page["startIndex"]) == ("AnnotationPage", 0)
    check_iri(page["id"])
    items: list[dict[str, Any]] = page["items"]
    assert found["total"] == len(items)
    assert len({item["id"] for item in items}) == len(items)
    for item in items:
        assert set(item) == {"id", "type", "motivation", "generator", "body", "target"}
        assert item["type"] == "Annotation"
        check_iri(item["id"])
        assert item["motivation"] in MOTIVATIONS
        check_iri(item["generator"]["id"])
        for body in item["body"]:
            assert body["type"] == "TextualBody"
            assert body["purpose"] in MOTIVATIONS
            assert isinstance(body["value"], str)
        target = item["target"]
        check_iri(target["source"], relative=True)
        for selector in target.get("selector", ()):
            check_selector(selector)
        if "selector" in target:
            assert target["type"] == "SpecificResource"
            assert target["selector"]
    return items


def texts(element: Any) -> Iterator[str]:
    """The text nodes below an element, as the DOM's textContent joins them; script and style count, comments do not."""
    for node in element.descendants:
        plain = isinstance(node, NavigableString) and not isinstance(node, PreformattedString)
        if plain:
            yield str(node)


def chosen(source: str, selector: dict[str, Any]) -> str:
    """What a chain from an element selects of a page, by html5lib."""
    assert selector["type"] == "CssSelector"
    (element,) = BeautifulSoup(source, "html5lib").select(selector["value"])
    content = "".join(texts(element))
    inner = selector.get("refinedBy")
    if inner is None:
        return content
    if inner["type"] == "TextPositionSelector":
        return content[inner["start"] : inner["end"]]
    whole = inner["prefix"] + inner["exact"] + inner["suffix"]
    assert whole in content
    return str(inner["exact"])


def verdict_on(article: Article, *evidence: Evidence, category: CategoryId = CategoryId.FRAUD) -> Verdict:
    signals = (Signal("a.b", category, 0.5, evidence),)
    return Verdict(article.id, Action.REVIEW, (), (), signals, None, Coverage(0, 0), Versions("m", "p", "l", "0"), 0.0)


def of(article: Article, field: FieldRef, quote: str) -> Evidence:
    start = article.text_of(field).index(quote)
    return Evidence.of_raw(article, field, Span(start, start + len(quote)), note="so")


def block_with(article: Article, quote: str) -> FieldRef:
    index = next(index for index, block in enumerate(article.blocks) if quote in block.text)
    return FieldRef(FieldName.BLOCK, index)


def selectors_of(article: Article, evidence: Evidence, path: str | None = None) -> list[dict[str, Any]]:
    (item,) = check_model(to_annotations([(verdict_on(article, evidence), article, path)]))
    return list(item["target"].get("selector", []))


@pytest.mark.parametrize(
    ("source", "quote", "exact"),
    [
        ("<p>茶叶广告要避光</p>", "广告", "广告"),
        ("<p>😀茶&nbsp;叶<b>广</b>告&amp;x\r\n</p>", "广告&", "广告&"),
        ("<div>前<p>中</p>后广告</div>", "广告", "广告"),
        ("<div>a<script>go()</script>广告</div>", "广告", "广告"),
        ("<p>茶<br>广<br>告</p>", "广\n告", "广告"),
        ("<p>广<!-- 告 -->告</p>", "广告", "广告"),
        ("<table><td>茶<td>  广告 </table>", "广告", "广告"),
        ("<ul><li>茶<li>广告</ul>", "广告", "广告"),
        ("<pre>\n\n广告</pre>", "广告", "广告"),
        ("<title> 茶广告 </title><p>a", "广告", "广告"),
    ],
)
def test_positions_count_the_text_content_of_the_element(source: str, quote: str, exact: str) -> None:
    article = read_html(source, identifier="p")
    field = FieldRef(FieldName.TITLE) if quote in article.title else block_with(article, quote)
    found = selectors_of(article, of(article, field, quote))
    assert [selector["refinedBy"]["type"] for selector in found] == ["TextPositionSelector", "TextQuoteSelector"]
    assert [chosen(source, selector) for selector in found] == [exact, exact]


def test_context_stands_around_the_quote() -> None:
    source = f"<p>{'前' * 50}广告{'后' * 50}</p>"
    article = read_html(source, identifier="p")
    _, quoted = selectors_of(article, of(article, FieldRef(FieldName.BLOCK, 0), "广告"))
    assert quoted["refinedBy"]["prefix"] == "前" * 32
    assert quoted["refinedBy"]["suffix"] == "后" * 32


def test_a_script_is_named_by_element_text_and_bytes(tmp_path: Path) -> None:
    source = "<meta charset=gbk><p>茶</p><script>a()</script>\r\n<script>var x='茶';\r\ngo()</script>"
    page = tmp_path / "p.html"
    page.write_bytes(source.encode("gb18030"))
    article = read_html(source, identifier="p")
    evidence = of(article, FieldRef(FieldName.SOURCE), "go()")
    results = [(verdict_on(article, evidence), article, str(page))]
    (item,) = check_model(to_annotations(results, lambda path: Path(path).read_bytes()))
    element, quoted, data = item["target"]["selector"]
    assert chosen(source, element) == chosen(source, quoted) == "go()"
    assert data["type"] == "DataPositionSelector"
    assert page.read_bytes()[data["start"] : data["end"]] == b"go()"
    assert item["target"]["source"] == page.as_uri()
    (without,) = check_model(to_annotations(results))
    assert without["target"]["selector"] == [element, quoted]
    (other,) = check_model(to_annotations(results, lambda path: b"<p>other"))
    assert other["target"]["selector"] == [element, quoted]


def test_a_tag_in_the_source_is_an_element() -> None:
    source = "<head><meta http-equiv=refresh content='0;url=//a'></head><p>茶"
    article = read_html(source, identifier="p")
    (selector,) = selectors_of(article, of(article, FieldRef(FieldName.SOURCE), source[6:48]))
    assert "refinedBy" not in selector
    (element,) = BeautifulSoup(source, "html5lib").select(selector["value"])
    assert element.name == "meta"


def test_fields_without_text_content_are_named_by_their_element() -> None:
    source = "<meta name=description content=广告><p>茶<a href=http://x.example/>叶</a><img alt=广告 src=a>"
    article = read_html(source, identifier="p")
    fields = [FieldRef(FieldName.DESCRIPTION), FieldRef(FieldName.LINK, 0)]
    fields += (
        FieldRef(FieldName.BLOCK, n) for n, block in enumerate(article.blocks) if block.kind is BlockKind.ATTRIBUTE
    )
    names = []
    for field in fields:
        (selector,) = selectors_of(article, of(article, field, article.text_of(field)))
        (element,) = BeautifulSoup(source, "html5lib").select(selector["value"])
        names.append(element.name)
    assert names == ["meta", "a", "img"][: len(names)]


def test_plain_text_is_named_by_its_place_in_the_file() -> None:
    source = "茶的保存\n\n茶叶广告要避光。"
    article = read_text(source, identifier="a b.txt")
    place, quoted = selectors_of(article, of(article, FieldRef(FieldName.BLOCK, 0), "广告"), "a b.txt")
    assert source[place["start"] : place["end"]] == quoted["exact"] == "广告"


def test_sources() -> None:
    def source(article: Article, path: str | None) -> str:
        evidence = of(article, FieldRef(FieldName.TITLE), "茶")
        return str(check_model(to_annotations([(verdict_on(article, evidence), article, path)]))[0]["target"]["source"])

    article = read_record({"id": "a/茶", "title": "茶", "text": "叶"})
    assert source(replace(article, url="http://x.example/茶?a=1#b"), "p.json") == "http://x.example/%E8%8C%B6?a=1#b"
    assert source(article, "d/p q.jsonl") == "d/p%20q.jsonl#a/%E8%8C%B6"
    assert source(article, None) == "urn:qingliu:article:a/%E8%8C%B6"


def test_the_same_evidence_keeps_its_id_and_quotes_are_not_masked() -> None:
    article = read_html("<p>国产精品久久 国产精品久久", identifier="p")
    field = FieldRef(FieldName.BLOCK, 0)
    both = [Evidence.of_raw(article, field, Span(start, start + 6)) for start in (0, 7)]
    verdict = verdict_on(article, *both, category=CategoryId.EXPLICIT)
    first, second = (check_model(to_annotations([(verdict, article, "p.html")])) for _ in range(2))
    assert first == second
    assert first[0]["target"]["selector"][1]["refinedBy"]["exact"] == "国产精品久久"


def test_nothing_found_is_an_empty_collection() -> None:
    assert check_model(to_annotations([])) == []


@pytest.mark.parametrize("name", ["hidden-links.html", "injected-copy.html", "police-report.md"])
def test_the_command_exports_what_it_found(name: str) -> None:
    path = EXAMPLES / name
    result = CliRunner().invoke(app, ["score", str(path), "--format", "annotation"])
    items = check_model(json.loads(result.stdout))
    assert bool(items) is (name != "police-report.md") or items
    source = path.read_text("utf-8")
    for item in items if name.endswith(".html") else []:
        chains = [selector for selector in item["target"]["selector"] if "refinedBy" in selector]
        assert len({chosen(source, chain) for chain in chains}) <= 1


WORDS = [
    "茶",
    "广告 ",
    "彩金&nbsp;",
    "&amp;x",
    "\n",
    "😀",
    "&#20037;",
    "<!-- c -->",
    "<br>",
    "<img src=a>",
    "<script>x</script>",
]
TAGS = "div p a b i ul li span h1 section em table tr td".split()
SOUP = st.lists(
    st.one_of(
        st.sampled_from(TAGS).map("<{}>".format),
        st.sampled_from(TAGS).map("</{}>".format),
        *[st.sampled_from(WORDS)] * 2,
    ),
    min_size=2,
    max_size=20,
).map("".join)


@settings(max_examples=80, deadline=None)
@given(source=SOUP, data=st.data())
def test_every_position_leads_to_its_quote(source: str, data: st.DataObject) -> None:
    source = f"<!doctype html>{source}"
    article = read_html(source, identifier="p")
    places = [(index, block.text) for index, block in enumerate(article.blocks) if block.text.strip()]
    soup = BeautifulSoup(source, "html5lib")
    same = [node.tag for node in LexborHTMLParser(source).css("*")] == [node.name for node in soup.select("*")]
    if not places or not same:  # html5lib errs inside broken tables
        return
    index, text = data.draw(st.sampled_from(places))
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    evidence = Evidence.of_raw(article, FieldRef(FieldName.BLOCK, index), Span(start, end))
    found = selectors_of(article, evidence)
    exact = {chosen(source, selector) for selector in found if "refinedBy" in selector}
    assert len(exact) <= 1
    for quote in exact:
        rest = iter("".join(quote.split()))
        assert all(character in rest for character in "".join(evidence.quote.split()))
