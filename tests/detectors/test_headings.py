from __future__ import annotations

import pytest

from moderation.detectors import Resources
from moderation.detectors.headings import HeadingDetector
from moderation.normalize import Document
from moderation.readers import read_html

from .conftest import Detect

LINE = "国产精品久久久久_人妻无码中文字幕_亚洲欧美在线"


@pytest.mark.parametrize(
    "html",
    [
        f"<h2>{LINE}</h2><p>正文。</p>",
        f"<p>{LINE}</p><p>正文。</p>",
        f'<meta name="description" content="{LINE}"><p>正文。</p>',
        f"<h3>第一节</h3><p>正文。</p><h3>{LINE}</h3>",
        f"<h2>{LINE}</h2><p>正文。</p><h2>{LINE}</h2>",
        f"<p>{LINE.replace('_', ' ')}</p><p>正文。</p>",
        f"<div>{LINE}</div><p>正文。</p>",
    ],
)
def test_must_fire(detect: Detect, html: str) -> None:
    assert "headings.explicit" in detect(HeadingDetector, html=html, title="小区停水通知")


@pytest.mark.parametrize(
    "html",
    [
        "<h2>施工时间</h2><p>正文。</p>",
        f"<h1>{LINE}</h1>",  # the title itself, judged elsewhere
        f"<h1>{LINE[:-4]}</h1>",  # the title less what a template hangs on it
        f'<meta name="keywords" content="{LINE}"><p>正文。</p>',  # a list of queries is what it is for
        f'<ul><li><a href="/">{LINE}</a></li></ul>',  # a link, judged elsewhere
        f"<p>这次被篡改的标题是“{LINE}”，我们从日志里找到了入口，并把文件恢复到了备份的版本。</p>",  # a sentence
        "<h2>性教育课怎么上</h2><p>正文。</p>",
        "<h2>抓获涉赌人员三十一名</h2><p>正文。</p>",
        "<h2>阴道炎的用药</h2><p>正文。</p>",
        "<p>来源：青岚新闻网</p><p>正文。</p>",
        f"<pre><code>{LINE}</code></pre>",  # code
        "<p>28 硫</p><p>8．砝码</p><p>正文。</p>",  # lines of a table: a number and a word
    ],
)
def test_must_not_fire(detect: Detect, html: str) -> None:
    assert not detect(HeadingDetector, html=html, title=LINE)


def test_a_heading_that_comes_back_is_pointed_at_each_time(detect: Detect) -> None:
    found = detect(HeadingDetector, html=f"<h2>{LINE}</h2><p>正文。</p><h2>{LINE}</h2>", title="小区停水通知")
    assert [evidence.quote for evidence in found["headings.explicit"].evidence] == [LINE, LINE]
    assert all(evidence.removable for evidence in found["headings.explicit"].evidence)


def test_what_the_fast_model_lets_go_is_not_read_again(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(resources.classifier, "classify", lambda text, ranges: asked.append(len(ranges)))
    page = "".join(f"<h2>第{number}课 菜园里的虫子</h2><p>正文。</p>" for number in "一二三四")
    assert not HeadingDetector(resources).detect(Document(read_html(page, identifier="x")))
    assert not asked
