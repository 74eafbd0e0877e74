from __future__ import annotations

import time

import pytest

from moderation.article import Block
from moderation.readers import read_html
from moderation.readers.declaration import declarations, means_of, telling_families

HIDING = [
    ("display:none", "display_none"),
    ("DISPLAY : NONE !important", "display_none"),
    ("disp\\6c ay:none", "display_none"),
    ("display/* a */:/* b */none", "display_none"),
    ("display:none;display:blok", "display_none"),
    ("display:none!important;display:block", "display_none"),
    ("content-visibility:hidden", "display_none"),
    ("visibility: collapse", "visibility"),
    ("visibility:hidden", "visibility"),
    ("opacity:0", "opacity"),
    ("opacity: .0", "opacity"),
    ("opacity:0.01;pointer-events:none", "opacity"),
    ("opacity:0%", "opacity"),
    ("filter:alpha(opacity=0)", "opacity"),
    ("filter:opacity(0)", "opacity"),
    ("font-size:0", "tiny_font"),
    ("font-size: 1px; color: #fefefe", "tiny_font"),
    ("font:0/0 a", "tiny_font"),
    ("font:400 1px/1 arial", "tiny_font"),
    ("font-size:.01em", "tiny_font"),
    ("text-indent: -5000em; white-space: nowrap", "text_indent"),
    ("text-indent:100%;overflow:hidden", "text_indent"),
    ("position:absolute;top:-999em;width:1px", "off_screen"),
    ("position:fixed;left:-9000px", "off_screen"),
    ("position:absolute;left:calc(-9999px)", "off_screen"),
    ("margin-left:-12000px", "off_screen"),
    ("margin:-5000px 0 0 -5000px", "off_screen"),
    ("position:absolute;left:9999px", "off_screen"),
    ("transform:translateX(-100%)", "off_screen"),
    ("position:absolute;inset:-9999px auto auto -9999px", "off_screen"),
    ("transform:scale(0)", "clipped"),
    ("transform: scale3d(0,0,1)", "clipped"),
    ("position:absolute;clip:rect(0,0,0,0)", "clipped"),
    ("clip:rect(1px 1px 1px 1px);position:absolute", "clipped"),
    ("clip-path:inset(100%);position:absolute", "clipped"),
    ("position:absolute;z-index:-999;left:0", "behind"),
    ("max-height:0px;overflow:hidden", "zero_size"),
    ("width:1px;height:1px;overflow:hidden", "zero_size"),
    ("height:0;overflow-y:hidden", "zero_size"),
]
SHOWING = [
    "", "color:red", "font-size:0.9em", "font-size:12px", "font-size:10.5pt", "font-size:80%", "opacity:0.8",
    "opacity:0;animation:fade 1s forwards", "text-indent:2em", "text-indent:-1em", "position:absolute;top:-20px",
    "position:fixed;left:-280px", "margin-top:-12px", "height:0", "overflow:hidden;height:40px", "width:100px;overflow:hidden",
    "color:#fff;background:#000", "color:#fff;background:url(a.png)", "display", ":::;;;", "display:none;display:block",
    "z-index:-1", "z-index:10;position:absolute", "transform:scale(1.02)", "transform:translateX(-50%)", "font:14px/1.5 arial",
    "font:400 12px/20px arial", "clip:auto", "clip:rect(0,100px,50px,0)", "line-height:0", "background:url('display:none')",
    "visibility:visible", "min-height:0;overflow:hidden", "{}", "/*", "display:none !importan", "content:'display:none'",
]  # fmt: skip


def _means(style: str) -> str:
    return means_of({name: value for name, (value, _) in declarations(style).items()})


@pytest.mark.parametrize(("style", "means"), HIDING)
def test_hides(style: str, means: str) -> None:
    assert _means(style) == means
    assert telling_families(style), "the quick look must not pass over it"


@pytest.mark.parametrize("style", SHOWING)
def test_does_not_hide(style: str) -> None:
    assert not _means(style)


def _blocks(page: str) -> list[tuple[str, str]]:
    return [(block.text.strip(), block.hidden_by) for block in read_html(page, identifier="x").blocks]


@pytest.mark.parametrize(
    ("sheet", "means"),
    [
        (".a{display:none}", "display_none"),
        ("div .a{display:none}", "display_none"),
        ("div > p.a{display:none}", "display_none"),
        ("h2 + p{display:none}", "display_none"),
        ("h2 ~ .a{display:none}", "display_none"),
        ("p[class]{display:none}", "display_none"),
        ("p:nth-of-type(1){display:none}", "display_none"),
        ("div p:not(.z){display:none}", "display_none"),
        ("/* a */.x,.a/**/{/* b */display:none}", "display_none"),
        (".a::before{content:'{'} .a{display:none}", "display_none"),
        ("@media screen{.a{display:none}}", "display_none"),
        ("@media (min-width:700px){.a{display:none}}", "display_none"),
        ("@charset 'utf-8';@import url(x.css);.a{display:none}", "display_none"),
        ("div{ .a{display:none} }", "display_none"),
        ("div{ & .a{display:none} color:red }", "display_none"),
        (".a{position:absolute} p{left:-9999px}", "off_screen"),
        (".a{color:#fff}", "white_text"),
        (".a{color:white} div{background:#fff}", "same_colour"),
        (".a{color:hsl(0,0%,96%)} body{background-color:#f5f5f5}", "same_colour"),
        (".a{color:rgba(0,0,0,0)}", "same_colour"),
        (".\\61 {display:none}", "display_none"),
        (".a{display:none", "display_none"),
        ("}.a{display:none}", "display_none"),
        (".a{display:none} @media print{.a{display:block}}", "display_none"),
        (".a{display:none} .a:hover{display:block}", "display_none"),
        (".a{display:none} .a.open{display:block}", "display_none"),
        (".a{display:none!important} #q p.a{display:block}", "display_none"),
        ("@media print{.a{display:none}}", ""),
        ("@media (max-width:700px){.a{display:none}}", ""),
        ("@media not all{.a{display:none}}", ""),
        ("@supports not (display:grid){.a{display:none}}", ""),
        ("@keyframes k{from{opacity:0}} .a{color:red}", ""),
        (".a{display:none} div .a{display:block}", ""),
        (".a{display:none} .a{display:block}", ""),
        ("p{display:none} .a{display:block}", ""),
        (".a:hover{display:none}", ""),
        (".a::before{display:none}", ""),
        (".b{display:none} .a .b{display:none}", ""),
        (".a{color:#fff} div{background:#036}", ""),
        (".a{color:#fff} div{background:url(top.png)}", ""),
        (".a{color:#fff;background:#036}", ""),
        (".a{opacity:0;animation:in 1s}", ""),
        ("..a{display:none}", ""),
        (".a[{display:none}", ""),
        ("@media{.a{display:none", "display_none"),
    ],
)
def test_a_style_sheet_hides(sheet: str, means: str) -> None:
    page = f"<!doctype html><style>{sheet}</style><div id=q><h2>题</h2><p class='a c'>甲</p></div>"
    assert dict(_blocks(page))["甲"] == means


@pytest.mark.parametrize(
    ("page", "means"),
    [
        ("<p hidden>甲", "hidden_attribute"),
        ("<body><noscript>甲</noscript>", "noscript"),
        ("<marquee height=1 width=4>甲</marquee>", "marquee"),
        ("<marquee style='height:1px'>甲</marquee>", "marquee"),
        ("<marquee scrollamount=3>甲</marquee>", ""),
        ("<font color=white>甲</font>", "white_text"),
        ("<table bgcolor=#036><tr><td><font color=white>甲</font></table>", ""),
        ("<table bgcolor=eeeeee><tr><td><font color=#eeeeee>甲</font></table>", "same_colour"),
        ("<body style='background:#000'><p style='color:#010101'>甲", "same_colour"),
        ("<style>.a{display:none}</style><p class=a style='display:block'>甲", ""),
        ("<style>.a{display:block!important}</style><p class=a style='display:none'>甲", ""),
        ("<div style='font-size:0'><p style='font-size:14px'>甲</div>", ""),
        ("<style>.g{font-size:0}.g p{font-size:14px}</style><div class=g><p>甲</div>", ""),
        ("<div style='visibility:hidden'><p style='visibility:visible'>甲</div>", ""),
        ("<div style=display:none><div style='font-size:0'><p style='font-size:14px'>甲</div></div>", "tiny_font"),
        ("<style media=print>p{display:none}</style><p>甲", ""),
        ("<details><summary>题</summary><p>甲</details>", ""),
        ("<p id=k>甲</p><script>document.getElementById('k').style.display='none'</script>", "script"),
        ("<p id=k>甲</p><script>$('#k').hide()</script>", "script"),
        ("<p id=k>甲</p><script>function f(){document.getElementById('k').style.display='none'}</script>", ""),
    ],
)
def test_markup_hides(page: str, means: str) -> None:
    assert dict(_blocks(f"<!doctype html>{page}"))["甲"] == means


WRITING = [
    'document.write(\'<div style="display:none"><a href="//s.top/">甲</a></div>\')',
    "document.writeln(\"<div style='display:none'><a href='//s.top/'>甲<\\/a><\\/div>\");",
    "document['write']('<div style=display:none>' + '<a href=//s.top/>' + \"甲\" + '</a></div>')",
    "document.write('\\x3cdiv style=display:none>\\u003ca href=//s.top/>\\u7532</a></div>')",
    "document.write(unescape('%3Cdiv%20style%3Ddisplay%3Anone%3E%3Ca%20href%3D//s.top/%3E%u7532%3C/a%3E%3C/div%3E'))",
    "var s='<div style=display:none>'; s+='<a href=//s.top/>甲</a></div>'; document.write(s)",
    "document.write('<style>.k{display:none}</style><p class=k><a href=//s.top/>甲</a>')",
    "document.getElementById('q').innerHTML='<div style=\"display:none\"><a href=//s.top/>甲</a></div>';",
]


@pytest.mark.parametrize("code", WRITING)
def test_what_a_script_writes_is_read(code: str) -> None:
    (block,) = read_html(f"<body><script>{code}</script>", identifier="x").blocks
    assert (block.text.strip(), block.hidden_by, block.selector) == (
        "甲",
        "display_none",
        "body > script:nth-of-type(1)",
    )
    (link,) = block.links
    assert (link.href, link.anchor, link.selector) == ("//s.top/", "甲", block.selector)
    assert block.text[link.start : link.start + len(link.anchor)] == "甲"


@pytest.mark.parametrize(
    "code",
    [
        "document.write(",
        "document.write('",
        "document.write('<",
        "document.write()",
        "document.write(new Date())",
        "a.innerHTML=''",
        "document.write('<script src=x.js><\\/script>')",
    ],
)
def test_scripts_that_write_nothing(code: str) -> None:
    assert not read_html(f"<body><script>{code}</script>", identifier="x").blocks


def test_a_written_container_hides_what_stands_between() -> None:
    page = (
        "<p>前</p><script>document.write('<div style=\"display:none\">')</script><ul><li>甲</ul><a href=/>乙</a>"
        "<script>document.write('</div>')</script><p>后</p>"
    )
    assert _blocks(page) == [("前", ""), ("甲", "display_none"), ("乙", "display_none"), ("后", "")]


@pytest.mark.parametrize(
    "sheet",
    [
        "{", "}", ".a{", "@media{", "\x00.a{display:none}", "\\", "'", '"', "/*", "a{b{c{d", ":not(" * 500 + "{display:none}",
        "{" * 50_000, "}" * 50_000, "a{" * 20_000, "/*" * 50_000, "'\\" * 50_000, "(" * 50_000 + "{display:none}",
        "a," * 50_000 + "{display:none}", "a:" * 50_000 + "{display:none}", ".a " * 20_000 + "{display:none}",
        "p{font:" + "font:" * 50_000 + "}", "p{left:" + "left:-" * 50_000 + "}", "@" * 50_000 + "{}", "p{" + "\\" * 99_999 + "}",
        "\ud800{display:none}",
    ],
    ids=range(25),
)  # fmt: skip
def test_broken_sheets_are_survived(sheet: str) -> None:
    started = time.process_time()
    page = f"<style>{sheet}</style><p class=a>甲".encode("utf-8", "replace").decode()
    read_html(page, identifier="x")
    assert time.process_time() - started < 3


def _seconds(page: str) -> tuple[float, list[Block]]:
    started = time.process_time()
    blocks = list(read_html(page, identifier="x").blocks)
    return time.process_time() - started, blocks


@pytest.mark.soak
def test_a_huge_sheet_is_read_in_linear_time() -> None:
    rules = "".join(f".c{n} .d{n}{{display:none}}" for n in range(100_000))
    body = "".join(f"<div class=c{n}><p class=d{n}>甲</div>" for n in range(3_000))
    taken, blocks = _seconds(f"<style>{rules}</style>{body}")
    assert all(block.hidden_by == "display_none" for block in blocks)
    assert taken < 10


def test_what_is_not_followed_is_reported() -> None:
    rules = "".join(f"a.c{n},a:nth-child({n}){{display:none}}" for n in range(6_000))
    page = f"<style>{rules}</style>" + "<p><a class=c1 href=/>甲</a>" * 5_000
    started = time.process_time()
    article = read_html(page, identifier="x")
    assert time.process_time() - started < 15
    assert [(part.part, part.reason) for part in article.unread if "rules" in part.reason]


def test_deep_pages_and_long_selectors() -> None:
    page = "<style>.x div div div div p{display:none}</style>" + "<div>" * 400 + "<p>甲"
    taken, blocks = _seconds(page)
    assert taken < 2
    assert blocks[0].hidden_by == ""


def test_an_id_that_empty_elements_share_is_told_wherever_it_stands_in_them() -> None:
    fillers = "".join(f'<{tag} class="c" id="seo"></{tag}>' for tag in ("acronym", "bdo", "q", "kbd", "var", "dfn"))
    article = read_html(f"<p>正文</p><div style=display:none>{fillers}</div>", identifier="p")
    assert [(block.text, block.hidden_by) for block in article.blocks] == [("正文", ""), ("seo", "filler")]
