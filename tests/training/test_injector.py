from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.training.injector import fragments_of, inject

PARAGRAPHS = st.lists(st.text(st.sampled_from("的是，。？、,茶叶要避光保存\n"), max_size=60), max_size=6)
FRAGMENTS = st.lists(st.text(st.sampled_from("免费在线，的"), min_size=1, max_size=4), max_size=5)


@given(PARAGRAPHS, FRAGMENTS, st.integers(0, 2**32))
def test_deleting_the_reported_spans_restores_the_donor(paragraphs: list[str], fragments: list[str], seed: int) -> None:
    injected, spans = inject(paragraphs, fragments, seed)
    assert [injected[number][start:end] for number, start, end in spans] == [
        fragments[turn % len(fragments)] for turn in range(len(spans))
    ]
    assert spans == sorted(spans)
    assert len(spans) <= 15
    restored = list(injected)
    for number, start, end in reversed(spans):
        restored[number] = restored[number][:start] + restored[number][end:]
    assert restored == paragraphs


def test_the_same_seed_injects_the_same() -> None:
    paragraphs = ["茶叶的保存，要避光。"] * 20
    assert inject(paragraphs, ["甲乙", "丙"], 4) == inject(paragraphs, ["甲乙", "丙"], 4)
    assert inject(paragraphs, ["甲乙", "丙"], 4) != inject(paragraphs, ["甲乙", "丙"], 5)
    assert len(inject(paragraphs, ["甲乙"], 4)[1]) in (14, 15)


def test_without_fragments_nothing_is_injected() -> None:
    assert inject(["茶叶的，保存。"], [], 1) == (["茶叶的，保存。"], [])


@pytest.mark.filterwarnings("ignore")
def test_a_title_is_cut_into_words_and_pairs_of_unknown_characters() -> None:
    fragments = fragments_of("图书馆的开放时间")
    assert "".join(fragments) in "图书馆开放时间"
    assert all(len(fragment) > 1 for fragment in fragments)
    assert fragments_of("的，ABC!") == []
