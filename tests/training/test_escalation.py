from __future__ import annotations

import numpy as np
import pytest

from moderation.scoring.calibration import Calibration
from moderation.scoring.cascade import Stacker
from moderation.training.escalation import HIGHS, LOWS, Judged, Point, choose, curve, recall_at, with_band

ONES, ZEROS = np.ones(2, dtype=np.float32), np.zeros(2, dtype=np.float32)
STACKER = Stacker(ZEROS, ONES, ZEROS, ZEROS, ONES)
PLAIN = Calibration.identity(2)


def judged(*pairs: tuple[float, float]) -> Judged:
    fast, encoder = (np.repeat(np.array(own, dtype=np.float32)[:, None], 2, axis=1) for own in zip(*pairs, strict=True))
    return Judged(fast, encoder)


def test_the_encoder_counts_only_inside_the_band() -> None:
    both = judged((-9, 5), (0, 5), (9, -5))
    probabilities, asked = both.combined(PLAIN, with_band(STACKER, 0.1, 0.9))
    assert asked.tolist() == [False, True, False]
    assert (probabilities[:, 0] > 0.5).tolist() == [False, True, True]


def test_recall_is_that_at_a_share_of_hard_clean_texts() -> None:
    scores = np.array([[0.9], [0.6], [0.3], [0.5], [0.1]], dtype=np.float32)
    groups = np.array(["abusive", "abusive", "abusive", "hard", "plain"])
    assert recall_at(scores, groups) == pytest.approx(2 / 3)


def test_every_band_is_a_point_and_cost_rises() -> None:
    corpus = judged((-9, -5), (0.5, -5), (-0.5, 5), (9, 5))
    groups = np.array(["hard", "hard", "abusive", "abusive"])
    ordinary = np.array([[-9, -9], [0, -9], [-3, -3]], dtype=np.float32)
    points = curve(corpus, groups, ordinary, PLAIN, STACKER)
    assert len(points) == len(LOWS) * len(HIGHS)
    assert [point.ordinary for point in points] == sorted(point.ordinary for point in points)
    assert all(0 <= share <= 1 for point in points for share in (point.ordinary, point.corpus, point.recall))
    chosen = choose(points)
    assert chosen.recall == 1.0
    assert chosen.ordinary == pytest.approx(1 / 3)


def test_without_ordinary_texts_the_corpus_alone_tells_the_cost() -> None:
    corpus = judged((0, -5), (0, 5))
    points = curve(corpus, np.array(["hard", "abusive"]), np.zeros((0, 2), dtype=np.float32), PLAIN, STACKER)
    assert {point.ordinary for point in points} == {0.0}


def test_the_cheapest_point_near_the_best_is_chosen() -> None:
    points = [Point(0.3, 0.9, cost, cost, recall) for cost, recall in ((0.0, 0.8), (0.1, 0.896), (0.5, 0.9))]
    assert choose(points) is points[1]
    assert choose(points[:1]) is points[0]
