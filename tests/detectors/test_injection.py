from __future__ import annotations

import json
from pathlib import Path

import pytest

from moderation.detectors.injection import InjectionDetector
from moderation.training.injector import fragments_of, inject

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


@pytest.mark.parametrize("donor", ["a-007", "b-002", "b-006", "c-032", "d-001", "b-008"])
def test_a_long_title_that_stands_on_the_page(detect: Detect, donor: str) -> None:
    """More fragments than come round twice: only the title tells them."""
    paragraphs, gold = inject(DONORS[donor]["paragraphs"], fragments_of(DONORS[donor]["title"]), 5)
    signal = detect(InjectionDetector, title=DONORS[donor]["title"], body="\n".join(paragraphs))[NAME]
    hits = {(e.field.index, e.span.start, e.span.end) for e in signal.evidence}
    assert len(hits & set(gold)) >= 0.85 * len(gold)
    assert len(hits - set(gold)) <= 1


def test_a_body_laid_out_in_a_table(detect: Detect) -> None:
    paragraphs, gold = inject(DONORS["a-017"]["paragraphs"], ["连阴雨", "过后", "冬小麦", "田间管理", "要点"], 1)
    cells = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = f"<table><tr><td>{cells}</td></tr></table>"
    signal = detect(InjectionDetector, html=page, title="别的标题")[NAME]
    assert [e.quote for e in signal.evidence] == [paragraphs[number][start:end] for number, start, end in gold]


@pytest.mark.parametrize("donor", sorted(DONORS))
def test_clean_articles_say_nothing(detect: Detect, donor: str) -> None:
    body = "\n".join(DONORS[donor]["paragraphs"])
    assert not detect(InjectionDetector, title=DONORS[donor]["title"], body=body)


@pytest.mark.parametrize(
    "text",
    [
        "会议指出，必须坚持改革，必须坚持开放，必须坚持创新，必须坚持协调，必须坚持绿色，必须坚持共享，必须坚持安全。",
        "维生素C的作用是抗氧化。维生素C的来源是水果。维生素C的用量，维生素C的禁忌，维生素C的保存，都要看说明书。",
        "很多玩家在问，龙吟私服哪个好？新开龙吟私服在哪里？其实找龙吟私服，龙吟私服发布网就够了。新开龙吟私服的，龙吟私服网站。",
        "安徽、浙江、江苏，安徽、浙江、江苏，安徽、浙江、江苏，三省同时启动，安徽、浙江、江苏都有任务。",
    ],
)
def test_honest_repetition_is_no_injection(detect: Detect, text: str) -> None:
    assert not found(detect, [text] * 3)
