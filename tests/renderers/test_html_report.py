"""The page of findings: every evidence in place, nothing explicit readable, no article able to break out."""

from __future__ import annotations

import re
import runpy
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Link, Region, Span
from moderation.cli import app
from moderation.detectors import DETECTORS
from moderation.pipeline import Moderator
from moderation.readers import read
from moderation.renderers.mask import ExplicitMask, visible
from moderation.renderers.report import render
from moderation.renderers.report.finding import Findings
from moderation.renderers.report.paint import LETTERS, Layers, paint
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId, category, clauses
from moderation.verdict import Action, Removal, Repair, Verdict

from .conftest import FIRST, SECOND, TITLE, evidence_at, scores

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "examples" / "articles").iterdir())
SOURCE_PAGE = ROOT.parent / "shared" / "examples" / "source-page.txt"
SPECS = [spec for detector in DETECTORS for spec in detector.specs]
HOSTILE = (
    "<script>alert(1)</script>",
    "</textarea></style></script></title><img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)' x=\"",
    "\u202eabc\u202c\u2066x\u2069",
    "a\0b\x08\x1b[31m\x7f\x9f",
    "零\u200b宽\ufeff与\u00ad软\u2028行",
    "lone \ud800 and \udfff, noncharacters \ufffe\ufdd0\U0001ffff, private \ue000\U000f0000",
    "&lt;b&gt; &amp;amp; &#x3c;script&#x3e; ${title} $$ %s {x}",
    "<!-- --> ]]> <![CDATA[ <base href=//evil.example>",
    "\r\n\t  x\r y　　\n\n\n z ",
)


def page_of(*results: tuple[Verdict, Article], **options: object) -> tuple[str, BeautifulSoup]:
    text = render(results, specs=SPECS, **options)  # type: ignore[arg-type]
    text.encode("utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    return text, BeautifulSoup(text, "html5lib")


def content(element: Tag) -> str:
    """The field that an element shows, as it is documented: signs and chips left out, covers and codes undone."""
    found = BeautifulSoup(str(element), "html5lib")
    for extra in found.select(".n, .host, .gap"):
        extra.decompose()
    for code in found.select(".esc"):
        code.replace_with(chr(int(str(code["data-c"]), 16)))
    for cover in found.select(".mk"):
        cover.replace_with(b64decode(str(cover["data-m"])).decode())
    body = found.body
    assert body is not None
    return body.get_text()


def fields(page: BeautifulSoup, article: Article) -> Iterator[tuple[FieldRef, Tag]]:
    """Every field that stands in the page, with its element."""
    title = page.select_one(".b.title")
    if title is not None and article.title.strip():
        label = title.select_one(".tag")
        assert label is not None
        label.decompose()
        yield TITLE, title
    for element in page.select("[data-b]"):
        yield FieldRef(FieldName.BLOCK, int(str(element["data-b"]))), element
    for element in page.select("[data-f]"):
        name = str(element["data-f"])
        if name.startswith("link["):
            yield FieldRef(FieldName.LINK, int(name[5:-1])), element
        elif name != "source":
            yield FieldRef(FieldName(name)), element


def places(element: Tag) -> dict[str, tuple[int, str]]:
    """Where each marked piece begins in its element, and what it holds."""
    found: dict[str, tuple[int, str]] = {}
    before = 0
    for mark in _parts(element):
        text = content(mark) if isinstance(mark, Tag) else mark
        for number in str(mark.get("data-e", "")).split() if isinstance(mark, Tag) else ():
            start, told = found.get(number, (before, ""))
            found[number] = (start, told + text)
        before += len(text)
    return found


def _parts(element: Tag) -> Iterator[Tag | str]:
    for child in element.children:
        if isinstance(child, Tag) and child.name in ("del", "span") and child.select_one("mark") is not None:
            yield from _parts(child)
        elif isinstance(child, Tag):
            yield child
        else:
            yield str(child)


def check_whole(verdict: Verdict, article: Article) -> BeautifulSoup:
    """Every field of the page is the article's, and every distinct evidence is marked exactly once, where it stands."""
    text, page = page_of((verdict, article), unmasked=True)
    marked: dict[str, tuple[FieldRef, int, str]] = {}
    for field, element in fields(page, article):
        assert content(element) == article.text_of(field), field
        for number, (start, quote) in places(element).items():
            assert number not in marked
            marked[number] = (field, start, quote)
    pieces = {piece.number: piece for finding in Findings(verdict.signals).all for piece in finding.pieces}
    for number, piece in pieces.items():
        evidence = piece.evidence
        if evidence.field.name is FieldName.SOURCE:
            (snippet,) = (one for one in page.select('[data-f="source"]') if number in places(one))
            assert places(snippet)[number][1] == evidence.quote
        elif len(evidence.span):
            assert marked[number] == (evidence.field, evidence.span.start, evidence.quote)
        assert len(page.select(f'[id="a1-e{number}"]')) == 1
    identifiers = re.findall(r' id="([^"]*)"', text)
    assert len(identifiers) == len(set(identifiers))
    for target in re.findall(r'href="([^"]*)"', text):
        assert target.startswith("#")
        assert target[1:] in identifiers
    return page


@pytest.fixture(scope="module")
def moderator() -> Moderator:
    return Moderator.load()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_stands_in_the_page_as_it_is(path: Path, moderator: Moderator) -> None:
    (article,) = read(path)
    assert isinstance(article, Article)
    verdict = moderator.score(article)
    page = check_whole(verdict, article)
    assert {int(str(block["data-b"])) for block in page.select("[data-b]")} == set(range(len(article.blocks)))
    covered, _ = page_of((verdict, article))
    assert no_explicit_quote(covered, verdict)


@pytest.mark.skipif(not SOURCE_PAGE.exists(), reason="the page itself lies in ../shared, which is not here")
def test_the_source_page_and_its_twin(moderator: Moderator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = tmp_path / "twin.html"
    monkeypatch.setattr(sys, "argv", ["source_page_twin.py", str(twin)])
    runpy.run_path(str(ROOT / "tools" / "source_page_twin.py"), run_name="__main__")
    for path in (SOURCE_PAGE, twin):
        (article,) = read(path)
        assert isinstance(article, Article)
        verdict = moderator.score(article)
        page = check_whole(verdict, article)
        assert verdict.repair is not None
        # What the struck-out text leaves is the donor's.
        for cut in page.select("del"):
            cut.decompose()
        first = next(block for block in page.select("[data-b]") if "88%" in block.get_text())
        assert "使用AI产品的是肺结节筛查,6%是冠脉分析,其余依次是骨龄、乳腺和前列腺智能诊断" in content(first)
        assert no_explicit_quote(render([(verdict, article)]), verdict)


def no_explicit_quote(text: str, verdict: Verdict) -> bool:
    evidence = [
        item for signal in verdict.signals if signal.category is CategoryId.EXPLICIT for item in signal.evidence
    ]
    words = {word for item in evidence for word in (item.quote, item.normalized) if len(word) > 1}
    return not any(word in text for word in words if len(word) > 2 or not word.isascii())


def test_spans_of_a_verdict_made_by_hand(verdict: Verdict, article: Article) -> None:
    page = check_whole(verdict, article)
    signs = [element.get_text() for element in page.select(".sheet .b a.n")]
    assert signs == ["色1", "桥2", "赌3", "赌3"]
    assert page.select_one("del") is not None


def test_signals_on_one_place(article: Article, verdict: Verdict) -> None:
    whole = Evidence.of_raw(article, SECOND, Span(0, 20))
    twice = Evidence.of_raw(article, SECOND, Span(8, 14))
    crossing = Evidence.of_raw(article, SECOND, Span(11, 26), removable=True)
    empty = Evidence.of_raw(article, SECOND, Span(12, 12))
    end = Evidence.of_raw(article, SECOND, Span(len(article.blocks[1].text), len(article.blocks[1].text)))
    crowded = replace(
        verdict,
        signals=(
            Signal("a.b", CategoryId.GAMBLING, 1.0, (whole, twice, twice)),
            Signal("c.d", CategoryId.EXPLICIT, 1.0, (twice, crossing, empty)),
            Signal("e.f", CategoryId.DOORWAY, 1.0, (end,)),
            Signal("g.h", CategoryId.CLOAKING, 0.2),
        ),
        repair=Repair((Removal(SECOND, Span(9, 13), article.blocks[1].text[9:13], None),), Action.ALLOW),
    )
    page = check_whole(crowded, article)
    assert "×2" in page.select_one('[id="a1-e1.2"]').get_text()  # type: ignore[union-attr]
    assert page.select_one("mark.x") is not None
    assert "整篇" in page.select_one("table.signals").get_text()  # type: ignore[union-attr]
    covered, _ = page_of((crowded, article))
    assert no_explicit_quote(covered, crowded)


def test_notes_say_what_a_finding_is_and_which_clauses_it_breaks(verdict: Verdict, article: Article) -> None:
    _, page = page_of((verdict, article))
    note = page.select_one("#a1-n3")
    assert note is not None
    told = note.get_text()
    assert "词表：赌博推广" in told
    assert "deformed" in told
    assert "概率为 0.71" in told  # 1 - exp(-1.25)
    assert all(clauses()[one].name_zh in told for one in category(CategoryId.GAMBLING).clauses)
    assert "lexicon terms of gambling beside the title" in told
    assert "加微信 vx123" in told


def test_head_and_summary(verdict: Verdict, article: Article) -> None:
    article = replace(article, url="https://a.example/tea", published_at=datetime(2025, 3, 4, 5, 6, tzinfo=UTC))
    _, page = page_of((verdict, article), made_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    text = page.get_text()
    for told in (
        *("拒绝", "Reject", "posts/tea.txt", "https://a.example/tea", "2025-03-04 05:06", "2026-01-02 03:04"),
        *(
            "标题含色情引流词。",
            "The title lures with pornographic terms.",
            "explicit.reject",
            "清风算法 1.0",
            "Qingfeng 1.0",
        ),
        *(
            clauses()["baidu.qingfeng1"].text_zh,
            clauses()["baidu.qingfeng1"].text_en,
            "未读 脚本",
            "scripts are not run",
        ),
        *("tiny-1", "default-1", "2024-05", "0.1.0", "12.3 ms", "其余 8 类低于 0.05"),
    ):
        assert told in text, told
    assert [row.get_text() for row in page.select(".scores .p")] == ["0.97", "0.61", "0.07"]
    root = page.select_one("html")
    assert root is not None
    assert root["lang"] == "zh-CN"


def test_explicit_text_is_covered_until_asked_for(verdict: Verdict, article: Article) -> None:
    again = replace(article, blocks=(*article.blocks, Block(BlockKind.PARAGRAPH, "又见麻豆精品，各位")))
    covered, page = page_of((verdict, again))
    assert "麻豆精品" not in covered
    assert "麻＊＊＊在线观看" in covered
    assert [content(one) for one in page.select("[data-b] .mk")] == ["麻豆精品"]
    assert page.select_one("#uncover") is not None
    plain, page = page_of((verdict, again), unmasked=True)
    assert "又见麻豆精品，各位" in plain
    assert not page.select(".mk")


def test_cover_of_a_whole_field(article: Article, with_evidence: Callable[..., Verdict]) -> None:
    hidden = ExplicitMask(
        with_evidence(
            *(Evidence.of_raw(article, TITLE, span) for span in (Span(0, 2), Span(1, 4), Span(5, 5))),
            replace(Evidence.of_raw(article, TITLE, Span(4, 6)), normalized="av"),
        ).signals
    )
    assert hidden.spans(TITLE, article.title) == [Span(0, 4), Span(4, 6)]
    assert hidden.spans(FIRST, "\ud83d\ude00麻豆 x av 豆精品 在线") == [Span(2, 4), Span(10, 13), Span(14, 16)]
    assert ExplicitMask(()).spans(TITLE, article.title) == []


def test_the_page_allows_nothing_but_its_own_style_and_script(verdict: Verdict, article: Article) -> None:
    text, page = page_of((verdict, article))
    policy = page.select_one('meta[http-equiv="Content-Security-Policy"]')
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in str(policy["content"]).split("; "))
    assert rules["default-src"] == "'none'"
    for name, element in (("style-src", "style"), ("script-src", "script")):
        (found,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.S)
        assert rules[name] == f"'sha256-{b64encode(sha256(found.encode()).digest()).decode()}'"
    assert not page.select("[style], [src], link, iframe, img, object, form, base")
    assert not any(name.startswith("on") for element in page.find_all() for name in element.attrs)
    assert "url(" not in text
    assert "@import" not in text


def hostile(text: str, verdict: Verdict) -> tuple[Verdict, Article]:
    """An article and a verdict that say the same text wherever a text can be."""
    link = Link(text, text[:3], text, hidden=True, start=0, selector=text)
    blocks = [
        Block(kind, text, (link,), True, text, text, region=region, hidden_by=text)
        for kind, region in zip(BlockKind, Region, strict=True)
    ]
    article = Article(text, text, tuple(blocks), text, text, text, None, text)
    refs = [TITLE, FieldRef(FieldName.DESCRIPTION), FieldRef(FieldName.KEYWORDS), FieldRef(FieldName.SOURCE)]
    refs += [FieldRef(name, place) for name in (FieldName.BLOCK, FieldName.LINK) for place in range(6)]
    evidence = tuple(Evidence(ref, Span(1, len(text)), text[1:], text, text, text) for ref in refs if len(text) > 1)
    signals = tuple(Signal(f"{text}.{kind}", kind, 0.5, evidence) for kind in (CategoryId.DOORWAY, CategoryId.FRAUD))
    removals = tuple(Removal(ref, Span(0, len(text) // 2), text[: len(text) // 2], text) for ref in refs)
    reason = replace(verdict.reasons[0], rule=text, clauses=(text,), message_zh=text, message_en=text)
    coverage = replace(verdict.coverage, unread=(replace(verdict.coverage.unread[0], part=text, reason=text),))
    versions = replace(verdict.versions, model=text, policy=text, lexicon=text, package=text)
    return replace(
        verdict,
        article_id=text,
        reasons=(reason,),
        signals=signals,
        repair=Repair(removals, Action.REVIEW),
        coverage=coverage,
        versions=versions,
    ), article


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_an_article_stays_text(text: str, verdict: Verdict) -> None:
    said, article = hostile(text, verdict)
    page = check_whole(said, article)
    whole = render([(said, article)], [(text, text)], SPECS)
    html5lib.HTMLParser(strict=True).parse(whole)
    page = BeautifulSoup(whole, "html5lib")
    assert len(page.select("script")) == len(page.select("style")) == len(page.select("title")) == 1
    assert not page.select("img, iframe, base, textarea, b b, [onmouseover], [onerror]")
    seen = whole.replace("\n", "")
    assert all(char.isprintable() or char in "\u3000\xa0\t" for char in seen)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(
        alphabet=st.one_of(st.sampled_from("色情 \n\t<&'\"　\r\0\u202e\u200d👨👩\ud800av"), st.characters()),
        max_size=60,
    ),
    data=st.data(),
)
def test_any_text_with_any_layers_is_itself(text: str, data: st.DataObject) -> None:
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda pair: Span(*sorted(pair)))
    article = Article("x", text, (Block(BlockKind.PARAGRAPH, text),))
    evidence = tuple(Evidence.of_raw(article, FIRST, span) for span in data.draw(st.lists(spans, max_size=8)))
    signals = [Signal(f"a.{kind}", kind, 1.0, evidence[place::2]) for place, kind in enumerate(list(CategoryId)[:2])]
    findings = Findings(signals).all
    apart = sorted({span for span in data.draw(st.lists(spans, max_size=4)) if len(span)})
    cuts = [span for place, span in enumerate(apart) if all(span.start >= other.end for other in apart[:place])]
    links = [
        Link("//h.example", text[span.start : span.end], start=span.start)
        for span in data.draw(st.lists(spans, max_size=3))
    ]
    code = data.draw(st.booleans())
    html = paint(text, Layers(findings, (), cuts, links), "k", code=code)
    html5lib.HTMLParser(strict=True).parse(f"<!DOCTYPE html><title>x</title><p>{html}")
    element = BeautifulSoup(f"<p>{html}</p>", "html5lib").p
    assert element is not None
    assert content(element) == text
    found = places(element)
    for piece in (piece for finding in findings for piece in finding.pieces if len(piece.span)):
        assert found[piece.number] == (piece.span.start, piece.evidence.quote)


def test_a_cover_hides_and_gives_back_what_it_covers() -> None:
    text = "甲\u202e乙<b>丙丁\n戊"
    html = paint(text, Layers(masked=[Span(1, 9)]), "k")
    element = BeautifulSoup(f"<p>{html}</p>", "html5lib").p
    assert element is not None
    assert "丙丁" not in html
    assert content(element) == "甲" + "\n".join(visible(line) for line in text[1:9].split("\n")) + text[9:]


def many_blocks(size: int) -> Article:
    return Article("long", "县里的公报", tuple(Block(BlockKind.PARAGRAPH, f"第{n}段，平常的话。") for n in range(size)))


def test_long_stretches_without_findings_are_folded(verdict: Verdict) -> None:
    article = many_blocks(100)
    found = Evidence.of_raw(article, FieldRef(FieldName.BLOCK, 50), Span(0, 3))
    said = replace(verdict, signals=(Signal("a.b", CategoryId.FRAUD, 1.0, (found,)),), repair=None)
    page = check_whole(said, article)
    folds = [fold.get_text() for fold in page.select(".fold > summary")]
    assert folds == ["… 44 段无发现", "… 47 段无发现"]
    assert len(page.select(".sheet > [class~=b] [data-b], .sheet > .row [data-b]")) == 4 + 2 + 1 + 2
    clean = replace(verdict, action=Action.ALLOW, signals=(), reasons=(), repair=None)
    assert [fold.get_text() for fold in check_whole(clean, article).select(".fold > summary")] == ["… 96 段无发现"]
    assert not check_whole(clean, many_blocks(8)).select(".fold")


def test_regions_hidden_blocks_and_tables_are_told_apart(verdict: Verdict) -> None:
    cell = Block(BlockKind.TABLE_CELL, "格", container="tr:nth-of-type(1)")
    article = Article(
        "x",
        "题",
        (
            Block(BlockKind.LIST_ITEM, "首页", region=Region.NAVIGATION),
            Block(BlockKind.PARAGRAPH, "正文", links=(Link("https://a.example/x", "正文"),)),
            Block(BlockKind.PARAGRAPH, "看不见", hidden=True, hidden_by="display:none"),
            *(replace(cell, text=text) for text in "甲乙"),
            Block(BlockKind.ATTRIBUTE, "图中文字"),
            Block(BlockKind.CODE, "  a\n\n   b"),
            Block(BlockKind.PARAGRAPH, "沙发", region=Region.COMMENTS),
        ),
    )
    found = Evidence.of_raw(article, FieldRef(FieldName.BLOCK, 7), Span(0, 2))
    page = check_whole(
        replace(verdict, signals=(Signal("a.b", CategoryId.FRAUD, 1.0, (found,)),), repair=None), article
    )
    regions = page.select("details.region")
    assert [region.select_one("summary").get_text() for region in regions] == [  # type: ignore[union-attr]
        "导航 Navigation 1 段，无发现",
        "评论 Comments 1 段，1 处发现",
    ]
    assert [region.has_attr("open") for region in regions] == [False, True]
    assert [one.get_text() for one in page.select(".hid")] == ["隐藏 display:none看不见"]
    assert [one.get_text() for one in page.select(".row-of .td")] == ["甲", "乙"]
    assert [one.get_text() for one in page.select(".host")] == ["a.example"]
    assert page.select_one("pre").get_text() == "  a\n\n   b"  # type: ignore[union-attr]


def test_evidence_outside_the_text_has_its_own_section(verdict: Verdict) -> None:
    source = "甲" * 900 + "\n<script>document.referrer</script>" + "乙" * 900
    block = Block(BlockKind.PARAGRAPH, "看", (Link("/a", "看"), Link("https://b.example/?av=麻豆精品", "")))
    article = Article("x", "题", (block,), description="描述之语", keywords="词一,词二", source=source)
    refs = [FieldRef(FieldName.DESCRIPTION), FieldRef(FieldName.LINK, 1), FieldRef(FieldName.SOURCE)]
    quotes = ["之语", "麻豆精品", "document.referrer"]
    kinds = [CategoryId.CLOAKING, CategoryId.EXPLICIT, CategoryId.CLOAKING]
    signals = tuple(
        Signal(f"s.{place}", kind, 1.0, (evidence_at(article, ref, quote),))
        for place, (ref, quote, kind) in enumerate(zip(refs, quotes, kinds, strict=True))
    )
    said = replace(verdict, signals=signals, repair=None)
    page = check_whole(said, article)
    (section,) = page.select("section.else")
    assert [one.get_text() for one in section.select(".b a.n")] == ["伪1", "色2", "伪3"]
    (snippet,) = section.select("pre")
    assert len(content(snippet)) == 2 * 120 + len("document.referrer")
    assert "第 2 行起" in section.get_text()
    assert "麻豆精品" not in render([(said, article)])


def test_several_articles_have_an_index_and_what_could_not_be_read(verdict: Verdict, article: Article) -> None:
    clean = replace(
        verdict, article_id="b", action=Action.ALLOW, signals=(), reasons=(), repair=None, categories=scores()
    )
    text = render(
        [(verdict, article), (clean, replace(article, title=" "))], [("c.html", "c.html: no such file")], SPECS
    )
    html5lib.HTMLParser(strict=True).parse(text)
    page = BeautifulSoup(text, "html5lib")
    rows = [row.get_text(" ", strip=True) for row in page.select(".index tbody tr")]
    assert rows == [
        "拒绝 Reject 麻＊＊＊在线观看 茶叶的保存 posts/tea.txt 色情低俗 0.97 赌博推广 0.61",
        "通过 Allow （无标题） b",
    ]
    assert [one.get_text() for one in page.select(".failed li")] == ["c.html: no such file"]
    assert [bool(one.select_one(":scope > details > .sum")) for one in page.select("article")] == [False, True]
    identifiers = [str(element["id"]) for element in page.select("[id]")]
    assert len(identifiers) == len(set(identifiers))
    assert "麻豆精品" not in text


def test_nothing_to_show() -> None:
    text = render([], [("a", "a: broken")])
    html5lib.HTMLParser(strict=True).parse(text)
    assert "a: broken" in text
    html5lib.HTMLParser(strict=True).parse(render([]))


def test_every_category_has_a_sign_and_a_colour_of_its_own() -> None:
    from importlib.resources import files

    assert len(set(LETTERS.values())) == len(CategoryId) == len(LETTERS)
    style = files("moderation.resources").joinpath("report.css").read_text("utf-8")
    assert len({re.search(rf"\.c-{kind} {{ --h: (\d+);", style).group(1) for kind in CategoryId}) == len(CategoryId)  # type: ignore[union-attr]


def test_every_name_in_chinese_is_of_a_signal() -> None:
    import tomllib
    from importlib.resources import files

    names = tomllib.loads(files("moderation.resources").joinpath("signal_names.toml").read_text("utf-8"))["signals"]
    known = {spec.name for spec in SPECS} | {spec.name.replace(str(spec.category), "*", 1) for spec in SPECS}
    assert set(names) <= known


@pytest.mark.soak
@pytest.mark.parametrize("spread", [True, False])
def test_a_hundred_thousand_links(verdict: Verdict, spread: bool) -> None:
    size = 100_000
    words = [f"词{number}" for number in range(size)]
    starts, position = [], 0
    for word in words:
        starts.append(position)
        position += len(word) + 1
    links = [
        Link(f"http://h{place % 50}.example/", word, start=0 if spread else start)
        for place, (word, start) in enumerate(zip(words, starts, strict=True))
    ]
    if spread:
        blocks = tuple(Block(BlockKind.LIST_ITEM, word, (link,)) for word, link in zip(words, links, strict=True))
    else:
        blocks = (Block(BlockKind.PARAGRAPH, " ".join(words), tuple(links)),)
    article = Article("x", "题", blocks)
    refs = [FieldRef(FieldName.LINK, number) for number in range(0, size, 500)]
    evidence = [Evidence(ref, Span(0, 4), "http", "http") for ref in refs]
    evidence += [Evidence.of_raw(article, FieldRef(FieldName.BLOCK, len(blocks) - 1), Span(0, 2))]
    everywhere = [
        Evidence(FieldRef(FieldName.BLOCK, n), Span(0, 1), block.text[:1], "") for n, block in enumerate(blocks)
    ]
    signals = (
        Signal("a.b", CategoryId.LINK_SPAM, 1.0, tuple(evidence)),
        Signal("c.d", CategoryId.DOORWAY, 1.0, tuple(everywhere)),
    )
    said = replace(verdict, signals=signals, repair=None)
    started = time.perf_counter()
    text = render([(said, article)])
    assert time.perf_counter() - started < 60  # a second or two on a quiet machine; minutes if it were not linear
    assert len(text) < 3_000_000
    shown = text.count('id="a1-e')
    assert shown == (2_001 if spread else len(evidence) + 1)
    if spread:
        assert "（太多，其中 98,200 处未标出）" in text


def test_the_command_prints_the_page(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<title>国产精品久久久久久久人妻无码</title><p>茶叶要避光保存。</p>", "utf-8")
    result = CliRunner().invoke(app, ["score", str(path), str(tmp_path / "b.html"), "--format", "html"])
    assert result.exit_code == 1
    html5lib.HTMLParser(strict=True).parse(result.stdout)
    assert "国产精品" not in result.stdout
    assert "b.html: no such file" in result.stdout
    plain = CliRunner().invoke(app, ["score", str(path), "--format", "html", "--unmasked"])
    assert plain.exit_code == 4
    assert "国产精品" in plain.stdout
