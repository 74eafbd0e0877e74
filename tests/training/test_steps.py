"""The whole run with an encoder, from a corpus to a folder that the runtime reads."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moderation import Moderator
from moderation.article import Article
from moderation.artifacts import load_artifact
from moderation.normalize import normalize
from moderation.scoring import Cascade, EncoderUse, Escalation, NgramModel, load_classifier
from moderation.scoring.classifier import ENCODER
from moderation.training import steps
from moderation.training.run import Run, RunError, run_steps
from moderation.training.steps import SINGLE, STEPS, classifier_of, encoder_of

from .corpus import rows
from .tiny import run_of, with_encoder


def test_a_run_with_an_encoder_becomes_a_model_folder_that_the_runtime_reads(tiny_model: Path) -> None:
    artifact = load_artifact(tiny_model)
    names = {"weights.npz", "encoder.onnx", "characters.txt", "stacker.npz", "thresholds.toml", "MODEL_CARD.md"}
    assert set(artifact.details["files"]) == names
    assert isinstance(load_classifier(artifact, Escalation()), Cascade)
    verdict = Moderator.load(tiny_model).score(Article("a", "春夏秋冬春夏秋冬"))
    assert verdict.versions.model == "title-0.0.2"


def test_the_folder_judges_as_the_run_does(tiny_run: Run, tiny_model: Path) -> None:
    for use in (EncoderUse.NEVER, EncoderUse.UNCERTAIN, EncoderUse.ALWAYS):
        shipped = load_classifier(load_artifact(tiny_model), Escalation(use))
        own = classifier_of(tiny_run, use)
        for row in rows()[:20]:
            text = normalize(row.text)
            whole = [(0, len(text))]
            assert np.array_equal(shipped.classify(text, whole), own.classify(text, whole))


def test_eight_bits_and_single_precision_agree_closely(tiny_run: Run) -> None:
    texts = [row.text for row in rows()]
    single, eight = (encoder_of(tiny_run, file).log_odds(texts) for file in (SINGLE, "encoder.onnx"))
    assert np.abs(single - eight).max() < 0.15
    assert np.corrcoef(single.ravel(), eight.ravel())[0, 1] > 0.99
    agreement = tiny_run.read_json("metrics.json")["agreement"]
    assert agreement["alike"] > 0.9
    assert agreement["largest_gap"] < 0.1


def test_metrics_report_curve_and_card_speak_of_all_three_systems(tiny_run: Run, tiny_model: Path) -> None:
    metrics = tiny_run.read_json("metrics.json")
    assert list(metrics["splits"]) == ["fast", "encoder", "cascade"]
    assert all(set(splits) == {"dev", "test"} for splits in metrics["splits"].values())
    curve = tiny_run.read_json("curve.json")
    assert curve["chosen"] in curve["points"]
    card = (tiny_model / "MODEL_CARD.md").read_text("utf-8")
    for heading in ("## Fast on test", "## Encoder on test", "## Cascade on test"):
        assert heading in card
    assert "<html" in (tiny_run.folder / "report.html").read_text("utf-8")


def test_the_manifest_holds_no_path_of_this_machine(tiny_run: Run, tiny_model: Path) -> None:
    text = (tiny_model / "manifest.json").read_text("utf-8")
    assert str(tiny_run.folder.parent) not in text
    assert json.loads(text)["longest"] == 32


def test_a_budget_that_cannot_be_shown_keeps_the_thresholds_and_says_so(tiny_run: Run) -> None:
    assert tiny_run.read_json("policy.json") is None
    assert "too few to show" in (tiny_run.folder / "thresholds.toml").read_text("utf-8")


@pytest.fixture
def copied(tiny_run: Run, tmp_path: Path) -> Run:
    """The finished run in a folder of its own, to be changed."""
    shutil.copytree(tiny_run.folder, tmp_path / "run")
    shutil.copytree(tiny_run.target, tmp_path / "models")
    return replace(tiny_run, folder=tmp_path / "run", target=tmp_path / "models")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_finished_run_computes_nothing_again(copied: Run) -> None:
    lines: list[str] = []
    assert run_steps(replace(copied, progress=lines.append), STEPS) == ["gate", "export"]
    assert lines[:-4] == [f"{step.name}: done before" for step in STEPS[:-2]]


def test_a_finished_run_can_be_exported_elsewhere(copied: Run, tmp_path: Path) -> None:
    run_steps(replace(copied, target=tmp_path / "elsewhere"), STEPS)
    assert load_artifact(tmp_path / "elsewhere" / copied.config.label).label == copied.config.label


def test_a_lost_encoder_is_made_again(copied: Run) -> None:
    (copied.folder / ENCODER).unlink()
    assert "finetune" in run_steps(copied, STEPS)
    assert (copied.folder / ENCODER).exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["load", "split", "augment", "fit", "calibrate", "thresholds", "gate", "export"])
def test_each_step_works_alone_on_what_earlier_ones_left(copied: Run, name: str) -> None:
    before = contents(copied.target / copied.config.label)
    assert run_steps(copied, STEPS, only=name) == [name]
    assert contents(copied.target / copied.config.label) == before


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("split", "loaded.jsonl"),
        ("augment", "rows.jsonl"),
        ("fit", "examples.jsonl.gz"),
        ("finetune", "rows.jsonl"),
        ("calibrate", "fast.npz"),
        ("calibrate", "encoder.onnx"),
        ("thresholds", "stacker.npz"),
        ("evaluate", "weights.npz"),
        ("export", "metrics.json"),
    ],
)
def test_a_step_names_the_file_that_an_earlier_one_should_have_left(copied: Run, name: str, missing: str) -> None:
    before = contents(copied.target / copied.config.label)
    (copied.folder / missing).unlink()
    with pytest.raises(RunError, match=f"{missing} is missing: run the steps before this one"):
        run_steps(copied, STEPS, only=name)
    assert contents(copied.target / copied.config.label) == before


@pytest.mark.parametrize("broken", ["write_manifest", "model_card"])
def test_a_failed_export_leaves_the_old_folder_and_is_tried_again(
    copied: Run, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    folder = copied.target / copied.config.label
    before = contents(folder)

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(steps, broken, full)
        with pytest.raises(OSError, match="No space left"):
            run_steps(copied, STEPS, only="export")
    assert contents(folder) == before
    load_artifact(folder)
    assert run_steps(copied, STEPS) == ["gate", "export"]
    assert [path.name for path in copied.target.iterdir()] == [folder.name]


def test_a_kill_while_files_are_copied_leaves_the_old_folder(copied: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied.target / copied.config.label
    before = contents(folder)

    def killed(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfile", killed)
    with pytest.raises(KeyboardInterrupt):
        run_steps(copied, STEPS, only="export")
    assert contents(folder) == before


def test_without_an_encoder_only_the_fast_model_is_written(tiny_encoder: Path, tmp_path: Path) -> None:
    run = run_of(with_encoder(tmp_path / "configs", tiny_encoder), tmp_path)
    run = replace(run, config=replace(run.config, encoder=None))
    run_steps(run, STEPS)
    artifact = load_artifact(run.target / "title-0.0.2")
    assert "longest" not in artifact.details
    assert set(artifact.details["files"]) == {"weights.npz", "thresholds.toml", "MODEL_CARD.md"}
    assert isinstance(load_classifier(artifact, Escalation()), NgramModel)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(tiny_run: Run, tiny_encoder: Path, tmp_path: Path) -> None:
    run = run_of(with_encoder(tmp_path / "configs", tiny_encoder), tmp_path)
    run_steps(run, STEPS)
    for name in ("weights.npz", "encoder.onnx", "characters.txt", "stacker.npz"):
        assert (run.target / "title-0.0.2" / name).read_bytes() == (tiny_run.target / "title-0.0.2" / name).read_bytes()


@pytest.mark.slow
def test_another_recipe_fine_tunes_anew(copied: Run) -> None:
    recipe = replace(copied.config.recipe, epochs=3)
    changed = replace(copied, config=replace(copied.config, recipe=recipe))
    old = (copied.folder / "encoder.onnx").read_bytes()
    assert run_steps(changed, STEPS[:5]) == [step.name for step in STEPS[:5]]
    assert (copied.folder / "encoder.onnx").read_bytes() != old
