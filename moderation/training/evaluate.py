"""How well titles are judged: per category, on the hard clean rows apart, and on minimal pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.normalize import normalize
from moderation.policy import Policy
from moderation.scoring import NgramModel
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.calibrate import expected_calibration_error
from moderation.training.dataset import Row
from moderation.training.fit import labels_of

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """One category at its review threshold."""

    category: CategoryId
    rows: int
    precision: float
    recall: float
    f1: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results on one split. Rates are shares from 0 to 1; "flagged" means review or reject by the title alone."""

    split: str
    rows: int
    categories: tuple[CategoryResult, ...]
    macro_f1: float
    abusive_flagged: float
    hard_flagged: float
    hard_rejected: float
    plain_flagged: float
    pairs: int
    pairs_right: float
    recall_at_hard_rate: dict[str, float]
    flagged_by_family: dict[str, tuple[int, float]]
    flagged_by_hand: dict[str, tuple[float, float]]


def probabilities_of(model: NgramModel, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Calibrated probabilities, `(texts, categories)`, by the runtime's own path."""
    return np.stack([model.probabilities(normalize(text)) for text in texts])


def evaluate(model: NgramModel, rows: Sequence[Row], split: str, policy: Policy) -> Evaluation:
    """Judge every title of a split as the pipeline would by the title alone."""
    chosen = [row for row in rows if row.split == split]
    if not chosen:
        raise ValueError(f"the corpus has no rows in split {split!r}")
    labels = labels_of([row.categories for row in chosen])
    probabilities = probabilities_of(model, [row.text for row in chosen])
    review = np.array([_level(policy.thresholds[category].review) for category in TITLE_CATEGORIES])
    reject = np.array([_level(policy.thresholds[category].reject) for category in TITLE_CATEGORIES])
    over: Flags = np.asarray(probabilities >= review)
    flagged: Flags = np.asarray(over.any(axis=1))
    rejected: Flags = np.asarray((probabilities >= reject).any(axis=1))
    groups = np.array([row.group for row in chosen])
    results = tuple(_category(c, over, labels, probabilities, i) for i, c in enumerate(TITLE_CATEGORIES))
    pairs = _pairs(chosen)
    right = [all(flagged[i] == (not chosen[i].clean) for i in pair) for pair in pairs]
    families: defaultdict[str, list[bool]] = defaultdict(list)
    for row, flag in zip(chosen, flagged.tolist(), strict=True):
        families[row.family].append(flag)
    hands = sorted({row.hand for row in chosen})
    by_hand = {}
    for hand in hands:
        own = np.array([row.hand == hand for row in chosen])
        by_hand[hand] = (_mean(flagged[own & (groups == "abusive")]), _mean(flagged[own & (groups == "hard")]))
    return Evaluation(
        split=split,
        rows=len(chosen),
        categories=results,
        macro_f1=float(np.mean([result.f1 for result in results])),
        abusive_flagged=_mean(flagged[groups == "abusive"]),
        hard_flagged=_mean(flagged[groups == "hard"]),
        hard_rejected=_mean(rejected[groups == "hard"]),
        plain_flagged=_mean(flagged[groups == "plain"]),
        pairs=len(pairs),
        pairs_right=_mean(np.array(right)),
        recall_at_hard_rate=_curve(probabilities.max(axis=1), groups),
        flagged_by_family={family: (len(flags), float(np.mean(flags))) for family, flags in sorted(families.items())},
        flagged_by_hand=by_hand,
    )


def _level(threshold: float | None) -> float:
    return 2.0 if threshold is None else threshold


def _mean(values: Flags) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _category(
    category: CategoryId,
    over: Flags,
    labels: npt.NDArray[np.int8],
    probabilities: npt.NDArray[np.float32],
    column: int,
) -> CategoryResult:
    found, true = over[:, column], labels[:, column] == 1
    hits = int((found & true).sum())
    precision = hits / max(int(found.sum()), 1)
    recall = hits / max(int(true.sum()), 1)
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    error = expected_calibration_error(probabilities[:, column], labels[:, column])
    return CategoryResult(category, int(true.sum()), precision, recall, f1, error)


def _pairs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    sides: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        if row.pair is not None:
            sides[row.hand, row.pair].append(number)
    return [(pair[0], pair[1]) for pair in sides.values() if len(pair) == 2]


def _curve(scores: npt.NDArray[np.float32], groups: npt.NDArray[np.str_]) -> dict[str, float]:
    """Recall of abusive rows when the threshold lets a given share of the hard clean rows through as flagged."""
    hard = scores[groups == "hard"]
    if not len(hard):
        return {}
    abusive = scores[groups == "abusive"]
    return {f"{rate:.0%}": _mean(abusive > np.quantile(hard, 1 - rate)) for rate in (0.01, 0.02, 0.05, 0.10)}
