from __future__ import annotations

import numpy as np
import pytest

from moderation.training.bootstrap import Bootstrap, Interval


def flags(text: str) -> np.ndarray:
    return np.array([mark == "1" for mark in text])


def test_a_share_lies_inside_its_interval() -> None:
    hits = flags("1" * 60 + "0" * 40)
    interval = Bootstrap(range(100)).share(hits, flags("1" * 100))
    assert interval.value == pytest.approx(0.6)
    assert interval.low is not None
    assert interval.high is not None
    assert 0.45 < interval.low < 0.6 < interval.high < 0.75


def test_rows_that_move_together_widen_the_interval() -> None:
    hits = flags(("1" * 5 + "0" * 5) * 20)
    everything = flags("1" * 200)
    apart = Bootstrap(range(200)).share(hits, everything)
    together = Bootstrap([number // 5 for number in range(200)]).share(hits, everything)
    assert together.high - together.low > 1.5 * (apart.high - apart.low)  # type: ignore[operator]


def test_over_no_rows_there_is_no_share() -> None:
    nothing = Bootstrap(range(3)).share(flags("111"), flags("000"))
    assert nothing == Interval(None, None, None, 0)
    assert str(nothing) == "–"


def test_f1() -> None:
    bootstrap = Bootstrap(range(6))
    assert bootstrap.f1(flags("110000"), flags("110000")).value == 1.0
    assert bootstrap.f1(flags("110000"), flags("011000")).value == 0.5
    assert bootstrap.f1(flags("110000"), flags("000000")).rows == 0


def test_the_same_seed_draws_the_same() -> None:
    hits, of = flags("1010110"), flags("1111111")
    assert Bootstrap(range(7), seed=3).share(hits, of) == Bootstrap(range(7), seed=3).share(hits, of)
