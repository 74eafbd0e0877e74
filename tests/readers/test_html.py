"""Pages to blocks and links: what is read, what is told as unread, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.article import Article, BlockKind, FieldName
from moderation.readers import InputError, Limits, read_html
from tests.readers.dom import Lexbor, Soup, check_places

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.html"))
HEADING, PARAGRAPH = BlockKind.HEADING, BlockKind.PARAGRAPH
ITEM, CELL, CODE = BlockKind.LIST_ITEM, BlockKind.TABLE_CELL, BlockKind.CODE


def page(source: str, **options: object) -> Article:
    return read_html(source, identifier="p", **options)  # type: ignore[arg-type]


def told(article: Article) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in article.blocks]


BLOCKS = {
    "kinds": (
        "<h1>一</h1><p>二</p><ul><li>三</ul><dl><dt>四<dd>五</dl><table><tr><th>六<td>七</table>",
        [(HEADING, "一"), (PARAGRAPH, "二"), (ITEM, "三"), (ITEM, "四"), (ITEM, "五"), (CELL, "六"), (CELL, "七")],
    ),
    "inline stays in its block": ("<p>我<b>们</b><i>去<u>公</u></i>园</p>", [(PARAGRAPH, "我们去公园")]),
    "preformatted": ("<pre>\n一\n 二</pre>", [(CODE, "一\n 二")]),
    "br is a line break": ("<p>一<br>二<br/>三</p>", [(PARAGRAPH, "一\n二\n三")]),
    "text around blocks": ("<div>前<p>中</p>后</div>", [(PARAGRAPH, "前"), (PARAGRAPH, "中"), (PARAGRAPH, "后")]),
    "a block keeps its kind further in": ("<li><p>一</p><div>二</div>", [(ITEM, "一"), (ITEM, "二")]),
    "a paragraph in a cell is a paragraph": ("<table><tr><td>一<p>二</table>", [(CELL, "一"), (PARAGRAPH, "二")]),
    "unclosed": ("<p>一<p>二<li>三<li>四", [(PARAGRAPH, "一"), (PARAGRAPH, "二"), (ITEM, "三"), (ITEM, "四")]),
    "no tbody": ("<table><tr><td>一<td>二<tr><td>三</table>", [(CELL, "一"), (CELL, "二"), (CELL, "三")]),
    "misplaced in a table": ("<table>外<tr><td>内</table>", [(PARAGRAPH, "外"), (CELL, "内")]),
    "nothing unread in it": ("<p>一<script>x</script><style>y</style>二<!-- z --></p>", [(PARAGRAPH, "一二")]),
    "ruby": ("<p><ruby>汉<rt>hàn</rt></ruby></p>", [(PARAGRAPH, "汉hàn")]),
    "entities": ("<p>&#20320;&hellip;&nbsp;&lt;</p>", [(PARAGRAPH, "你…\xa0<")]),
    "svg": ("<p>一<svg><text>二</text></svg>三</p>", [(PARAGRAPH, "一二三")]),
    "svg title": ("<svg><title>图</title></svg>", [(PARAGRAPH, "图")]),
    "foreignObject": ("<svg><foreignObject><p>一</p></foreignObject></svg>", [(PARAGRAPH, "一")]),
    "math": ("<math><mi>x</mi><mo>=</mo></math>", [(PARAGRAPH, "x"), (PARAGRAPH, "=")]),
    "noscript": ("<noscript><p>一</p></noscript>", [(PARAGRAPH, "一")]),
    "null bytes": ("<p>一\0二</p>", [(PARAGRAPH, "一二")]),
    "a null byte is no text": ("<p>\0</p>", []),
    "lone surrogates": ("<p>一</p><p>\ud800二</p>", [(PARAGRAPH, "一"), (PARAGRAPH, "二")]),
    "odd names": ("<o:p>一</o:p><x-y>二</x-y><p中>三", [(PARAGRAPH, "一"), (PARAGRAPH, "二"), (PARAGRAPH, "三")]),
    "frames": ("<frameset><frame><noframes>一</noframes></frameset>", [(PARAGRAPH, "一")]),
    "blank": ("<div> \n <p>\u3000</p></div>", []),
    "nothing": ("", []),
    "only text": ("一二", [(PARAGRAPH, "一二")]),
}


@pytest.mark.parametrize(("source", "expected"), BLOCKS.values(), ids=BLOCKS.keys())
def test_blocks(source: str, expected: list[tuple[BlockKind, str]]) -> None:
    assert told(page(source)) == expected


HIDDEN = {
    "display": ("<p style='color:red; DISPLAY : none'>藏</p>", [("藏", True)]),
    "visibility": ("<p style='visibility:hidden'>藏</p>", [("藏", True)]),
    "font size": ("<p style='font-size:0px'>藏</p><p style='font-size:0.9em'>见</p>", [("藏", True), ("见", False)]),
    "attribute": ("<p hidden>藏</p>", [("藏", True)]),
    "inherited": ("<div hidden><p>藏</p><ul><li>也</ul></div><p>见</p>", [("藏", True), ("也", True), ("见", False)]),
    "noscript": ("<p>见</p><noscript>藏</noscript>", [("见", False), ("藏", True)]),
    "inline": ("<p>见<span style='display:none'>藏</span>着</p>", [("藏", True), ("见着", False)]),
    "inline twice": ("<p>见<i hidden>藏</i>着<b hidden>也</b></p>", [("藏", True), ("也", True), ("见着", False)]),
    "inline within inline": ("<p>见<i hidden>藏<b hidden>也</b></i>着</p>", [("藏也", True), ("见着", False)]),
    "block within inline": (
        "<p>见<i hidden>藏<div>也</div>了</i>",
        [("见", False), ("藏", True), ("也", True), ("了", True)],
    ),
    "empty splits nothing": ("<p>赌<i hidden></i>博</p>", [("赌博", False)]),
    "empty style": ("<p style>见</p>", [("见", False)]),
}


@pytest.mark.parametrize(("source", "expected"), HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden(source: str, expected: list[tuple[str, bool]]) -> None:
    found = [(block.text, block.hidden) for block in page(source).blocks]
    assert sorted(found) == sorted(expected)
    assert [text for text, hidden in found if not hidden] == [text for text, hidden in expected if not hidden]


LINKS = {
    "plain": ("<p>看<a href=/x rel=nofollow>这里</a>吧</p>", [("看这里吧", [("/x", "这里", 1)])]),
    "two": ("<p><a href=1>甲</a>、<a href=2>乙</a></p>", [("甲、乙", [("1", "甲", 0), ("2", "乙", 2)])]),
    "formatted": ("<p>看<a href=1><b>这</b>里</a></p>", [("看这里", [("1", "这里", 1)])]),
    "no href": ("<p><a name=x>甲</a></p>", [("甲", [])]),
    "empty href": ("<p><a href>甲</a></p>", [("甲", [("", "甲", 0)])]),
    "no text": ("<p>看<a href=1><img></a></p>", [("看", [("1", "", 1)])]),
    "nothing but a link": ("<p><a href=1><img></a></p>", [("", [("1", "", 0)])]),
    "around blocks": ("<a href=1><h2>甲</h2><p>乙</p></a>", [("甲", [("1", "甲", 0)]), ("乙", [("1", "乙", 0)])]),
    "text, then a block": ("<div>前<a href=1><p>甲</p></a></div>", [("前", []), ("甲", [("1", "甲", 0)])]),
    "block without text": ("<a href=1><div><img></div></a>", [("", [("1", "", 0)])]),
    "block, then text": (
        "<div><a href=1><p>甲</p>乙</a>丙</div>",
        [("甲", [("1", "甲", 0)]), ("乙丙", [("1", "乙", 0)])],
    ),
    "hidden inside": (
        "<p><a href=1>见<i hidden>藏</i>着</a></p>",
        [("藏", [("1", "藏", 0)]), ("见着", [("1", "见着", 0)])],
    ),
    "hidden": ("<p>见<a href=1 hidden>藏</a></p>", [("藏", [("1", "藏", 0)]), ("见", [])]),
    "unclosed": ("<p><a href=1>甲<p>乙", [("甲", [("1", "甲", 0)]), ("乙", [("1", "乙", 0)])]),
    "nested": ("<p><a href=1>甲<a href=2>乙</a></a></p>", [("甲乙", [("1", "甲", 0), ("2", "乙", 1)])]),
    "br": ("<p>一<br><a href=1>甲<br>乙</a></p>", [("一\n甲\n乙", [("1", "甲\n乙", 2)])]),
    "blanks around": ("<div><p>一</p><a href=1> <b>甲</b> </a></div>", None),
    "blank link first": ("<div><p>一</p><a href=0> </a><a href=1>甲</a></div>", None),
}


@pytest.mark.parametrize(("source", "expected"), LINKS.values(), ids=LINKS.keys())
def test_links(source: str, expected: list[tuple[str, list[tuple[str, str, int]]]] | None) -> None:
    article = page(source)
    if expected is not None:
        links = [(b.text, [(link.href, link.anchor, link.start) for link in b.links]) for b in article.blocks]
        assert links == expected
    for block in article.blocks:
        for link in block.links:
            assert block.text[link.start : link.start + len(link.anchor)] == link.anchor


def test_a_link_carries_rel_and_hidden() -> None:
    (_, shown), (_, hidden) = sorted(
        page("<p><a href=1 rel='nofollow ugc'>见</a><i hidden><a href=2>藏</a></i></p>").links(),
        key=lambda pair: pair[1].href,
    )
    assert (shown.rel, shown.hidden, hidden.rel, hidden.hidden) == ("nofollow ugc", False, "", True)


def test_unread_parts_are_told_with_their_size() -> None:
    article = page(
        "<script>abc</script><style>de</style><!--fghi--><template><p>x</p></template>"
        "<textarea>jk</textarea><select><option>l</select><p>一</p>"
    )
    sizes = {part.part: part.characters for part in article.unread}
    assert {name: sizes[name] for name in ("script", "style", "comment", "textarea", "select")} == {
        "script": 3,
        "style": 2,
        "comment": 4,
        "textarea": 2,
        "select": 1,
    }
    assert sizes["template"] >= len("<p>x</p>")
    assert all(part.reason for part in article.unread)
    assert told(article) == [(PARAGRAPH, "一")]


def test_head() -> None:
    source = (
        "<title> 标题 </title><META NAME=Description content='描 述'><meta name=keywords content=甲,乙>"
        "<meta name=author content=丙><p>一</p>"
    )
    article = page(source, url="http://a.example")
    assert (article.title, article.description, article.keywords) == ("标题", "描 述", "甲,乙")
    assert (article.id, article.url, article.source) == ("p", "http://a.example", source)
    for dom in (Lexbor(source), Soup(source)):
        assert dom.text(dom.find(article.selectors[FieldName.TITLE])[0]).strip() == "标题"
        for field, value in ((FieldName.DESCRIPTION, "描 述"), (FieldName.KEYWORDS, "甲,乙")):
            assert dom.attribute(dom.find(article.selectors[field])[0], "content") == value


@pytest.mark.parametrize(
    "source", ["<p>一", "<title></title>", "<meta name=description>", "<meta name=description content=''>"]
)
def test_head_without_words(source: str) -> None:
    article = page(source)
    assert (article.title, article.description, article.keywords) == ("", "", "")


def test_no_title_is_lost() -> None:
    assert told(page("<title>一</title><title>二</title>")) == [(PARAGRAPH, "二")]
    assert page("<body><svg><title>图</title></svg><title>题</title>").title == "题"
    assert page("<svg><g><title>图</title></g></svg>").title == ""
    article = page("<title>一</title><p>二</p>", title="三")
    assert (article.title, told(article)) == ("三", [(HEADING, "一"), (PARAGRAPH, "二")])
    assert FieldName.TITLE not in article.selectors
    assert told(page("<title>一</title><p>二</p>", title="一")) == [(PARAGRAPH, "二")]


PLACES = {
    **{name: source for name, (source, _) in (BLOCKS | HIDDEN | LINKS).items() if name != "lone surrogates"},
    "ids": "<div id=a><p>一</p><p id=b>二<a href=1>三</a></p></div><p id=a-1_B>四</p>",
    "ids used twice": "<p id=a>一</p><p id=a>二</p>",
    "ids that differ in case": "<p id=a>一</p><p id=A>二</p>",
    "ids that are no names": "<p id='1a'>一</p><p id='a b'>二</p><p id=甲>三</p><p id=''>四</p><p id='a:b'>五</p>",
    "siblings": "<div><p>一</p><div><p>二</p></div><p>三</p>四</div><div>五</div>",
    "sections": "<section><article><h2>一</h2><p>二</p></article><aside>三</aside></section>",
    "odd name with a sign": "<a.b>一</a.b><c:d:e>二</c:d:e><f$g,h>三</f$g,h>",
    "nested tables": "<table><tr><td>一<table><tr><td>二</table>三<td>四</table>",
    "tbody and tfoot": "<table><thead><tr><th>一<tbody><tr><td>二<tbody><tr><td>三<tfoot><tr><td>四</table>",
    "runs in inline elements": "<div><b>一</b><p>二</p><i>三</i> <p>四</p> <a href=1>五</a> </div>",
    "drawings": "<p>一</p><svg><linearGradient><title>二</title></linearGradient></svg>",
    "misnested": "<p>一<b>二<i>三</b>四</i>五</p>",
    "formatting reopened": "<b>一<p>二</p>三<p>四",
}


@pytest.mark.parametrize("dom", [Lexbor, Soup])
@pytest.mark.parametrize("source", PLACES.values(), ids=PLACES.keys())
def test_every_place_is_found_again(source: str, dom: type[Lexbor] | type[Soup]) -> None:
    check_places(page(source), dom(source))


@pytest.mark.parametrize("dom", [Lexbor, Soup])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_place_of_the_examples_is_found_again(path: Path, dom: type[Lexbor] | type[Soup]) -> None:
    source = path.read_text("utf-8")
    article = page(source)
    assert article.blocks
    check_places(article, dom(source))


TAGS = "div p ul li span b a h2 table tr td svg title br i pre x:y noscript script option section".split()
tags = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ["<a href=1>", "<p id=a>", "<i hidden>", "<b style='display:none'>", "<!-- c -->", "<!doctype html>"]
    ),
    st.sampled_from(["一", "二三", " ", "\n", "&lt;"]),
)
soups = st.lists(tags, max_size=40).map("".join)


REGIONS = {
    "elements": (
        "<header>一</header><nav>二</nav><main><article>三</article></main><aside>四</aside><footer>五</footer>",
        ["header", "navigation", "main", "sidebar", "footer"],
    ),
    "roles": (
        "<div role=banner>一</div><div role=navigation>二</div><div role=contentinfo>三</div><div role=complementary>四</div>",
        ["header", "navigation", "footer", "sidebar"],
    ),
    "names": (
        "<div class='side-bar'>一</div><div id=footer>二</div><div class=comment-list>三</div><ul class=menu><li>四</ul>",
        ["sidebar", "footer", "comments", "navigation"],
    ),
    "a word inside another": (
        "<div class=unfooted>一</div><p class=menu>二</p><div class=insider>三</div>",
        ["main"] * 3,
    ),
    "what is inside": ("<footer><ul><li>一</ul><nav>二</nav></footer>", ["footer", "navigation"]),
    "comments keep theirs": ("<div id=comments><aside>一</aside><footer>二</footer></div>", ["comments"] * 2),
    "a header inside another part": ("<aside><header>一</header></aside>", ["sidebar"]),
    "main inside a sidebar's layout": ("<div class=sidebar><main>一</main></div>", ["main"]),
}


@pytest.mark.parametrize(("source", "expected"), REGIONS.values(), ids=REGIONS.keys())
def test_regions(source: str, expected: list[str]) -> None:
    assert [str(block.region) for block in page(source).blocks] == expected


def test_what_a_picture_says_is_a_block_of_its_own() -> None:
    article = page("<p>前<a href=/1><img alt=' 图一 ' title=说明></a>后<img alt=图二 title=图二><img src=x alt=''></p>")
    told_by_pictures = [block.text for block in article.blocks if block.kind is BlockKind.ATTRIBUTE]
    assert told_by_pictures == ["图一\n说明", "图二"]
    (text,) = (block for block in article.blocks if block.kind is not BlockKind.ATTRIBUTE)
    assert (text.text, text.links[0].anchor) == ("前后", "")


@given(soups)
@example("<a href=1><div> <b>一</b> </div> 二 </a>")
@settings(deadline=None, max_examples=400)
def test_every_place_of_any_soup_is_found_again(source: str) -> None:
    check_places(page(source), Lexbor(source), exact=False)


@given(soups)
@settings(deadline=None, max_examples=200)
def test_no_character_of_any_soup_is_lost_or_doubled(source: str) -> None:
    article = page(source)
    dom = Lexbor(source)
    shown = "".join(dom.text(root) for root in dom.find("html"))
    in_head = article.title if dom.find("head > title") else ""  # one in the body is a block too
    read = "".join(block.text for block in article.blocks) + in_head
    assert sorted("".join(read.split())) == sorted("".join(shown.split()))


@given(st.one_of(st.text(st.characters(categories=None)), soups, st.text("<>/=\"' ap!-&;#\0\n一")))
@settings(deadline=None, max_examples=300)
def test_no_page_breaks_the_reader(source: str) -> None:
    article = page(source, title="t")
    assert article.source == source


# Size. No time is asserted: what would take the square of its length does not come back.


def test_many_links_in_one_block() -> None:
    article = page("<p>" + "<a href=/x>链接</a>，" * 100_000)
    (block,) = article.blocks
    assert len(block.links) == 100_000
    assert block.links[-1].start == 3 * 99_999


@pytest.mark.parametrize("tag", ["div", "b", "span", "x-y", "svg", "table><tr><td"])
def test_deep_nesting_is_refused_with_its_line(tag: str) -> None:
    with pytest.raises(InputError, match=r"never closed|more than 2000 deep") as caught:
        page(f"<p>\n\n<{tag}>" + f"<{tag}>" * 100_000)
    assert caught.value.line == 3


def test_stray_end_tags_hide_no_depth() -> None:
    with pytest.raises(InputError, match="deep") as caught:
        page("\n" + "<div></x>" * 3_000)
    assert caught.value.line == 2
    with pytest.raises(InputError, match="never closed"):
        page("<div></x>" * 100_000)


@pytest.mark.parametrize("tag", ["path", "input", "td"])
def test_drawings_hide_no_depth(tag: str) -> None:
    with pytest.raises(InputError, match=r"deep|never closed"):
        page("<svg>" + f"<{tag}>" * 60_000)


@pytest.mark.parametrize(
    "shape",
    [
        "<a {}>", '<a b=">" {}>', '<a b"c d=">" {}>', '<a ="q b=">" {}>', '<!-- <a b="--> <b {} "c">', "<a/{}>", "<a\n{}",
        "<a b='<c d=\"' {}>",
    ],
    ids=["plain", "quoted end", "stray quote", "equals", "comment", "slash", "unclosed", "tag in quotes"],
)  # fmt: skip
def test_attributes_without_number_are_refused_before_parsing(shape: str) -> None:
    """The parser holds each new one against all the element has."""
    many = " ".join(f"a{number}=1" for number in range(100_000))
    with pytest.raises(InputError, match="too many attributes") as caught:
        page("<p>\n" + shape.format(many))
    assert caught.value.line == 2


def test_tags_in_tags_are_refused() -> None:
    with pytest.raises(InputError, match="too many attributes"):
        page("<a b='<c d=\"" * 30_000)


def test_long_attributes_and_texts_are_not_many_attributes() -> None:
    picture = "data:image/png;base64," + "iVBOR/w0K/Ggo+" * 60_000
    article = page(f"<p><img alt='图' src=\"{picture}\"><p>{'it is so, said he / ' * 40_000}")
    assert [block.text[:9] for block in article.blocks] == ["图", "it is so,"]


def test_reopened_formatting_is_refused() -> None:
    """1,000 open elements that every paragraph opens anew would make 50 million."""
    forms = "".join(f"<b id=x{number}>" for number in range(1_000))
    with pytest.raises(InputError, match="never closed"):
        page(f"<p>{forms}</p>" + "<p>一" * 50_000)


def test_long_paths_times_many_blocks_are_refused() -> None:
    with pytest.raises(InputError, match="too deep"):
        page("<div>" * 1_500 + "<p>一" * 20_000)


def test_the_limits_are_those_given() -> None:
    assert page("<div>" * 10 + "一", limits=Limits(depth=20)).blocks
    with pytest.raises(InputError, match="more than 20 deep") as caught:
        page("\n<div>" * 30 + "一", limits=Limits(depth=20))
    assert 20 <= (caught.value.line or 0) <= 22
    assert len(page("<p>一" * 10, limits=Limits(blocks=10)).blocks) == 10
    with pytest.raises(InputError, match="more than 9 blocks"):
        page("<p>一" * 10, limits=Limits(blocks=9))


def test_sloppy_but_shallow_pages_are_read() -> None:
    rows = "<tr><td><font color=red>一<div><span>二</div>" * 3_000
    assert len(page(f"<table>{rows}").blocks) == 6_000
    script = "for(i=0;i<n;i++){}" * 3_000
    assert told(page(f"<script>{script}</script><p>一")) == [(PARAGRAPH, "一")]


def test_many_tiny_tags() -> None:
    article = page("<p>" + "<i></i>" * 200_000 + "一")
    assert told(article) == [(PARAGRAPH, "一")]
    with pytest.raises(InputError, match="more than 200000 blocks"):
        page("<p>一" * 200_001)
