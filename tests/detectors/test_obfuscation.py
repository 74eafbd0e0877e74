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
    ],
)
def test_must_not_fire(detect: Detect, title: str) -> None:
    assert not detect(ObfuscationDetector, title=title)


def test_one_stray_invisible_character_in_the_body_is_weak(detect: Detect) -> None:
    weak = detect(ObfuscationDetector, body="一段正\u200b文。")["obfuscation.invisible"].strength
    strong = detect(ObfuscationDetector, body="一\u200b段\u200b正\u200b文。")["obfuscation.invisible"].strength
    assert weak < 0.3 < strong
