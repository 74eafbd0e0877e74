"""The metrics on scores with known answers; no peer is needed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.quality.clock import Speed, speeds
from benchmarks.quality.data import Split
from benchmarks.quality.metrics import macro_f1, measure, operating, pairs_right, recall_interval, redrawn, threshold_at
from benchmarks.quality.report import Line, Report
from moderation.taxonomy import TITLE_CATEGORIES


def split_of(groups: str, pairs: tuple[tuple[int, int], ...] = ()) -> Split:
    """Rows named by a letter each: a(busive, of the first category), h(ard), p(lain); a cluster each."""
    names = {"a": "abusive", "h": "hard", "p": "plain"}
    labels = np.zeros((len(groups), len(TITLE_CATEGORIES)), dtype=np.int8)
    labels[[letter == "a" for letter in groups], 0] = 1
    return Split(
        texts=tuple(groups),
        labels=labels,
        groups=np.array([names[letter] for letter in groups]),
        clusters=np.arange(len(groups)),
        pairs=np.array(pairs, dtype=np.intp).reshape(-1, 2),
    )


@pytest.mark.parametrize(
    ("rate", "threshold"),
    [(0.0, 99.0), (0.01, 98.0), (0.02, 97.0), (0.05, 94.0), (1.0, 0.0)],
)
def test_threshold_lets_no_more_than_the_rate_through(rate: float, threshold: float) -> None:
    scores = np.arange(100, dtype=np.float64)
    assert threshold_at(scores, rate) == threshold
    assert (scores > threshold).mean() <= rate


def test_tied_scores_fall_together() -> None:
    assert threshold_at(np.array([0.0] * 90 + [1.0] * 10), 0.05) == 1.0
    assert threshold_at(np.array([0.0] * 90 + [1.0] * 10), 0.10) == 0.0


def test_threshold_counts_weights() -> None:
    scores = np.array([1.0, 2.0, 3.0])
    assert threshold_at(scores, 0.25, np.array([1.0, 2.0, 1.0])) == 2.0
    assert threshold_at(scores, 0.25, np.array([3.0, 1.0, 0.0])) == 1.0


def test_operating_shares_by_group() -> None:
    at = operating(split_of("aaaahhpp"), np.array([0.9, 0.9, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1]), 0.5)
    assert (at.recall, at.hard, at.plain) == (0.75, 0.5, 0.0)


def test_a_pair_needs_both_sides() -> None:
    rows = split_of("ahahah", ((0, 1), (2, 3), (4, 5)))
    assert pairs_right(rows, np.array([0.9, 0.1, 0.9, 0.9, 0.1, 0.1]), 0.5) == pytest.approx(1 / 3)


def test_macro_f1_takes_the_mean_over_categories() -> None:
    labels = np.array([[1, 1], [1, 0], [0, 0]], dtype=np.int8)
    assert macro_f1(labels, labels.astype(np.float64)) == 1.0
    found = np.array([[0.9, 0.1], [0.1, 0.1], [0.1, 0.1]])
    assert macro_f1(labels, found) == pytest.approx((2 / 3 + 0) / 2)


def test_clusters_are_drawn_as_wholes() -> None:
    weights = redrawn(np.array([0, 0, 1, 2, 2]), np.random.default_rng(1))
    assert weights[0] == weights[1]
    assert weights[3] == weights[4]
    assert weights[0] + weights[2] + weights[3] == 3


def test_interval_holds_the_recall_and_is_repeatable() -> None:
    rows = split_of("a" * 200 + "h" * 200)
    scores = np.concatenate([np.linspace(0.5, 1.5, 200), np.linspace(0, 1, 200)])
    low, high = recall_interval(rows, scores, rows, scores)
    assert low < operating(rows, scores, threshold_at(scores[200:], 0.02)).recall < high
    assert (low, high) == recall_interval(rows, scores, rows, scores)


def test_interval_has_no_width_where_the_sides_are_apart() -> None:
    rows = split_of("a" * 50 + "h" * 50)
    scores = np.repeat([1.0, 0.0], 50)
    assert recall_interval(rows, scores, rows, scores) == (1.0, 1.0)


def test_threshold_comes_from_dev_and_the_rate_reached_is_told() -> None:
    dev, test = split_of("a" + "h" * 100), split_of("aa" + "h" * 4)
    dev_scores = np.concatenate([[1000], np.arange(100)]).astype(np.float64)[:, None]
    result = measure(dev, dev_scores, test, np.array([[1000.0], [10.0], [98.0], [99.0], [0.0], [0.0]]))
    assert result.at_rate["2%"].threshold == 97.0
    assert (result.at_rate["2%"].recall, result.at_rate["2%"].hard) == (0.5, 0.5)
    assert (result.ranked.threshold, result.ranked.hard) == (99.0, 0.0)
    assert result.macro_f1 is None


def test_report_says_what_is_missing() -> None:
    rows = split_of("aahhpp", ((0, 2),))
    found = np.zeros(rows.labels.shape)
    found[:2, 0] = 1.0
    result = measure(rows, found, rows, found)
    ours = Line("ours", results={"test": result}, benign={"zhihu": 0.01}, speed=Speed(2.0, 1.0))
    report = Report(("a fact",), (ours, Line("peer", missing="not run: no peer here")))
    text = report.markdown()
    assert "| peer | not run: no peer here |" in text
    assert "| ours | 1.000 (0.0%) |" in text
    assert "| ours | 1.00% | 2.0 (1.00) | 1.0 (1.00) |" in text
    assert len({line.count("|") for line in text.split("### test\n\n")[1].split("\n\n")[0].splitlines()}) == 1
    assert json.loads(report.json())["lines"][0]["results"]["test"]["pairs_right"] == 1.0


def test_speed_is_taken_for_every_scorer() -> None:
    found = speeds([lambda texts: np.zeros((len(texts), 1))] * 2, ["一", "二"])
    assert len(found) == 2
    assert all(speed.single > 0 and speed.batch > 0 for speed in found)
