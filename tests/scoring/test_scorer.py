from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.detectors import DETECTORS
from moderation.scoring import Scorer
from moderation.signals import Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import CategoryScore

WEIGHTS = {"a.one": 0.5, "a.two": 0.9, "b.one": 0.4, "c.sure": 1.0, "d.never": 0.0}
SPECS = [spec for detector in DETECTORS for spec in detector.specs]


def signal(name: str, strength: float = 1.0, category: CategoryId = CategoryId.FRAUD) -> Signal:
    return Signal(name, category, strength)


def fraud(*signals: Signal) -> CategoryScore:
    scores = Scorer(WEIGHTS).score(signals)
    assert [score.category for score in scores] == list(CategoryId)
    return scores[list(CategoryId).index(CategoryId.FRAUD)]


def test_without_signals_every_category_is_plain_zero() -> None:
    for score in Scorer(WEIGHTS).score([]):
        assert (str(score.probability), score.contributions) == ("0.0", ())


def test_detectors_combine_as_independent_witnesses() -> None:
    score = fraud(signal("a.one"), signal("b.one", 0.5))
    assert score.probability == pytest.approx(1 - 0.5 * 0.8)
    assert [part.signal for part in score.contributions] == ["a.one", "b.one"]


def test_within_a_detector_only_the_strongest_counts() -> None:
    score = fraud(signal("a.one"), signal("a.two", 0.6), signal("a.one", 0.9))
    assert score.probability == pytest.approx(0.54)
    assert [part.signal for part in score.contributions] == ["a.two"]


def test_a_detector_counts_once_for_each_category() -> None:
    scores = Scorer(WEIGHTS).score([signal("a.one"), signal("a.two", category=CategoryId.EXPLICIT)])
    by_category = {score.category: score.probability for score in scores if score.probability}
    assert by_category == pytest.approx({CategoryId.FRAUD: 0.5, CategoryId.EXPLICIT: 0.9})


def test_no_signal_is_certain() -> None:
    assert fraud(signal("c.sure")).probability == pytest.approx(0.9995)


@pytest.mark.parametrize("quiet", [signal("d.never"), signal("a.one", 0.0)])
def test_what_weighs_nothing_contributes_nothing(quiet: Signal) -> None:
    assert fraud(quiet) == CategoryScore(CategoryId.FRAUD, 0.0, ())


@given(st.lists(st.tuples(st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1)), max_size=8))
def test_contributions_add_up_to_the_score(found: list[tuple[str, float]]) -> None:
    score = fraud(*(signal(name, strength) for name, strength in found))
    total = sum(part.value for part in score.contributions)
    assert 0.0 <= score.probability < 1.0
    assert total == pytest.approx(-math.log1p(-score.probability), rel=1e-6, abs=1e-12)
    values = [part.value for part in score.contributions]
    assert values == sorted(values, reverse=True)
    groups = [part.signal.partition(".")[0] for part in score.contributions]
    assert len(groups) == len(set(groups))


@given(st.lists(st.tuples(st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1)), max_size=6))
def test_the_order_of_signals_does_not_matter(found: list[tuple[str, float]]) -> None:
    signals = [signal(name, strength) for name, strength in found]
    assert fraud(*signals) == fraud(*reversed(signals))


def test_a_signal_without_weight_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"e\.new"):
        fraud(signal("e.new"))


@pytest.mark.parametrize("weight", [-0.1, 1.1, math.nan])
def test_weights_lie_within_0_and_1(weight: float) -> None:
    with pytest.raises(ValueError, match="weights lie in"):
        Scorer({"a.one": weight})


@pytest.mark.parametrize("strength", [-0.1, 1.1, math.nan])
def test_strengths_lie_within_0_and_1(strength: float) -> None:
    with pytest.raises(ValueError, match="strength"):
        signal("a.one", strength)


def test_every_signal_has_a_weight_and_every_weight_a_signal() -> None:
    assert {spec.name for spec in SPECS} == set(Scorer.default().weights)
    assert len({spec.name for spec in SPECS}) == len(SPECS)
