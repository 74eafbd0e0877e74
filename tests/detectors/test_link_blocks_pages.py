"""Whole pages: which blocks are bought, which entries are bad, and which honest lists only look so."""

from __future__ import annotations

import pytest

from moderation.detectors.link_blocks import LinkBlockDetector
from moderation.readers import read_html
from moderation.signals import Signal

from .conftest import Detect

URL = "https://www.nanshan-life.cn/post/18.html"
ARTICLE = (
    "<title>阳台上种番茄的三个月</title><h1>阳台上种番茄的三个月</h1>"
    "<p>三月底把种子泡了一夜，用湿纸巾包着放在窗台，第四天露白。育苗块里覆土半厘米，保持湿润。</p>"
    "<p>五月搭架，留一根主枝，侧枝见了就掰。每周浇两次水，看叶子发蔫再浇也来得及，肥料用的是发酵过的豆饼。</p>"
)
BOUGHT = "link_blocks.abusive_anchors", "link_blocks.off_topic"


def links(*pairs: tuple[str, str], between: str = " ") -> str:
    return between.join(f'<a href="{href}">{text}</a>' for text, href in pairs)


def listed(*pairs: tuple[str, str]) -> str:
    return "".join(f"<li>{links(pair)}</li>" for pair in pairs)


GAMBLING = ("澳门新葡京官网", "真人百家乐开户", "pg电子试玩平台", "足球外围投注网", "老虎机送彩金", "六合彩资料大全")
GAMES = ("传奇私服发布网", "新开1.76复古传奇", "变态奇迹私服", "魔域sf发布站", "超变合击传奇", "天龙八部私服")
MONEY = ("代开增值税发票", "黑户秒下款口子", "信用卡套现商家", "无视征信贷款", "餐饮发票代开", "花呗套出来")
TOWNS = (
    "西安防水补漏",
    "太原疏通下水道",
    "烟台二手空调回收",
    "合肥叉车培训",
    "洛阳甲醛治理",
    "常州搬家公司",
    "芜湖开锁换锁",
)
CHEAP = tuple(
    f"http://www.{name}.top/" for name in ("kx8821", "bq9107", "vd3365", "wz7450", "hj5512", "nr6038", "tq4471")
)
NAMED = tuple(
    f"http://www.{name}.com/"
    for name in ("hongyuan-sy", "jiayue", "mingtai", "bochen", "xinrui", "chenguang", "dalian")
)


def bad_block(detect: Detect, block: str, url: str = URL) -> Signal | None:
    signals = detect(LinkBlockDetector, html=ARTICLE + block, url=url)
    found = [signals[name] for name in BOUGHT if name in signals]
    return max(found, key=lambda signal: signal.strength) if found else None


@pytest.mark.parametrize("hosts", [CHEAP, NAMED], ids=["cheap", "named"])
@pytest.mark.parametrize("words", [GAMBLING, GAMES, MONEY], ids=["gambling", "games", "money"])
@pytest.mark.parametrize(
    "block",
    [
        lambda pairs: f"<ul>{listed(*pairs)}</ul>",
        lambda pairs: f"<div class=foot>{links(*pairs, between=' | ')}</div>",
        lambda pairs: f"<div><b>友情链接：</b>{links(*pairs)}</div>",
        lambda pairs: "<table><tr>" + "".join(f"<td>{links(pair)}</td>" for pair in pairs) + "</tr></table>",
        lambda pairs: f"<marquee>{links(*pairs)}</marquee>",
        lambda pairs: "<div>" + "，".join(f"{word} {href}" for word, href in pairs) + "</div>",
        lambda pairs: "<dl>" + "".join(f"<dd>{links(pair)}</dd>" for pair in pairs) + "</dl>",
    ],
    ids=["list", "row", "friends", "table", "marquee", "comma", "dl"],
)
def test_bought_blocks_fire_in_every_shape(
    detect: Detect, words: tuple[str, ...], hosts: tuple[str, ...], block
) -> None:
    signal = bad_block(detect, block(list(zip(words, hosts, strict=False))))
    assert signal is not None
    assert signal.strength >= 0.6
    assert any(evidence.removable for evidence in signal.evidence)


def test_harmless_words_on_thrown_away_sites_are_off_topic(detect: Detect) -> None:
    signal = bad_block(detect, f"<ul>{listed(*zip(TOWNS, CHEAP, strict=True))}</ul>")
    assert signal is not None
    assert "7 of 7 links lead to other sites" in signal.evidence[0].note


def test_one_anchor_again_and_again(detect: Detect) -> None:
    pairs = [("澳门金沙网址", f"http://{name}.jinsha88.cc/") for name in ("a1k", "b7q", "c3z", "d9m", "e4x", "f8w")]
    assert bad_block(detect, f"<div>{links(*pairs)}</div>") is not None


def test_the_same_harmless_anchor_to_random_sub_domains(detect: Detect) -> None:
    names = ("q7xk2", "b3mz9", "w8hd4", "p2vn6", "k9ts3", "z4gq8", "m6rb5", "c2xw7", "h5dk9", "t3qv8")
    pairs = [("凉鞋新款", f"http://{name}.tuyi3107.cc/") for name in names]
    assert bad_block(detect, f"<div>{links(*pairs)}</div>") is not None
    honest = [
        ("原文", f"https://{host}/2019/{number}.html")
        for number, host in enumerate(("jiayue.com", "ming.cn", "bo.org", "xin.net"))
    ]
    assert bad_block(detect, f"<h4>参考资料</h4><div>{links(*honest)}</div>") is None


@pytest.mark.parametrize("name", ["mirror{}", "node0{}", "dl-{}", "cdn{}00"])
def test_the_servers_of_a_program_are_no_random_sub_domains(detect: Detect, name: str) -> None:
    for words in (("本地下载",) * 8, ("高速下载", "普通下载") * 4):
        pairs = [(word, f"http://{name.format(n)}.tuyisoft.com/v2.zip") for n, word in enumerate(words, 1)]
        assert bad_block(detect, f"<h4>下载地址</h4><div>{links(*pairs)}</div>") is None


def test_simplified_anchors_on_a_traditional_page(detect: Detect) -> None:
    page = (
        "<title>陽臺種番茄</title><p>三月底把種子泡了一夜，用濕紙巾包著放在窗臺，第四天露白，育苗塊裡覆土半釐米。</p>"
    )
    block = f"<div>{links(*zip(GAMBLING, NAMED, strict=False))}</div>"
    assert set(BOUGHT) & set(detect(LinkBlockDetector, html=page + block, url="https://www.qingri.tw/post/3"))


def test_the_whole_block_goes_with_its_heading_and_its_harmless_anchors(detect: Detect) -> None:
    pairs = list(zip((*GAMBLING[:4], "天气预报", "新华字典"), CHEAP, strict=False))
    html = ARTICLE + f"<div><h4>推荐阅读</h4><ul>{listed(*pairs)}</ul></div><p>版权所有</p>"
    signal = detect(LinkBlockDetector, html=html, url=URL)["link_blocks.abusive_anchors"]
    cut = [evidence.quote for evidence in signal.evidence if evidence.removable]
    assert cut == ["推荐阅读", *(word for word, _ in pairs)]


def test_one_bad_item_of_a_ranking_is_cut_alone(detect: Detect) -> None:
    names = (
        "番茄黄叶怎么办",
        "阳台光照测量",
        "豆饼发酵多久",
        "育苗块哪种好",
        "国产精品久久久久人妻无码",
        "侧枝要不要掰",
        "搭架的绳结",
    )
    items = "".join(f'<li><a href="/post/{n}.html">{name}</a><p>摘要{n}</p></li>' for n, name in enumerate(names))
    html = f"{ARTICLE}<h4>点击排行</h4><ol>{items}</ol>"
    signal = detect(LinkBlockDetector, html=html, url=URL)["link_blocks.abusive_anchors"]
    assert [evidence.quote for evidence in signal.evidence] == [names[4], "摘要4"]


def test_one_bad_friend_in_a_row_is_cut_alone_and_named_as_a_link(detect: Detect) -> None:
    friends = [("木子的小站", "https://muzi.me/"), ("南山图书馆", "https://lib.nanshan.cn/"), ("园艺爱好者", "https://yuanyi.org/"),
               ("老街论坛", "https://bbs.laojie.com/"), ("天气在线", "https://tqzx.com/"), ("慢生活", "https://msh.net/")]  # fmt: skip
    friends.insert(3, ("澳门新葡京官网开户送彩金", "http://www.kx8821.top/"))
    html = f"{ARTICLE}<div class=f>友情链接：{links(*friends)}</div>"
    signal = detect(LinkBlockDetector, html=html, url=URL)["link_blocks.abusive_anchors"]
    assert {evidence.quote for evidence in signal.evidence} == {friends[3][0], friends[3][1]}
    article = read_html(html, identifier="x", url=URL)
    assert signal.evidence[1].selector == "body > div:nth-of-type(1) > a:nth-of-type(4)"
    assert article.text_of(signal.evidence[0].field).startswith("友情链接")


def test_sold_links_in_a_pager_are_cut_and_the_pager_stays(detect: Detect) -> None:
    pairs = [("上一页", "18_1.html"), ("2", "18_2.html"), ("外围投注网", "http://www.kx8821.top/3"),
             ("滚球盘口", "http://www.kx8821.top/4"), ("下一页", "18_3.html")]  # fmt: skip
    signal = bad_block(detect, f'<div id="pages">{links(*pairs)}</div>')
    assert signal is not None
    assert {evidence.quote for evidence in signal.evidence} == {text for pair in pairs[2:4] for text in pair}


def test_a_page_that_warns_names_what_it_warns_of(detect: Detect) -> None:
    words = ("刷单返利", "裸聊敲诈", "跑分洗钱", "代开发票", "股票荐股群")
    tags = links(*((word, f"/tag/{number}") for number, word in enumerate(words)))
    warning = (
        "<title>九月警情通报</title><p>民警提示，谨防诈骗，被骗请立即举报。</p><p>警方抓获骗子七人，涉案三百万元。</p>"
    )
    assert bad_block(detect, f"<p>热词：{tags}</p>") is not None
    found = detect(LinkBlockDetector, html=f"{warning}<p>热词：{tags}</p>", url=URL)
    assert not set(BOUGHT) & set(found)


def test_doors_in_a_folder_of_the_own_site_fall_together(detect: Detect) -> None:
    pairs = list(zip((*GAMBLING, "天气预报"), (f"/k7x2/{n}.html" for n in range(7)), strict=True))
    signal = bad_block(detect, f"<ul>{listed(*pairs)}</ul>")
    assert signal is not None
    assert [evidence.quote for evidence in signal.evidence] == [word for word, _ in pairs]


@pytest.mark.parametrize("href", ["https://weibo.com/u/18", "https://beian.miit.gov.cn/", "https://github.com/a/b"])
def test_sites_that_every_page_may_link_are_no_sign(detect: Detect, href: str) -> None:
    assert bad_block(detect, f"<ul>{listed(*((town, href) for town in TOWNS))}</ul>") is None


def test_comments_that_sell(detect: Detect) -> None:
    rows = "".join(
        f'<li><cite><a rel=nofollow href="{href}">{word}</a></cite>：写得真好，收藏了</li>'
        for word, href in zip((*MONEY, GAMES[0]), CHEAP, strict=True)
    )
    assert bad_block(detect, f"<h3>评论</h3><ol>{rows}</ol>") is not None


OWN = tuple(f"/a/{number}.html" for number in range(40))
AWAY = tuple(
    f"https://{host}/"
    for host in ("www.hengda-zg.com", "huaxin.cn", "jzsjy.gov.cn", "lvyuan.org", "www.mingzhu.top", "rui-feng.cc", "tongji120.com",
                 "muzi.me", "bbs.laojie.com", "58xinxi.com", "shop.zaotai.cn", "xiaowu.xyz")
)  # fmt: skip

HONEST = {
    "police news": (("警方捣毁特大网络赌博团伙", "十二人因开设赌场获刑", "女子轻信刷单被骗八万", "打击代开发票专项行动", "反诈民警教你识破杀猪盘", "扫黄行动查处会所三家"), OWN),
    "health questions": (("阴道炎反复发作怎么办", "早泄能治好吗", "包皮手术后多久能上班", "避孕药漏服怎么补", "梅毒几期会传染", "自慰多久一次算正常"), OWN),
    "departments": (("男科", "妇科", "性病门诊", "生殖医学科", "肛肠外科", "泌尿外科", "整形美容科"), OWN),
    "shop categories": (("情趣内衣", "成人纸尿裤", "丝袜", "麻将机", "按摩椅", "点钞机", "美容仪"), OWN),
    "partners": (("恒达重工", "华信纸业", "市建筑设计院", "绿源环保科技", "明珠酒店集团", "瑞丰种业", "同济药房"), AWAY),
    "blogroll": (("木子的小站", "老李说代码", "一只橘猫", "夜航船", "听雨轩", "码农阿信", "山野间"), AWAY[::-1]),
    "authorities": (("市中级人民法院", "反诈中心", "彩票公益金公示", "税务局发票查验", "征信中心", "扫黄打非办"), AWAY),
    "universities": (("计算机学院", "体育部", "外国语学院", "医学院", "招生办", "校友会"), tuple(f"http://{n}.qlnu.edu.cn/" for n in ("jsj", "ty", "wy", "yx", "zs", "xyh"))),
    "stations": (("西安", "郑州", "苏州", "东莞", "昆明", "大连", "合肥"), tuple(f"http://{n}.bendi123.com/" for n in ("xa", "zz", "sz", "dg", "km", "dl", "hf"))),
    "game guides": (("传奇手游平民玩家攻略", "合区公告：三区四区数据互通", "棋牌类游戏防沉迷说明", "魔域职业加点心得", "奇迹MU怀旧服前瞻"), OWN),
    "references": (("Gambling in adolescents", "A review of surrogacy law", "网络贷款与家庭债务", "彩票社会学研究述评", "Web spam taxonomy"), AWAY),
    "loan warnings": (("黑户贷款骗局揭秘", "砍头息是什么", "代还信用卡有哪些风险", "警惕虚假贷款App", "校园贷维权指南"), OWN),
    "archive": (("2023年12月", "2023年11月", "2023年10月", "2023年9月", "2023年8月"), OWN),
    "page numbers": (("上一页", "1", "2", "3", "4", "下一页"), OWN),
    "languages": (("简体中文", "繁體中文", "English", "日本語"), ("https://cn.brand.com/", "https://tw.brand.com/", "https://en.brand.com/", "https://jp.brand.com/")),
    "legal": (("京ICP备05000000号", "网络110报警服务", "12377举报中心", "经营许可证"), ("https://beian.miit.gov.cn/", "https://cyberpolice.mps.gov.cn/", "https://www.12377.cn/", "/licence.html")),
    "share": (("微博", "QQ空间", "豆瓣", "人人"), ("https://service.weibo.com/share", "https://sns.qzone.qq.com/share", "https://www.douban.com/share", "http://share.renren.com/")),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.parametrize("shape", ["list", "row"])
def test_honest_lists_say_nothing(detect: Detect, name: str, shape: str) -> None:
    words, hrefs = HONEST[name]
    pairs = list(zip(words, hrefs, strict=False))
    row = links(*pairs, between=" | ")
    block = f"<ul>{listed(*pairs)}</ul>" if shape == "list" else f"<div class=links>{row}</div>"
    assert bad_block(detect, block) is None


@pytest.mark.parametrize("number", [1, 2, 3])
def test_who_made_the_site_and_an_advertisement_are_no_block(detect: Detect, number: int) -> None:
    made = links(*list(zip(("西安建站", "网站推广制作", "记账报税代理"), NAMED, strict=False))[:number])
    assert bad_block(detect, f"<div class=foot>技术支持：{made}</div>") is None


def test_links_that_a_tutorial_shows_as_code(detect: Detect) -> None:
    code = "&lt;a href='http://kx8821.top'&gt;澳门新葡京&lt;/a&gt;\n" * 6
    assert bad_block(detect, f"<pre><code>{code}</code></pre>") is None


def test_markdown_and_plain_text(detect: Detect) -> None:
    lines = "\n".join(f"{word} {href}" for word, href in zip(GAMBLING, CHEAP, strict=False))
    assert set(BOUGHT) & set(
        detect(LinkBlockDetector, title="阳台种番茄", body=f"三月底把种子泡了一夜，第四天露白。\n{lines}\n")
    )
    tools = "\n".join(
        f"{word} https://{host}" for word, host in (("日期库", "dayjs.dev"), ("缩图", "pica.io"), ("队列", "tinyq.cn"))
    )
    assert not detect(LinkBlockDetector, title="我的工具箱", body=f"整理了几个常用的小工具，长期更新。\n{tools}\n")


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        (("dayjs-lite", "pica-resize", "tiny-queue", "pinyin-sort", "port-kill", "hot-reload"), ("git.oss-hub.dev",) * 6),
        (("官网", "文档", "示例", "论坛", "镜像", "教程"), ("a1b2.xyz", "c3d4.top", "e5f6.icu", "g7h8.cc", "k9m1.vip", "n2p3.xyz")),
        (("Our World in Data", "The Lancet", "Nature News", "BBC Earth", "NASA"), ("owid.org", "lancet.com", "nature.com", "bbc.co.uk", "nasa.gov")),
        (("张三的主页", "李四的相册", "王五", "赵六的诗"), ("z3.top", "li4.xyz", "wang5.me", "zhao6.cc")),
    ],
    ids=["tools", "documents", "english", "people"],
)  # fmt: skip
def test_links_away_that_deal_in_nothing(detect: Detect, words: tuple[str, ...], hosts: tuple[str, ...]) -> None:
    pairs = [(word, f"https://{host}/{word}") for word, host in zip(words, hosts, strict=True)]
    assert bad_block(detect, f"<ul>{listed(*pairs)}</ul>") is None
    assert bad_block(detect, f"<div>{links(*pairs)}</div>") is None


def test_space_for_rent_alone_says_little(detect: Detect) -> None:
    signal = detect(LinkBlockDetector, html=f"{ARTICLE}<p>广告位招租</p>", url=URL)["link_blocks.placeholder"]
    assert signal.strength < 0.5


def test_no_page_of_links_is_too_long(detect: Detect) -> None:
    pairs = [(GAMBLING[n % 6], f"http://s{n}.kx{n % 50}.top/") for n in range(3_000)]
    signal = bad_block(detect, f"<div>{links(*pairs)}</div><ul>{listed(*pairs)}</ul>")
    assert signal is not None
