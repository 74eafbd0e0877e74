from __future__ import annotations

import time

import pytest

from moderation.article import Article, Block, BlockKind
from moderation.detectors import Resources
from moderation.detectors.hidden import HiddenDetector
from moderation.normalize import Document
from moderation.readers import read_html
from moderation.taxonomy import CategoryId
from tests.stub import StubClassifier

from .conftest import Detect

BAD = (
    "国产精品久久久久人妻无码",
    "澳门新葡京娱乐城开户送彩金",
    "代开发票加微信",
    "久久热在线视频精品",
    "网赌平台注册送88元",
)
PLAIN = ("不锈钢水箱", "杭州搬家", "塑料托盘", "液压升降机", "二手叉车", "活性炭")
FRIENDS = ("青岚晚报", "云栖图书馆", "老街论坛", "慢生活杂志", "花卉协会", "前端周刊")
OWN = "https://www.site.cn/a/1.html"


def links(words: tuple[str, ...], host: str = "http://s{n}.example{n}.com/") -> str:
    return " ".join(f'<a href="{host.format(n=n)}">{word}</a>' for n, word in enumerate(words))


CHEAP = "http://kq{n}88.top/"
FIRES = [
    (f'<div style="display:none">{links(BAD)}</div>', "hidden.abusive_text"),
    (f'<div style="font-size:0px">{links(PLAIN)}</div>', "hidden.foreign_links"),
    (f'<div style="color:#fff;background:#fff">{links(PLAIN)}</div>', "hidden.foreign_links"),
    (f'<div style="display:none">{links(PLAIN, CHEAP)}</div>', "hidden.foreign_links"),
    (f'<div style="text-indent:-9999px">{links(PLAIN)}</div>', "hidden.foreign_links"),
    (f"<marquee height=1>{links(PLAIN)}</marquee>", "hidden.foreign_links"),
    (f"<noscript>{links(PLAIN, CHEAP)}</noscript>", "hidden.foreign_links"),
    (
        f"<style>.a .b{{display:none}}</style><div class=a><ul class=b><li>{links(BAD)}</ul></div>",
        "hidden.abusive_text",
    ),
    (f"<body><script>document.write('<p style=display:none>{links(BAD)}</p>')</script>", "hidden.abusive_text"),
    ("<p hidden>国产精品久久久久人妻无码</p>", "hidden.abusive_text"),
    (f"<h1 style='position:absolute;left:-9999px'>{'_'.join(BAD)}</h1>", "hidden.abusive_text"),
    (f'<div style="display:none">{links(BAD, "/up/{n}.html")}</div>', "hidden.abusive_text"),
    (
        "<p style='font-size:1px'>" + ",".join(f"{city}不锈钢水箱厂家" for city in "沪杭苏甬温绍嘉湖") + "</p>",
        "hidden.keywords",
    ),
    (
        "<div style='position:fixed;left:-9000px'>"
        + "<kbd id=q1></kbd><dfn id=q1></dfn><tt id=q1></tt>" * 3
        + "</div>",
        "hidden.filler_tags",
    ),
]
QUIET = [
    f"<div>{links(PLAIN)}</div>",
    f"<div>{links(BAD)}</div>",
    '<ul style="display:none"><li><a href="/a">子菜单</a></li><li><a href="/b">联系我们</a></li></ul>',
    "<div hidden>请先登录再发表评论</div>",
    '<p style="font-size:0.9em">国产精品久久久久人妻无码</p>',
    f"<h4>友情链接</h4><div style='display:none'>{links(FRIENDS)}</div>",
    f"<div style='display:none'>{links(FRIENDS)}</div>",
    f"<div style='position:absolute;left:-999em'>{links(FRIENDS, 'http://www.q{n}.gov.cn/')}</div>",
    "<div style='font-size:1px'><a href=https://service.weibo.com/x>微博</a><a href=https://qzone.qq.com/x>QQ空间</a><a href=https://www.douban.com/x>豆瓣</a></div>",
    "<noscript>您的浏览器未启用脚本，请在设置中打开。<img src=/p.gif alt=配图></noscript>",
    "<p>正文<span style='font-size:0'>x8k2vq</span>继续<span style='display:none'>阝忄</span></p>",
    f"<ul style='font-size:0'><li style='font-size:14px'>{links(PLAIN)}</ul>",
    f"<footer style='background:url(a.png);color:#fff'>{links(PLAIN)}</footer>",
    "<h2 style='text-indent:-9999px'><a href=/>返回首页</a></h2>",
    "<div style='display:none'>"
    + links(("警方捣毁网络赌博窝点", "公积金提取办法", "秋季养生要点", "反诈宣传进校园"), "/n/{n}.html")
    + "</div>",
    f"<template>{links(BAD)}</template><details><summary>目录</summary>{links(FRIENDS)}</details>",
    "<pre><code>&lt;div style='display:none'&gt;&lt;a href=http://a.top&gt;国产精品&lt;/a&gt;&lt;/div&gt;</code></pre>",
    f"<style>@media (max-width:600px){{.d{{display:none}}}}</style><div class=d>{links(PLAIN)}</div>",
    "<i id=a></i><i id=b></i><kbd id=c></kbd>",
]


@pytest.mark.parametrize(("html", "name"), FIRES)
def test_must_fire(detect: Detect, html: str, name: str) -> None:
    assert name in detect(HiddenDetector, html=f"<!doctype html><body><p>今天的天气不错。</p>{html}<p>未完待续。</p>")


@pytest.mark.parametrize("html", QUIET)
def test_must_not_fire(detect: Detect, html: str) -> None:
    assert not detect(HiddenDetector, html=f"<!doctype html><body><p>今天的天气不错。</p>{html}<p>未完待续。</p>")


def test_a_text_to_share_repeats_the_title(detect: Detect) -> None:
    page = "<body><p>文</p><div style='display:none'>国产精品久久久久人妻无码</div><p>文</p>"
    assert not detect(HiddenDetector, html=page, title="国产精品久久久久人妻无码 - 某站")
    assert detect(HiddenDetector, html=page, title="别的标题")


def _detector() -> HiddenDetector:
    return HiddenDetector(Resources(StubClassifier({"坏词": CategoryId.EXPLICIT}), ()))


def test_everything_in_the_hidden_element_is_pointed_at_and_nothing_beside_it() -> None:
    menu = "<ul style='display:none'><li><a href=/a>子菜单</a><li><a href=/b>联系</a></ul>"
    bad = f"<div style='display:none'><h3>推荐</h3><ul><li>{links(('坏词一',))}<li>{links(('坏词二',))}</ul><p>无害的话</p></div>"
    article = read_html(f"<!doctype html><body><p>前</p>{menu}<p>中</p>{bad}<p>后</p>", identifier="x", url=OWN)
    (signal,) = _detector().detect(Document(article))
    assert [evidence.quote for evidence in signal.evidence] == ["推荐", "坏词一", "坏词二", "无害的话"]
    assert all(evidence.removable and evidence.selector for evidence in signal.evidence)


def _picture(text: str, number: int, means: str = "tiny_image") -> Block:
    place = f"body > div:nth-of-type(1) > img:nth-of-type({number})"
    return Block(BlockKind.ATTRIBUTE, text, hidden=bool(means), selector=place, hidden_by=means)


@pytest.mark.parametrize(
    ("texts", "means", "fires"),
    [
        (["坏词一", "坏词二", "坏词三", "别的"], "tiny_image", True),
        (["坏词一", "坏词二", "坏词三"], "display_none", True),
        (["坏词一", "坏词二", "坏词三"], "", False),
        (["坏词一"], "tiny_image", False),
        (["配图", "统计", "分隔线", "标志"], "tiny_image", False),
    ],
)
def test_texts_of_pictures_nobody_sees(texts: list[str], means: str, fires: bool) -> None:
    pictures = tuple(_picture(text + "说明", number, means) for number, text in enumerate(texts, 1))
    article = Article("x", "标题", (Block(BlockKind.PARAGRAPH, "正文", selector="body > p:nth-of-type(1)"), *pictures))
    found = _detector().detect(Document(article))
    assert [signal.name for signal in found] == (["hidden.image_texts"] if fires else [])


def test_many_hidden_blocks_take_linear_time() -> None:
    def seconds(number: int) -> float:
        rows = "".join(f"<li style='display:none'><a href=http://a{n}.com/>坏词{n}</a><li>见" for n in range(number))
        document = Document(read_html(f"<ul>{rows}</ul>", identifier="x"))
        started = time.process_time()
        _detector().detect(document)
        return time.process_time() - started

    seconds(100)
    assert seconds(8_000) < 40 * seconds(1_000) + 0.5


FOLDED = {
    "what the page warns of": (
        "<title>骗子话术一览：贷款、刷单</title><p>接到贷款电话要当心，凡是放款前要交保证金、解冻费的都是诈骗，银行放款前不收钱。</p>"
        "<div style='display:none'><p>“无视黑白户，不看征信，五分钟到账。”</p><p>放款前要交保证金、解冻费的，都是诈骗，银行不收钱。</p></div>"
    ),
    "a message to those without scripts": "<p>正文。</p><noscript>请启用 JavaScript 以获得完整体验。</noscript>",
    "another such message": "<p>正文。</p><noscript>您的浏览器不支持脚本，视频在线观看不可用</noscript>",
}


@pytest.mark.parametrize("html", FOLDED.values(), ids=FOLDED.keys())
def test_prose_that_is_folded_away_and_leads_nowhere(detect: Detect, html: str) -> None:
    assert not detect(HiddenDetector, html=html)
