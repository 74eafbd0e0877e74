from __future__ import annotations

import pytest

from moderation.detectors.hidden import HiddenDetector

from .conftest import Detect

LINKS = "".join(f'<a href="http://s{number}.example{number}.top/">产品{number}</a>' for number in range(4))


@pytest.mark.parametrize("style", ["display:none", "visibility: hidden", "font-size:0px"])
def test_hidden_foreign_links(detect: Detect, style: str) -> None:
    assert "hidden.foreign_links" in detect(HiddenDetector, html=f'<div style="{style}">{LINKS}</div>')


def test_hidden_abusive_text(detect: Detect) -> None:
    assert "hidden.abusive_text" in detect(HiddenDetector, html="<p hidden>国产精品久久久久人妻无码</p>")


@pytest.mark.parametrize(
    "html",
    [
        f"<div>{LINKS}</div>",
        '<ul style="display:none"><li><a href="/a">子菜单</a></li><li><a href="/b">联系我们</a></li></ul>',
        "<div hidden>请先登录再发表评论</div>",
        '<p style="font-size:0.9em">国产精品久久久久人妻无码</p>',
    ],
)
def test_must_not_fire(detect: Detect, html: str) -> None:
    assert not detect(HiddenDetector, html=html)
