from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.repair.token import Kind, attributes, text_start, tokens, units

PIECES = [
    *(
        "<p>",
        "</p>",
        "<a href='x>y'>",
        "<!--",
        "-->",
        "<",
        ">",
        "</",
        "茶",
        " ",
        "\r\n",
        "&amp",
        "&nbsp;",
        '"',
        "'",
        "=",
    ),
    *(
        "<script>",
        "</script>",
        "<title>",
        "</title>",
        "<svg>",
        "<![CDATA[",
        "]]>",
        "<!",
        "<?",
        "/>",
        "<br",
        "<plaintext>",
    ),
]


def kinds(source: str) -> list[tuple[str, str]]:
    return [(token.kind.name, source[token.start : token.end]) for token in tokens(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("茶<b>叶</b >", [("TEXT", "茶"), ("START", "<b>"), ("TEXT", "叶"), ("END", "</b >")]),
        ('<a title=it\'s href="a>b">x', [("START", '<a title=it\'s href="a>b">'), ("TEXT", "x")]),
        ("<a 'x>y", [("START", "<a 'x>"), ("TEXT", "y")]),
        ("1 < 2 <3 </ 4>", [("TEXT", "1 < 2 <3 "), ("OTHER", "</ 4>")]),
        ("<!-- > <p> -->x<!-->y", [("OTHER", "<!-- > <p> -->"), ("TEXT", "x"), ("OTHER", "<!-->"), ("TEXT", "y")]),
        ("<!--a--!>b", [("OTHER", "<!--a--!>"), ("TEXT", "b")]),
        ("<title>a<b></title>", [("START", "<title>"), ("TEXT", "a<b>"), ("END", "</title>")]),
        ("<script>'</p>'</SCRIPT >", [("START", "<script>"), ("RAW", "'</p>'"), ("END", "</SCRIPT >")]),
        (
            "<script><!--<script></script>--></script>x",
            [("START", "<script>"), ("RAW", "<!--<script></script>-->"), ("END", "</script>"), ("TEXT", "x")],
        ),
        (
            "<svg><title><b></title></svg>",
            [*[("START", s) for s in ("<svg>", "<title>", "<b>")], ("END", "</title>"), ("END", "</svg>")],
        ),
        ("a<b c", [("TEXT", "a"), ("OTHER", "<b c")]),
        ('a<b c="<p>', [("TEXT", "a"), ("OTHER", '<b c="<p>')]),
        ("<p\u3000x>茶", [("START", "<p\u3000x>"), ("TEXT", "茶")]),
        ("x</", [("TEXT", "x</")]),
        ("", []),
    ],
)
def test_tokens(source: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(source) == expected


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_tokens_are_the_source_without_gaps(source: str) -> None:
    found = tokens(source)
    assert "".join(source[token.start : token.end] for token in found) == source
    for token in found:
        if token.kind is Kind.TEXT:
            parts = list(units(source, token.start, token.end))
            assert "".join(source[unit.start : unit.end] for unit in parts) == source[token.start : token.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a&nbsp;b", ["a", "\xa0", "b"]),
        ("AT&T", ["AT", "&T"]),
        ("&ampfoo", ["&", "foo"]),
        ("&#20037;&#x4e45", ["久", "久"]),
        ("a\r\nb\rc\nd", ["a", "\n", "b", "\n", "c\nd"]),
        ("&notit;", ["¬", "it;"]),
        ("&nosuch;", ["&nosuch;"]),
    ],
)
def test_entities_and_line_ends_are_one_piece(text: str, expected: list[str]) -> None:
    assert [unit.text for unit in units(text, 0, len(text))] == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [("茶", 0), (" \n茶", 2), ("&nbsp;\u3000茶", 7), ("&nbsp", None), ("  ", None), ("&T", 0), (" &lt;", 1)],
)
def test_where_a_text_begins(text: str, place: int | None) -> None:
    assert text_start(text, 0, len(text)) == place


def test_attributes_stand_where_they_say() -> None:
    source = "<img SRC=a/b alt = '茶 叶' hidden title=\"x\"y>"
    (tag,) = tokens(source)
    found = [
        (own.name, source[own.start : own.end], source[own.value_start : own.value_end])
        for own in attributes(source, tag)
    ]
    assert found == [
        ("src", "SRC=a/b", "a/b"),
        ("alt", "alt = '茶 叶'", "茶 叶"),
        ("hidden", "hidden", ""),
        ("title", 'title="x"', "x"),
        ("y", "y", ""),
    ]


@pytest.mark.parametrize(
    "piece",
    [
        '<a href="',
        "<a ",
        "<",
        "<!--",
        "</",
        "<script>",
        "<a b=c ",
        "&",
        "<title>",
        "<svg><![CDATA[",
        "<a ='",
        "<style>",
    ],
)
def test_cost_follows_the_source(piece: str) -> None:
    """A hundred times what a quadratic search could do in the time."""
    source = piece * (1_000_000 // len(piece))
    started = time.process_time()
    for token in tokens(source):
        if token.kind is Kind.TEXT:
            list(units(source, token.start, token.end))
            text_start(source, token.start, token.end)
    assert time.process_time() - started < 10
