"""`moderation pretrain`, `train` and `step`: from a corpus to a model folder."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation.cli.exits import EXIT_USAGE, extra_packages, say, stop

if TYPE_CHECKING:
    from moderation.training.run import Run

_RUNS = Path("runs")
_ConfigFile = Annotated[Path | None, typer.Argument(help="A training configuration, such as configs/title.toml.")]
_Encoder = Annotated[
    str | None,
    typer.Option(help="Fine-tune this instead: a folder of `moderation pretrain`, or a transformers checkpoint."),
]


def pretrain(
    config: Annotated[Path, typer.Argument(help="A pre-training configuration: configs/pretrain.toml.")],
    runs: Annotated[Path, typer.Option(help="Where run folders stand.")] = _RUNS,
    steps: Annotated[int | None, typer.Option(help="So many steps instead of the configuration's.")] = None,
    plain: Annotated[bool, typer.Option("--no-compile", help="Do not compile: slower, starts at once.")] = False,
) -> None:
    """Pre-train the encoder by masked language modelling; goes on where an earlier run stopped."""
    with extra_packages("encoder"):
        from moderation.training.checkpoint import CheckpointError
        from moderation.training.dataset import DatasetError
        from moderation.training.pretrain import load_pretrain_config, pretrain
    try:
        found = load_pretrain_config(config)
        found = found if steps is None else replace(found, steps=steps)
        print(pretrain(found, runs / found.name, say, compiled=not plain))
    except (DatasetError, CheckpointError, ValueError, OSError) as error:
        stop(error)


def train(
    config: _ConfigFile = None,
    data: Annotated[Path | None, typer.Option(help="Your own labelled rows: adapt the shipped model instead.")] = None,
    encoder: _Encoder = None,
    target: Annotated[Path, typer.Option(help="Where the model folder is written.")] = Path("models"),
    runs: Annotated[Path, typer.Option(help="Where run folders stand.")] = _RUNS,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run every step again.")] = False,
    model: Annotated[Path | None, typer.Option(help="With --data: adapt this model folder.")] = None,
    corpus: Annotated[Path, typer.Option(help="With --data: the benchmark, if there.")] = Path("data/titles.jsonl"),
    policy: Annotated[Path | None, typer.Option(help="With --data: judge by this policy.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --data: keep the new model without asking.")] = False,
) -> None:
    """Train a model from a configuration, or adapt the shipped one to your own rows with --data."""
    if (config is None) == (data is None):
        stop("either a configuration or --data is needed", EXIT_USAGE)
    if data is not None:
        _adapt(data, model, corpus, policy, target, yes)
        return
    assert config is not None
    _run(config, encoder, target, runs, None, fresh)


def step(
    name: Annotated[str, typer.Argument(help="load, split, augment, fit, finetune, calibrate, thresholds ...")],
    config: Annotated[Path, typer.Argument(help="A training configuration.")],
    encoder: _Encoder = None,
    target: Annotated[Path, typer.Option(help="Where the model folder is written.")] = Path("models"),
    runs: Annotated[Path, typer.Option(help="Where run folders stand.")] = _RUNS,
) -> None:
    """Run one step of a training run alone, on what earlier steps left."""
    _run(config, encoder, target, runs, name, True)


def _run(config: Path, encoder: str | None, target: Path, runs: Path, only: str | None, fresh: bool) -> None:
    with extra_packages():
        from moderation.training.checkpoint import CheckpointError
        from moderation.training.config import load_config, started_from
        from moderation.training.dataset import DatasetError
        from moderation.training.run import Run, RunError, run_steps
        from moderation.training.steps import STEPS
    if only is not None and only not in [known.name for known in STEPS]:
        stop(f"no step {only!r}; there are {', '.join(known.name for known in STEPS)}", EXIT_USAGE)
    try:
        found = load_config(config)
        if encoder is not None:
            found = replace(found, encoder=started_from(Path(), encoder))
        run = Run(found, runs / found.label, target, say)
        with extra_packages("encoder"):
            run_steps(run, STEPS, only, fresh)
        if only is None:
            _print_results(run)
    except (DatasetError, CheckpointError, RunError, ValueError, OSError) as error:
        stop(error)


def _print_results(run: Run) -> None:
    from moderation.training.card import evaluation_of, result_table

    for name, splits in run.read_json("metrics.json")["splits"].items():
        for split, result in splits.items():
            print(f"\n{name} on {split}\n{result_table(evaluation_of(result))}")
    say(f"figures, curve and report lie in {run.folder}")


def _adapt(data: Path, model: Path | None, corpus: Path, policy: Path | None, target: Path, yes: bool) -> None:
    with extra_packages():
        from moderation.artifacts import ArtifactError, default_model
        from moderation.policy import Policy, PolicyError
        from moderation.training.adapt import adapt, side_by_side
        from moderation.training.dataset import DatasetError
    draft = target / ".adapted.draft"
    try:
        rules = Policy.load(policy) if policy else Policy.default()
        label, comparisons = adapt(data, model or default_model(), corpus, rules, draft, say)
        for comparison in comparisons:
            print(f"\n{side_by_side(comparison)}")
        folder = target / label
        if not yes and not (sys.stdin.isatty() and typer.confirm(f"Keep the new model as {folder}?", err=True)):
            shutil.rmtree(draft)
            say("nothing was kept; --yes keeps it")
            return
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except (DatasetError, PolicyError, ArtifactError, ValueError, OSError) as error:
        shutil.rmtree(draft, ignore_errors=True)
        stop(error)
    print(f"written {folder}; use it with --model {folder}")
