from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from moderation.artifacts import default_model, load_artifact
from moderation.policy import Policy
from moderation.scoring import load_classifier
from moderation.training.bootstrap import Interval
from moderation.training.dataset import SPLITS, load_rows
from moderation.training.evaluate import Evaluation, evaluate
from moderation.training.gate import FEWEST, MARGIN, Floors, GateError, check, measures_of, updated
from moderation.training.split import digest

ROOT = Path(__file__).parents[2]
DIGESTS = {"test": "abc"}


def share(value: float | None, rows: int = 500) -> Interval:
    return Interval(value, value, value, rows)


def evaluation(**changes: Interval | float) -> Evaluation:
    base = Evaluation(
        split="test",
        rows=1000,
        categories=[],
        macro_f1=0.8,
        abusive_flagged=share(0.75),
        hard_flagged=share(0.05),
        hard_rejected=share(0.01),
        plain_flagged=share(0.01),
        pairs_right=share(0.7),
        recall_at_hard_rate={},
        slices=[],
        confusion={},
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_what_was_reached_passes() -> None:
    assert check(updated(None, [evaluation()], DIGESTS), [evaluation()], DIGESTS) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"macro_f1": 0.7}, "macro_f1: 0.700 is below its floor of 0.800"),
        ({"abusive_flagged": share(0.6)}, "abusive_flagged: 0.600 is below"),
        ({"hard_flagged": share(0.2)}, "hard_flagged: 0.200 is above its ceiling of 0.050"),
        ({"pairs_right": share(None, 0)}, "pairs_right: not measured"),
    ],
)
def test_what_is_worse_does_not(changes: dict[str, Interval | float], words: str) -> None:
    (wrong,) = check(updated(None, [evaluation()], DIGESTS), [evaluation(**changes)], DIGESTS)
    assert words in wrong


def test_noise_within_the_margin_passes() -> None:
    worse = evaluation(macro_f1=0.8 - MARGIN / 2, hard_flagged=share(0.05 + MARGIN / 2))
    assert check(updated(None, [evaluation()], DIGESTS), [worse], DIGESTS) == []


def test_a_changed_corpus_is_said() -> None:
    (wrong,) = check(updated(None, [evaluation()], DIGESTS), [evaluation()], {"test": "other"})
    assert "the corpus has changed" in wrong


def test_updating_raises_and_never_lowers_unasked() -> None:
    floors = updated(None, [evaluation()], DIGESTS)
    mixed = evaluation(macro_f1=0.9, abusive_flagged=share(0.6), hard_flagged=share(0.2), plain_flagged=share(0.0))
    after = updated(floors, [mixed], DIGESTS).bounds["test"]
    assert after["macro_f1"] == 0.9
    assert after["abusive_flagged"] == 0.75
    assert after["hard_flagged"] == 0.05
    assert after["plain_flagged"] == 0.0
    lowered = updated(floors, [mixed], DIGESTS, allow_lower=True).bounds["test"]
    assert (lowered["abusive_flagged"], lowered["hard_flagged"]) == (0.6, 0.2)


def test_small_slices_have_no_bound() -> None:
    assert "pairs_right" not in measures_of(evaluation(pairs_right=share(0.7, FEWEST - 1)))


def test_floors_are_read_back(tmp_path: Path) -> None:
    floors = updated(None, [evaluation()], DIGESTS)
    floors.save(tmp_path / "floors.json")
    assert Floors.load(tmp_path / "floors.json") == floors


@pytest.mark.parametrize("text", ["", "[]", '{"digests": {}}', '{"digests": {}, "bounds": {"test": 3}}'])
def test_a_bad_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "floors.json").write_text(text, "utf-8")
    with pytest.raises(GateError, match=r"floors\.json: "):
        Floors.load(tmp_path / "floors.json")


def test_the_shipped_model_passes() -> None:
    rows = load_rows(ROOT / "data" / "titles.jsonl")
    model = load_classifier(load_artifact(default_model()), Policy.default().escalation)
    floors = Floors.load(ROOT / "data" / "floors.json")
    evaluations = [evaluate(model, rows, split, Policy.default()) for split in floors.bounds]
    assert check(floors, evaluations, {split: digest(rows, split) for split in SPLITS}) == []
