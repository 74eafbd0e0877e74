from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.policy import Budget, Policy
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.thresholds import Population, allowed, applied, as_toml, lowest, solve, upper_bound

SIZE = len(TITLE_CATEGORIES)
CLICKBAIT = TITLE_CATEGORIES.index(CategoryId.CLICKBAIT)


def rows(*levels: float, column: int = 0) -> np.ndarray:
    found = np.zeros((len(levels), SIZE), dtype=np.float32)
    found[:, column] = levels
    return found


@pytest.mark.parametrize(
    ("wrong", "size", "confidence", "bound"),
    [
        (0, 300, 0.95, 1 - 0.05 ** (1 / 300)),
        (0, 300, 0.95, 0.00994),
        (0, 10, 0.95, 0.2589),
        (1, 10, 0.95, 0.3942),
        (5, 100, 0.95, 0.1023),
        (0, 1, 0.95, 0.95),
        (9, 10, 0.95, 0.9949),
        (10, 10, 0.95, 1.0),
        (0, 0, 0.95, 1.0),
        (0, 1, 0.5, 0.5),
    ],
)
def test_the_bound_is_that_of_clopper_and_pearson(wrong: int, size: int, confidence: float, bound: float) -> None:
    assert upper_bound(wrong, size, confidence) == pytest.approx(bound, abs=5e-5)


@pytest.mark.parametrize(
    ("size", "most", "wrong"),
    [(298, 100, -1), (299, 100, 0), (472, 100, 0), (473, 100, 1), (0, 100, -1), (2995, 10, 0)],
)
def test_how_many_may_be_wrong_is_the_most_that_the_bound_lets_pass(size: int, most: float, wrong: int) -> None:
    assert allowed(size, most, 0.95) == wrong
    if wrong >= 0:
        assert upper_bound(wrong, size, 0.95) * 10_000 <= most < upper_bound(wrong + 1, size, 0.95) * 10_000


def test_too_small_a_population_is_said_in_words() -> None:
    population = Population("ordinary", rows(*[0.0] * 298), 100, 0.95)
    with pytest.raises(
        ValueError, match="298 ordinary texts are too few to show at most 100 of 10,000 at 95% confidence"
    ):
        lowest([population], range(SIZE))


def test_the_lowest_threshold_lets_through_what_the_budget_allows_and_no_more() -> None:
    strongest = rows(*[0.4, 0.3] + [0.1] * 471)
    found = lowest([Population("ordinary", strongest, 100, 0.95)], range(SIZE))
    assert (strongest.max(axis=1) >= found).sum() == 1
    assert found == pytest.approx(0.305)
    both = [Population("ordinary", strongest, 100, 0.95), Population("hard", rows(*[0.7] * 299), 100, 0.95)]
    assert lowest(both, range(SIZE)) > 0.7


LEVELS = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.505, 0.8, 0.97]), min_size=300, max_size=340)


@given(LEVELS, LEVELS)
def test_a_solution_keeps_its_budget(ordinary: list[float], difficult: list[float]) -> None:
    budget = Budget(wrong_reviews=300, wrong_rejections=100, difficult_reviews=500, difficult_confidence=0.5)
    found = solve(rows(0.9, 0.2), rows(*ordinary), rows(*difficult), budget)
    assert 0 <= found.review <= found.reject <= 0.995
    for name, most in (("ordinary reviewed", 300), ("difficult reviewed", 500), ("ordinary rejected", 100)):
        assert found.wrong[name][2] * 10_000 <= most


def test_clickbait_is_reviewed_but_never_rejected() -> None:
    ordinary = rows(*[0.1] * 3000)
    ordinary[:5, CLICKBAIT] = 0.9
    abusive = np.concatenate([rows(0.8, 0.4), rows(0.99, column=CLICKBAIT)])
    found = solve(abusive, ordinary, rows(*[0.2] * 400), Budget())
    assert found.reject < 0.9
    assert found.rejected == pytest.approx(2 / 3)
    assert found.recall == 1.0
    policy = applied(Policy.default(), found)
    assert policy.thresholds[CategoryId.CLICKBAIT].reject is None
    assert policy.thresholds[CategoryId.GAMBLING].reject == found.reject
    assert policy.thresholds[CategoryId.CLOAKING] == Policy.default().thresholds[CategoryId.CLOAKING]


def test_the_lines_of_a_policy_file_are_toml_that_says_the_same() -> None:
    found = solve(rows(0.9, 0.2), rows(*[0.1] * 3000), rows(*[0.2] * 400), Budget())
    told = tomllib.loads(as_toml(found))["thresholds"]
    assert set(told) == {str(name) for name in TITLE_CATEGORIES}
    assert all(entry["review"] == pytest.approx(found.review) for entry in told.values())
    assert "reject" not in told["clickbait"]
    assert "0 of 3,000, at most 10 of 10,000" in as_toml(found)
