"""What is measured. A score is the higher, the more abusive; a row is flagged when its score lies above a threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.quality.data import SEED, Floats, Indices, Split

RATES = (0.01, 0.02, 0.05)
RATE = 0.02
"""The rate at which pairs, plain rows and third-party titles are judged."""
OWN = 0.5
"""The threshold the systems come with: of a probability, of bogofilter's spamicity, of the number of listed terms."""
DRAWS = 500


@dataclass(frozen=True, slots=True)
class Operating:
    """Shares of the abusive, hard and plain rows flagged above a threshold."""

    threshold: float
    recall: float
    hard: float
    plain: float


@dataclass(frozen=True, slots=True)
class Result:
    """One system on one split.

    `at_rate` is at the thresholds that dev gives, `interval` that of its recall at RATE. `ranked` is at the threshold
    that the split's own hard rows give for RATE: nobody has it beforehand, but it compares rankings at one rate.
    """

    at_rate: dict[str, Operating]
    ranked: Operating
    own: Operating
    interval: tuple[float, float]
    pairs_right: float
    macro_f1: float | None


def threshold_at(scores: Floats, rate: float, weights: Floats | None = None) -> float:
    """The smallest of the scores that at most `rate` of them lie above, by weight where weights are given."""
    values, places = np.unique(scores, return_inverse=True)
    mass = np.bincount(places, weights, minlength=len(values))
    above = mass.sum() - np.cumsum(mass)
    return float(values[np.argmax(above <= rate * mass.sum() + 1e-9)])


def operating(split: Split, scores: Floats, threshold: float) -> Operating:
    """The shares flagged above a threshold."""
    flagged = scores > threshold
    shares = [_mean(flagged[mask]) for mask in (split.abusive, split.mask("hard"), split.mask("plain"))]
    return Operating(threshold, *shares)


def pairs_right(split: Split, scores: Floats, threshold: float) -> float:
    """The share of minimal pairs whose abusive sides are flagged and whose clean sides are not."""
    right = (scores > threshold) == split.abusive
    return _mean(right[split.pairs].all(axis=1))


def macro_f1(labels: npt.NDArray[np.int8], probabilities: Floats) -> float:
    """The mean over categories of F1; 0 for a category in which nothing was found."""
    found, true = probabilities > OWN, labels == 1
    hits = (found & true).sum(axis=0)
    return float(np.mean(2 * hits / np.maximum(found.sum(axis=0) + true.sum(axis=0), 1)))


def recall_interval(dev: Split, dev_scores: Floats, split: Split, scores: Floats) -> tuple[float, float]:
    """The bootstrap 95% interval of recall at RATE, clusters drawn again for the threshold and for the recall."""
    draw = np.random.default_rng(SEED)
    hard, abusive = dev.mask("hard"), split.abusive
    recalls = []
    for _ in range(DRAWS):
        threshold = threshold_at(dev_scores[hard], RATE, redrawn(dev.clusters, draw)[hard])
        weights = redrawn(split.clusters, draw)[abusive]
        if weights.any():
            recalls.append(np.average(scores[abusive] > threshold, weights=weights))
    low, high = np.quantile(recalls, (0.025, 0.975))
    return float(low), float(high)


def redrawn(clusters: Indices, draw: np.random.Generator) -> Floats:
    """How often each row comes up when as many clusters are drawn, with replacement, as there are."""
    count = int(clusters.max()) + 1
    return np.bincount(draw.integers(count, size=count), minlength=count)[clusters].astype(np.float64)


def measure(dev: Split, dev_found: Floats, split: Split, found: Floats) -> Result:
    """Judge a system by what it gave for the dev rows and for a split's rows: `(rows, columns)`.

    A row's score is its highest column. With a column for each category the columns are probabilities.
    """
    dev_scores, scores = dev_found.max(axis=1), found.max(axis=1)
    hard = dev_scores[dev.mask("hard")]
    at_rate = {f"{rate:.0%}": operating(split, scores, threshold_at(hard, rate)) for rate in RATES}
    return Result(
        at_rate=at_rate,
        ranked=operating(split, scores, threshold_at(scores[split.mask("hard")], RATE)),
        own=operating(split, scores, OWN),
        interval=recall_interval(dev, dev_scores, split, scores),
        pairs_right=pairs_right(split, scores, at_rate[f"{RATE:.0%}"].threshold),
        macro_f1=macro_f1(split.labels, found) if found.shape == split.labels.shape else None,
    )


def _mean(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")
