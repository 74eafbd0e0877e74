from __future__ import annotations

import pytest

from moderation.detectors.link_blocks import LinkBlockDetector

from .conftest import Detect

ABUSIVE = ["国产精品久久久久", "澳门新葡京娱乐城", "久久人妻无码AV", "北京赛车PK10开奖计划"]
CLEAN = ["首页", "联系我们", "图书馆开放时间", "小区停水通知", "养老金怎么算", "红烧肉的做法"]


def page(*anchors: str) -> str:
    items = "".join(f'<li><a href="/p/{number}">{anchor}</a></li>' for number, anchor in enumerate(anchors))
    return f"<title>食堂新菜单</title><p>本周食堂推出三道新菜。</p><ul>{items}</ul>"


def test_abusive_anchors_are_named_with_their_elements(detect: Detect) -> None:
    signals = detect(LinkBlockDetector, html=page(*CLEAN[:3], ABUSIVE[0], *CLEAN[3:]))
    assert [evidence.quote for evidence in signals["link_blocks.explicit"].evidence] == [ABUSIVE[0]]
    evidence = signals["link_blocks.abusive_anchors"].evidence[0]
    assert evidence.removable
    assert evidence.selector == "body > ul:nth-of-type(1) > li:nth-of-type(4)"


def test_more_anchors_make_it_stronger(detect: Detect) -> None:
    one = detect(LinkBlockDetector, html=page(ABUSIVE[0], *CLEAN))["link_blocks.abusive_anchors"]
    all_of_them = detect(LinkBlockDetector, html=page(*ABUSIVE, *CLEAN))["link_blocks.abusive_anchors"]
    assert one.strength < all_of_them.strength


def test_clean_lists_say_nothing(detect: Detect) -> None:
    assert not detect(LinkBlockDetector, html=page(*CLEAN))


def test_a_list_in_plain_text_is_a_block_too(detect: Detect) -> None:
    body = "正文一段。\n  • 红烧肉的做法\n    家常菜一道\n  • 国产精品久久久久人妻\n    简介一行\n  • 停水通知\n"
    signals = detect(LinkBlockDetector, title="食堂新菜单", body=body)
    removed = [evidence.quote for evidence in signals["link_blocks.abusive_anchors"].evidence]
    assert removed == ["• 国产精品久久久久人妻", "简介一行"]


@pytest.mark.parametrize("text", ["(黑帽seo)发布", "【黑帽SEO】代发", "外链代发", "友链购买", "广告位招租"])
def test_placeholders_fire(detect: Detect, text: str) -> None:
    signal = detect(LinkBlockDetector, html=f"<ul><li>{text}</li></ul>")["link_blocks.placeholder"]
    assert signal.evidence[0].quote in text


@pytest.mark.parametrize(
    "text", ["什么是黑帽SEO？站长需要知道的几件事，以及被黑之后怎么清理", "友情链接", "发布", "外链建设教程"]
)
def test_placeholders_do_not(detect: Detect, text: str) -> None:
    assert "link_blocks.placeholder" not in detect(LinkBlockDetector, html=f"<p>{text}</p>")


@pytest.mark.parametrize(
    "text", ["22932025-07-19 08:48", "812025-07-19 08:33", "作者:某网时间:2025-07-19 08:49:1695 人浏览"]
)
def test_glued_counters_fire(detect: Detect, text: str) -> None:
    assert "link_blocks.glued_counters" in detect(LinkBlockDetector, body=text)


@pytest.mark.parametrize("text", ["2025-07-19 08:48", "编号 2293 2025-07-19", "08:49:16 95人浏览", "订单20250719"])
def test_glued_counters_do_not(detect: Detect, text: str) -> None:
    assert not detect(LinkBlockDetector, body=text)
