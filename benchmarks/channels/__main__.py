"""python -m benchmarks.channels [--encoder runs/encoder] [--epochs 3] [--share 0.5]

Fits the fast model with and without its sound view, and fine-tunes the encoder with both channels, without sound and
without shape, each on the same rows from the same pre-training; then measures all of them on `dev`, as written and
under every disguise at its heavy strength. Prints Markdown. Run it in the repository's root, after `make test`.

An encoder is measured at the threshold at which 2% of its own undisguised hard clean rows are flagged, so the columns
under disguise show what the disguise costs and how many clean rows it drags along.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.training.augment import disguised
from moderation.training.config import load_config
from moderation.training.dataset import Row, load_rows
from moderation.training.evasion import EVASIONS, HEAVY
from moderation.training.examples import Examples, of_rows
from moderation.training.finetune import Tuner, predict
from moderation.training.fit import design, fit
from moderation.training.pretrained import from_checkpoint

ROOT = Path(__file__).parents[2]
SEED = 11
Scores = npt.NDArray[np.float32]
Scorer = Callable[[Sequence[str]], Scores]


def main() -> None:
    """Fit, measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.channels", description=__doc__)
    parser.add_argument("--encoder", type=Path, default=ROOT / "runs" / "encoder")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.5, help="of the training rows")
    chosen = parser.parse_args()
    config = load_config(ROOT / "configs" / "title.toml")
    rows = load_rows(config.corpus)
    dev = [row for row in rows if row.split == "dev"]
    train = [row for row in rows if row.split == "train"]
    draw = np.random.default_rng(SEED).permutation(len(train))[: int(chosen.share * len(train))]
    examples = of_rows([train[i] for i in draw])
    systems: dict[str, Scorer] = {}
    for name, sounds in (("fast, with its sound view", True), ("fast, without", False)):
        systems[name] = _fast(examples, config.strength, sounds)
    for name, sound, parts in (
        ("encoder, sound and shape", True, True),
        ("encoder, no sound", False, True),
        ("encoder, no shape", True, False),
    ):
        recipe = replace(config.recipe, epochs=chosen.epochs, mine_after=chosen.epochs + 1, seed=SEED)
        network, vocabulary, longest = from_checkpoint(chosen.encoder, recipe.dropout)
        network.encoder.shape = replace(network.encoder.shape, sound=sound, parts=parts)  # type: ignore[arg-type,union-attr]
        with tempfile.TemporaryDirectory() as folder:
            tuner = Tuner(network, vocabulary, longest, recipe, Path(folder), _say)
            tuned = tuner.run(examples, [])
        systems[name] = lambda texts, own=tuned, known=vocabulary, most=longest: predict(own, texts, known, most)
    _print(systems, dev)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _fast(examples: Examples, strength: float, sounds: bool) -> Scorer:
    model = fit(disguised(examples, 1.0, 0.5, SEED), strength, SEED, sounds)
    weights = model.weights.astype(np.float32)
    return lambda texts: np.asarray(design(texts, sounds) @ weights + model.bias, dtype=np.float32)


def _print(systems: dict[str, Scorer], dev: Sequence[Row]) -> None:
    groups = np.array([row.group for row in dev])
    texts = {"as written": [row.text for row in dev]}
    for name, evasion in EVASIONS.items():
        draw = random.Random(SEED)
        texts[name] = [evasion(row.text, draw, HEAVY) for row in dev]
    found = {name: {kind: scorer(own).max(axis=1) for kind, own in texts.items()} for name, scorer in systems.items()}
    levels = {name: np.quantile(scores["as written"][groups == "hard"], 0.98) for name, scores in found.items()}
    print(f"{len(dev)} rows of dev; cells: abusive flagged / hard clean flagged\n")
    print("| disguise | " + " | ".join(systems) + " |\n|" + " --- |" * (len(systems) + 1))
    for kind in texts:
        cells = []
        for name in systems:
            over = found[name][kind] > levels[name]
            cells.append(f"{over[groups == 'abusive'].mean():.3f} / {over[groups == 'hard'].mean():.3f}")
        print(f"| {kind} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
