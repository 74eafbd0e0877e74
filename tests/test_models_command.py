"""`moderation models`: list, verify and diff."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from moderation.artifacts import load_artifact
from moderation.cli import app
from moderation.taxonomy import CategoryId
from moderation.training.dataset import write_rows

from .training.corpus import row, rows
from .training.test_difference import folder_of


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in ("models", *arguments)])


@pytest.fixture
def models(tiny_model: Path, tmp_path: Path) -> Path:
    """A folder with a cascade and a fast model."""
    shutil.copytree(tiny_model, tmp_path / "models" / tiny_model.name)
    folder_of(tmp_path / "models" / "title-0.0.1", 0.0)
    return tmp_path / "models"


def test_models_are_listed_with_size_and_kind(models: Path) -> None:
    result = run("list", models)
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first.startswith("  title-0.0.1  ")
    assert second.startswith("  title-0.0.2  ")
    assert second.endswith("a character encoder in cascade")
    assert " MB " in first


def test_the_model_that_is_loaded_by_default_is_marked(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.artifacts.default_folder", lambda: models)
    lines = run("list").stdout.splitlines()
    assert [line[:2] for line in lines] == ["  ", "* "]


def test_a_damaged_model_is_listed_as_such(models: Path) -> None:
    (models / "title-0.0.2" / "stacker.npz").write_bytes(b"damaged")
    result = run("list", models)
    assert result.exit_code == 0
    assert "title-0.0.2: damaged: " in result.stdout
    assert "title-0.0.1  " in result.stdout


def test_a_place_without_models_is_said(tmp_path: Path) -> None:
    result = run("list", tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no model folder in" in result.stderr


def test_whole_models_are_good(models: Path) -> None:
    folders = [models / "title-0.0.1", models / "title-0.0.2"]
    result = run("verify", *folders)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{folder}: good; {files} files; manifest {load_artifact(folder).fingerprint}"
        for folder, files in zip(folders, (1, 6), strict=True)
    ]


def test_every_model_is_verified_though_one_is_bad(models: Path) -> None:
    with (models / "title-0.0.1" / "weights.npz").open("ab") as stream:
        stream.write(b"x")
    result = run("verify", models / "title-0.0.1", models / "title-0.0.2", models / "none")
    assert result.exit_code == 1
    bad, good, none = result.stdout.splitlines()
    assert "its checksum is not the manifest's" in bad
    assert "title-0.0.2: good" in good
    assert "no manifest.json here" in none


def test_the_rows_that_change_are_told_and_explicit_ones_masked(tmp_path: Path) -> None:
    low, high = folder_of(tmp_path / "low", -6.0), folder_of(tmp_path / "high", 6.0)
    corpus = tmp_path / "titles.jsonl"
    explicit = row("a", "春夏秋冬", categories=(CategoryId.EXPLICIT,), group="abusive", split="test")
    write_rows(corpus, [explicit, row("b", "图书馆", split="test"), row("c", "书店", split="train")])
    result = run("diff", low, high, "--corpus", corpus)
    assert result.exit_code == 0
    first, second, total = result.stdout.splitlines()
    assert first.startswith("+ a  allow -> reject  explicit  ")
    assert "春夏秋冬" not in first
    assert second == "- b  allow -> reject  clean  图书馆"
    assert total == "2 of 2 rows change: 1 for the better, 1 for the worse"
    assert "春夏秋冬" in run("diff", low, high, "--corpus", corpus, "--unmasked").stdout
    assert run("diff", low, high, "--corpus", corpus, "--split", "train").stdout.splitlines()[0].startswith("- c")
    assert run("diff", low, low, "--corpus", corpus).stdout == "0 of 2 rows change: 0 for the better, 0 for the worse\n"


@pytest.mark.parametrize("missing", ["model", "corpus", "policy"])
def test_what_cannot_be_compared_is_said(tmp_path: Path, missing: str) -> None:
    low = folder_of(tmp_path / "low", -6.0)
    write_rows(tmp_path / "titles.jsonl", rows())
    arguments: list[object] = [low, low, "--corpus", tmp_path / "titles.jsonl"]
    if missing == "model":
        arguments[1] = tmp_path / "none"
    elif missing == "corpus":
        arguments[3] = tmp_path / "none"
    else:
        arguments += ["--policy", tmp_path / "none"]
    result = run("diff", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("moderation: ")
    assert "none" in result.stderr
