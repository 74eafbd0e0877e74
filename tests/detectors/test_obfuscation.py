from __future__ import annotations

import pytest

from moderation.detectors.obfuscation import ObfuscationDetector

from .conftest import Detect


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("国\u200b产\u200b精品", "obfuscation.invisible"),
        ("①⑧⑧元体验 ②④小时", "obfuscation.lookalike"),
        ("久.久.热.视频", "obfuscation.separated"),
        ("约*炮*神*器 下载", "obfuscation.separated"),
        ("&#20037;&#20037;热视频", "obfuscation.escaped_title"),
        ("\\u4e45\\u4e45热", "obfuscation.escaped_title"),
        ("快速排名优化&eJu6", "obfuscation.random_tail"),
        ("✿✿久久热国产精品视频▓▒", "obfuscation.wrapped"),
        ("✿✿久久热国产精品视频▓▒", "obfuscation.explicit"),
        ("♂♀真人百家乐注册送彩金◢◣_某某学校", "obfuscation.gambling"),
        (
            "%E4%B9%85%E4%B9%85%E7%83%AD%E5%9B%BD%E4%BA%A7%E7%B2%BE%E5%93%81%E8%A7%86%E9%A2%91",
            "obfuscation.escaped_title",
        ),
    ],
)
def test_must_fire(detect: Detect, title: str, name: str) -> None:
    assert name in detect(ObfuscationDetector, title=title)


@pytest.mark.parametrize(
    "title",
    [
        "通 知",
        "关 于 开 展 检 查 的 通 知",
        "Windows 11 安装教程",
        "AT&amp;T 公布财报",
        "家人👨\u200d👩\u200d👧聚会",
        "弗拉基米尔·伊里奇·列宁",
        "第①章 概述",
        "2024-05-06 会议纪要",
        "Python3 入门 #python",
        "iPhone 15 Pro Max 评测",
        "繁體中文標題",
        "★★★★☆ 一家开了二十年的面馆",
        "→点这里看目录←",
        "URL 里的 %E4%BD%A0%E5%A5%BD 是什么意思",
        "满 100% 退款的承诺能信吗",
    ],
)
def test_must_not_fire(detect: Detect, title: str) -> None:
    assert not detect(ObfuscationDetector, title=title)


def test_escapes_that_say_nothing_bad_are_weak(detect: Detect) -> None:
    title = "".join(f"\\u{ord(character):04x}" for character in "博物馆参观须知")
    assert detect(ObfuscationDetector, title=title)["obfuscation.escaped_title"].strength <= 0.5
    bad = "".join(f"\\u{ord(character):04x}" for character in "国产精品无码视频")
    assert detect(ObfuscationDetector, title=bad)["obfuscation.escaped_title"].strength >= 0.9


def test_one_stray_invisible_character_in_the_body_is_weak(detect: Detect) -> None:
    weak = detect(ObfuscationDetector, body="一段正\u200b文。")["obfuscation.invisible"].strength
    strong = detect(ObfuscationDetector, body="一\u200b段\u200b正\u200b文。")["obfuscation.invisible"].strength
    assert weak < 0.3 < strong


@pytest.mark.parametrize(
    "title", ["反诈\u200b宣传进茶馆", "九十岁老兵\u200b回到老部队\u200b旧址", "棋牌老年活动室㊗\ufe0f揭牌"]
)
def test_what_was_copied_along_with_a_harmless_title_is_weak(detect: Detect, title: str) -> None:
    found = detect(ObfuscationDetector, title=title)
    assert "obfuscation.invisible" not in found or found["obfuscation.invisible"].strength <= 0.5
