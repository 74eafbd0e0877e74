from __future__ import annotations

import pytest

from moderation.detectors.title import TitleDetector
from moderation.detectors.title_core import core_end

from .conftest import Detect

# (title, category that must lead)
MUST_FIRE = [
    ("国产精品久久久久人妻无码", "explicit"),
    ("亚洲一区二区三区在线观看_欧美激情_日韩无码", "explicit"),
    ("澳门新葡京娱乐城官网 最新登录网址", "gambling"),
    ("北京赛车PK10计划软件 稳赚不赔", "gambling"),
    ("不看征信秒下款口子2024 黑户必下", "fraud"),
    ("代开增值税发票 全国可开 加微信", "illicit_ad"),
    ("震惊！医生看完都沉默了，99%的人不知道", "clickbait"),
    ("广州搬家公司_天河搬家_白云搬家_番禺搬家电话", "keyword_stuffing"),
]
MUST_NOT_FIRE = [
    "图书馆周末开放时间调整通知",
    "黄芪降血糖吗？听听药师怎么说",
    "男性不育为什么要先查两次精液",
    "警方捣毁一跨境赌博团伙 抓获37人",
    "路口交通信号灯改造本月完工",
    "成人高考报名时间公布",
    "福彩双色球开奖公告",
    "红烧排骨的家常做法",
]


@pytest.mark.parametrize(("title", "category"), MUST_FIRE)
def test_must_fire(detect: Detect, title: str, category: str) -> None:
    signals = detect(TitleDetector, title=title)
    assert max(signals.values(), key=lambda signal: signal.strength).name == f"title.{category}"
    signal = signals[f"title.{category}"]
    assert signal.strength >= 0.5
    assert signal.evidence


@pytest.mark.parametrize("title", MUST_NOT_FIRE)
def test_must_not_fire(detect: Detect, title: str) -> None:
    assert all(signal.strength < 0.5 for signal in detect(TitleDetector, title=title).values())


def test_no_title_no_signal(detect: Detect) -> None:
    assert not detect(TitleDetector, body="一段正文。")


# (title, the author's part)
SITES = [
    ("春天的院子_晨露资讯网", "春天的院子"),
    ("春天的院子 - 小城故事网", "春天的院子"),
    ("春天的院子-青岚市妇幼保健院", "春天的院子"),
    ("春天的院子 – 慢慢走", "春天的院子"),
    ("周报 | 春天的院子 | 平原上的树", "周报 | 春天的院子"),
    ("春天的院子", None),
    ("mp4-player 使用说明", None),
    ("2019-2020学年校历", None),
    ("一区_二区_三区_四区_五区", None),
    ("院子-网", None),
    ("新冠-19", None),
]


@pytest.mark.parametrize(("title", "core"), SITES)
def test_the_authors_part(title: str, core: str | None) -> None:
    end = core_end(title)
    assert (title[:end] if end is not None else None) == core


def test_a_sites_name_does_not_dilute_the_title(detect: Detect) -> None:
    bare = detect(TitleDetector, title="杏吧有你 春暖花开 最新导航")["title.explicit"]
    named = detect(TitleDetector, title="杏吧有你 春暖花开 最新导航-云栖区实验小学")["title.explicit"]
    assert named.strength == pytest.approx(bare.strength, abs=0.02)
    assert all("小学" not in evidence.quote for evidence in named.evidence)


@pytest.mark.parametrize("title", ["春天的院子_国产精品人妻无码在线", "春天的院子_澳门新葡京娱乐城网"])
def test_abuse_in_the_place_of_a_sites_name_counts(detect: Detect, title: str) -> None:
    core = max((signal.strength for signal in detect(TitleDetector, title="春天的院子").values()), default=0.0)
    assert max(signal.strength for signal in detect(TitleDetector, title=title).values()) > core + 0.3
