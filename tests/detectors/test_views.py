from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.article import Article, FieldName
from moderation.detectors import Resources
from moderation.detectors.views import ViewComparison
from moderation.normalize import Document
from moderation.readers import read_html
from moderation.signals import Signal

BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        "图书馆周一至周五上午九点开馆，晚上八点闭馆，周末延长一小时。",
        "读者凭身份证办理借书证，押金一百元，退证时原样奉还。",
        "每张证最多借六册，借期三十天，可以在网上续借一次。",
        "少儿阅览室在二楼东侧，十二岁以下的孩子需要家长陪同。",
    )
)
PAGE = f"<title>图书馆开放时间</title>{BODY}"
LONG = "".join(
    f"<p>第{number}条，{text}</p>"
    for number, text in enumerate(
        (
            "挖掘机租赁按台班计费，进出场费用另算，司机食宿由承租方负责安排。",
            "液压油每五百小时更换，滤芯同时更换，加油前要擦净油口周围泥土。",
            "履带松紧以下垂三到五厘米为准，过紧会加快链轨和驱动轮的磨损。",
            "斗齿磨去一半就该换新，焊接前预热母材，焊后慢慢冷却以免开裂。",
            "冬季停机时把燃油箱加满，防止箱壁凝水，第二天早晨先怠速预热。",
            "回转支承每五十小时注一次润滑脂，边转边注，直到密封处有油挤出。",
            "发动机水温超过一百度要降低负荷，不要立即停机，等水温回落再检查。",
            "铲斗举升状态下不得有人从下面经过，停机后铲斗必须平稳放到地面。",
            "长距离转场用平板车运输，上下车时由专人指挥，用楔木把履带塞牢。",
            "夜间施工照明要照到作业面和沟边，配合人员穿反光衣站在安全线外面。",
        )
    )
)


def compare(resources: Resources, reader: str, crawler: str, url: str | None = None) -> Signal | None:
    article = read_html(reader, identifier="page", url=url)
    article = replace(article, crawler_view=read_html(crawler, identifier="page as a crawler"))
    signals = ViewComparison(resources.classifier).signals(Document(article))
    assert len(signals) <= 1
    for signal in signals:
        for evidence in signal.evidence:
            assert article.text_of(evidence.field)[evidence.span.start : evidence.span.end] == evidence.quote
            assert evidence.field.name is FieldName.CRAWLER
            assert evidence.selector == article.selector_of(evidence.field)
    return signals[0] if signals else None


FOREIGN = "".join(f"<a href='http://q{number}x.example{number}.top/'>入口{number}</a>" for number in range(6))


@pytest.mark.parametrize(
    ("crawler", "least"),
    [
        (f"<title>图书馆开放时间</title>{BODY}<div>澳门赌场真人百家乐注册送彩金</div>", 0.9),
        (f"<title>澳门威尼斯人娱乐城官网注册送彩金</title>{BODY}", 0.9),
        (f"<title>图书馆开放时间</title><meta name=keywords content='真人百家乐,时时彩投注,澳门赌场平台'>{BODY}", 0.9),
        (f"<title>图书馆开放时间</title>{BODY}<ul><li>国产精品无码视频在线观看</ul>", 0.9),
        (f"<title>图书馆开放时间</title>{BODY}<p>代开发票 刻章办证 无抵押秒下款口子</p>", 0.7),
        (f"<title>图书馆开放时间</title>{BODY}{FOREIGN}", 0.7),
        (f"<title>图书馆开放时间</title>{LONG}", 0.6),
        (f"<title>挖掘机出租与保养手册</title>{LONG}", 0.6),
        (f"<title>挖掘机出租公司哪家便宜</title>{BODY}", 0.5),
    ],
)
def test_must_fire(resources: Resources, crawler: str, least: float) -> None:
    signal = compare(resources, PAGE, crawler)
    assert signal is not None
    assert signal.strength >= least
    assert signal.evidence


@pytest.mark.parametrize(
    "crawler",
    [
        PAGE,
        PAGE.replace("开放时间", "开放时间 - 第1202次浏览"),
        PAGE + "<div>2026-11-02 10:11:12 浏览 88213 次</div>",
        PAGE + "<div>欢迎您，游客</div>",
        PAGE + "<ul><li><a href='/a1'>秋天怎样晒被子</a><li><a href='/a2'>柿子什么时候摘</a></ul>",
        PAGE + "<a href='http://ad.example/x'>名牌羽绒服清仓</a>",
        "<title>图书馆开放时间</title>" + "".join(reversed(BODY.split("</p>"))),
        "<title>圖書館開放時間</title>" + BODY,
        PAGE.replace("九点", "9点").replace("六册", "6册"),
        "<title>图书馆开放时间</title><p>图书馆周一至周五上午九点开馆。</p>",
    ],
)
def test_must_not_fire(resources: Resources, crawler: str) -> None:
    signal = compare(resources, PAGE, crawler)
    assert signal is None or signal.strength < 0.5


def test_a_shell_that_scripts_would_fill_is_no_deceit(resources: Resources) -> None:
    shell = "<title>图书馆</title><div id=app></div><script src=/app.js></script>"
    signal = compare(resources, shell, f"<title>图书馆</title>{LONG}")
    assert signal is None or signal.strength < 0.5


def test_what_is_most_abusive_is_named_first(resources: Resources) -> None:
    signal = compare(resources, PAGE, PAGE + f"{LONG}<div>澳门赌场真人百家乐注册送彩金</div>")
    assert signal is not None
    assert signal.evidence[0].quote == "澳门赌场真人百家乐注册送彩金"
    assert "gambling" in signal.evidence[0].note


def test_an_article_without_a_view_has_no_crawler_field() -> None:
    article = Article("x", "标题")
    with pytest.raises(IndexError, match="crawler"):
        article.text_of(replace(next(iter(Document(article).fields)), name=FieldName.CRAWLER))
