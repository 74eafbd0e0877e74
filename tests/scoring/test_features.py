"""Golden values: a change here makes every trained model useless, so it needs a new model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.normalize import Step, normalize
from moderation.scoring.features import BUCKETS, LONGEST, extract, features_of

PLAIN_SHAPE = [104596, 194084, 116596, 239256, 231846, 48361, 23261, 91635, 104030, 220270]


@pytest.mark.parametrize(
    ("text", "written", "heard", "shape"),
    [
        ("", [32390, 22172, 81315], [], PLAIN_SHAPE),
        ("人", [32390, 139132, 22172, 180637, 183656, 68415], [77077, 27768, 173353], PLAIN_SHAPE),
        (
            "图书馆",
            [
                32390,
                109675,
                132303,
                55277,
                22172,
                55856,
                204550,
                184098,
                185996,
                255605,
                261817,
                157642,
                131290,
                190506,
            ],
            [215474, 130593, 51445, 25707, 220870, 72002, 77798, 141089, 85739],
            [247045, *PLAIN_SHAPE[1:]],
        ),
    ],
)
def test_golden_buckets(text: str, written: list[int], heard: list[int], shape: list[int]) -> None:
    features = features_of(text)
    assert features.buckets.tolist() == written + heard
    assert features.shape.tolist() == shape
    values = [len(view) ** -0.5 for view in (written, heard) for _ in view]
    assert features.values.tolist() == pytest.approx(values)
    silent = features_of(text, sounds=False)
    assert silent.buckets.tolist() == written
    assert silent.shape.tolist() == shape


def test_golden_ranges() -> None:
    features = features_of("人口")
    pieces = ["人口"[start:end] for start, end in zip(*features.ranges(), strict=True)]
    written = ["", "人", "口", "", "人", "人口", "口", "人口", "人口", "人口"]
    assert pieces == written + written[4:]


def test_what_sounds_alike_shares_its_sounds_alone() -> None:
    left, right = features_of("菠菜"), features_of("博彩")
    written = len(features_of("菠菜", sounds=False).buckets)
    assert left.buckets[written:].tolist() == right.buckets[written:].tolist()
    assert left.buckets[:written].tolist() != right.buckets[:written].tolist()


def test_sounds_are_heard_through_separators_and_lie_where_they_are_written() -> None:
    apart, spelt = features_of("博.彩"), features_of("bo-cai")
    together = features_of("博彩")
    heard = together.buckets[len(features_of("博彩", sounds=False).buckets) :].tolist()
    for features, size in ((apart, 3), (spelt, 6)):
        assert features.buckets[-len(heard) :].tolist() == heard
        starts, ends = (column[-len(heard) :].tolist() for column in features.ranges())
        assert (min(starts), max(ends)) == (0, size)


def test_two_views_of_a_separated_text() -> None:
    split, whole = features_of("久.久A"), features_of("久久a")
    count = len(whole.buckets)
    assert split.buckets[-count:].tolist() == whole.buckets.tolist()
    assert split.buckets[:7].tolist() == [32390, 2481, 7429, 2481, 2092, 22172, 10994]
    pair = split.buckets[-count:].tolist().index(features_of("久久").buckets.tolist()[5])
    at = len(split.buckets) - count + pair
    starts, ends = split.ranges()
    assert (starts[at], ends[at]) == (0, 3)


@pytest.mark.parametrize(
    ("left", "right"),
    [("ＡＶ", "av"), ("國產", "国产"), ("久\u200b久", "久久")],
    ids=["width and case", "script", "invisible"],
)
def test_forms_of_one_text_share_their_ngrams(left: str, right: str) -> None:
    assert features_of(left).buckets.tolist() == features_of(right).buckets.tolist()


@pytest.mark.parametrize(
    "text", ["久\u200b久", "國產", "Ⓐ片", "五" * 40, "1234", "abcd", "甲-乙-丙", "甲？乙！", "甲 乙"]
)
def test_shape_tells_texts_apart(text: str) -> None:
    assert features_of(text).shape.tolist() != PLAIN_SHAPE


TEXTS = st.text(st.sampled_from("人口久国產产A.·-|/ 1\u200b，。\n&#"), max_size=24)


@given(TEXTS)
def test_features_are_deterministic_and_lie_inside_the_text(raw: str) -> None:
    text = normalize(raw)
    features = features_of(raw)
    again = features_of(raw)
    assert np.array_equal(features.buckets, again.buckets)
    assert np.array_equal(features.shape, again.shape)
    assert max([*features.buckets, *features.shape]) < BUCKETS
    starts, ends = features.ranges()
    assert len(starts) == len(ends) == len(features.buckets)
    assert (starts >= 0).all()
    assert (starts <= ends).all()
    assert (ends <= len(text)).all()
    size = len(text.text.rstrip("。. "))
    assert len(features.buckets) >= sum(max(size + 3 - length, 0) for length in range(1, LONGEST + 1))


@given(TEXTS)
def test_raw_texts_go_the_way_of_the_runtime(raw: str) -> None:
    text = normalize(raw)
    left, right = features_of(raw), extract(text.text, text.steps_in(0, len(text)))
    for name in ("buckets", "values", "shape"):
        assert np.array_equal(getattr(left, name), getattr(right, name))


def test_the_steps_show_in_the_shape_alone() -> None:
    plain, disguised = extract("久久", Step(0)), extract("久久", Step.INVISIBLE)
    assert np.array_equal(plain.buckets, disguised.buckets)
    assert (plain.shape != disguised.shape).sum() == 1


@pytest.mark.parametrize("raw", ["图书馆。", "图书馆.", "图书馆 。 "])
def test_a_full_stop_at_the_end_says_nothing(raw: str) -> None:
    assert features_of(raw).buckets.tolist() == features_of("图书馆").buckets.tolist()
    assert features_of(raw).shape.tolist() == features_of("图书馆").shape.tolist()


def test_repeating_a_text_counts_for_little() -> None:
    once, often = features_of("久久"), features_of("久久" * 500)
    written = len(features_of("久久", sounds=False).buckets)
    assert once.values[:written].sum() == pytest.approx(written**0.5)
    assert once.values[written:].sum() == pytest.approx((len(once.buckets) - written) ** 0.5)
    assert often.values.sum() < 3 * once.values.sum()
