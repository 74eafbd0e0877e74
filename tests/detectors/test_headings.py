from __future__ import annotations

import pytest

from moderation.detectors.headings import HeadingDetector

from .conftest import Detect

LINE = "国产精品久久久久_人妻无码中文字幕_亚洲欧美在线"


@pytest.mark.parametrize(
    "html",
    [
        f"<h2>{LINE}</h2><p>正文。</p>",
        f"<p>{LINE}</p><p>正文。</p>",
        f'<meta name="description" content="{LINE}"><p>正文。</p>',
        f'<meta name="keywords" content="{LINE}"><p>正文。</p>',
    ],
)
def test_must_fire(detect: Detect, html: str) -> None:
    assert "headings.explicit" in detect(HeadingDetector, html=html, title="小区停水通知")


@pytest.mark.parametrize(
    "html",
    [
        "<h2>施工时间</h2><p>正文。</p>",
        f"<h1>{LINE}</h1>",  # the title itself, judged elsewhere
        f'<ul><li><a href="/">{LINE}</a></li></ul>',  # a link, judged elsewhere
    ],
)
def test_must_not_fire(detect: Detect, html: str) -> None:
    assert not detect(HeadingDetector, html=html, title=LINE)
