from __future__ import annotations

import pytest

from moderation.detectors.title_part import TitlePartDetector
from moderation.detectors.title_split import split
from moderation.signals import Signal

from .conftest import Detect

# Honest articles: the title of each, and its text.
OWN = {
    "divorce": (
        "协议离婚的冷静期从哪一天开始算",
        "双方到婚姻登记处递交离婚申请的那一天不算在内，从第二天起计算三十天的冷静期。冷静期内任何一方不愿意离婚，都可以撤回申请。"
        "期满之后还要在另一个三十天内亲自到场申请发给离婚证，协议里写好的财产和抚养安排才会生效。没有到场的，视为撤回。",
    ),
    "oranges": (
        "一箱橙子的四十八小时",
        "清晨六点，果农把刚摘下的橙子倒进塑料筐，分级线按直径把它们分成五档。装好的一箱橙子在傍晚之前要赶上冷链车，四十八小时之后，"
        "它会出现在两千公里外一家小超市的货架上。这段路上最怕的是颠簸和升温，司机每隔三小时看一次车厢里的温度。",
    ),
    "hotel": (
        "住了三晚，说说这家酒店",
        "这家酒店在老城的边上，步行十分钟到地铁站。我们住了三晚，房间朝南，隔音一般，早餐的品种不多但是每天换样。前台的姑娘很热心，"
        "帮我们订了第二天去古镇的车。退房的时候发现充电器忘在房间里，酒店第二天就寄了过来。",
    ),
    "meteors": (
        "英仙座流星雨本周极大，肉眼可见",
        "英仙座流星雨将在本周三夜间达到极大，天气晴好的地方用肉眼就能看到。天文馆的老师建议提前半小时到空旷处适应黑暗，"
        "面向东北方平躺，不需要望远镜。月光会影响较暗的流星，后半夜的条件更好一些，每小时大约可以见到四五十颗。",
    ),
    "company": (
        "恒锐机械公司简介",
        "恒锐机械成立于一九九八年，厂房面积两万平方米，主要生产颚式破碎机和振动筛。公司现有员工三百余人，其中工程师四十二人，"
        "产品销往二十多个省份，并通过了质量管理体系认证。机械加工车间去年更换了数控设备，交货时间缩短了三分之一。",
    ),
    "market": (
        "量能不足难改震荡，市场等待新的线索",
        "周三两市低开之后窄幅震荡，成交量能较前一日明显不足。多家机构认为，在新的线索出现之前，市场难改区间震荡的格局。"
        "板块方面，电力和银行走势较强，半导体回落。分析人士提醒，量能没有放大之前，投资者宜控制仓位，耐心等待。",
    ),
    "bread": (
        "凌晨四点的碱水面作坊",
        "凌晨四点，作坊里的灯已经亮了两个小时。老板娘把碱水按比例兑进面粉，和面机转起来的时候整条巷子都能听见。碱水面要蒸到七成熟再摊凉，"
        "拌上菜油才不会粘。第一批面五点半送到早点铺，街坊们六点就排起了队。",
    ),
}

# (title with {own}, article, category)
MUST_FIRE = [
    ("玩球直播投注6280.com_{own}", "divorce", "gambling"),
    ("太阳城申博|{own}", "oranges", "gambling"),
    ("双面盘 {own}", "hotel", "gambling"),
    ("返水 {own}", "market", "gambling"),
    ("【k8凯发】【半套】{own}", "meteors", "gambling"),
    ("{own}-久久精品一区二区", "company", "explicit"),
    ("澳门新葡京娱乐城-{own}", "bread", "gambling"),
    ("{own}_国产精品人妻无码", "oranges", "explicit"),
    ("亚博体育app下载：{own}", "hotel", "gambling"),
    ("幸运飞艇计划群|{own}", "divorce", "gambling"),
    ("不看征信秒下款口子_{own}", "bread", "fraud"),
    ("黑户必下贷款口子 {own}", "meteors", "fraud"),
    ("代开增值税发票｜{own}", "company", "illicit_ad"),
    ("办证刻章加微信-{own}", "hotel", "illicit_ad"),
    ("{own} - 澳门威尼斯人赌场官网", "market", "gambling"),
    ("【国产无码视频】{own}", "divorce", "explicit"),
    ("[北京赛车pk10]{own}", "oranges", "gambling"),
    ("（人妻熟女视频）{own}", "bread", "explicit"),
    ("时时彩平台9931.com{own}", "meteors", "gambling"),
    ("{own}｜真人百家乐开户", "company", "gambling"),
    ("91国产在线视频—{own}", "hotel", "explicit"),
    ("牛牛房卡代理·{own}", "market", "gambling"),
    ("{own}_亚洲无码av在线_恒锐机械", "company", "explicit"),
    ("迷药购买货到付款|{own}", "oranges", "illicit_ad"),
    ("六合彩特码资料_{own}_晨露资讯网", "bread", "gambling"),
    ("網上娛樂城優惠 {own}", "market", "gambling"),
    ("澳门金沙4166.com：{own}", "hotel", "gambling"),
]

# What a clean title hangs before or behind itself: (title with {own}, article)
MUST_NOT_FIRE = [
    ("【警方提示】{own}", "hotel"),
    ("【彩票】{own}", "oranges"),
    ("【情感】{own}", "divorce"),
    ("【两性健康】{own}", "divorce"),
    ("视频｜{own}", "meteors"),
    ("娱乐_{own}", "hotel"),
    ("成人高考网 - {own}", "company"),
    ("{own}_青岚男科医院", "divorce"),
    ("{own} - 彩票公益金公示网", "market"),
    ("{own}-成人高考网", "bread"),
    ("[求助]{own}", "divorce"),
    ("[原创][首发]{own}", "bread"),
    ("{own}（一区 二区）", "company"),
    ("{own} 登录入口", "company"),
    ("PE-600型 {own}", "company"),
    ("2024-08-12 {own}", "meteors"),
    ("Booking.com {own}", "hotel"),
    ("iPhone 15 Pro 摄影 | {own}", "meteors"),
    ("《赌神》重映 | {own}", "hotel"),
    ("{own}（消歧义）", "company"),
    ("{own} - 老张牛肉面馆", "bread"),
    ("{own}_深夜食堂", "bread"),
    ("股市早报：{own}", "market"),
    ("{own}｜戒赌热线公益提示", "market"),
    ("反诈中心提醒：{own}", "divorce"),
    ("财经 期货 {own}", "market"),
    ("棋牌频道_{own}", "oranges"),
    ("58同城 {own}", "hotel"),
    ("{own}-南塘在线-第2页", "oranges"),
    ("私房菜 {own}", "bread"),
    ("{own}_女性频道_南方晚报网", "divorce"),
    ("双色球开奖 {own}", "market"),
]

REPORT = "记者从公开文件获悉，{subject}。有关部门表示，将依法处理并及时公布进展，请公众以正式发布的消息为准。" * 3
# A brand as the subject of the page: (title, what its body says)
SUBJECTS = [
    ("澳门永利公布年报｜博彩业复苏", "澳门永利公布年报，全年净收益同比回升，博彩业复苏带动酒店入住率"),
    ("警方通报：捣毁跨境网络赌博平台", "警方通报捣毁一个跨境网络赌博平台，抓获三十七人，冻结资金"),
    ("太阳城集团周焯华案：二审宣判", "太阳城集团周焯华案二审宣判，法院维持原判"),
    ("百家乐_概率论课堂笔记", "百家乐的庄家优势来自规则，概率论课堂上用它讲条件期望"),
    ("幸运飞艇骗局揭秘|反诈民警手记", "所谓幸运飞艇是骗局，反诈民警的手记里写着受害人如何被拉进群"),
    ("德州扑克 新手指南：位置与底池", "德州扑克的位置决定先后，新手要先学会计算底池赔率"),
    ("代孕合同无效_法院判例解析", "法院判例认为代孕合同违背公序良俗而无效，委托方要求退款不予支持"),
    ("人妻_日本电影（1956年）", "这部日本电影拍于一九五六年，片名人妻，讲一位妻子在战后的生活"),
    ("王者荣耀 外挂封号公告|第12期", "王者荣耀本期封号公告，使用外挂的账号处以十年封禁"),
    ("网贷逾期怎么办-律师答疑", "网贷逾期之后先和平台协商，律师答疑里说明了利息上限"),
]


def fired(detect: Detect, title: str, text: str, heading: str | None = None) -> dict[str, Signal]:
    html = f"<html><head><title>{title}</title></head><body><h1>{heading or title}</h1><p>{text}</p></body></html>"
    return detect(TitlePartDetector, html=html, url="https://www.a.example/1.html")


@pytest.mark.parametrize(("pattern", "article", "category"), MUST_FIRE)
def test_must_fire(detect: Detect, pattern: str, article: str, category: str) -> None:
    own, text = OWN[article]
    found = fired(detect, pattern.format(own=own), text)
    assert set(found) == {f"title_part.{category}", "title_part.planted"}
    signal = found[f"title_part.{category}"]
    assert signal.strength >= 0.83
    assert found["title_part.planted"].evidence == signal.evidence
    for evidence in signal.evidence:
        assert evidence.removable
        assert own not in evidence.quote


@pytest.mark.parametrize(("pattern", "article"), MUST_NOT_FIRE)
def test_must_not_fire(detect: Detect, pattern: str, article: str) -> None:
    own, text = OWN[article]
    assert not fired(detect, pattern.format(own=own), text)
    assert not fired(detect, pattern.format(own=own), text, heading=own)


@pytest.mark.parametrize(("title", "subject"), SUBJECTS)
def test_a_brand_that_the_page_is_about(detect: Detect, title: str, subject: str) -> None:
    assert not fired(detect, title, REPORT.format(subject=subject))
    assert not detect(TitlePartDetector, title=title)


@pytest.mark.parametrize("pattern", [pattern for pattern, _, _ in MUST_FIRE if ".com" not in pattern])
def test_a_title_alone_is_judged_as_a_whole(detect: Detect, pattern: str) -> None:
    assert not detect(TitlePartDetector, title=pattern.format(own=OWN["bread"][0]))


def test_a_glued_address_is_beyond_doubt(detect: Detect) -> None:
    (signal,) = detect(TitlePartDetector, title=f"玩球直播投注6280.com_{OWN['divorce'][0]}").values()
    assert signal.strength >= 0.95
    assert not any(evidence.removable for evidence in signal.evidence)


@pytest.mark.parametrize(
    ("title", "cut"),
    [
        ("太阳城申博 | {own}", "太阳城申博 | "),
        ("【k8凯发】 {own}", "【k8凯发】 "),
        ("{own} - 国产精品人妻无码", " - 国产精品人妻无码"),
        ("{own}【国产精品人妻无码】", "【国产精品人妻无码】"),
        ("{own}_国产精品人妻无码_晨露资讯网", "_国产精品人妻无码"),
        ("太阳城申博：【晨读】{own}", "太阳城申博："),
    ],
)
def test_cutting_the_evidence_leaves_the_own_title(detect: Detect, title: str, cut: str) -> None:
    own, text = OWN["oranges"]
    signal = fired(detect, title.format(own=own), text)["title_part.planted"]
    assert signal.evidence[0].quote == cut
    assert len(signal.evidence) == 2, "the heading repeats it"


ROWS = [
    ("必盈汇体育app下载-必盈汇(中国)官方网站-IOS/安卓通用版V8.3.1 - ", "hotel", "gambling", False),
    ("91精品国产视频_午夜福利影院免费看_一区二区三区无码_欧美熟妇_日韩字幕人妻_", "company", "explicit", True),
    ("黑户必下款5000_不看征信秒下的口子_强制下款app排行_", "bread", "fraud", True),
    (
        "极光影视在线观看免费完整版 | 蓝鲸电影网手机在线观看 | 4K高清电视剧免费看全集 | 韩剧最新更新 | ",
        "oranges",
        "explicit",
        True,
    ),
]


@pytest.mark.parametrize(("row", "article", "category", "piled"), ROWS)
def test_a_row_before_the_pages_own_title_is_cut_whole(
    detect: Detect, row: str, article: str, category: str, piled: bool
) -> None:
    own, text = OWN[article]
    found = fired(detect, f"{row}{own}_晨露资讯网", text, heading=own)
    assert {name for name in found if name != "title_part.queries"} == {f"title_part.{category}", "title_part.planted"}
    assert ("title_part.queries" in found) is piled
    assert found["title_part.planted"].evidence[0].quote == row


@pytest.mark.parametrize(
    "row",
    [
        "首页_新闻频道_社会_",
        "离心泵_磁力泵_化工泵_",
        "云南旅游 | 大理古城 | 酒店民宿 | 自由行攻略 | ",
        "第三期 | 生活 | 随笔 | ",
    ],
)
def test_columns_before_a_title_are_no_planted_row(detect: Detect, row: str) -> None:
    own, text = OWN["hotel"]
    assert not fired(detect, f"{row}{own}_晨露资讯网", text, heading=own)


def test_on_a_page_that_sells_the_same_nothing_was_planted(detect: Detect) -> None:
    title, text = (
        "毕业证样本图片大全 办本科文凭学信网可查多少钱",
        (
            "本科文凭、大专毕业证样本一比一还原，钢印水印防伪线齐全，学信网可查，先看图后付款，全程保密，加微信发货。"
            "办本科文凭多少钱？三天出图五天到手，货到满意再付尾款，老客户介绍新客户有优惠，证件类均可办理。"
        ),
    )
    found = fired(detect, title, text)
    assert "title_part.planted" not in found
    assert "title_part.queries" not in found


def test_a_clause_before_a_comma_was_not_hung_on_a_title(detect: Detect) -> None:
    own, text = OWN["oranges"]
    assert "title_part.planted" not in fired(detect, f"真人百家乐开户送彩金，{own}", text)


def test_a_body_that_speaks_of_the_part_owns_it(detect: Detect) -> None:
    own, text = OWN["oranges"]
    assert not fired(detect, f"太阳城申博|{own}", f"{text}太阳城申博是这家果园的名字，由太阳城与申博两块地合并而来。")


def test_links_with_the_part_do_not_make_it_the_pages_own(detect: Detect) -> None:
    own, text = OWN["oranges"]
    anchors = "<a href='http://k8.example/'>太阳城申博</a>"
    assert fired(detect, f"太阳城申博|{own}", f"{text}{anchors}</p><p>{text[:40]}{anchors}")


def test_a_row_of_bracketed_anchors_is_left_to_others(detect: Detect) -> None:
    own, text = OWN["oranges"]
    words = ("太阳城申博", "k8凯发", "牛牛房卡代理")
    body = "</p><p>".join(f"{text}<a href='http://k8.example/'>{word}</a>" for word in words)
    title = "".join(f"【{word}】" for word in words) + own
    assert not fired(detect, title, body)
    assert fired(detect, title, text)


def test_an_own_title_that_the_page_does_not_know_proves_nothing(detect: Detect) -> None:
    assert not fired(detect, "太阳城申博|秋分前后怎样晾晒衣物", OWN["hotel"][1])


def test_what_the_footer_says_is_the_sites_name(detect: Detect) -> None:
    own, text = OWN["company"]
    html = f"<title>{own}-半套工坊</title><h1>{own}</h1><p>{text}</p><footer>版权所有 半套工坊</footer>"
    assert not detect(TitlePartDetector, html=html)


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("甲乙丙_丁戊己", ["甲乙丙", "丁戊己"]),
        ("【甲乙】丙丁戊", ["甲乙", "丙丁戊"]),
        ("甲乙6280.com丙丁戊", ["甲乙6280.com", "丙丁戊"]),
        ("mp4-player 使用说明", ["mp4-player", "使用说明"]),
        ("甲乙88-丙丁", ["甲乙88", "丙丁"]),
        ("2019-2020学年校历", ["2019", "2020学年校历"]),
        ("甲乙丙", []),
        ("_".join("甲乙丙丁戊己庚辛壬癸子丑寅卯辰"), []),
        ("甲" * 201 + "_乙丙", []),
    ],
)
def test_parts(title: str, parts: list[str]) -> None:
    assert [title[part.start : part.end] for part in split(title)] == parts


@pytest.mark.parametrize("title", ["_" * 200, "a." * 100, "【" * 200, "甲-" * 100, "1-" * 99 + "甲"])
def test_odd_titles(detect: Detect, title: str) -> None:
    assert not fired(detect, title, OWN["hotel"][1])
