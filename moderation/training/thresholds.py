"""Thresholds solved from a budget of wrong decisions on clean texts, with the bound of Clopper and Pearson (1934)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from moderation.policy import Budget, Policy, Threshold
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId

Floats = npt.NDArray[np.float32]
_STEP = 0.005
_HIGHEST = 0.995


@dataclass(frozen=True, slots=True)
class Population:
    """Clean texts of one kind: their probabilities `(texts, categories)` and what may go wrong among 10,000 of them."""

    name: str
    probabilities: Floats
    most: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Thresholds with what they cost and leave: shares of 0 to 1, and the upper bound of each population's."""

    review: float
    reject: float
    recall: float
    rejected: float
    wrong: dict[str, tuple[int, int, float]]

    def lines(self) -> list[str]:
        """In words, for a terminal or a card."""
        found = [
            f"review from {self.review:.3f}, reject from {self.reject:.3f}:"
            f" {self.recall:.1%} of abusive titles flagged, {self.rejected:.1%} rejected"
        ]
        for name, (wrong, rows, bound) in self.wrong.items():
            found.append(f"{name}: {wrong} of {rows:,}, at most {bound * 10_000:.0f} of 10,000")
        return found


def upper_bound(wrong: int, rows: int, confidence: float) -> float:
    """The highest rate that `wrong` of `rows` leaves possible at a confidence; at 0.5, the median estimate."""
    return 1.0 if wrong >= rows else float(beta.ppf(confidence, wrong + 1, rows - wrong))


def allowed(rows: int, most: float, confidence: float) -> int:
    """How many of `rows` may be wrong so that the bound stays within `most` of 10,000; -1 when not even none."""
    wrong = -1
    while wrong + 1 < rows and upper_bound(wrong + 1, rows, confidence) * 10_000 <= most:
        wrong += 1
    return wrong


def lowest(populations: Sequence[Population], columns: Sequence[int]) -> float:
    """The lowest common threshold over `columns` that keeps every population within its budget.

    Raises ValueError where none does, naming a population that is too small to show it.
    """
    found = 0.0
    for population in populations:
        few = allowed(len(population.probabilities), population.most, population.confidence)
        if few < 0:
            raise ValueError(
                f"{len(population.probabilities)} {population.name} texts are too few to show"
                f" at most {population.most:g} of 10,000 at {population.confidence:.0%} confidence"
            )
        strongest = np.sort(population.probabilities[:, columns].max(axis=1))[::-1]
        if few < len(strongest):
            found = max(found, float(np.nextafter(strongest[few], np.float32(2.0))))
    level = round(float(np.ceil(found / _STEP)) * _STEP, 6)
    if level > _HIGHEST:
        raise ValueError(f"no threshold up to {_HIGHEST} keeps the budget")
    return level


def solve(abusive: Floats, ordinary: Floats, difficult: Floats, budget: Budget) -> Solution:
    """One threshold for reviews and one for rejections, common to all title categories (probabilities are calibrated).

    Clickbait is never rejected by its threshold, so its column does not count there.
    """
    every = range(len(TITLE_CATEGORIES))
    rejecting = [column for column, name in enumerate(TITLE_CATEGORIES) if name is not CategoryId.CLICKBAIT]
    reviews = [
        Population("ordinary", ordinary, budget.wrong_reviews, budget.confidence),
        Population("difficult", difficult, budget.difficult_reviews, budget.difficult_confidence),
    ]
    rejections = [
        Population("ordinary", ordinary, budget.wrong_rejections, budget.confidence),
        Population("difficult", difficult, budget.difficult_rejections, budget.difficult_confidence),
    ]
    review = lowest(reviews, every)
    reject = max(lowest(rejections, rejecting), review)
    wrong = {}
    for title, population, columns, level in (
        ("ordinary reviewed", reviews[0], every, review),
        ("difficult reviewed", reviews[1], every, review),
        ("ordinary rejected", rejections[0], rejecting, reject),
        ("difficult rejected", rejections[1], rejecting, reject),
    ):
        hits = int((population.probabilities[:, columns].max(axis=1) >= level).sum())
        rows = len(population.probabilities)
        wrong[title] = (hits, rows, upper_bound(hits, rows, population.confidence))
    return Solution(
        review,
        reject,
        float((abusive.max(axis=1) >= review).mean()),
        float((abusive[:, rejecting].max(axis=1) >= reject).mean()),
        wrong,
    )


def applied(policy: Policy, solution: Solution) -> Policy:
    """The policy with the solved thresholds for the title categories."""
    levels = {
        name: Threshold(solution.review, None if name is CategoryId.CLICKBAIT else solution.reject)
        for name in TITLE_CATEGORIES
    }
    return policy.with_thresholds(levels)


def as_toml(solution: Solution) -> str:
    """The lines of a policy file that the solution stands for."""
    parts = [f"# {line}" for line in solution.lines()]
    for name in TITLE_CATEGORIES:
        parts += ["", f"[thresholds.{name}]", f"review = {solution.review:.3f}"]
        if name is not CategoryId.CLICKBAIT:
            parts.append(f"reject = {solution.reject:.3f}")
    return "\n".join(parts) + "\n"
