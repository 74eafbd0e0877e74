from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.scoring.vocabulary import MARKS, UNKNOWN, Vocabulary

KNOWN = Vocabulary([*MARKS, "人", "口", "a", "\U00020000"])


def test_every_character_has_one_id_and_strangers_share_one() -> None:
    assert KNOWN.encode("人a口人").tolist() == [5, 7, 6, 5]
    assert KNOWN.encode("书\U00020000").tolist() == [UNKNOWN, 8]
    assert KNOWN.encode("").tolist() == []


@given(st.text(max_size=30))
def test_no_text_is_too_odd_to_encode(text: str) -> None:
    ids = KNOWN.encode(text)
    assert len(ids) == len(text)
    assert ((ids >= UNKNOWN) & (ids < len(KNOWN))).all()


def test_the_names_of_marks_are_ordinary_text() -> None:
    assert KNOWN.encode("[CLS]").tolist() == [UNKNOWN] * 5


def test_a_saved_vocabulary_is_the_same(tmp_path: Path) -> None:
    KNOWN.save(tmp_path / "characters.txt")
    assert Vocabulary.load(tmp_path / "characters.txt").entries == KNOWN.entries


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "begins with"),
        (["人", *MARKS], "begins with"),
        ([*MARKS, "人口"], "one character and stands once"),
        ([*MARKS, ""], "one character and stands once"),
        ([*MARKS, "人", "人"], "one character and stands once"),
    ],
)
def test_what_is_no_vocabulary_is_refused(entries: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary(entries)
    (tmp_path / "characters.txt").write_text("\n".join(entries) + "\n", "utf-8")
    with pytest.raises(ValueError, match=message):
        Vocabulary.load(tmp_path / "characters.txt")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "characters.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="utf-8"):
        Vocabulary.load(tmp_path / "characters.txt")
