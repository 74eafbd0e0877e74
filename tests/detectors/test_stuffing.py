from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.article import Article, Block, BlockKind
from moderation.detectors import Resources
from moderation.detectors.keyword_row import bracketed, repeated_share, repeated_term, rows_of
from moderation.detectors.stuffing import StuffingDetector
from moderation.normalize import Document
from moderation.signals import Signal
from moderation.taxonomy import CategoryId

from .conftest import Detect

PROSE = "春天的菜园里，第一批菠菜已经冒头，奶奶说再过十天就可以收了。"
LINE = "国产精品久久久久_人妻无码中文字幕_亚洲欧美在线_成人影院免费看"


def piled(signals: dict[str, Signal]) -> set[str]:
    return {name for name, signal in signals.items() if signal.category is CategoryId.KEYWORD_STUFFING}


@pytest.mark.parametrize(
    ("html", "name"),
    [
        (f"<h1>{LINE}</h1><h2>菜园日记</h2><p>{PROSE}</p>", "stuffing.keyword_line"),
        (f"<p>{LINE.replace('_', ' I ')}</p><p>{PROSE}</p>", "stuffing.keyword_line"),
        (f"<p>{LINE.replace('_', '|')}</p><p>{PROSE}</p>", "stuffing.keyword_line"),
        (f"<p>{LINE.replace('_', ',')},午夜福利视频</p><p>{PROSE}</p>", "stuffing.keyword_line"),
        ("<p>澳门新葡京官网-真人百家乐开户-棋牌电玩送彩金-体育投注平台</p>", "stuffing.keyword_line"),
        (f"<h1>搬家价格_搬家公司_搬家电话_搬家多少钱_搬家哪家好</h1><p>{PROSE}</p>", "stuffing.keyword_line"),
        (f"<h1>代开发票 北京|上海|广州|深圳|天津|成都 增值税普票代开</h1><p>{PROSE}</p>", "stuffing.city_row"),
        ("<title>空调维修|空调移机|空调加氟|空调清洗</title><p>正文</p>", "stuffing.repeated_title"),
        ("<title>翻译公司 翻译报价 翻译价格 翻译哪家好</title><p>正文</p>", "stuffing.repeated_title"),
        ("<title>【成人电影】【六合彩特码】【代开发票】小区停水通知</title><p>正文</p>", "stuffing.bracketed_title"),
    ],
)
def test_must_fire(detect: Detect, html: str, name: str) -> None:
    assert name in piled(detect(StuffingDetector, html=html))


@pytest.mark.parametrize(
    "html",
    [
        "<title>小区停水通知 - 物业公告 - 青岚花园</title><p>明天上午九点到十二点停水。</p>",
        "<p>首页 | 要闻 | 部门 | 民生 | 论坛</p>",
        "<p>标签：离婚 彩礼 同居 欠条 抚养权 公证</p>",
        "<title>【停水】【柳北片区】【今晚22时】管网抢修</title><p>请提前储水。</p>",
        "<title>云服务器_GPU服务器 - 产品 - 某云官网</title><p>按量计费。</p>",
        "<p>苏州｜昆山｜太仓｜常熟 门店地址一览</p>",
        "<p>北京、上海、广州、深圳、成都、武汉分行均可办理，周末照常营业。</p>",
        "<title>哈哈哈哈哈，猫把键盘坐坏了</title><p>它很得意。</p>",
        "<title>路遥《平凡的世界》读后</title><p>平凡的人，平凡的路，平凡的雪。</p>",
        f'<meta name="keywords" content="{LINE.replace("_", ",")}"><p>{PROSE}</p>',
        f"<p>办理各类证件，当天出样 扣扣【⑦⑦②】【壹】【伍⑨】长</p><p>{PROSE}</p>",
        "<p>材质：全碳素-重量：82克-颜色：黑/白-磅数：24</p>",
    ],
)
def test_must_not_fire(detect: Detect, html: str) -> None:
    assert not piled(detect(StuffingDetector, html=html))


def test_the_whole_line_is_pointed_at_and_can_be_cut(detect: Detect) -> None:
    found = detect(StuffingDetector, html=f"<h1>{LINE}</h1><h2>菜园日记</h2><p>{PROSE}</p>")
    for name in ("stuffing.keyword_line", "stuffing.explicit_line"):
        (evidence,) = found[name].evidence
        assert evidence.quote == LINE
        assert evidence.removable


@pytest.mark.parametrize(
    "html",
    [
        "<p>小吃培训小吃培训班小吃培训学校小吃培训机构小吃培训中心哪里有小吃培训</p>",
        '<div style="display:none">月嫂公司月嫂价格月嫂哪家好请月嫂月嫂中介月嫂电话月嫂多少钱</div>',
    ],
)
def test_one_term_over_and_over_without_separators(detect: Detect, html: str) -> None:
    (evidence,) = detect(StuffingDetector, html=html + f"<p>{PROSE}</p>")["stuffing.repeated_line"].evidence
    assert evidence.removable


@pytest.mark.parametrize(
    "line",
    [
        "小兔子乖乖，小兔子开门，小兔子快点开开，小兔子我要进来",
        "菠菜一斤，菠菜两把，菠菜三捆，奶奶说菠菜够吃了，我说菠菜再种些吧",
        "早安早安早安早安早安早安早安早安",
    ],
)
def test_a_refrain_is_no_repeated_line(detect: Detect, line: str) -> None:
    assert not piled(detect(StuffingDetector, html=f"<p>{line}</p><p>{PROSE}</p>"))


GARDEN = (
    PROSE + "去年种得太密，苗挤着苗，今年隔一行留一行，浇水也方便，蚜虫少了许多。傍晚收工时手上全是泥，心里倒很踏实。"
)


@pytest.mark.parametrize(
    "html",
    [
        f"<h1>{LINE}</h1><h2>菜园日记</h2><p>{GARDEN}</p>",
        f"<div>{LINE}</div><div><h2>菜园日记</h2><p>{GARDEN}</p></div>",
        f'<h1 style="display:none">{LINE}</h1><h2>菜园日记</h2><p>{GARDEN}</p>',
    ],
)
def test_a_line_over_somebodys_text_was_planted(detect: Detect, html: str) -> None:
    (evidence,) = detect(StuffingDetector, html=html)["stuffing.planted_line"].evidence
    assert evidence.quote == LINE
    assert evidence.removable


@pytest.mark.parametrize(
    "html",
    [
        f"<h1>{LINE}</h1>",  # nothing of anybody's stands below
        f"<h2>菜园日记</h2><p>{GARDEN}</p><p>{LINE}</p>",  # at the foot stand blocks of links
        f'<h2>菜园日记</h2><p style="display:none">{LINE}</p><p>{GARDEN}</p>',  # hidden content, no headline
        f"<h1>{LINE}</h1>"
        + "<p>国产精品人妻无码在线观看，成人影院免费看，亚洲欧美中文字幕高清资源每日更新不用下载。</p>" * 3,
        f"<p>菠菜价格_菠菜批发_菠菜多少钱_菠菜哪家好</p><h2>菜园日记</h2><p>菠菜价格和批发：{GARDEN}菠菜多少钱，哪家好。</p>",
    ],
)
def test_a_line_of_the_page_itself_was_not_planted(detect: Detect, html: str) -> None:
    assert "stuffing.planted_line" not in detect(StuffingDetector, html=html)


def test_a_summary_alone_is_half_a_finding(detect: Detect) -> None:
    found = detect(StuffingDetector, html=f'<meta name="description" content="{LINE}"><p>{PROSE}</p>', title="菜园")
    assert found["stuffing.keyword_line"].strength == 0.5
    assert not found["stuffing.keyword_line"].evidence[0].removable


def test_a_keyword_in_every_paragraph(detect: Detect) -> None:
    lines = ("{}今年换了新的入口，注册一分钟，彩金马上到账不用等。", "玩{}两个月，周末打到八千，提现十分钟，客服态度也好。",
             "很多人问{}怎么爆分，小额多转，看准时间段，见好就收。", "最后提醒一句，{}首存翻倍到月底结束，有兴趣抓紧试玩。")  # fmt: skip
    body = "".join(f"<p>{line.format('真人百家乐娱乐城')}</p>" for line in lines)
    page = f"<title>真人百家乐娱乐城</title><h1>真人百家乐娱乐城</h1>{body}"
    assert "stuffing.density" in detect(StuffingDetector, html=page)
    honest = page.replace("真人百家乐娱乐城", "山野牌羽毛球拍")
    assert "stuffing.density" not in detect(StuffingDetector, html=honest)


def pictures(*texts: str) -> Article:
    article = Article("p", "校园秋景", tuple(Block(BlockKind.ATTRIBUTE, text) for text in texts))
    return replace(article, blocks=(*article.blocks, Block(BlockKind.PARAGRAPH, PROSE)))


def test_texts_of_pictures(resources: Resources) -> None:
    detector = StuffingDetector(resources)
    words = ("国产自拍视频", "人妻无码在线", "澳门娱乐城开户", "六合彩特码资料", "成人免费影院")
    found = {signal.name: signal for signal in detector.detect(Document(pictures(*words)))}
    assert {evidence.quote for evidence in found["stuffing.image_texts"].evidence} <= set(words)
    assert not detector.detect(
        Document(pictures("银杏大道（1）", "银杏大道（2）", "图书馆前的合影", "操场晨跑", "食堂新菜"))
    )
    assert not detector.detect(Document(pictures("国产自拍视频", "银杏大道", "图书馆前的合影", "操场晨跑", "食堂新菜")))


def test_terms_and_rows() -> None:
    assert repeated_term("开锁|换锁|修锁") is None
    term = repeated_term("装修公司,装修报价,装修设计")
    assert term is not None
    assert term[0] == "装修"
    assert bracketed("【甲乙】【甲乙】【甲乙】通知") == []
    assert repeated_share(["空调维修", "空调移机"]) > repeated_share(["空调维修", "门窗安装"])
    text = "第一行\n" + LINE + "\n" + PROSE
    (row,) = rows_of(text, 0, len(text))
    assert text[row.start : row.end] == LINE


def test_a_very_long_line_is_read_in_linear_time(detect: Detect) -> None:
    detect(StuffingDetector, title="长行", body="久久热_" * 100_000)
    detect(StuffingDetector, title="久" * 100_000, body="[" * 100_000)


@pytest.mark.parametrize("title", ["_", "|||", "__甲__", "- - - -", "某站_", "【】【】【】"])
def test_titles_that_are_only_separators(detect: Detect, title: str) -> None:
    assert not detect(StuffingDetector, title=title)
