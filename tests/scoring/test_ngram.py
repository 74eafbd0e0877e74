from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.normalize import normalize
from moderation.scoring import NgramModel
from moderation.scoring.calibration import Calibration
from moderation.scoring.features import BUCKETS, extract, features_of
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId

SIZE = len(TITLE_CATEGORIES)
TEXTS = st.text(st.sampled_from("久精品无码图书馆开放AV91 .-_|\u200b，"), max_size=20)


def random_model(seed: int = 7) -> NgramModel:
    draw = np.random.default_rng(seed)
    weights = draw.normal(size=(BUCKETS, SIZE)).astype(np.float16)
    calibration = Calibration(np.linspace(0.5, 1.5, SIZE, dtype=np.float32), np.zeros(SIZE, dtype=np.float32))
    return NgramModel(TITLE_CATEGORIES, weights, draw.normal(size=SIZE).astype(np.float32), calibration)


MODEL = random_model()


def model_of(**changes: Any) -> NgramModel:
    parts: dict[str, Any] = {
        "categories": TITLE_CATEGORIES,
        "weights": np.zeros((BUCKETS, SIZE), dtype=np.float16),
        "bias": np.zeros(SIZE, dtype=np.float32),
        "slopes": np.ones(SIZE, dtype=np.float32),
        "offsets": np.zeros(SIZE, dtype=np.float32),
    }
    parts |= changes
    return NgramModel(
        parts["categories"], parts["weights"], parts["bias"], Calibration(parts["slopes"], parts["offsets"])
    )


@given(TEXTS)
def test_contributions_add_up_to_the_log_odds(raw: str) -> None:
    features = features_of(raw)
    for column in range(SIZE):
        pairs = zip(features.buckets, features.values, strict=True)
        grams = sum(float(MODEL.weights[bucket, column]) * float(value) for bucket, value in pairs)
        shape = sum(float(MODEL.weights[bucket, column]) for bucket in features.shape)
        assert MODEL.log_odds(features)[column] == pytest.approx(grams + shape + float(MODEL.bias[column]), abs=1e-4)


@given(TEXTS, st.integers(0, 20), st.integers(0, 20))
def test_probabilities_are_the_calibrated_log_odds_of_the_part(raw: str, first: int, last: int) -> None:
    text = normalize(raw)
    start, end = sorted((min(first, len(text)), min(last, len(text))))
    probabilities = MODEL.probabilities(text, start, end)
    features = extract(text.text[start:end], text.steps_in(start, end))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    alone = MODEL.calibration.apply(MODEL.log_odds(features))
    assert np.allclose(probabilities, alone, rtol=0, atol=2e-6)
    whole = MODEL.calibration.apply(MODEL.log_odds(features_of(raw)))
    assert np.allclose(MODEL.probabilities(text), whole, rtol=0, atol=2e-6)


def test_nobody_can_change_the_probabilities_of_others() -> None:
    text = normalize("图书馆")
    before = MODEL.probabilities(text).copy()
    MODEL.probabilities(text)[0] = 2.0
    MODEL.fast(text, [(0, 3), (1, 2)])[:] = 2.0
    assert np.array_equal(MODEL.probabilities(text), before)


@given(TEXTS, st.integers(0, 20), st.integers(0, 20), st.sampled_from(TITLE_CATEGORIES), st.floats(0.05, 1))
def test_explained_ranges_lie_inside_the_part(
    raw: str, first: int, last: int, category: CategoryId, share: float
) -> None:
    text = normalize(raw)
    start, end = sorted((min(first, len(text)), min(last, len(text))))
    ranges = MODEL.explain(text, category, start, end, share)
    edge = start
    for found in ranges:
        assert edge <= found.start < found.end <= end
        edge = found.end


def test_explain_points_at_the_word_that_speaks_for_the_category() -> None:
    weights = np.zeros((BUCKETS, SIZE), dtype=np.float16)
    word = features_of("坏词")
    starts, ends = word.ranges()
    weights[word.buckets[(starts == 0) & (ends == 2)], 0] = 2.0
    model = model_of(weights=weights)
    text = normalize("这里坏词在内")
    (found,) = model.explain(text, CategoryId.EXPLICIT)
    assert (found.start, found.end) == (2, 4)
    written, heard = features_of(text.raw).values[[0, -1]]
    assert found.value == pytest.approx(2.0 * (written + heard), rel=1e-3)
    (inner,) = model.explain(text, CategoryId.EXPLICIT, 1, 5)
    assert (inner.start, inner.end) == (2, 4)
    assert model.explain(text, CategoryId.FRAUD) == []
    assert model.explain(text, CategoryId.EXPLICIT, 4) == []
    (apart,) = model.explain(normalize("这里坏-词在内"), CategoryId.EXPLICIT, share=0.9)
    assert (apart.start, apart.end) == (2, 5)


def test_an_unknown_category_cannot_be_explained() -> None:
    with pytest.raises(ValueError, match="tuple"):
        MODEL.explain(normalize("文"), CategoryId.CLOAKING)


def test_a_saved_model_is_the_same(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "weights.npz")
    loaded = NgramModel.load(tmp_path / "weights.npz")
    text = normalize("国产精品图书馆")
    assert loaded.categories == MODEL.categories
    assert np.array_equal(loaded.probabilities(text), MODEL.probabilities(text))


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": np.zeros((BUCKETS - 1, SIZE), dtype=np.float16)},
        {"weights": np.zeros((BUCKETS, SIZE - 1), dtype=np.float16)},
        {"weights": np.zeros(BUCKETS, dtype=np.float16)},
        {"bias": np.zeros(SIZE + 1, dtype=np.float32)},
        {"bias": np.zeros((), dtype=np.float32)},
        {"slopes": np.ones(1, dtype=np.float32)},
        {"offsets": np.zeros((SIZE, 1), dtype=np.float32)},
        {"categories": TITLE_CATEGORIES[:-1]},
    ],
)
def test_wrong_shapes_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        model_of(**changes)


@pytest.mark.parametrize("part", ["weights", "bias", "slopes", "offsets"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(part: str, value: float) -> None:
    array = np.ones((BUCKETS, SIZE), dtype=np.float16) if part == "weights" else np.ones(SIZE, dtype=np.float32)
    array[-1] = value
    with pytest.raises(ValueError, match="not finite"):
        model_of(**{part: array})


def parts(**changes: Any) -> dict[str, Any]:
    return {
        "categories": np.array([str(category) for category in TITLE_CATEGORIES]),
        "weights": np.zeros((BUCKETS, SIZE), dtype=np.float16),
        "bias": np.zeros(SIZE),
        "slopes": np.ones(SIZE),
        "offsets": np.zeros(SIZE),
    } | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": np.array([f"c{n}" for n in range(SIZE)])}, "not a valid CategoryId"),
        ({"weights": np.full((BUCKETS, SIZE), "x")}, "no model"),
        ({"bias": np.zeros(2)}, "do not fit"),
        ({"slopes": np.full(SIZE, np.nan)}, "not finite"),
    ],
)
def test_a_file_with_other_arrays_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    np.savez(tmp_path / "weights.npz", **parts(**changes))
    with pytest.raises(ValueError, match=message):
        NgramModel.load(tmp_path / "weights.npz")


class _Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (pytest.fail, ("a pickle was loaded",))


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    bomb = np.array([_Bomb()], dtype=object)
    for name in ("weights", "categories"):
        np.savez(tmp_path / "weights.npz", allow_pickle=True, **parts(**{name: bomb}))
        with pytest.raises(ValueError, match="allow_pickle=False"):
            NgramModel.load(tmp_path / "weights.npz")
    (tmp_path / "weights.npz").write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(ValueError, match="pickle"):
        NgramModel.load(tmp_path / "weights.npz")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, weights=np.zeros(3))
    whole = path.read_bytes()
    np.save(tmp_path / "single.npy", np.zeros(3))
    for content in (whole, whole[: len(whole) // 2], b"", b"text", (tmp_path / "single.npy").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"."):
            NgramModel.load(path)
