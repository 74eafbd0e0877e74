from __future__ import annotations

import pytest

from moderation.detectors.contacts import ContactDetector

from .conftest import Detect

DEFORMED = [
    "薇❤：abc12345",
    "加薇芯 hello888",
    "V➕ kefu9527",
    "➕薇 abc66688",
    "QQ⑧⑧①②③④⑤⑥",
    "扣扣：８８１２３４５６",
    "企鹅 12 34 56 78 9",
    "飞机：@daili88",
    "纸飞机号 @abc_888",
    "tg:@kefu001",
    "vx：ab\u200bc12345",
    "电话 1３８①②③④5678",
]
CLEAN = [
    "咨询电话：0571-12345678",
    "关注微信公众号了解详情",
    "微信支付限额调整",
    "威信县农业局",
    "国产大飞机AG600首飞",
    "企鹅馆门票 180 元",
    "加QQ群讨论编程",
    "薇甘菊防治技术",
    "2025年3月5日 12:30:45",
    "型号 V100-32G 显卡",
    "加盟费用10000元起",
]


@pytest.mark.parametrize("text", DEFORMED)
def test_deformed_contacts_fire(detect: Detect, text: str) -> None:
    signal = detect(ContactDetector, body=f"有需要的朋友{text}，随时在线。")["contacts.deformed"]
    assert signal.evidence[0].removable


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_does_not(detect: Detect, text: str) -> None:
    assert not detect(ContactDetector, title=text, body=text)


def test_a_plain_contact_counts_in_the_title_only(detect: Detect) -> None:
    contact = "电话13800138000 免费咨询"
    assert "contacts.in_title" in detect(ContactDetector, title=contact)
    assert not detect(ContactDetector, title="公告", body=contact)


def test_an_address_to_type_by_hand(detect: Detect) -> None:
    signals = detect(ContactDetector, body="复制到浏览器打开 ab88 点 com 即可")
    assert "contacts.by_hand" in signals


@pytest.mark.parametrize("head", ["加薇信", "联系微信", "扣", "q", "飞机", "复制到浏览器", "薇 + ", "电话138"])
def test_nothing_is_joined_over_the_end_of_a_field(detect: Detect, head: str) -> None:
    assert not detect(ContactDetector, title=head, body="abcde12345 是型号")
    assert not detect(ContactDetector, title="公告", html=f"<p>{head}</p><p>12345678</p><p>abcde12345</p>")


@pytest.mark.parametrize("text", ["客服QQ：800000012", "QQ:10086123 微信公众号同名", "售后qq 400123456（工作日）"])
def test_a_number_plainly_written_is_none_but_in_a_title(detect: Detect, text: str) -> None:
    assert not detect(ContactDetector, title="合服公告", body=text)
    assert set(detect(ContactDetector, title=text, body="正文。")) == {"contacts.in_title"}
