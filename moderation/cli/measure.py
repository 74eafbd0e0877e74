"""`moderation evaluate`, `gate` and `corpus`: figures, and whether they are good enough."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.exits import EXIT_FAILED, extra_packages, stop


def evaluate(
    corpus: Annotated[Path, typer.Option(help="A labelled corpus in JSONL.")] = Path("data/titles.jsonl"),
    pages: Annotated[Path | None, typer.Option(help="A pages corpus in JSONL, to be judged too.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Splits; default test and test_unseen.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model folder instead of the shipped one.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy file instead of the shipped one.")] = None,
    card: Annotated[bool, typer.Option("--robustness", help="Also measure under every disguise.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a report to look at.")] = None,
) -> None:
    """Measure titles, and pages if given, at the policy's thresholds, with intervals."""
    with extra_packages():
        from moderation.training import document
        from moderation.training.dataset import DatasetError
    from moderation.artifacts import ArtifactError
    from moderation.policy import PolicyError

    try:
        result = document.measure(corpus, pages, split or ["test", "test_unseen"], model, policy, card)
        print(document.text(result))
        if json_file is not None:
            json_file.write_text(document.as_json(result), "utf-8")
        if html_file is not None:
            html_file.write_text(document.as_html(result), "utf-8")
    except (DatasetError, PolicyError, ArtifactError, ValueError, OSError) as error:
        stop(error)


def gate(
    corpus: Annotated[Path, typer.Option(help="The labelled corpus.")] = Path("data/titles.jsonl"),
    floors: Annotated[Path, typer.Option(help="The bounds.")] = Path("data/floors.json"),
    model: Annotated[Path | None, typer.Option(help="A model folder instead of the shipped one.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Raise the bounds to the level reached.")] = False,
    allow_lower: Annotated[bool, typer.Option("--allow-lower", help="With --update: lower bounds too.")] = False,
) -> None:
    """Fail when a model falls below the floors, or the corpus has changed under them."""
    with extra_packages():
        from moderation.training import document
        from moderation.training.dataset import DatasetError
        from moderation.training.gate import Floors, GateError, check, updated
    from moderation.artifacts import ArtifactError

    try:
        result = document.measure(corpus, None, ["dev", "test", "test_unseen"], model, None, False)
        if update:
            old = Floors.load(floors) if floors.exists() else None
            updated(old, result.titles, result.digests, allow_lower).save(floors)
            print(f"{floors}: updated")
            return
        wrong = check(Floors.load(floors), result.titles, result.digests)
    except (DatasetError, GateError, ArtifactError, ValueError, OSError) as error:
        stop(error)
    for line in wrong:
        print(line)
    if wrong:
        raise typer.Exit(EXIT_FAILED)
    print(f"{result.model} passes every bound in {floors}")


def corpus(
    path: Annotated[Path, typer.Argument(help="A labelled corpus in JSONL, CSV or Parquet.")] = Path(
        "data/titles.jsonl"
    ),
    most: Annotated[float, typer.Option(help="Fail above this share of near-duplicates.")] = 0.03,
) -> None:
    """Count a corpus: rows by split, group, category and hand, pairs, near-duplicates, digests."""
    from collections import Counter

    with extra_packages():
        from moderation.training.dataset import DatasetError
        from moderation.training.split import digest, load_corpus, near_duplicate_share
    try:
        rows = load_corpus(path)
    except DatasetError as error:
        stop(error)
    print(f"{len(rows)} rows")
    for name, counts in (
        ("split", Counter(row.split for row in rows)),
        ("group", Counter(row.group for row in rows)),
        ("category", Counter(str(category) for row in rows for category in row.categories)),
        ("hand", Counter(row.hand for row in rows)),
    ):
        print(f"{name}: " + ", ".join(f"{value} {count}" for value, count in sorted(counts.items())))
    print(f"minimal pairs: {len({(row.hand, row.pair) for row in rows if row.pair})}")
    for split in sorted({row.split for row in rows}):
        print(f"digest of {split}: {digest(rows, split)}")
    share = near_duplicate_share(rows)
    print(f"near-duplicates: {share:.2%}")
    if share > most:
        raise typer.Exit(EXIT_FAILED)


def fit_weights(
    pages: Annotated[Path, typer.Argument(help="A pages corpus in JSONL; its split `train` is fitted.")] = Path(
        "data/pages.jsonl"
    ),
    target: Annotated[Path | None, typer.Option("--write", help="Write the fitted weights into this file.")] = None,
) -> None:
    """Fit the weights of signals to labelled pages, and say what that brings on `dev`."""
    with extra_packages():
        from moderation.training import signal_weights as fitting
        from moderation.training.pages.page import PageError, load_pages
    from moderation.pipeline import Moderator
    from moderation.scoring import Scorer

    try:
        known = load_pages(pages)
    except (PageError, ValueError, OSError) as error:
        stop(error)
    moderator = Moderator.load()
    seen = {
        split: fitting.observe(moderator, (page for page in known if page.split == split)) for split in ("train", "dev")
    }
    present = Scorer.default().weights
    fitted = fitting.fit_weights(seen["train"], present)
    for name, weight in fitted.items():
        if weight != present[name]:
            print(f"{name} {present[name]:g} -> {weight:g}")
    for split, observations in seen.items():
        before, after = (fitting.log_loss(observations, weights) for weights in (present, fitted))
        print(f"{split}: {len(observations)} pages, {before:.3f} -> {after:.3f} nats a page")
    if target is not None:
        try:
            target.write_text(fitting.rewritten(target.read_text("utf-8"), fitted), "utf-8")
        except OSError as error:
            stop(error)
