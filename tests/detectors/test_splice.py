from __future__ import annotations

import re

import pytest

from moderation.detectors.splice import SpliceDetector
from moderation.signals import Signal
from moderation.training.pages.chinese import spun
from moderation.training.pages.material import Library

from .conftest import Detect

DONORS = {text.id: text for split in ("train", "dev") for text in Library.load().donors[split]}
KITCHEN = [
    "老房子的厨房只有四平方米，灶台靠着北窗，油烟机是前一任房主留下的。",
    "我先把吊柜拆掉，量了三遍尺寸，再画出新的布局：水槽居中，切菜的台面留足八十厘米。",
    "水电师傅说墙里的管子还是镀锌的，最好趁这次换成铜管，工钱另算两天。",
    "瓷砖选了哑光的灰色，勾缝剂用同色，做饭溅上油点也不显眼。",
    "装完那天母亲来看，站在灶台前面比划了半天，说这下转身不用侧着走了。",
]


def found(signals: dict[str, Signal], name: str) -> list[str]:
    signal = signals.get(f"splice.{name}")
    return [evidence.quote for evidence in signal.evidence] if signal else []


def html(paragraphs: list[str], title: str) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<title>{title}</title><body><div><h1>{title}</h1></div><div id=a>{body}</div>"


@pytest.mark.parametrize(
    ("paragraph", "phrase"),
    [
        (2, "澳门金沙娱乐场"),
        (2, "无码中文字幕在线观看"),
        (3, "岳母与我高辣完本"),
        (2, "黑户秒下款"),
        (3, "代开发票可验"),
        (4, "成人视频在线观看"),
        (1, "时时彩计划群"),
        (4, "百家乐注册送彩金"),
    ],
)
def test_a_phrase_in_a_sentence(detect: Detect, paragraph: int, phrase: str) -> None:
    texts = list(KITCHEN)
    place = texts[paragraph].index("，") + 1
    texts[paragraph] = texts[paragraph][:place] + phrase + texts[paragraph][place:]
    assert found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(texts)), "phrase") == [phrase]


@pytest.mark.parametrize(
    "sentence",
    [
        "警方通报，涉案网站以百家乐注册送彩金为诱饵，诱骗参赌人员充值。",
        "他在日志里看到，自家网站的标题被改成了“无码中文字幕在线观看”，吓了一跳。",
        "门口的小广告上写着（黑户秒下款），我随手撕了。",
        "请勿相信代开发票可验之类的短信，收到后可向税务机关举报。",
        "医生说宫颈糜烂不是病，无码头的旧港口早已填平，两句话风马牛不相及。",
        "影评人认为《成人视频在线观看》这样的片名只是噱头，故事讲的是一对父女。",
        "这家棋牌室从前在巷口，老人下午来打两圈麻将，输了请一碗馄饨。",
        "公积金贷款当天放款的说法并不准确，银行还要走审批和抵押登记。",
        "卖吊柜的说可以分期，别让一句不查征信替你做决定，先问问银行。",
        "黄色的丝袜和一次性的手套放在同一个抽屉，妈妈总是找不到。",
    ],
)
def test_somebody_who_only_names_it(detect: Detect, sentence: str) -> None:
    signals = detect(SpliceDetector, title="四平方米的厨房", body="\n".join([*KITCHEN[:2], sentence, *KITCHEN[2:]]))
    assert not signals


@pytest.mark.parametrize("donor", sorted(DONORS))
def test_clean_articles_say_nothing(detect: Detect, donor: str) -> None:
    text = DONORS[donor]
    assert not detect(SpliceDetector, title=text.title, body="\n".join(text.paragraphs))


def in_sentences(words: list[str]) -> list[str]:
    """The kitchen with one text behind the first comma of each paragraph from the second on."""
    texts = list(KITCHEN)
    for number, word in enumerate(words, 1):
        texts[number] = texts[number].replace("，", f"，{word}", 1)
    return texts


def test_different_phrases_dealt_out_one_a_paragraph(detect: Detect) -> None:
    words = ["时时彩计划群", "无码中文字幕在线观看", "岳母与我高辣完本"]
    signals = detect(SpliceDetector, title="四平方米的厨房", body="\n".join(in_sentences(words)))
    assert found(signals, "phrase") == words


def test_what_the_title_says_was_not_pasted(detect: Detect) -> None:
    texts = list(KITCHEN)
    texts[2] = texts[2].replace("，", "，时时彩计划群", 1)
    assert found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(texts)), "phrase")
    assert not found(detect(SpliceDetector, title="时时彩计划群怎么进", body="\n".join(texts)), "phrase")


def test_an_article_that_names_them_together_is_about_them(detect: Detect) -> None:
    sentence = (
        "书里写到百家乐注册送彩金的年代，又写成人视频在线观看的年代，再往后是澳门金沙娱乐场的年代，读来恍如隔世。"
    )
    signals = detect(SpliceDetector, title="四平方米的厨房", body="\n".join([*KITCHEN, sentence]))
    assert "splice.phrase" not in signals


def dealt(words: list[str]) -> str:
    """The kitchen with words behind every second of its commas and full stops, one after the other."""
    pieces: list[str] = []
    for number, part in enumerate(re.split("(?<=[，。])", "\n".join(KITCHEN))):
        pieces += [words[number // 2 % len(words)] if number % 2 and not part.startswith("\n") and part else "", part]
    return "".join(pieces)


def test_words_dealt_out_behind_commas_and_full_stops(detect: Detect) -> None:
    words = ["金鲤棋牌", "时时彩下载"]
    quotes = found(detect(SpliceDetector, title="四平方米的厨房", body=dealt(words)), "tag_words")
    assert set(quotes) == set(words)
    assert len(quotes) >= 5


@pytest.mark.parametrize("words", [["如果这样", "但是后来"], ["厨房师傅", "镀锌管子"], ["换成铜管"]])
def test_clauses_that_begin_alike_are_the_authors(detect: Detect, words: list[str]) -> None:
    assert not detect(SpliceDetector, title="四平方米的厨房", body=dealt(words))


def test_a_subject_that_begins_clauses_was_not_dealt_out(detect: Detect) -> None:
    text = "很多玩家问，新开龙吟私服在哪里，龙吟私服怎么玩。其实龙吟私服不难找，新开龙吟私服天天有，龙吟私服站里都写着龙吟私服的时间。"
    assert "splice.tag_words" not in detect(SpliceDetector, title="游戏问答", body="\n".join([text, *KITCHEN[:2]]))


def test_a_register_has_a_list_under_each_letter(detect: Detect) -> None:
    cities = (
        "鞍山 安庆 安顺 保定 宝鸡",
        "赣州 桂林 邯郸 黄山 惠州",
        "绵阳 南通 宁德 秦皇岛 泉州",
        "日照 三亚 绍兴 沈阳 苏州",
    )
    rows = "".join(
        f"<p>{' '.join(f'<a href=/h/{n}>{name}酒店（{n}11）</a>' for n, name in enumerate(row.split()))}</p><p>{text}</p>"
        for row, text in zip(cities, KITCHEN, strict=False)
    )
    page = f"<title>城市酒店列表</title><body><div><h1>城市酒店列表</h1></div><div>{rows}</div>"
    assert not detect(SpliceDetector, html=page)


LINKED = ["真钱棋牌游戏下载", "老虎机送彩金", "皇城体育投注"]


def test_links_between_the_words_of_sentences_are_cut_whole(detect: Detect) -> None:
    texts = in_sentences([f'<a href="http://k{n}.top/">{word}</a>' for n, word in enumerate(LINKED)])
    page = html(texts, "四平方米的厨房")
    assert found(detect(SpliceDetector, html=page, url="https://a.example/1.html"), "phrase") == LINKED


@pytest.mark.parametrize(
    "links",
    [
        ['<a href="http://ba.example/">水电改造规范</a>', '<a href="http://b.example/">铜管接头</a>'],
        ['<a href="http://b.example/">催收公司</a>'],  # one, and not beyond doubt
    ],
)
def test_an_authors_own_links_stay(detect: Detect, links: list[str]) -> None:
    page = html(in_sentences(links), "四平方米的厨房")
    assert not detect(SpliceDetector, html=page, url="https://a.example/1.html")


def test_the_only_simplified_run_of_a_traditional_text_ends_where_its_script_does(detect: Detect) -> None:
    texts = [
        "攝影用了大量自然光，清晨的霧是灰藍色，傍晚的水面像打翻的橘子汽水，美術也講究。",
        "唯一可惜的是配角，城裡來的工程師寫得太扁，台詞像宣傳百家乐注册送手冊。",
        "片尾橋蓋好了，船停在蘆葦叢裡，燈還亮著，有人嫌這個結局老套，我倒覺得剛剛好。",
    ]
    signals = detect(SpliceDetector, title="《渡口的燈》影評", body="\n".join(texts))
    assert found(signals, "phrase") == ["百家乐注册送"]


def test_one_word_behind_every_paragraph(detect: Detect) -> None:
    texts = [paragraph + "成人电影" for paragraph in KITCHEN]
    assert found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(texts)), "tag_words") == ["成人电影"] * 5


def test_words_that_the_title_has_in_brackets(detect: Detect) -> None:
    words = ["风楼阁", "真人百家乐", "成人电影"]
    texts = [f'{text}<a href="http://x.top/{n}">{words[n % 3]}</a>' for n, text in enumerate(KITCHEN)]
    title = "".join(f"【{word}】" for word in words) + "四平方米的厨房怎么布局"
    quotes = found(detect(SpliceDetector, html=html(texts, title)), "tag_words")
    assert quotes[:5] == [words[n % 3] for n in range(5)]
    assert quotes[5:] == ["".join(f"【{word}】" for word in words)] * 2


@pytest.mark.parametrize(
    "tail", ["（完）", "阅读全文", "责任编辑 王某", "展开", "点赞", "图源网络", "未完待续", "文字整理 小周"]
)
def test_what_honest_paragraphs_end_with(detect: Detect, tail: str) -> None:
    texts = [paragraph + tail for paragraph in KITCHEN]
    assert not detect(SpliceDetector, title="四平方米的厨房", body="\n".join(texts))


@pytest.mark.parametrize(
    "paragraphs",
    [
        # a name that the author's sentences are about, at their heads and inside them
        [
            "那日天色将晚。梅小姐推开窗，看见院里落了一地的花瓣。丫鬟劝梅小姐早些歇息，她只是摇头。",
            "第二天一早落了雨。梅小姐撑着伞出门，往城东的书铺去了。",
            "书铺的掌柜认得她。梅小姐要的那部旧书，他已经留了半个月。",
            "回来的路上遇见了旧友。两人说起从前在学堂的事，梅小姐笑出了声。",
        ],
        # the source behind each entry of an old collection
        [
            f"{text}（出《{book}》）又记一则。（出《{book}补》）"
            for text, book in zip(KITCHEN, "甲乙丙丁戊", strict=True)
        ],
        # a term of the law that the law is about
        [
            "本市建立统一的服务体系。人力资源服务机构应当依法备案，并公布收费项目。",
            "市场监督部门负责检查。人力资源市场的信息应当真实，不得扰乱人力资源市场。",
            "县级以上人民政府制定规划。人力资源开发纳入年度计划，由人力资源部门组织实施。",
        ],
    ],
)
def test_what_an_author_begins_sentences_with(detect: Detect, paragraphs: list[str]) -> None:
    assert not found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(paragraphs)), "tag_words")


def test_a_word_before_sentences_that_stands_nowhere_else(detect: Detect) -> None:
    texts = [text.replace("，", "。成人电影", 1) for text in KITCHEN]
    assert found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(texts)), "tag_words") == ["成人电影"] * 5


def test_two_articles_that_take_turns(detect: Detect) -> None:
    """Where both have their own words, every paragraph of the second is found and none of the first."""
    names = sorted(name for name, text in DONORS.items() if len(text.paragraphs) >= 8 and not text.traditional)
    right = 0
    for shift in range(1, 13):
        first, second = DONORS[names[shift]], DONORS[names[-shift]]
        mixed = [text for pair in zip(first.paragraphs, second.paragraphs, strict=False) for text in pair]
        rest = first.paragraphs[len(second.paragraphs) :]
        signals = detect(SpliceDetector, title=first.title, body="\n".join([*mixed, *rest]))
        right += found(signals, "interleaved") == list(second.paragraphs[: len(first.paragraphs)])
    assert right >= 9


@pytest.mark.parametrize(("own", "stolen"), [("d-028", "b-005"), ("c-026", "d-007"), ("d-033", "c-021")])
def test_a_spun_article_betrays_itself_by_its_words(detect: Detect, own: str, stolen: str) -> None:
    """These two share too little with themselves to be told apart, until the second was spun."""
    first = DONORS[own]
    for change, expected in ((str, False), (spun, True)):
        second = [change(paragraph) for paragraph in DONORS[stolen].paragraphs][: len(first.paragraphs)]
        mixed = [text for pair in zip(first.paragraphs, second, strict=False) for text in pair]
        body = "\n".join([*mixed, *first.paragraphs[len(second) :]])
        quotes = found(detect(SpliceDetector, title=first.title, body=body), "interleaved")
        assert quotes == (second if expected else [])


@pytest.mark.parametrize(
    "offer",
    [
        "临江县网站建设，临江县做网站找临江县云帆网络，先做网站后付款，热线0799-8123456，价格优惠。",
        "本公司专业承接小程序定制，一站式服务，套餐包年，欢迎来电咨询13800000000，报价透明。",
        "花呗白条秒回款，三分钟到账，需要的加薇❤hk⑧⑧⑥21备注来意",
        "代开各类发票，点位低可验，联系q·q 3190772",
    ],
)
def test_an_offer_between_paragraphs(detect: Detect, offer: str) -> None:
    texts = [*KITCHEN[:2], offer, *KITCHEN[2:]]
    assert found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(texts)), "offer") == [offer]


@pytest.mark.parametrize(
    "note",
    [
        "欢迎关注我们的公众号，每周更新一篇装修笔记。",
        "作者：青河，十五年装修经验，现居南方小城，爱做菜。",
        "咨询电话：0799-8123456（工作日九点到十七点）",
        "厨房改造共花了三万二千元，其中水电四千元，瓷砖五千元。",
        "售后请联系客服，不要添加陌生人微信。",
        "本文由编辑整理，如有侵权请联系我们删除。",
        "水电师傅的电话贴在灶台旁边，有事随时找他。",
        "瓷砖的价格每平方米六十元，店家包邮送到楼下。",
        "如已转账，请立即报警，拨打110，并致电银行客服热线冻结账户。",
        "我行从未授权任何公司代办贷款，如有咨询请致电客服热线。",
        "第十九条 服务机构应当公开咨询电话，办理登记，不得收取费用。",
    ],
)
def test_honest_notes(detect: Detect, note: str) -> None:
    for place in (2, 5):
        texts = [*KITCHEN[:place], note, *KITCHEN[place:]]
        assert not detect(SpliceDetector, title="四平方米的厨房", body="\n".join(texts))


def test_a_refrain_takes_turns_with_the_stanzas_and_is_nobody_elses(detect: Detect) -> None:
    stanza = "{}的雾呀 搭在{}上<br>阿爹的烟锅 一明一暗亮<br>卖藕的姑娘 打湿了衣裳<br>她说过河就到家乡"
    refrain = "摇啊摇 渡船到对岸<br>摇啊摇 月亮照河湾<br>今夜靠岸 早不早 明朝开船 晚不晚"
    parts = [("清早", "桅杆"), ("晌午", "船头"), ("黄昏", "橹桨"), ("半夜", "芦苇")]
    html = "".join(f"<p>{stanza.format(*words)}</p><p>{refrain}</p>" for words in parts)
    assert "splice.interleaved" not in detect(SpliceDetector, html=f"<title>渡船谣</title>{html}")


def test_the_articles_of_one_law_take_turns_and_are_nobody_elses(detect: Detect) -> None:
    names = sorted(name for name, text in DONORS.items() if len(text.paragraphs) >= 8 and not text.traditional)
    first, second = DONORS[names[2]], DONORS[names[-2]]
    mixed = [text for pair in zip(first.paragraphs, second.paragraphs, strict=False) for text in pair]
    numbered = [f"第{number}条 {text}" for number, text in enumerate(mixed, 1)]
    assert found(detect(SpliceDetector, title=first.title, body="\n".join(mixed)), "interleaved")
    assert not found(detect(SpliceDetector, title=first.title, body="\n".join(numbered)), "interleaved")


def test_rows_of_links_between_paragraphs_are_no_second_article(detect: Detect) -> None:
    text = next(text for name, text in sorted(DONORS.items()) if len(text.paragraphs) >= 8 and not text.traditional)
    towns = [
        "鞍山",
        "安庆",
        "保定",
        "赣州",
        "桂林",
        "邯郸",
        "绵阳",
        "南通",
        "宁德",
        "台州",
        "唐山",
        "威海",
        "丽江",
        "漳州",
        "绍兴",
    ]
    for form, is_second in (("{}玻璃栈道民宿、", True), ('<a href="/h/">{}玻璃栈道民宿</a>', False)):
        rows = ["".join(form.format(town) for town in towns[turn * 3 : turn * 3 + 3] * 2) for turn in range(5)]
        mixed = [part for pair in zip(text.paragraphs, rows, strict=False) for part in pair]
        assert bool(found(detect(SpliceDetector, html=html(mixed, text.title)), "interleaved")) is is_second


def test_an_advertisement_that_the_author_shows(detect: Detect) -> None:
    offer = "【速达金服】您已获批额度八万元，无抵押当天放款，咨询客服微信sd8821，全国办理"
    shown = [*KITCHEN[:2], "师傅正量着尺寸，手机响了，是一条垃圾短信：", offer, *KITCHEN[2:]]
    pasted = [*KITCHEN[:2], "师傅正量着尺寸，手机响了，是他的女儿。", offer, *KITCHEN[2:]]
    assert not found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(shown)), "offer")
    assert found(detect(SpliceDetector, title="四平方米的厨房", body="\n".join(pasted)), "offer")
