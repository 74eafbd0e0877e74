from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moderation.artifacts import load_artifact
from moderation.normalize import normalize
from moderation.policy import Policy
from moderation.scoring import NgramModel
from moderation.scoring.calibration import Calibration
from moderation.scoring.features import features_of
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training import steps
from moderation.training.calibrate import expected_calibration_error, fit_calibration, scores_of
from moderation.training.config import load_config
from moderation.training.dataset import DatasetError
from moderation.training.evaluate import evaluate
from moderation.training.examples import Examples, labels_of
from moderation.training.fit import design, fit
from moderation.training.run import Progress, Run, RunError, run_steps
from moderation.training.split import digest
from moderation.training.steps import STEPS

from .corpus import WORDS, row, rows, write_config


def examples() -> Examples:
    own = [row for row in rows() if row.split == "train"]
    return Examples(
        [row.text for row in own], labels_of([row.categories for row in own]), np.ones(len(own), dtype=np.float32)
    )


def train(config: Path, runs: Path, target: Path, progress: Progress = lambda line: None) -> Run:
    run = Run(load_config(config), runs, target, progress)
    run_steps(run, STEPS)
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    train(write_config(folder / "configs", rows()), folder / "run", folder / "models")
    return folder / "models" / "title-0.0.1"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_labels_become_columns() -> None:
    labels = labels_of([(), (CategoryId.FRAUD,), (CategoryId.KEYWORD_STUFFING, CategoryId.EXPLICIT)])
    assert labels.tolist() == [[0] * 6, [0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1]]
    assert labels_of([]).shape == (0, len(TITLE_CATEGORIES))


def test_training_sees_exactly_what_serving_sees() -> None:
    texts = [row.text for row in rows()] + ["久.久Ａ", "國產\u200b片", "", "甲" * 60]
    draw = np.random.default_rng(2)
    weights = draw.normal(size=(1 << 18, len(TITLE_CATEGORIES))).astype(np.float16)
    bias = draw.normal(size=len(TITLE_CATEGORIES)).astype(np.float32)
    model = NgramModel(TITLE_CATEGORIES, weights, bias, Calibration.identity(len(TITLE_CATEGORIES)))
    by_matrix = design(texts) @ weights.astype(np.float32) + bias
    assert np.allclose(by_matrix, scores_of(model, texts), atol=1e-3)


def test_fit_calibrate_export_load_gives_the_same_probabilities(trained: Path) -> None:
    loaded = NgramModel.load(load_artifact(trained).file("weights.npz"))
    model = fit(examples(), 30.0, 5)
    dev = [row for row in rows() if row.split == "dev"]
    calibration = fit_calibration(scores_of(model, [r.text for r in dev]), labels_of([r.categories for r in dev]))
    assert np.array_equal(loaded.weights, model.weights)
    for own in rows():
        text = normalize(own.text)
        expected = calibration.apply(model.log_odds(features_of(own.text)))
        assert np.allclose(loaded.probabilities(text), expected, rtol=0, atol=2e-6)


def test_the_words_of_a_category_are_learnt(trained: Path) -> None:
    model = NgramModel.load(trained / "weights.npz")
    for column, category in enumerate(TITLE_CATEGORIES):
        assert model.probabilities(normalize(WORDS[category] * 3)).argmax() == column


def test_the_manifest_and_card_say_what_was_trained_on(trained: Path) -> None:
    details = load_artifact(trained).details
    assert details["corpus"] == {split: digest(rows(), split) for split in ("train", "dev", "test", "test_unseen")}
    assert details["categories"] == [str(category) for category in TITLE_CATEGORIES]
    assert details["config"]["seed"] == 5
    card = (trained / "MODEL_CARD.md").read_text("utf-8")
    assert digest(rows(), "train") in card
    assert "## Fast on dev" in card
    assert "## Fast on test" in card
    assert {path.name for path in trained.parent.iterdir()} == {"title-0.0.1"}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(trained: Path, tmp_path: Path) -> None:
    train(write_config(tmp_path / "c", rows()), tmp_path / "run", tmp_path)
    assert (tmp_path / "title-0.0.1" / "weights.npz").read_bytes() == (trained / "weights.npz").read_bytes()


@pytest.mark.slow
def test_a_failed_run_leaves_the_old_model_untouched(
    trained: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = contents(trained)
    config = write_config(tmp_path, rows())

    def broken(*_: object) -> str:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(steps, "write_manifest", broken)
        with pytest.raises(OSError, match="disk full"):
            train(config, tmp_path / "run", trained.parent)
    assert contents(trained) == before
    undivided = [replace(own, split="train") if own.split == "dev" else own for own in rows()]
    untrained = [own for own in rows() if own.split != "train"]
    harmless = [own for own in rows() if own.clean]
    for corpus, error, message in (
        (undivided, RunError, "no row fell into dev"),
        (untrained, RunError, "no row fell into train"),
        (harmless, ValueError, "explicit: the training rows hold only one side of it"),
    ):
        with pytest.raises(error, match=message):
            train(write_config(tmp_path, corpus), tmp_path / "run", trained.parent)
        assert contents(trained) == before
    load_artifact(trained)


@pytest.mark.slow
def test_a_later_run_replaces_the_model_and_its_draft(tmp_path: Path) -> None:
    models = tmp_path / "models"
    (models / ".title-0.0.1.draft").mkdir(parents=True)
    (models / "title-0.0.1").mkdir()
    for folder in models.iterdir():
        (folder / "old").touch()
    lines: list[str] = []
    run = train(write_config(tmp_path, rows()), tmp_path / "run", models, lines.append)
    assert [path.name for path in models.iterdir()] == ["title-0.0.1"]
    assert not (models / "title-0.0.1" / "old").exists()
    assert set(run.read_json("metrics.json")["splits"]["fast"]) == {"dev", "test"}
    headings = [f"{step.name}: {step.purpose}" for step in STEPS]
    assert [line for line in lines if line in headings] == headings
    assert lines[-1] == f"written {models / 'title-0.0.1'}"


@pytest.mark.slow
def test_third_party_titles_are_clean_rows_where_they_exist(tmp_path: Path) -> None:
    path = write_config(tmp_path, rows())
    with gzip.open(tmp_path / "hot.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps({"text": f"第{number}条新闻"}) + "\n" for number in range(20))
    more = 'benign = ["hot.jsonl.gz", "none.jsonl.gz"]\nbenign_rows = 8\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    lines: list[str] = []
    run = train(path, tmp_path / "run", tmp_path / "models", lines.append)
    assert "100 rows, 8 third-party headlines" in lines
    assert lines[lines.index("augment: disguise copies of the rows") + 1] == "58 texts"
    with gzip.open(run.file("examples.jsonl.gz"), "rt", encoding="utf-8") as stream:
        examples = [json.loads(line) for line in stream]
    assert sum(weight == 1.0 for _, _, weight in examples) == 50
    assert all(labels == [0] * 6 for _, labels, weight in examples if weight != 1.0)
    artifact = load_artifact(tmp_path / "models" / "title-0.0.1")
    assert artifact.details["third_party_titles"] == 8
    reference = artifact.details["reference"]
    assert len(reference["shares"]) == len(reference["edges"]) + 1
    assert sum(reference["shares"]) == pytest.approx(1, abs=1e-3)
    assert "## Reference for drift" in (artifact.path / "MODEL_CARD.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "title"\n', "'version' is missing"),
        ("name = 1 2", r"line 1"),
        ('name = "a"\nversion = "1"\ncorpus = 3\nstrength = 1.0\nseed = 1', "title.toml: "),
        ('name = "a"\nversion = "1"\ncorpus = "c"\nstrength = "x"\nseed = 1', "could not convert"),
    ],
)
def test_a_bad_configuration_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "title.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DatasetError, match=message) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_category_without_examples_cannot_be_fitted() -> None:
    own = examples()
    labels = own.labels.copy()
    labels[:, 3] = 0
    with pytest.raises(ValueError, match="illicit_ad: the training rows hold only one side"):
        fit(replace(own, labels=labels), 1.0, 1)
    with pytest.raises(ValueError, match="category 3 has only one side"):
        fit_calibration(np.zeros((len(labels), 6), dtype=np.float32), labels)


def test_calibration_learns_a_rising_curve() -> None:
    draw = np.random.default_rng(1)
    scores = draw.normal(size=(400, 1)).astype(np.float32)
    labels = (draw.random((400, 1)) < 1 / (1 + np.exp(-3 * scores + 1))).astype(np.int8)
    curve = fit_calibration(scores, labels)
    assert 2 < curve.slopes[0] < 4
    assert -2 < curve.offsets[0] < 0
    assert expected_calibration_error(curve.apply(scores)[:, 0], labels[:, 0]) < 0.06


@pytest.mark.parametrize(
    ("probabilities", "labels", "error"),
    [([0.0, 1.0], [0, 1], 0.0), ([1.0, 0.0], [0, 1], 1.0), ([0.75] * 4, [1, 1, 1, 0], 0.0), ([0.5, 0.5], [1, 1], 0.5)],
)
def test_expected_calibration_error(probabilities: list[float], labels: list[int], error: float) -> None:
    found = expected_calibration_error(np.array(probabilities, dtype=np.float32), np.array(labels, dtype=np.int8))
    assert found == pytest.approx(error)


def knowing(words: str) -> NgramModel:
    """A model that takes each of these characters for gambling and knows nothing else."""
    weights = np.zeros((1 << 18, 6), dtype=np.float16)
    for word in words:
        features = features_of(word)
        weights[features.buckets[1], 1] = 40
    return NgramModel(TITLE_CATEGORIES, weights, np.full(6, -4, dtype=np.float32), Calibration.identity(6))


def test_evaluation_counts_by_group_pair_family_and_hand() -> None:
    gambling = {"categories": (CategoryId.GAMBLING,), "group": "abusive", "split": "test", "family": "gambling.slots"}
    corpus = [
        row("a", "赌", **gambling, pair="1"),
        row("b", "茶", split="test", group="hard", pair="1"),
        row("c", "博", **gambling, pair="2"),
        row("d", "赌", split="test", group="hard", pair="2"),
        row("e", "山", split="test", hand="yi"),
        row("f", "赌", split="dev"),
    ]
    result = evaluate(knowing("赌"), corpus, "test", Policy.default())
    assert (result.rows, result.pairs_right.rows) == (5, 2)
    shares = (result.abusive_flagged, result.hard_flagged, result.plain_flagged, result.pairs_right)
    assert [share.value for share in shares] == [0.5, 0.5, 0.0, 0.5]
    gambled = result.categories[1]
    assert (gambled.category, gambled.rows) == (CategoryId.GAMBLING, 2)
    assert (gambled.precision.value, gambled.recall.value, gambled.f1.value) == (0.5, 0.5, 0.5)
    slices = {(part.slice, part.value): (part.recall.value, part.clean_flagged.value) for part in result.slices}
    assert slices["hand", "jia"] == (0.5, 0.5)
    assert slices["hand", "yi"] == (None, 0.0)
    assert slices["length", "up to 12"] == (0.5, pytest.approx(1 / 3))
    assert result.confusion["gambling"] == dict.fromkeys(result.confusion, 0) | {"gambling": 1, "clean": 1}
    with pytest.raises(ValueError, match="no rows in split 'test_unseen'"):
        evaluate(knowing("赌"), corpus, "test_unseen", Policy.default())
