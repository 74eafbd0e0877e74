"""python -m pip install -r benchmarks/quality/requirements.txt && python -m benchmarks.quality [--json FILE]

Measures the shipped title model beside its peers on `test` and `test_unseen` and prints Markdown. Run it in the
repository's root. A peer that the machine lacks something for says so in its row.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.quality.clock import TITLES, speeds
from benchmarks.quality.data import SEED, Split, benign_titles, load_splits
from benchmarks.quality.metrics import RATE, measure
from benchmarks.quality.missing import Missing
from benchmarks.quality.peers import Peer, Scorer, peers
from benchmarks.quality.report import Line, Report
from moderation.artifacts import default_model, load_artifact
from moderation.training.config import load_config
from moderation.training.dataset import Row
from moderation.training.split import digest

ROOT = Path(__file__).parents[2]
MEASURED = ("test", "test_unseen")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every system, print the tables, write the JSON where asked."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m benchmarks.quality", description=details, epilog=summary)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    chosen = parser.parse_args(arguments)
    config = load_config(ROOT / "configs" / "title.toml")
    rows, splits = load_splits(config.corpus)
    benign = benign_titles(config)
    report = Report(_facts(rows, splits, benign), _lines(peers(config.strength), splits, benign))
    if chosen.json:
        chosen.json.write_text(report.json(), "utf-8")
    print(report.markdown(), end="")


def _lines(systems: Sequence[Peer], splits: Mapping[str, Split], benign: Mapping[str, list[str]]) -> tuple[Line, ...]:
    lines: list[Line] = []
    scorers: dict[str, Scorer] = {}
    for peer in systems:
        print(peer.name, file=sys.stderr)
        try:
            scorers[peer.name] = peer.train(splits["train"], splits["dev"])
        except (Missing, ModuleNotFoundError) as error:
            lines.append(Line(peer.name, missing=f"not run: {error}"))
            continue
        lines.append(_measured(peer.name, scorers[peer.name], splits, benign))
    texts = splits["test"].texts
    drawn = np.random.default_rng(SEED).permutation(len(texts))[:TITLES]
    print("speed", file=sys.stderr)
    found = dict(zip(scorers, speeds(list(scorers.values()), [texts[i] for i in drawn]), strict=True))
    return tuple(replace(line, speed=found.get(line.name)) for line in lines)


def _measured(system: str, scorer: Scorer, splits: Mapping[str, Split], benign: Mapping[str, list[str]]) -> Line:
    dev = splits["dev"]
    dev_found = scorer(dev.texts)
    results = {
        name: measure(dev, dev_found, splits[name], scorer(splits[name].texts)) for name in MEASURED if name in splits
    }
    threshold = results["test"].at_rate[f"{RATE:.0%}"].threshold
    flagged = {name: float((scorer(texts).max(axis=1) > threshold).mean()) for name, texts in benign.items()}
    return Line(system, results=results, benign=flagged)


def _facts(rows: Sequence[Row], splits: Mapping[str, Split], benign: Mapping[str, list[str]]) -> tuple[str, ...]:
    model = load_artifact(default_model())
    digests = {name: digest(rows, name) for name in splits}
    stale = [name for name in splits if digests[name] != model.details["corpus"].get(name)]
    counts = (
        f"{name} ({digests[name][:12]}): {split.abusive.sum()} abusive, {split.mask('hard').sum()} hard clean, "
        f"{split.mask('plain').sum()} plain rows, {len(split.pairs)} minimal pairs"
        for name, split in splits.items()
    )
    state = f"other rows than the corpus has now in {', '.join(stale)}" if stale else "this corpus"
    third = ", ".join(f"{len(texts)} of {name}" for name, texts in benign.items()) or "not on this machine"
    return (
        f"Shipped model: {model.label}, trained and measured on {state}; it also learnt from "
        f"{model.details.get('third_party_titles', 0)} third-party headlines, no peer did",
        *counts,
        f"Third-party titles that training never drew: {third}",
    )


if __name__ == "__main__":
    main()
