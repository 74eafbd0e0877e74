from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.normalize import normalize
from moderation.scoring import Cascade, EncoderUse, Escalation, NgramModel
from moderation.scoring.calibration import Calibration
from moderation.scoring.cascade import Stacker
from moderation.scoring.encoder import Encoder
from moderation.scoring.features import BUCKETS, features_of
from moderation.scoring.vocabulary import MARKS, Vocabulary
from moderation.taxonomy import TITLE_CATEGORIES

SIZE = len(TITLE_CATEGORIES)
ONES, ZEROS = np.ones(SIZE, dtype=np.float32), np.zeros(SIZE, dtype=np.float32)


def knowing(**scores: float) -> NgramModel:
    """A fast model whose log-odds of gambling are those given for a text of one of these characters; else -6."""
    weights = np.zeros((BUCKETS, SIZE), dtype=np.float16)
    for word, score in scores.items():
        features = features_of(word)
        weights[features.buckets[1], 1] = (score + 6) / features.values[1]
    return NgramModel(TITLE_CATEGORIES, weights, np.full(SIZE, -6, dtype=np.float32), Calibration.identity(SIZE))


class Reader(Encoder):
    """Is sure of gambling in everything it is shown, and remembers it."""

    def __init__(self) -> None:
        super().__init__(None, Vocabulary(MARKS), TITLE_CATEGORIES, 32)
        self.read: list[str] = []

    def log_odds(self, texts: Any) -> np.ndarray:
        self.read += texts
        return np.full((len(texts), SIZE), 9.0, dtype=np.float32)


def stacker(low: float = 0.05, high: float = 0.95) -> Stacker:
    return Stacker(ZEROS, ONES, ZEROS, ONES * np.float32(low), ONES * np.float32(high))


DEFAULT = Escalation()


def cascade(escalation: Escalation = DEFAULT, **scores: float) -> tuple[Cascade, Reader]:
    reader = Reader()
    return Cascade(knowing(**(scores or {"疑": 0.0, "坏": 6.0})), reader, stacker(), escalation), reader


def pieces(*texts: str) -> tuple[Any, list[tuple[int, int]]]:
    ends = np.cumsum([len(text) for text in texts]).tolist()
    return normalize("".join(texts)), [(end - len(text), end) for text, end in zip(texts, ends, strict=True)]


def test_the_encoder_reads_only_what_the_fast_model_leaves_open() -> None:
    judge, reader = cascade()
    text, ranges = pieces("好", "疑", "坏")
    result = judge.classify(text, ranges)
    assert reader.read == ["疑"]
    fast = judge.quick.classify(text, ranges)
    assert np.array_equal(result[[0, 2]], fast[[0, 2]])
    assert (result[1] > 0.99).all()


def test_what_was_asked_and_what_the_encoder_read_is_counted() -> None:
    judge, _ = cascade()
    judge.classify(*pieces("好", "疑", "坏"))
    judge.classify(*pieces("疑", "疑"))
    assert (judge.asked, judge.read) == (5, 3)


def test_never_asks_nothing_and_always_asks_everything() -> None:
    text, ranges = pieces("好", "疑", "坏")
    judge, reader = cascade(Escalation(EncoderUse.NEVER))
    assert np.array_equal(judge.classify(text, ranges), judge.quick.classify(text, ranges))
    assert reader.read == []
    judge, reader = cascade(Escalation(EncoderUse.ALWAYS))
    assert (judge.classify(text, ranges) > 0.99).all()
    assert reader.read == ["好", "疑", "坏"]


def test_no_ranges_have_no_probabilities() -> None:
    for use in EncoderUse:
        judge, reader = cascade(Escalation(use))
        assert judge.classify(normalize("疑"), []).shape == (0, SIZE)
        assert reader.read == []


@given(st.lists(st.sampled_from(["好", "疑", "坏"]), min_size=1, max_size=20), st.integers(1, 20), st.floats(0, 1))
def test_the_allowance_is_kept_and_used(texts: list[str], least: int, share: float) -> None:
    judge, reader = cascade(Escalation(share=share, least=least))
    judge._read = judge._read_alone
    judge.classify(*pieces(*texts))
    assert set(reader.read) <= {"疑"}
    assert len(reader.read) == min(texts.count("疑"), int(max(least, share * len(texts))))


def test_the_most_doubtful_are_read_first_in_the_order_of_the_text() -> None:
    scores = {"甲": 2.0, "乙": 0.0, "丙": -2.0, "丁": 0.1}
    judge, reader = cascade(Escalation(share=0.0, least=2), **scores)
    judge.classify(*pieces(*scores))
    assert reader.read == ["乙", "丁"]


def test_one_text_beyond_the_allowance_stands_in_no_other_ones_way() -> None:
    judge, reader = cascade(Escalation(EncoderUse.ALWAYS, share=0.0, least=3))
    result = judge.classify(*pieces("好" * 10, "疑", "坏好"))
    assert reader.read == ["疑", "坏好"]
    assert result.shape == (3, SIZE)


def test_a_piece_is_read_once_however_often_it_stands_there() -> None:
    judge, reader = cascade()
    text, ranges = pieces("疑", "好", "疑")
    first = judge.classify(text, ranges)
    assert np.array_equal(judge.classify(text, ranges), first)
    assert np.array_equal(first[0], first[2])
    assert reader.read == ["疑"]


def test_the_answers_of_the_fast_model_are_not_changed_for_others() -> None:
    judge, _ = cascade()
    text, ranges = pieces("疑")
    before = judge.quick.classify(text, ranges).copy()
    judge.classify(text, ranges)
    assert np.array_equal(judge.quick.classify(text, ranges), before)
    assert np.array_equal(judge.probabilities(text), before[0])


def test_the_stacker_puts_both_together() -> None:
    both = Stacker(ONES * 2, ONES * 3, -ONES, ZEROS, ONES)
    found = both.apply(np.full((1, SIZE), 0.5, dtype=np.float32), np.full((1, SIZE), -0.5, dtype=np.float32))
    assert found[0].tolist() == pytest.approx([1 / (1 + np.exp(1.5))] * SIZE)
    extreme = np.full((1, SIZE), 1e30, dtype=np.float32)
    assert np.isfinite(both.apply(extreme, extreme)).all()


def test_both_ends_of_the_band_are_uncertain_and_one_category_is_enough() -> None:
    rows = np.zeros((4, SIZE), dtype=np.float32)
    rows[:, 3] = np.float32([0.049, 0.05, 0.95, 0.951])
    assert stacker().uncertain(rows).tolist() == [False, True, True, False]


def test_a_saved_stacker_is_the_same(tmp_path: Path) -> None:
    stacker().save(tmp_path / "stacker.npz")
    loaded = Stacker.load(tmp_path / "stacker.npz")
    for name in ("fast", "encoder", "offset", "low", "high"):
        assert np.array_equal(getattr(loaded, name), getattr(stacker(), name))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"fast": ONES}, "no stacker"),
        (dict.fromkeys(("fast", "encoder", "offset", "low"), ONES) | {"high": ONES[:2]}, "differ in shape"),
        (dict.fromkeys(("fast", "encoder", "offset", "low"), ONES) | {"high": ONES * np.float32(np.nan)}, "not finite"),
    ],
)
def test_a_wrong_stacker_is_refused(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    np.savez(tmp_path / "stacker.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        Stacker.load(tmp_path / "stacker.npz")


def test_a_file_that_is_no_archive_is_no_stacker(tmp_path: Path) -> None:
    path = tmp_path / "stacker.npz"
    stacker().save(path)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"."):
            Stacker.load(path)


def test_models_of_other_categories_are_no_cascade() -> None:
    reader = Reader()
    reader.categories = TITLE_CATEGORIES[::-1]
    with pytest.raises(ValueError, match="different categories"):
        Cascade(knowing(疑=0.0), reader, stacker(), Escalation())
    short = Stacker(ZEROS[:2], ONES[:2], ZEROS[:2], ZEROS[:2], ONES[:2])
    with pytest.raises(ValueError, match="different categories"):
        Cascade(knowing(疑=0.0), Reader(), short, Escalation())


def test_the_fast_judgement_of_many_ranges_asks_no_encoder() -> None:
    judge, reader = cascade()
    text, ranges = pieces("好", "疑", "坏", "")
    found = judge.fast(text, ranges)
    assert reader.read == []
    assert np.allclose(found, np.stack([judge.probabilities(text, *pair) for pair in ranges]), atol=2e-6)
