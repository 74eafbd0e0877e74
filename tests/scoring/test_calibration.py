import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.scoring.calibration import Calibration

CURVES = Calibration(np.array([1.0, 0.3, 4.0], dtype=np.float32), np.array([0.0, -2.0, 1.0], dtype=np.float32))
SCORES = st.floats(-100, 100, width=32)


def column(score: float) -> np.ndarray:
    return CURVES.apply(np.full(3, score, dtype=np.float32))


@given(SCORES, SCORES)
def test_a_higher_score_is_never_less_likely(left: float, right: float) -> None:
    low, high = sorted((left, right))
    assert (column(low) <= column(high)).all()


@given(SCORES)
def test_probabilities_lie_within_0_and_1(score: float) -> None:
    assert ((column(score) >= 0) & (column(score) <= 1)).all()


def test_values() -> None:
    assert column(0.0).tolist() == pytest.approx([0.5, 1 / (1 + np.exp(2)), 1 / (1 + np.exp(-1))])
    assert column(1e30).dtype == np.float32


def test_identity_takes_scores_as_log_odds() -> None:
    scores = np.array([[-1.0, 2.0], [0.0, 0.0]], dtype=np.float32)
    assert np.allclose(Calibration.identity(2).apply(scores), 1 / (1 + np.exp(-scores)))
