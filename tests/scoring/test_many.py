"""Many ranges at once are judged as the features of each of them alone say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.normalize import Normalized, normalize
from moderation.scoring import NgramModel
from moderation.scoring.calibration import Calibration
from moderation.scoring.features import BUCKETS
from moderation.scoring.many import MOST_TEXTS
from moderation.taxonomy import TITLE_CATEGORIES

SIZE = len(TITLE_CATEGORIES)


def _model() -> NgramModel:
    draw = np.random.default_rng(11)
    weights = (3 * draw.normal(size=(BUCKETS, SIZE))).astype(np.float16)
    slopes = np.linspace(0.5, 1.5, SIZE, dtype=np.float32)
    return NgramModel(TITLE_CATEGORIES, weights, draw.normal(size=SIZE).astype(np.float32), Calibration(slopes, slopes))


MODEL = _model()
TEXTS = st.text(st.sampled_from("久久精品无码綫上開戶bocaipn AV91 .-_|·\u200b，。…\n★😀аⅴ\x02\x03"), max_size=60)
RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12)


def alone(text: Normalized, start: int, end: int) -> np.ndarray:
    return MODEL.calibration.apply(MODEL.log_odds_of(text, start, end))


def same(text: Normalized, ranges: list[tuple[int, int]]) -> None:
    found = MODEL.fast(text, ranges)
    assert found.shape == (len(ranges), SIZE)
    assert found.dtype == np.float32
    for row, (start, end) in zip(found, ranges, strict=True):
        assert np.allclose(row, alone(text, start, end), rtol=0, atol=2e-6), text.text[start:end]


@given(TEXTS, RANGES)
def test_ranges_of_any_kind(raw: str, ranges: list[tuple[int, int]]) -> None:
    text = normalize(raw)
    size = len(text)
    same(text, [(min(a, b, size), min(max(a, b), size)) for a, b in ranges])


@pytest.mark.parametrize(
    "raw",
    [
        "久.久.久精品",
        "的的的的的的的的的的的",
        "-_-|..",
        "。。。",
        "yuepao 约炮 seo",
        "Ａ片 ａⅴ &#20037;",
        "線\u200b上\u200b開戶",
        "…",
        "😀★",
    ],
)
def test_texts_that_take_each_path_alone_and_together(raw: str) -> None:
    text = normalize(f"{raw}\n普通的标题\n{raw}")
    size, first = len(text), text.text.index("\n")
    same(text, [(0, first)])
    same(text, [(0, first), (0, 0), (first, first + 1), (0, size), (size, size), (first + 1, size), (0, first)])


def test_no_range_at_all() -> None:
    same(normalize("久久"), [])


def test_thousands_of_short_and_long_ranges() -> None:
    text = normalize("线上开户送彩金。明天多云转晴，最高气温五度 | 久·久 " * 120)
    draw = np.random.default_rng(3)
    starts = draw.integers(0, len(text) - 40, size=3000)
    same(
        text, [(int(start), int(start + size)) for start, size in zip(starts, draw.integers(0, 40, 3000), strict=True)]
    )
    same(text, [(0, 5), (0, len(text)), (7, 900), (3, 1200), (9, 9)])


def test_more_ranges_than_one_pass_takes() -> None:
    draw = np.random.default_rng(5)
    text = normalize("".join(map(chr, draw.integers(0x4E00, 0x9FA0, 2 * MOST_TEXTS + 5))))
    ranges = [(start, start + 1) for start in range(len(text) - 1)]
    found = MODEL.fast(text, ranges)
    for number in (0, 1, MOST_TEXTS - 1, MOST_TEXTS, 2 * MOST_TEXTS, len(ranges) - 1):
        assert np.allclose(found[number], alone(text, *ranges[number]), rtol=0, atol=2e-6)


def test_a_text_is_judged_the_same_in_any_company() -> None:
    text = normalize("线上开户送彩金，明天多云转晴 | 久·久 " * 9)
    own = (3, 17)
    (expected,) = MODEL.fast(text, [own])
    for first in range(0, 90, 7):
        company = [(first, first + size) for size in range(0, 40, 3)]
        fresh = NgramModel(MODEL.categories, MODEL.weights, MODEL.bias, MODEL.calibration)
        assert np.array_equal(fresh.fast(text, [*company, own, *company])[len(company)], expected)


@given(TEXTS, RANGES)
def test_steps_of_many_ranges(raw: str, ranges: list[tuple[int, int]]) -> None:
    text = normalize(raw)
    pairs = [(min(pair), max(pair)) for pair in ranges]
    assert text.steps_of(pairs).tolist() == [int(text.steps_in(*pair)) for pair in pairs]
