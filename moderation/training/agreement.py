"""How far two labellers agree: Cohen's kappa (1960) for each category and for the whole label set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from moderation.taxonomy import TITLE_CATEGORIES

Labels = frozenset[str]


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Agreement beyond chance of two sequences of equal length. Raises ValueError when they are empty or unequal."""
    if not first or len(first) != len(second):
        raise ValueError("two sequences of the same length are needed")
    total = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    left, right = Counter(first), Counter(second)
    expected = sum(left[label] * right[label] for label in left) / total**2
    return 1.0 if expected == 1.0 else (observed - expected) / (1 - expected)


def agreement(first: Sequence[Labels], second: Sequence[Labels]) -> dict[str, float]:
    """Kappa of each category, of clean against abusive, of the main harm, and of the exact label set."""
    result = {
        str(category): kappa([category in labels for labels in first], [category in labels for labels in second])
        for category in TITLE_CATEGORIES
    }
    result["clean or not"] = kappa([not labels for labels in first], [not labels for labels in second])
    result["label set"] = kappa(first, second)
    return result
