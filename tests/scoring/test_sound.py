from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.normalize import normalize
from moderation.scoring.sound import heard, spelt, syllable_of


def codes(text: str) -> list[int]:
    return heard(normalize(text).text)[0].tolist()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("菠菜", "博彩"),
        ("yuepao", "约炮"),
        ("YuePao", "约炮"),
        ("bocai", "博彩"),
        ("菠cai", "博彩"),
        ("fapiao", "发票"),
        ("代开fapiao", "代开发票"),
        ("發票", "发票"),
        ("加薇", "加微"),
    ],
)
def test_what_sounds_alike_meets(left: str, right: str) -> None:
    assert codes(left) == codes(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("图书馆", "博物馆"),
        ("自", "之"),
        ("java", "家"),
        ("wav", "哇"),
        ("a", "啊"),
        ("yuepaox", "约炮"),
        ("yue pao", "约炮"),
        ("1", "一"),
        ("博", "博彩"),
    ],
)
def test_what_does_not_sound_alike_stays_apart(left: str, right: str) -> None:
    assert codes(left) != codes(right)


@pytest.mark.parametrize(
    ("run", "syllables"),
    [
        ("yuepao", ["yue", "pao"]),
        ("kaifapiao", ["kai", "fa", "piao"]),
        ("zhuang", ["zhuang"]),
        ("xian", ["xian"]),
        ("java", []),
        ("wav", []),
        ("app", []),
        ("www", []),
        ("wifi", []),
        ("a", []),
        ("", []),
        ("fa" * 16, ["fa"] * 16),
        ("fa" * 17, []),
    ],
)
def test_pinyin_is_told_from_other_latin_words(run: str, syllables: list[str]) -> None:
    assert spelt(run) == syllables


def test_only_chinese_characters_have_a_syllable() -> None:
    assert (syllable_of("菠"), syllable_of("博"), syllable_of("国")) == ("bo", "bo", "guo")
    assert (syllable_of("a"), syllable_of("1"), syllable_of("。"), syllable_of("")) == ("", "", "", "")


def test_a_syllable_stands_for_the_range_it_was_written_in() -> None:
    sounds, starts, ends = heard("我yuepao吧java")
    assert len(sounds) == len(starts) == len(ends)
    pieces = ["我yuepao吧java"[start:end] for start, end in zip(starts, ends, strict=True)]
    assert pieces == ["我", "yue", "pao", "吧", "j", "a", "v", "a"]


def test_latin_letters_and_digits_that_spell_nothing_stay_themselves() -> None:
    assert heard("java 91,")[0].tolist() == [ord(character) for character in "java 91,"]


def test_nothing_sounds_like_nothing() -> None:
    assert [part.tolist() for part in heard("")] == [[], [], []]


TEXTS = st.text(
    st.one_of(st.sampled_from("约炮菠菜yuepaobocaijv 91,。"), st.characters(exclude_categories=["Cs"])), max_size=40
)


@given(TEXTS)
def test_positions_stay_in_order_and_cover_the_text(text: str) -> None:
    sounds, starts, ends = heard(text)
    assert len(sounds) == len(starts) == len(ends)
    assert (starts < ends).all()
    assert np.array_equal(starts[1:], ends[:-1])
    if text:
        assert (starts[0], ends[-1]) == (0, len(text))


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=40))
def test_syllables_put_together_are_the_run(run: str) -> None:
    assert "".join(spelt(run)) in (run, "")
