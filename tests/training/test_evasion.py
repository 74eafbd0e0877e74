from __future__ import annotations

import random

import numpy as np
import pytest

from moderation.normalize import normalize
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.augment import disguised
from moderation.training.evasion import EVASIONS, HEAVY, LIGHT
from moderation.training.fit import Examples

TEXT = "加微信看ACE视频 88元 赌博网站好看"


def test_there_are_sixteen() -> None:
    assert len(EVASIONS) == 16


@pytest.mark.parametrize("name", sorted(EVASIONS))
def test_each_changes_the_text_and_repeats_by_seed(name: str) -> None:
    first, second = (EVASIONS[name](TEXT, random.Random(3), HEAVY) for _ in range(2))
    assert first == second != TEXT


@pytest.mark.parametrize("name", sorted(set(EVASIONS) - {"random_tail"}))
def test_heavy_touches_more_than_light(name: str) -> None:
    text = TEXT * 20

    def touched(share: float) -> int:
        result = EVASIONS[name](text, random.Random(1), share)
        return sum(a != b for a, b in zip(text, result, strict=False)) + abs(len(result) - len(text))

    assert touched(LIGHT) < touched(HEAVY)


@pytest.mark.parametrize(
    "name", ["zero_width", "full_width", "circled_digits", "lookalikes", "entities", "traditional", "bracketed_pinyin"]
)
def test_the_normaliser_undoes_what_it_should(name: str) -> None:
    assert normalize(EVASIONS[name](TEXT, random.Random(2), HEAVY)).text == normalize(TEXT).text


@pytest.mark.parametrize("name", sorted(EVASIONS))
@pytest.mark.parametrize("text", ["", " ", "a", "久", "😀"])
def test_short_texts(name: str, text: str) -> None:
    assert isinstance(EVASIONS[name](text, random.Random(1), HEAVY), str)


def test_copies_keep_labels_and_lose_weight() -> None:
    labels = np.eye(len(TITLE_CATEGORIES), dtype=np.int8)
    texts = [f"{TEXT}{number}" for number in range(len(labels))]
    whole = disguised(Examples(texts, labels, np.ones(len(labels), dtype=np.float32)), 1.0, 0.5, 4)
    assert list(whole.texts[: len(texts)]) == texts
    assert (whole.labels[len(texts) :] == labels).all()
    assert whole.weights.tolist() == [1.0] * len(texts) + [0.5] * len(texts)
    assert disguised(whole, 0.0, 0.5, 4).texts == whole.texts
