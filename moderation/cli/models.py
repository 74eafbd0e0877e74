"""`moderation models`: what is installed, whether it is whole, and what changes from one to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.exits import EXIT_FAILED, extra_packages, stop

models_app = typer.Typer(no_args_is_help=True, help="Model folders: list, verify, compare.")


def _default_folder() -> Path:
    from moderation.artifacts import ArtifactError, default_folder

    try:
        return default_folder()
    except ArtifactError as error:
        stop(error)


@models_app.command("list")
def list_models(
    folder: Annotated[Path | None, typer.Argument(help="Where model folders stand; default: the shipped ones.")] = None,
) -> None:
    """List the model folders with size and kind; the one that is loaded by default is marked."""
    from moderation.artifacts import MANIFEST, ArtifactError, default_model, load_artifact

    place = folder or _default_folder()
    try:
        used = default_model()
    except ArtifactError:
        used = None
    paths = sorted(path.parent for path in place.glob(f"*/{MANIFEST}"))
    if not paths:
        stop(f"no model folder in {place}")
    for path in paths:
        try:
            artifact = load_artifact(path)
        except ArtifactError as error:
            print(f"  {path.name}: damaged: {error}")
            continue
        size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
        mark = "*" if used is not None and path.samefile(used) else " "
        print(f"{mark} {artifact.label}  {size:.1f} MB  {artifact.details.get('kind', '')}")


@models_app.command()
def verify(
    paths: Annotated[list[Path] | None, typer.Argument(help="Model folders; default: all shipped ones.")] = None,
) -> None:
    """Check every file against its manifest and load the model. Exit code 1 when one is not what it says."""
    from moderation.artifacts import MANIFEST, ArtifactError, load_artifact
    from moderation.scoring import EncoderUse, Escalation, load_classifier

    damaged = False
    for path in paths or sorted(found.parent for found in _default_folder().glob(f"*/{MANIFEST}")):
        try:
            artifact = load_artifact(path)
            load_classifier(artifact, Escalation(EncoderUse.ALWAYS))
        except (ArtifactError, ValueError, OSError) as error:
            damaged = True
            print(f"{path}: {error}")
            continue
        print(f"{path}: good; {len(artifact.details['files'])} files; manifest {artifact.fingerprint}")
    if damaged:
        raise typer.Exit(EXIT_FAILED)


@models_app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A model folder.")],
    after: Annotated[Path, typer.Argument(help="Another one.")],
    corpus: Annotated[Path, typer.Option(help="The rows to judge.")] = Path("data/titles.jsonl"),
    split: Annotated[list[str] | None, typer.Option(help="Splits; default test and test_unseen.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy file instead of the shipped one.")] = None,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show explicit text in full.")] = False,
) -> None:
    """List the benchmark rows whose action changes from one model to another; + marks a change for the better."""
    with extra_packages():
        from moderation.training.dataset import DatasetError, load_rows
        from moderation.training.difference import difference
    from moderation.artifacts import ArtifactError
    from moderation.policy import Policy, PolicyError
    from moderation.renderers.mask import mask
    from moderation.taxonomy import CategoryId

    wanted = split or ["test", "test_unseen"]
    try:
        rows = [row for row in load_rows(corpus) if row.split in wanted]
        changes = difference(before, after, rows, Policy.load(policy) if policy else Policy.default())
    except (DatasetError, ArtifactError, PolicyError, ValueError, OSError) as error:
        stop(error)
    for change in changes:
        hidden = CategoryId.EXPLICIT in change.row.categories and not unmasked
        text = mask(change.row.text) if hidden else change.row.text
        labels = ",".join(change.row.categories) or "clean"
        print(f"{'+' if change.better else '-'} {change.row.id}  {change.before} -> {change.after}  {labels}  {text}")
    better = sum(change.better for change in changes)
    print(f"{len(changes)} of {len(rows)} rows change: {better} for the better, {len(changes) - better} for the worse")
