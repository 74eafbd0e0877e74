from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moderation.artifacts import ArtifactError, load_artifact
from moderation.normalize import normalize
from moderation.policy import Policy
from moderation.scoring import Cascade, Escalation, NgramModel, load_classifier
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.adapt import adapt, load_own, side_by_side
from moderation.training.dataset import DatasetError, Row, write_rows

from .corpus import PLAIN, row, rows
from .tiny import silent

GAMBLING = TITLE_CATEGORIES.index(CategoryId.GAMBLING)


def own_rows(word: str = "霹雳", abusive: int = 100, clean: int = 160) -> list[Row]:
    """A site's rows: a word that only it knows stands for gambling."""
    draw = random.Random(4)

    def text() -> str:
        return "".join(draw.choice(PLAIN) for _ in range(8))

    found = [
        row(f"a{n}", f"{text()}{word}{text()}", categories=(CategoryId.GAMBLING,), group="abusive", split="")
        for n in range(abusive)
    ]
    return found + [row(f"c{n}", text() + text(), split="") for n in range(clean)]


def written(path: Path, own: list[Row]) -> Path:
    write_rows(path, own)
    text = path.read_text("utf-8")
    path.write_text(text.replace('"split": ""', '"split": null'), "utf-8")
    return path


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (own_rows(abusive=10, clean=20), r"30 rows, at least 200 are needed(.|\n)*20 clean rows, at least 60"),
        (own_rows(abusive=0, clean=250), "no abusive rows: a model cannot learn from one side"),
        (own_rows(abusive=250, clean=0), "0 clean rows, at least 60 are needed"),
        (own_rows(abusive=19, clean=250), r"gambling: 19 rows, at least 20 are needed \(or none\)"),
    ],
)
def test_a_small_or_one_sided_set_is_refused_in_words(tmp_path: Path, own: list[Row], message: str) -> None:
    path = written(tmp_path / "own.jsonl", own)
    with pytest.raises(DatasetError, match=message) as caught:
        load_own(path)
    assert str(caught.value).startswith(f"{path}: too small or one-sided to learn from:\n")


def test_rows_without_splits_are_split(tmp_path: Path) -> None:
    found = load_own(written(tmp_path / "own.jsonl", own_rows()))
    assert {own.split for own in found} == {"train", "dev", "test"}
    divided = [replace(own, split="train") for own in own_rows()]
    assert load_own(written(tmp_path / "own.jsonl", divided)) == divided


@pytest.fixture(scope="module")
def adapted(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapted")
    write_rows(folder / "titles.jsonl", rows())
    own = written(folder / "own.jsonl", own_rows())
    label, comparisons = adapt(own, tiny_model, folder / "titles.jsonl", Policy.default(), folder / "draft", silent)
    assert label == "title-0.0.2-own"
    assert [found.name for found in comparisons] == ["your held-out rows", "the benchmark's test split"]
    mine = comparisons[0]
    assert (mine.new.abusive_flagged.value or 0) > (mine.old.abusive_flagged.value or 0)
    table = side_by_side(mine)
    assert "| abusive flagged |" in table
    assert f"({mine.old.rows} rows)" in table
    return folder / "draft"


def fast_of(folder: Path) -> NgramModel:
    return NgramModel.load(load_artifact(folder).file("weights.npz"))


def test_a_new_word_is_learnt(tiny_model: Path, adapted: Path) -> None:
    text = normalize("的一是了霹雳我不人在")
    before, after = (fast_of(folder).probabilities(text)[GAMBLING] for folder in (tiny_model, adapted))
    assert after > before + 0.3


def test_the_rest_stays_nearly_as_it_was(tiny_model: Path, adapted: Path) -> None:
    old, new = fast_of(tiny_model), fast_of(adapted)
    others = [column for column in range(len(TITLE_CATEGORIES)) if column != GAMBLING]
    assert np.array_equal(old.weights[:, others], new.weights[:, others])
    for own in rows():
        text = normalize(own.text)
        gap = new.probabilities(text)[GAMBLING] - old.probabilities(text)[GAMBLING]
        assert abs(gap) < 0.35
    touched = (old.weights[:, GAMBLING] != new.weights[:, GAMBLING]).mean()
    assert touched < 0.1


def test_the_encoder_and_the_rest_of_the_folder_stay(tiny_model: Path, adapted: Path) -> None:
    artifact = load_artifact(adapted)
    assert isinstance(load_classifier(artifact, Escalation()), Cascade)
    for name in ("encoder.onnx", "characters.txt", "stacker.npz", "thresholds.toml"):
        assert (adapted / name).read_bytes() == (tiny_model / name).read_bytes()
    assert artifact.details["adapted_from"] == "title-0.0.2"
    assert "adapted" in (adapted / "MODEL_CARD.md").read_text("utf-8")


def test_a_damaged_base_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    own = written(tmp_path / "own.jsonl", own_rows())
    with pytest.raises(ArtifactError, match=r"no manifest\.json here"):
        adapt(own, tmp_path, tmp_path / "none.jsonl", Policy.default(), tmp_path / "draft", silent)
    assert not (tmp_path / "draft").exists()


@pytest.mark.slow
def test_without_the_benchmark_only_the_own_rows_are_compared(tiny_model: Path, tmp_path: Path) -> None:
    own = written(tmp_path / "own.jsonl", own_rows())
    _, comparisons = adapt(own, tiny_model, tmp_path / "none", Policy.default(), tmp_path / "draft", silent)
    assert [found.name for found in comparisons] == ["your held-out rows"]
