from __future__ import annotations

import pytest

from moderation.readers import read_html
from moderation.readers.style import hides, hiding_selectors

HIDING = [
    "display:none",
    "DISPLAY : NONE !important",
    "visibility: collapse",
    "font-size:0",
    "font-size: 1px; color: #fefefe",
    "opacity:0",
    "text-indent: -5000em; white-space: nowrap",
    "position:absolute;top:-999em;width:1px",
    "position:fixed;left:-9000px",
    "max-height:0px;overflow:hidden",
    "width:1px;height:1px;overflow:hidden",
    "color:#fff;background:#fff",
    "color:rgb(255,255,255);background:#FFFFFF",
    "color: white; background-color: #ffffff",
]
SHOWING = [
    "",
    "color:red",
    "font-size:0.9em",
    "font-size:12px",
    "opacity:0.8",
    "text-indent:2em",
    "text-indent:-1em",
    "position:absolute;top:-20px",
    "height:0",
    "overflow:hidden;height:40px",
    "color:#fff;background:#000",
    "color:#fff;background:url(a.png)",
    "display",
    ":::;;;",
]


@pytest.mark.parametrize("style", HIDING)
def test_hides(style: str) -> None:
    assert hides(style)


@pytest.mark.parametrize("style", SHOWING)
def test_does_not_hide(style: str) -> None:
    assert not hides(style)


def test_a_style_sheet_hides_by_class_and_id() -> None:
    sheet = ".a, #b{display:none} .c{color:red} .d .e{display:none} p{display:none} .f:hover{display:none}"
    assert list(hiding_selectors(sheet)) == [".a", "#b"]
    page = f"<style>{sheet}</style><p class=a>甲<p id=b>乙<p class=c>丙"
    assert [(block.text, block.hidden) for block in read_html(page, identifier="x").blocks] == [
        ("甲", True),
        ("乙", True),
        ("丙", False),
    ]


@pytest.mark.parametrize("sheet", ["{", "}", ".a{", ".a{display:none", "@media{.a{display:none}}", "\x00.a{}"])
def test_broken_sheets(sheet: str) -> None:
    list(hiding_selectors(sheet))
