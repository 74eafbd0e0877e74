"""The machinery of steps, without any training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from moderation.training.config import load_config
from moderation.training.run import Run, RunError, Step, run_steps

from .corpus import rows, write_config


@pytest.fixture
def run(tmp_path: Path) -> Run:
    config = load_config(write_config(tmp_path, rows()))
    return Run(config, tmp_path / "run", tmp_path / "models", lambda line: None)


def leaving(name: str, needs: str | None = None) -> Step:
    """A step that leaves a file of its name, from that of another."""

    def work(run: Run) -> None:
        if needs:
            run.file(needs)
        (run.folder / name).write_text(name, "utf-8")

    return Step(name, f"write {name}", (name,), work)


STEPS = (leaving("one"), leaving("two", "one"), leaving("three", "two"))
NAMES = [step.name for step in STEPS]


def test_steps_run_in_order_and_only_once(run: Run) -> None:
    lines: list[str] = []
    run = replace(run, progress=lines.append)
    assert run_steps(run, STEPS) == NAMES
    assert lines == ["one: write one", "two: write two", "three: write three"]
    lines.clear()
    assert run_steps(run, STEPS) == []
    assert lines == ["one: done before", "two: done before", "three: done before"]
    assert run_steps(run, STEPS, fresh=True) == NAMES


def test_another_configuration_or_corpus_runs_every_step_again(run: Run) -> None:
    run_steps(run, STEPS)
    changed = replace(run, config=replace(run.config, strength=7.0))
    assert run_steps(changed, STEPS) == NAMES
    assert run_steps(changed, STEPS) == []
    with run.config.corpus.open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert run_steps(changed, STEPS) == NAMES


def test_a_step_whose_file_is_gone_runs_again(run: Run) -> None:
    run_steps(run, STEPS)
    (run.folder / "two").unlink()
    assert run_steps(run, STEPS) == ["two"]


def test_a_step_that_fails_is_where_the_next_run_goes_on(run: Run) -> None:
    def broken(run: Run) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run_steps(run, (STEPS[0], replace(STEPS[1], work=broken), STEPS[2]))
    assert not (run.folder / "three").exists()
    assert run_steps(run, STEPS) == ["two", "three"]


def test_a_step_that_was_done_and_then_fails_is_not_done(run: Run) -> None:
    def broken(run: Run) -> None:
        raise RunError("the gate is closed")

    run_steps(run, STEPS)
    with pytest.raises(RunError):
        run_steps(run, (*STEPS[:2], replace(STEPS[2], work=broken)), only="three")
    assert run_steps(run, STEPS) == ["three"]


def test_one_step_alone_runs_even_if_done_and_needs_the_earlier_ones(run: Run) -> None:
    with pytest.raises(
        RunError, match="one is missing: run the steps before this one, or `moderation train` as a whole"
    ):
        run_steps(run, STEPS, only="two")
    assert run_steps(run, STEPS, only="one") == ["one"]
    assert run_steps(run, STEPS, only="two") == ["two"]
    assert run_steps(run, STEPS, only="two") == ["two"]
    assert run_steps(run, STEPS) == ["three"]


def test_the_configuration_lies_in_the_run_folder(run: Run) -> None:
    run_steps(run, STEPS)
    stored = json.loads((run.folder / "config.json").read_text("utf-8"))
    assert (stored["name"], stored["seed"], stored["corpus"]) == ("title", 5, str(run.config.corpus))


def test_a_json_file_is_written_whole_or_not_at_all(run: Run) -> None:
    run.folder.mkdir()
    run.write_json("a.json", {"甲": 1})
    with pytest.raises(TypeError):
        run.write_json("a.json", {"甲": object()})
    assert run.read_json("a.json") == {"甲": 1}
    assert [path.name for path in run.folder.iterdir()] == ["a.json"]
