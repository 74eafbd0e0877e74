from __future__ import annotations

from dataclasses import replace

import pytest

from moderation import Moderator, Verdict, read_record
from moderation.taxonomy import CategoryId
from service.drift import Drift, stability

REFERENCE = {"edges": [0.1, 0.5, 0.9], "shares": [0.9, 0.06, 0.03, 0.01]}


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    return Moderator.load().score(read_record({"id": 1, "title": "校运会下周开幕"}))


def of(verdict: Verdict, probability: float) -> Verdict:
    scores = [replace(score, probability=0.0) for score in verdict.categories]
    scores = [replace(s, probability=probability) if s.category is CategoryId.GAMBLING else s for s in scores]
    return replace(verdict, categories=tuple(scores))


def test_the_same_distribution_has_no_index_and_another_a_large_one() -> None:
    assert stability([0.5, 0.5], [0.5, 0.5]) == 0
    # (0.9 - 0.5) ln(0.9 / 0.5) + (0.1 - 0.5) ln(0.1 / 0.5)
    assert stability([0.5, 0.5], [0.9, 0.1]) == pytest.approx(0.8789, abs=1e-4)
    assert stability([1.0, 0.0], [0.0, 1.0]) < 20


def test_it_says_nothing_of_few_articles_or_without_a_reference(verdict: Verdict) -> None:
    drift = Drift(REFERENCE)
    for _ in range(199):
        drift.saw(of(verdict, 0.0))
    assert drift.index() is None
    drift.saw(of(verdict, 0.0))
    assert drift.index() is not None
    drift.compare_with(None)
    for _ in range(300):
        drift.saw(of(verdict, 0.0))
    assert drift.index() is None


def test_articles_like_the_card_are_no_drift_and_a_flood_is(verdict: Verdict) -> None:
    drift = Drift(REFERENCE, remembered=1000)
    for probability, count in ((0.0, 900), (0.2, 60), (0.6, 30), (0.95, 10)):
        for _ in range(count):
            drift.saw(of(verdict, probability))
    assert drift.index() == pytest.approx(0, abs=1e-9)
    for _ in range(500):
        drift.saw(of(verdict, 0.95))
    assert (drift.index() or 0) > 0.25
