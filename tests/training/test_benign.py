from __future__ import annotations

from pathlib import Path

import pytest

from moderation.training.benign import for_training, held_out, is_held_out, part_of, texts_of, tuning

from .tiny import headlines, write_texts

TEXTS = headlines(600)


def test_a_text_falls_into_one_part_and_a_twentieth_into_each_small_one(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "hot.jsonl.gz", TEXTS)
    parts = [set(for_training(path)), set(tuning([path], 1000)), set(held_out([path], 1000))]
    assert parts[0] | parts[1] | parts[2] == set(texts_of(path))
    assert sum(map(len, parts)) == len(set(TEXTS))
    for part in parts[1:]:
        assert 0.02 < len(part) / len(TEXTS) < 0.09
    assert all(is_held_out(text) == (text not in parts[0]) for text in TEXTS)


@pytest.mark.parametrize(
    "change", [lambda t: t.replace("国", "國"), lambda t: f"{t[:4]} {t[4:]}", lambda t: f" {t}\u200b"]
)
def test_another_spelling_of_a_text_falls_into_the_same_part(change: object) -> None:
    assert all(part_of(change(text)) == part_of(text) for text in TEXTS)  # type: ignore[operator]


def test_what_is_kept_back_is_distinct_and_no_more_than_asked_for(tmp_path: Path) -> None:
    twice = write_texts(tmp_path / "hot.jsonl.gz", TEXTS * 2)
    for part in (tuning, held_out):
        whole = part([twice, tmp_path / "none.gz"], 1000)
        assert len(set(whole)) == len(whole)
        assert part([twice], 3) == whole[:3]
        assert part([twice, twice], 3) == whole[:3] * 2
    assert tuning([tmp_path / "none.gz"], 3) == []


def test_a_text_no_normaliser_likes_still_falls_into_a_part() -> None:
    assert part_of("\ud800") in ("training", "tuning", "held_out")
    assert part_of("") in ("training", "tuning", "held_out")
