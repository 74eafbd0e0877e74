"""`moderation pretrain`, `train --data` and `step`, and what they say when something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from moderation.artifacts import load_artifact
from moderation.cli import app

from .training.corpus import rows, write_config
from .training.test_adapt import own_rows, written
from .training.tiny import headlines, write_texts


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_either_a_configuration_or_rows_are_needed(tmp_path: Path) -> None:
    for arguments in ([], [tmp_path / "a.toml", "--data", tmp_path / "b.jsonl"]):
        result = run("train", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "either a configuration or --data is needed" in result.stderr


def test_an_unknown_step_names_the_known_ones(tmp_path: Path) -> None:
    result = run("step", "bake", write_config(tmp_path, rows()), "--runs", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no step 'bake'; there are load, split, augment, fit, finetune" in result.stderr


def test_steps_run_one_by_one_and_say_when_one_is_missing(tmp_path: Path) -> None:
    config = write_config(tmp_path, rows())
    result = run("step", "split", config, "--runs", tmp_path / "runs")
    assert result.exit_code == 1
    assert "loaded.jsonl is missing: run the steps before this one" in result.stderr
    for name in ("load", "split"):
        assert run("step", name, config, "--runs", tmp_path / "runs").exit_code == 0
    assert (tmp_path / "runs" / "title-0.0.1" / "rows.jsonl").exists()


def test_an_encoder_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_config(tmp_path, rows())
    (tmp_path / "empty").mkdir()
    for name in ("load", "split"):
        run("step", name, config, "--runs", tmp_path / "runs")
    result = run("step", "finetune", config, "--encoder", tmp_path / "empty", "--runs", tmp_path / "runs")
    assert result.exit_code == 1
    assert "empty: no checkpoint of the transformers library" in result.stderr


def test_rows_too_few_to_learn_from_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "own.jsonl", own_rows(abusive=5, clean=5))
    result = run("train", "--data", data, "--model", tiny_model, "--target", tmp_path / "models", "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "10 rows, at least 200 are needed" in result.stderr
    assert not (tmp_path / "models").exists()


@pytest.mark.slow
@pytest.mark.parametrize("yes", [True, False])
def test_an_adapted_model_is_kept_only_when_wanted(tiny_model: Path, tmp_path: Path, yes: bool) -> None:
    data = written(tmp_path / "own.jsonl", own_rows())
    places = ["--model", tiny_model, "--corpus", tmp_path / "none", "--target", tmp_path / "models"]
    result = run("train", "--data", data, *places, *(["--yes"] if yes else []))
    assert result.exit_code == 0
    assert "| abusive flagged |" in result.stdout
    kept = [path.name for path in (tmp_path / "models").iterdir()]
    if yes:
        assert kept == ["title-0.0.2-own"]
        load_artifact(tmp_path / "models" / "title-0.0.2-own")
    else:
        assert kept == []
        assert "nothing was kept" in result.stderr


def test_pre_training_runs_and_names_missing_texts(tmp_path: Path) -> None:
    write_config(tmp_path, rows())
    config = tmp_path / "pretrain.toml"
    config.write_text(
        'name = "tiny"\ncorpus = "titles.jsonl"\ndecompositions = "none.gz"\ncharacters = 200\nsteps = 9\nrows = 2\n'
        "length = 8\nseed = 1\nmasked = 0.4\n[shape]\nlayers = 1\nwidth = 16\nheads = 2\nlongest = 24\n"
        '[[source]]\npath = "text.jsonl.gz"\nshare = 1.0\n',
        "utf-8",
    )
    arguments = ["pretrain", config, "--runs", tmp_path / "runs", "--steps", 2, "--no-compile"]
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no such text to pre-train on" in result.stderr
    write_texts(tmp_path / "text.jsonl.gz", headlines(40))
    result = run(*arguments)
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'runs' / 'tiny' / 'checkpoint.pt'}\n"
    assert "step 2/2" in result.stderr
