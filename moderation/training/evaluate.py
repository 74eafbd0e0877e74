"""How well titles are judged: per category and slice, with intervals, on pairs, and under disguise."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.detectors.detector import TextClassifier
from moderation.normalize import normalize
from moderation.policy import Policy
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.bootstrap import Bootstrap, Flags, Interval
from moderation.training.calibrate import expected_calibration_error
from moderation.training.dataset import Row
from moderation.training.evasion import EVASIONS, HEAVY, LIGHT
from moderation.training.examples import labels_of
from moderation.training.slices import SLICES, SMALLEST
from moderation.training.split import clusters

Probabilities = npt.NDArray[np.float32]
_CURVE_POINTS = 60
_BINS = 10
HARD_RATES = (0.01, 0.02, 0.05, 0.10)


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """One category at its review threshold, its precision-recall curve and its reliability diagram.

    `curve` holds (recall, precision); `reliability` holds (mean probability, observed share, rows) for each bin.
    """

    category: CategoryId
    rows: int
    precision: Interval
    recall: Interval
    f1: Interval
    calibration_error: float
    curve: list[tuple[float, float]]
    reliability: list[tuple[float, float, int]]


@dataclass(frozen=True, slots=True)
class SliceResult:
    """One slice: the share of its abusive rows that are flagged, and of its clean ones."""

    slice: str
    value: str
    recall: Interval
    clean_flagged: Interval


@dataclass(frozen=True, slots=True)
class EvasionResult:
    """One disguise at one strength, applied to abusive, hard and plain rows alike."""

    evasion: str
    share: float
    recall: Interval
    hard_flagged: Interval
    plain_flagged: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results on one split. "Flagged" means review or reject by the title alone; shares run from 0 to 1."""

    split: str
    rows: int
    categories: list[CategoryResult]
    macro_f1: float
    abusive_flagged: Interval
    hard_flagged: Interval
    hard_rejected: Interval
    plain_flagged: Interval
    pairs_right: Interval
    recall_at_hard_rate: dict[str, float]
    slices: list[SliceResult]
    confusion: dict[str, dict[str, int]]


def probabilities_of(model: TextClassifier, texts: Sequence[str]) -> Probabilities:
    """Calibrated probabilities, `(texts, categories)`, by the runtime's own path."""
    normalized = [normalize(text) for text in texts]
    return np.concatenate([model.classify(text, [(0, len(text))]) for text in normalized])


def chosen_rows(rows: Sequence[Row], split: str) -> list[Row]:
    """The rows of a split. Raises ValueError when there are none."""
    chosen = [row for row in rows if row.split == split]
    if not chosen:
        raise ValueError(f"the corpus has no rows in split {split!r}")
    return chosen


class _Judged:
    """A split with its probabilities, judged at a policy's thresholds."""

    def __init__(self, rows: Sequence[Row], probabilities: Probabilities, policy: Policy) -> None:
        self.rows = rows
        self.probabilities = probabilities
        self.labels = labels_of([row.categories for row in rows])
        levels = [policy.thresholds[category] for category in TITLE_CATEGORIES]
        review = np.array([2.0 if level.review is None else level.review for level in levels])
        reject = np.array([2.0 if level.reject is None else level.reject for level in levels])
        self.over: Flags = np.asarray(probabilities >= review)
        self.flagged: Flags = np.asarray(self.over.any(axis=1))
        self.rejected: Flags = np.asarray((probabilities >= reject).any(axis=1))
        self.groups = np.array([row.group for row in rows])

    def group(self, name: str) -> Flags:
        return np.asarray(self.groups == name)


def evaluate(model: TextClassifier, rows: Sequence[Row], split: str, policy: Policy) -> Evaluation:
    """Judge every title of a split as the pipeline would by the title alone."""
    chosen = chosen_rows(rows, split)
    judged = _Judged(chosen, probabilities_of(model, [row.text for row in chosen]), policy)
    bootstrap = Bootstrap(clusters(chosen))
    results = [_category(judged, bootstrap, column) for column in range(len(TITLE_CATEGORIES))]
    return Evaluation(
        split=split,
        rows=len(chosen),
        categories=results,
        macro_f1=float(np.mean([result.f1.value or 0.0 for result in results])),
        abusive_flagged=bootstrap.share(judged.flagged, judged.group("abusive")),
        hard_flagged=bootstrap.share(judged.flagged, judged.group("hard")),
        hard_rejected=bootstrap.share(judged.rejected, judged.group("hard")),
        plain_flagged=bootstrap.share(judged.flagged, judged.group("plain")),
        pairs_right=_pairs_right(judged, bootstrap),
        recall_at_hard_rate=_recall_at(judged),
        slices=_slices(judged, bootstrap),
        confusion=_confusion(judged),
    )


def robustness(
    model: TextClassifier, rows: Sequence[Row], split: str, policy: Policy, seed: int = 1
) -> list[EvasionResult]:
    """The robustness card: every disguise at two strengths, on abusive and clean rows alike; first none at all."""
    chosen = chosen_rows(rows, split)
    bootstrap = Bootstrap(clusters(chosen))
    results = []
    for name, share in [("none", 0.0), *((name, share) for name in EVASIONS for share in (LIGHT, HEAVY))]:
        draw = random.Random(seed)
        texts = [EVASIONS[name](row.text, draw, share) if share else row.text for row in chosen]
        judged = _Judged(chosen, probabilities_of(model, texts), policy)
        shares = [bootstrap.share(judged.flagged, judged.group(group)) for group in ("abusive", "hard", "plain")]
        results.append(EvasionResult(name, share, *shares))
    return results


def _category(judged: _Judged, bootstrap: Bootstrap, column: int) -> CategoryResult:
    found: Flags = np.asarray(judged.over[:, column])
    true: Flags = np.asarray(judged.labels[:, column] == 1)
    scores = judged.probabilities[:, column]
    return CategoryResult(
        category=TITLE_CATEGORIES[column],
        rows=int(true.sum()),
        precision=bootstrap.share(true, found),
        recall=bootstrap.share(found, true),
        f1=bootstrap.f1(found, true),
        calibration_error=expected_calibration_error(scores, judged.labels[:, column]),
        curve=_curve(scores, true),
        reliability=_reliability(scores, true),
    )


def _curve(scores: npt.NDArray[np.float32], true: Flags) -> list[tuple[float, float]]:
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(true[order])
    recall, precision = hits / max(int(true.sum()), 1), hits / np.arange(1, len(hits) + 1)
    wanted = np.searchsorted(recall, np.linspace(0.01, 1.0, _CURVE_POINTS))
    places = np.unique(np.minimum(wanted, len(hits) - 1))
    return [(round(float(recall[i]), 4), round(float(precision[i]), 4)) for i in places]


def _reliability(scores: npt.NDArray[np.float32], true: Flags) -> list[tuple[float, float, int]]:
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    points = []
    for number in range(_BINS):
        inside = bins == number
        if inside.any():
            points.append((float(scores[inside].mean()), float(true[inside].mean()), int(inside.sum())))
    return points


def _pairs_right(judged: _Judged, bootstrap: Bootstrap) -> Interval:
    """The share of minimal pairs of which the abusive side is flagged and the clean one is not."""
    sides: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(judged.rows):
        if row.pair is not None:
            sides[row.hand, row.pair].append(number)
    firsts = np.zeros(len(judged.rows), dtype=bool)
    right = np.zeros(len(judged.rows), dtype=bool)
    for pair in sides.values():
        if len(pair) == 2:
            firsts[pair[0]] = True
            right[pair[0]] = all(judged.flagged[i] == (not judged.rows[i].clean) for i in pair)
    return bootstrap.share(right, firsts)


def _recall_at(judged: _Judged) -> dict[str, float]:
    """Recall of abusive rows when the threshold lets a given share of the hard clean rows through as flagged."""
    scores = judged.probabilities.max(axis=1)
    hard, abusive = scores[judged.group("hard")], scores[judged.group("abusive")]
    if not len(hard) or not len(abusive):
        return {}
    return {f"{rate:.0%}": float((abusive > np.quantile(hard, 1 - rate)).mean()) for rate in HARD_RATES}


def _slices(judged: _Judged, bootstrap: Bootstrap) -> list[SliceResult]:
    clean: Flags = np.array([row.clean for row in judged.rows])
    results = []
    for name, value_of in SLICES.items():
        values = np.array([value_of(row) for row in judged.rows])
        for value in sorted(set(values.tolist())):
            inside = values == value
            if name == "family" and inside.sum() < SMALLEST:
                continue
            recall = bootstrap.share(judged.flagged, inside & ~clean)
            results.append(SliceResult(name, value, recall, bootstrap.share(judged.flagged, inside & clean)))
    return results


def _confusion(judged: _Judged) -> dict[str, dict[str, int]]:
    """Main label against the strongest category that was flagged, `clean` where there is none."""
    names = [*(str(category) for category in TITLE_CATEGORIES), "clean"]
    table = {name: dict.fromkeys(names, 0) for name in names}
    for row, over, scores in zip(judged.rows, judged.over, judged.probabilities, strict=True):
        label = str(row.categories[0]) if row.categories else "clean"
        found = str(TITLE_CATEGORIES[int(np.where(over, scores, -1.0).argmax())]) if over.any() else "clean"
        table[label][found] += 1
    return table
