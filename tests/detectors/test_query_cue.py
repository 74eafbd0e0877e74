"""Cue words are counted as one counts them by hand."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from moderation.detectors.query_cue import count, density, towns

CUES = tomllib.loads(files("moderation.resources").joinpath("cues.toml").read_text("utf-8"))
TOWNS = CUES.pop("towns")
PIECES = st.sampled_from([word for words in CUES.values() for word in words] + ["扣", "q", "对一", "时代替", " ", "\n"])


@given(st.lists(PIECES, max_size=30).map("".join))
def test_each_kind(text: str) -> None:
    for kind, words in CUES.items():
        assert count(text, kind) == sum(text.count(word) for word in words)


def test_a_word_that_ends_as_it_begins_does_not_overlap_with_itself() -> None:
    assert count("一对一对一", "sells") == 1
    assert count("qqqq扣扣扣", "reaches") == 3


def test_density_is_per_fifty_characters_and_bounded() -> None:
    assert density("", "sells") == 0.0
    assert density("套餐" + "字" * 98, "sells") == 0.5
    assert density("套餐" * 60, "sells") == 2.0


@given(st.lists(st.sampled_from([*TOWNS, "市", "州", "、"]), max_size=12).map("".join))
def test_towns(text: str) -> None:
    assert towns(text) == {town for town in TOWNS if town in text}
