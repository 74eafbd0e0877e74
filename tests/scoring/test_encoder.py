from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.scoring.encoder import Encoder, rows_of
from moderation.scoring.vocabulary import BEGIN, END, MARKS, PAD, Vocabulary
from moderation.taxonomy import TITLE_CATEGORIES

KNOWN = Vocabulary([*MARKS, *"坏人口久精品图书馆开放时间abc"])
BAD = int(KNOWN.encode("坏")[0])


class Session:
    """Finds the character 坏, and remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def run(self, names: None, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
        ids = feeds["ids"]
        self.shown.append(ids)
        found = (ids == BAD).any(axis=1).astype(np.float32)
        return [np.repeat(found[:, None] * 10 - 5, len(TITLE_CATEGORIES), axis=1)]


def encoder_over(session: Session, longest: int = 24) -> Encoder:
    return Encoder(session, KNOWN, TITLE_CATEGORIES, longest)


TEXTS = st.text(st.sampled_from("坏人口久精品abc。. "), max_size=120)


@given(TEXTS, st.integers(19, 40))
def test_windows_leave_nothing_out(text: str, longest: int) -> None:
    ids = KNOWN.encode(text.rstrip("。. ")).tolist()
    read: list[int] = []
    for window in rows_of(text, KNOWN, longest):
        assert len(window) <= longest
        assert (window[0], window[-1]) == (BEGIN, END)
        own = window[1:-1].tolist()
        overlap = min(16, len(read)) if read else 0
        assert read[len(read) - overlap :] == own[:overlap]
        read += own[overlap:]
    assert read == ids


@pytest.mark.parametrize("place", [0, 1, 21, 22, 23, 60, 150, 298, 299])
def test_a_bad_word_is_found_wherever_it_stands_in_a_long_text(place: int) -> None:
    text = "人" * place + "坏" + "人" * (299 - place)
    assert (encoder_over(Session()).log_odds([text, "人" * 300]) == [[5.0] * 6, [-5.0] * 6]).all()


def test_texts_keep_their_order_however_they_are_grouped() -> None:
    texts = [("坏" if number % 3 == 0 else "人") + "口" * (number * 7 % 50) for number in range(100)]
    scores = encoder_over(Session()).log_odds(texts)
    assert scores.shape == (100, len(TITLE_CATEGORIES))
    assert (scores[:, 0] > 0).tolist() == [number % 3 == 0 for number in range(100)]


def test_no_texts_have_no_scores() -> None:
    session = Session()
    assert encoder_over(session).log_odds([]).shape == (0, len(TITLE_CATEGORIES))
    assert session.shown == []


def test_texts_are_padded_to_few_shapes_and_never_beyond_the_longest() -> None:
    session = Session()
    encoder = encoder_over(session, 40)
    for size in range(1, 60):
        encoder.log_odds(["人" * size])
    assert {shown.shape[1] for shown in session.shown} == {16, 24, 32, 40}
    assert all((shown == PAD).sum() < shown.size for shown in session.shown)


def test_a_length_that_leaves_no_room_for_windows_is_refused() -> None:
    with pytest.raises(ValueError, match="reads 18 characters at once"):
        encoder_over(Session(), 18)


def test_empty_and_blank_texts_are_scored(tiny_model: Path) -> None:
    encoder = Encoder.load(tiny_model / "encoder.onnx", tiny_model / "characters.txt", TITLE_CATEGORIES, 32)
    assert np.isfinite(encoder.log_odds(["", " ", "。。", "\ud800"])).all()


def test_a_score_does_not_depend_on_its_company(tiny_model: Path) -> None:
    encoder = Encoder.load(tiny_model / "encoder.onnx", tiny_model / "characters.txt", TITLE_CATEGORIES, 32)
    texts = ["春夏秋冬", "的一是了我不人在他有", "金木水火" * 20]
    together = encoder.log_odds(texts)
    alone = np.concatenate([encoder.log_odds([text]) for text in texts])
    assert np.abs(together - alone).max() < 0.3


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_a_damaged_model_is_refused_by_name(tiny_model: Path, tmp_path: Path, content: bytes | None) -> None:
    whole = (tiny_model / "encoder.onnx").read_bytes()
    path = tmp_path / "encoder.onnx"
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ValueError, match=r"encoder\.onnx: no ONNX model"):
        Encoder.load(path, tiny_model / "characters.txt", TITLE_CATEGORIES, 32)
