from __future__ import annotations

import json
from pathlib import Path

import pytest

from moderation.detectors.injection import InjectionDetector
from moderation.training.injector import inject

from .conftest import Detect

DONORS = {
    row["id"]: row
    for line in (Path(__file__).parents[2] / "data" / "donors.jsonl").read_text("utf-8").splitlines()
    if (row := json.loads(line))
}
NAME = "injection.cyclic_fragments"


def found(detect: Detect, paragraphs: list[str]) -> list[tuple[int, int, int]]:
    signal = detect(InjectionDetector, title="别的标题", body="\n".join(paragraphs)).get(NAME)
    return [(e.field.index, e.span.start, e.span.end) for e in signal.evidence] if signal else []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("donor", "fragments"),
    [
        ("a-017", ["连阴雨", "过后", "冬小麦", "田间管理", "要点"]),
        ("b-017", ["外婆", "红烧肉", "为什么", "滴水"]),
        ("b-035", ["服务器", "自动", "备份", "搞定"]),
        ("a-010", ["彩票", "背后", "公益金", "去了", "哪里"]),
    ],
)
def test_every_fragment_and_nothing_else(detect: Detect, donor: str, fragments: list[str], seed: int) -> None:
    paragraphs, gold = inject(DONORS[donor]["paragraphs"], fragments, seed)
    hits = found(detect, paragraphs)
    assert set(hits) == set(gold)
    for number, start, end in sorted(hits, reverse=True):
        paragraphs[number] = paragraphs[number][:start] + paragraphs[number][end:]
    assert paragraphs == DONORS[donor]["paragraphs"]


@pytest.mark.parametrize("donor", sorted(DONORS))
def test_clean_articles_say_nothing(detect: Detect, donor: str) -> None:
    assert not found(detect, DONORS[donor]["paragraphs"])


@pytest.mark.parametrize(
    "text",
    [
        "会议指出，必须坚持改革，必须坚持开放，必须坚持创新，必须坚持协调，必须坚持绿色，必须坚持共享，必须坚持安全。",
        "维生素C的作用是抗氧化。维生素C的来源是水果。维生素C的用量，维生素C的禁忌，维生素C的保存，都要看说明书。",
        "安徽、浙江、江苏，安徽、浙江、江苏，安徽、浙江、江苏，三省同时启动，安徽、浙江、江苏都有任务。",
    ],
)
def test_honest_repetition_is_no_injection(detect: Detect, text: str) -> None:
    assert not found(detect, [text] * 3)
