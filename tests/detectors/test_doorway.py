from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from moderation.article import Article, Block, BlockKind, Link
from moderation.detectors import Resources
from moderation.detectors.doorway import DoorwayDetector, DoorwayModel
from moderation.detectors.query_page import QueryPage
from moderation.normalize import Document
from moderation.readers import read_html
from moderation.signals import Signal

from .conftest import Detect

DONORS = [
    json.loads(line) for line in (Path(__file__).parents[2] / "data" / "donors.jsonl").read_text("utf-8").splitlines()
]
SUMMARY = (
    "### 近视防控：近视的成因与误区近视是指平行光线聚焦在视网膜之前。近视可以由多种因素引起，"
    "了解近视的成因、近视的误区对视力很重要，视力下降要及时检查。"
)


def page(
    title: str, *paragraphs: str, site: str = "", lead: str = "", url: str = "https://www.a.example/x/1.html"
) -> Article:
    body = "".join(f"<h3>{text[1:]}</h3>" if text.startswith("#") else f"<p>{text}</p>" for text in paragraphs)
    suffix = f"_{site}" if site else ""
    foot = f"<p>{site} 版权所有</p>" if site else ""
    html = f"<title>{title}{suffix}</title><h1>{title}</h1>{lead}{body}{foot}"
    return read_html(html, identifier="x", url=url)


@pytest.fixture(scope="session")
def find(resources: Resources):  # type: ignore[no-untyped-def]
    detector = DoorwayDetector(resources)
    return lambda article: {signal.name: signal for signal in detector.detect(Document(article))}


def likely(found: dict[str, Signal]) -> float:
    return found["doorway.page"].strength if "doorway.page" in found else 0.0


def test_a_title_from_elsewhere(detect: Detect) -> None:
    body = "\n".join(DONORS[16]["paragraphs"])
    assert "doorway.title_mismatch" in detect(DoorwayDetector, title="国产精品久久久久人妻", body=body)


def test_a_summary_from_elsewhere(detect: Detect) -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in DONORS[16]["paragraphs"])
    html = f"<title>{DONORS[16]['title']}</title><h3>{SUMMARY}</h3>{paragraphs}"
    assert set(detect(DoorwayDetector, html=html)) == {"doorway.summary_mismatch"}


@pytest.mark.parametrize("donor", DONORS, ids=lambda donor: str(donor["id"]))
def test_honest_articles_say_nothing(detect: Detect, donor: dict[str, object]) -> None:
    paragraphs = [str(text) for text in donor["paragraphs"]]  # type: ignore[attr-defined]
    html = f'<meta name="description" content="{paragraphs[0][:150]}">' + "".join(
        f"<p>{text}</p>" for text in paragraphs
    )
    assert not detect(DoorwayDetector, title=str(donor["title"]), html=html)


WRAPPED = (
    "“无码人妻在线”：一个热词的前世今生",
    "最近，“无码人妻在线”在网友之间引发热议，它不仅是一个词语，更是一种文化现象。",
    "#一、从哪里来",
    "有学者指出，这种表达承载着人们的情感，据统计六成受访者都曾听说过。",
    "#二、评论区怎么说",
    "网友各抒己见，口碑两极。“无码人妻在线”折射出时代的焦虑，也让人反思。",
    "总之，让我们以理性的眼光看待“无码人妻在线”，共同守护内心的港湾。",
)
SELLER = (
    "临江代开增值税发票 代开普票专票",
    "临江代开发票找我们，长期办理各行业发票，点位低，先验后付款。",
    "临江代开发票流程：联系客服，发开票资料，当天出票，税务平台可查。",
    "临江代开建筑发票、运输发票、餐饮发票，金额越大优惠越多，全程保密。",
    "临江本地上门送票，老客户介绍返佣，客服微信全天在线。",
)
COPIED = tuple(str(text) for text in DONORS[16]["paragraphs"])


@pytest.mark.parametrize(
    ("article", "name"),
    [
        (page(*WRAPPED, site="恒锐机械有限公司"), "doorway.wrapped_query"),
        (page(*WRAPPED), "doorway.query_in_every_paragraph"),
        (page(*SELLER), "doorway.template_slots"),
        (page("国产无码视频免费在线观看", *COPIED, site="明德律师事务所"), "doorway.site_mismatch"),
        (page("澳门百家乐开户送彩金", *COPIED, site="青岚第一中学"), "doorway.site_mismatch"),
        (page("黑户必下款的口子无视征信", "黑户必下款的口子无视征信"), "doorway.thin_query"),
        (
            page("免费黄片APP下载", *COPIED, lead='<p><a href="http://q7.cheap-example.top/d/a.apk">安卓下载</a></p>'),
            "doorway.installer",
        ),
        (
            page(
                "油烟机清洗(油烟机清洗方法,油烟机清洗多少钱)",
                "❶ 油烟机清洗方法",
                "油烟机 要先断电，体式格局有 高温和 泡洗两种。",
                "❷ 油烟机清洗多少钱",
                "代价在八十元摆布，各地 处所不同。",
            ),
            "doorway.stitched",
        ),
        (
            page("网站建设报价,孩子积食怎么办,西安网络公司", *(text.replace("，", "#xff0c;") for text in COPIED[:6])),
            "doorway.glued_title",
        ),
        (page(*SELLER), "doorway.offer"),
        (page("阳台搭架_{随机关键词3}", *COPIED[:4], "本文标签：搭架，{随机关键词7}"), "doorway.stitched"),
        (page("午后的花田", "<img src=a.jpg>", url="http://pic.a.example/porn/221.html"), "doorway.url"),
    ],
)
def test_findings(find, article: Article, name: str) -> None:  # type: ignore[no-untyped-def]
    found = find(article)
    assert name in found
    assert found[name].evidence


@pytest.mark.parametrize(
    "article",
    [
        page(*WRAPPED),
        page(*SELLER),
        page("国产无码视频免费在线观看", *COPIED, site="明德律师事务所"),
        page("澳门百家乐开户送彩金", *COPIED, site="青岚第一中学"),
        page("黑户必下款的口子无视征信", "黑户必下款的口子无视征信"),
        page(
            "无视黑白的网贷口子2025汇总 秒批五千",
            "急用钱的看过来，下面几个口子不查征信，黑户也能秒批。",
            "第一个：小月周转，凭身份证三分钟下款，额度五千到三万，通过率极高。",
            "第二个：快来花，强制下款，晚上也能放款到账，名额有限先到先得。",
            "需要链接的添加客服，内部渠道包装资料，成功后付佣金。",
        ),
        page(
            "真人百家乐官网注册送58 棋牌电子一站式",
            "真人百家乐平台由亚洲知名集团运营，真人荷官全天在线，注册即送彩金。",
            "首存翻倍，返水无上限，提现秒到，客服一对一服务。",
            "点击官网注册，下载app，立即开始您的财富之旅。",
        ),
    ],
)
def test_the_model_says_doorway(find, article: Article) -> None:  # type: ignore[no-untyped-def]
    assert likely(find(article)) >= 0.6


HONEST = [
    page(
        "警方破获一起以“澳门百家乐”为名的网络赌博案",
        "记者从市公安局获悉，民警近日捣毁一个网络赌博团伙，抓获犯罪嫌疑人十九名。",
        "经查，该团伙以“澳门百家乐”为名架设网站，涉案流水两千余万元，主犯已被依法逮捕。",
        "警方提醒，参与网络赌博违法，发现线索请举报。",
        site="青岚市公安局",
    ),
    page(
        "早泄与阳痿有什么不同",
        "两者都是门诊常见的症状，前者说的是时间，后者说的是硬度。",
        "诊断需要病史和激素检查，医生会根据结果用药，请遵医嘱。",
        "治疗期间可以正常生活，三个月后复查。",
        site="云栖区人民医院",
    ),
    page(
        "临江搬家公司收费标准",
        "临江搬家公司按车型收费，四米二厢货每趟四百元，含十公里。",
        "临江搬家请提前一天预约，楼层费写进合同，损坏照价赔偿。",
        "临江市区有三个网点，营业执照和投诉电话见页脚。",
        "临江周边县城另计里程。",
    ),
    page(
        "山野牌羽毛球拍 全碳素 双拍",
        "山野牌羽毛球拍采用全碳素一体成型，单拍八十二克。",
        "山野牌羽毛球拍附赠拍包和手胶，适合初学者。",
        "山野牌羽毛球拍支持七天无理由退货。",
        site="拾物集商贸有限公司",
    ),
    page(
        "反诈中心：警惕“无视征信秒下款”短信",
        "近日有群众收到“无视征信秒下款”短信，点开链接后被骗走保证金八千元。",
        "民警提醒，凡是放款前收费的都是诈骗，请不要填写银行卡和验证码。",
        "如已受骗，请保留记录并立即报警。",
    ),
    page(
        "关于防范冒用我行名义办理“无视黑白户贷款”的声明",
        "近期，有不法分子冒用我行名义发布“无视黑白户，当天放款”“强开额度，百分百下款”等虚假信息。",
        "我行声明：从未授权任何中介办理贷款，不会在放款前收取工本费、保证金、解冻费。",
        "凡要求您下载不明应用、共享屏幕、提供验证码的，均为诈骗，请致电客服热线冻结账户。",
    ),
    page(
        "《色戒》里的一枚戒指",
        "导演把不到三万字的小说拍成两个半小时，多出来的时间都给了犹豫。",
        "珠宝店那场戏，镜头只停在演员的手上，床戏引起的争论盖过了别的。",
        "读者可以对照原著再看一遍。",
    ),
    page(
        "模板里的占位符怎么写",
        "标题用{{ title }}，随机数用{rand}，列表用{% for %}。",
        "【关键词】三个以内，用逗号隔开。",
    ),
    page("双色球几点停止销售", "双色球开奖日晚上八点停止销售，每周二、四、日各开一期。"),
    page(
        "老虎机的数学：为什么庄家总会赢",
        "老虎机每转一次，返还率都写在芯片里，百分之九十二意味着每一百元平均留下八元。",
        "把转动看成独立的随机试验，用期望值算一算，玩得越久，输的钱越接近那个比例。",
        "概率课上常拿它讲大数定律，学生们自己写程序转了一百万次。",
    ),
    page(
        "反诈课堂：“导师带单，稳赚不赔”是怎么骗走八十万的",
        "拉进群，晒收益，再让你下载一个应用市场里没有的软件，每一步都有人配合。",
        "充值的钱没有进市场，提现时要先交税，交了税又要保证金，直到你没有钱为止。",
    ),
    page("雨后的古镇：二十张照片", "拍于四月，雨刚停，石板上全是云。", url="https://a.example/photo/12.html"),
    page("山区教师李明的一天", *COPIED[:5], url="https://school.a.example/upload/2024/3.html"),
    page(
        "掌上青岚客户端下载",
        "掌上青岚是市政务服务的应用，提供公交到站、社保查询、预约挂号。",
        lead='<p><a href="https://cdn.store-example.com/qinglan.apk">安卓版</a></p>',
        site="青岚市人民政府",
    ),
    page("① 拆下滤网 ② 泡进热水：油烟机自己洗", "①拆下滤网，②泡进加了小苏打的热水，③二十分钟后刷洗。"),
    page(
        "Java 集合源码笔记", "HashMap 在 JDK8 里改成了数组加链表加红黑树。", url="https://blog.a.example/java/xxxx.html"
    ),
]


@pytest.mark.parametrize("article", HONEST, ids=lambda article: article.title)
def test_honest_pages(find, article: Article) -> None:  # type: ignore[no-untyped-def]
    found = find(article)
    assert likely(found) < 0.6
    assert not found.keys() - {"doorway.page"}


def test_the_title_is_read_without_the_name_of_the_site() -> None:
    query = QueryPage(Document(page("公积金怎么提取", "公积金提取有三种办法。", site="青岚市公积金中心")))
    assert (query.title, query.suffix) == ("公积金怎么提取", "青岚市公积金中心")
    assert query.heads_page
    bare = QueryPage(Document(Article("x", "公积金怎么提取 - 青岚在线", ())))
    assert (bare.title, bare.suffix) == ("公积金怎么提取", "青岚在线")


def test_a_page_under_another_heading_was_not_made_for_its_title() -> None:
    html = f"<title>成人影院免费看</title><h1>成人影院免费看</h1><h2>校园运动会落幕</h2><p>{COPIED[0]}</p>"
    assert not QueryPage(Document(read_html(html, identifier="x"))).heads_page


def test_a_model_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        DoorwayModel(("a", "b"), np.array([1.0]), 0.0)
    with pytest.raises(ValueError, match="do not fit"):
        DoorwayModel(("a",), np.array([np.nan]), 0.0)
    assert DoorwayModel(("a",), np.array([2.0]), -1.0).probability({"a": 0.5}) == pytest.approx(0.5)


def test_a_long_page_is_read_in_linear_time(find) -> None:  # type: ignore[no-untyped-def]
    blocks = tuple(Block(BlockKind.PARAGRAPH, "久久热 澳门百家乐(百家乐," * 40) for _ in range(5_000))
    find(Article("x", "澳门百家乐" * 5_000, blocks))
    links = tuple(Link(f"http://a{n}.top/x.apk", "下载") for n in range(20_000))
    find(Article("x", "免费黄片APP下载", (Block(BlockKind.PARAGRAPH, "下载", links),)))
