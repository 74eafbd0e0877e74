from __future__ import annotations

import pytest

from moderation.training.agreement import agreement, kappa


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("aabb", "aabb", 1.0),
        ("aaaa", "aaaa", 1.0),
        ("aabb", "bbaa", -1.0),
        ("aabb", "abab", 0.0),
        ("a" * 45 + "b" * 15 + "a" * 25 + "b" * 15, "a" * 60 + "b" * 40, 0.1304),  # Cohen's textbook shape
    ],
)
def test_kappa(first: str, second: str, value: float) -> None:
    assert kappa(first, second) == pytest.approx(value, abs=1e-3)


def test_kappa_needs_pairs() -> None:
    with pytest.raises(ValueError, match="same length"):
        kappa("ab", "a")


def test_agreement_names_every_category() -> None:
    labels = [frozenset({"explicit"}), frozenset[str](), frozenset({"fraud", "illicit_ad"})]
    result = agreement(labels, labels)
    assert set(result.values()) == {1.0}
    assert {"explicit", "clean or not", "label set"} < set(result)
