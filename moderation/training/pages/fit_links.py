"""Fit the model of link blocks on fresh training pages, calibrate it and set its levels on dev pages.

Usage: `python -m moderation.training.pages.fit_links [--pages N] [--leave-one-out] [--target FILE]`. With
`--leave-one-out` nothing is written: each family is judged by a model that has seen none of its pages.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from moderation.artifacts import default_model, load_artifact
from moderation.detectors.link_model import Judgement, LinkModel, accused, linear, with_block
from moderation.scoring import NgramModel
from moderation.training.dataset import load_rows
from moderation.training.pages.build import draw
from moderation.training.pages.held_out import HeldOut, judge_held_out
from moderation.training.pages.link_examples import PageExample, examples_of, with_plain_hosts
from moderation.training.pages.material import DATA

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
TARGET = Path(__file__).parents[2] / "resources" / "link_blocks.npz"
_SEED, _DEV_SEED = 20261127, 20261128
_STRENGTH = 0.3
_SELDOM = 0.05
"""What a block of a clean page that no family marks counts: menus and the like, which every page has."""
_BOUGHT = 0.02
"""What an entry of a bought block counts: it falls with its block, whatever it says itself."""
_LEVELS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Where several do as well, those in the middle."""
_ACCUSED = 0.003
"""Good blocks, and clean pages, of dev that may be accused, as a share; half of what the product may."""


@dataclass(frozen=True, slots=True)
class Located:
    """How many places are pointed at."""

    bad: int
    bad_found: int
    good: int
    good_accused: int
    clean_pages: int
    clean_accused: int

    def __str__(self) -> str:
        shares = (
            ("located", self.bad_found, self.bad),
            ("accused", self.good_accused, self.good),
            ("clean pages accused", self.clean_accused, self.clean_pages),
        )
        return ", ".join(f"{name} {part}/{whole} = {part / max(whole, 1):.4f}" for name, part, whole in shares)


def fit(examples: Sequence[PageExample], strength: float = _STRENGTH) -> LinkModel:
    """Fit both regressions; levels are one half until `calibrated` sets them."""
    known = [example for example in examples if example.known]
    rows = np.concatenate([example.description.block_rows for example in known])
    labels = np.concatenate([example.bad for example in known])
    weights = np.concatenate([_block_weights(example) for example in known])
    block = _regression(rows, labels, weights, strength)
    entry_rows, entry_labels, entry_weights = [], [], []
    for example in known:
        description = example.description
        scores = linear(block, description.block_rows)[description.owners]
        sizes = np.bincount(description.owners)[description.owners]
        entry_rows.append(with_block(description.entry_rows, scores))
        entry_labels.append(example.bad_entries)
        own = np.where(example.bad, _BOUGHT, _block_weights(example))[description.owners]
        entry_weights.append(np.where(example.bad_entries, own, own / np.sqrt(sizes)))
    entry = _regression(
        np.concatenate(entry_rows), np.concatenate(entry_labels), np.concatenate(entry_weights), strength
    )
    return LinkModel(block, entry, np.array([0.5, 0.5], dtype=np.float32))


def _block_weights(example: PageExample) -> Doubles:
    """A block that gold speaks of counts in full."""
    told = np.array([bool(hits) for hits in example.block_hits]) | example.bad
    return np.where(told, 1.0, _SELDOM)


def _regression(rows: Floats, labels: npt.NDArray[np.bool_], weights: Doubles, strength: float) -> Floats:
    """A logistic regression on standardised columns, told in terms of the plain ones."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 0.05
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit((rows - mean) / scale, labels, sample_weight=weights)
    plain = model.coef_[0] / scale
    return np.append(plain, model.intercept_[0] - plain @ mean).astype(np.float32)


def calibrated(model: LinkModel, dev: Sequence[PageExample]) -> LinkModel:
    """The model with Platt curves of the dev pages folded in, and the levels that find most and accuse few good blocks."""
    known = [example for example in dev if example.known]
    block = _curved(model.block, [example.description.block_rows for example in known], [e.bad for e in known])
    model = LinkModel(block, model.entry, model.levels)
    rows = [
        with_block(e.description.entry_rows, linear(block, e.description.block_rows)[e.description.owners])
        for e in known
    ]
    kept = [~e.bad[e.description.owners] for e in known]  # the entries that are judged for themselves
    rows = [own[keep] for own, keep in zip(rows, kept, strict=True)]
    entry = _curved(model.entry, rows, [e.bad_entries[keep] for e, keep in zip(known, kept, strict=True)])
    model = LinkModel(block, entry, model.levels)
    judged = [model.judge(example.description) for example in dev]
    best = ((-1.0, 0.0), model.levels)
    for block_level in _LEVELS:
        for entry_level in _LEVELS:
            levels = np.array([block_level, entry_level], dtype=np.float32)
            found = located(dev, judged, levels)
            clean = found.clean_accused / max(found.clean_pages, 1)
            share = max(found.good_accused / max(found.good, 1), clean)
            value = found.bad_found / max(found.bad, 1) - clean
            key = (value - (share if share <= _ACCUSED else 1.0), -abs(block_level - 0.4) - abs(entry_level - 0.4))
            best = max(best, (key, levels), key=lambda pair: pair[0])
    return LinkModel(block, entry, best[1])


def _curved(weights: Floats, rows: Sequence[Floats], labels: Sequence[npt.NDArray[np.bool_]]) -> Floats:
    scores = np.concatenate([linear(weights, own) for own in rows])[:, None]
    curve = LogisticRegression(C=1e3, max_iter=1000).fit(np.clip(scores, -15, 15), np.concatenate(labels))
    result: Floats = (weights * curve.coef_[0, 0]).astype(np.float32)
    result[-1] += curve.intercept_[0]
    return result


def located(examples: Sequence[PageExample], judged: Sequence[Judgement], levels: Floats) -> Located:
    """What is pointed at when those levels decide."""
    counts = [0] * 6
    for example, judgement in zip(examples, judged, strict=True):
        hits, any_accused = accused_places(example, judgement, levels)
        counts[0] += example.bad_places
        counts[1] += sum(hit >= 0 for hit in hits)
        counts[2] += example.good_places
        counts[3] += sum(hit < 0 for hit in hits)
        if example.group != "abusive":
            counts[4] += 1
            counts[5] += any_accused
    return Located(*counts)


def accused_places(example: PageExample, judgement: Judgement, levels: Floats) -> tuple[set[int], bool]:
    """The gold elements pointed at, and is anything accused at all."""
    hits: set[int] = set()
    whole, entries = accused(example.description, judgement, levels)
    for number in np.flatnonzero(whole).tolist():
        hits |= example.block_hits[number]
    for number in np.flatnonzero(entries).tolist():
        hits |= example.entry_hits[number]
    return hits, bool(whole.any() or entries.any())


def leave_one_out(
    train: Sequence[PageExample],
    dev: Sequence[PageExample],
    say: Callable[[str], None] = print,
    families: Collection[str] = (),
) -> Located:
    """A line for each family (all, unless named): how a model fitted without it does on it; and all together."""
    say("| family | pages | located | good accused | pages accused |\n| --- | --- | --- | --- | --- |")
    total = np.zeros(6, dtype=int)
    for family in sorted(families or {example.family for example in train}):
        model = calibrated(fit([e for e in train if e.family != family]), [e for e in dev if e.family != family])
        own = [example for example in [*train, *dev] if example.family == family]
        judged = [model.judge(example.description) for example in own]
        found = located(own, judged, model.levels)
        flagged = sum(accused_places(*pair, model.levels)[1] for pair in zip(own, judged, strict=True))
        total += (found.bad, found.bad_found, found.good, found.good_accused, found.clean_pages, found.clean_accused)
        say(
            f"| {family} | {len(own)} | {found.bad_found}/{found.bad} | {found.good_accused}/{found.good} |"
            f" {flagged}/{len(own)} |"
        )
    together = Located(*total.tolist())
    say(str(together))
    return together


def main() -> None:
    """Draw, fit, and write or print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=8, help="pages of each family")
    parser.add_argument("--leave-one-out", action="store_true")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    fast = NgramModel.load(load_artifact(default_model()).file("weights.npz"))
    held_out = HeldOut(fast, judge_held_out(load_rows(DATA / "titles.jsonl"), fast))
    drawn = draw(_SEED, options.pages)
    train = list(examples_of([*drawn, *map(with_plain_hosts, drawn)], held_out))
    dev = list(examples_of(draw(_DEV_SEED, max(options.pages // 2, 1), "dev"), fast))
    if options.leave_one_out:
        leave_one_out(train, dev)
        return
    model = calibrated(fit(train), dev)
    for name, pages in (("train", train), ("dev", dev)):
        print(name, located(pages, [model.judge(page.description) for page in pages], model.levels))
    model.save(options.target)


if __name__ == "__main__":
    main()
