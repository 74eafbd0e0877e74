"""What is remembered of texts is what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from moderation.scoring.memory import Key, Memory


def said(keys: Sequence[Key]) -> np.ndarray:
    return np.array([[len(text), steps, hash(text) % 1000] for text, steps in keys], dtype=np.float32).reshape(-1, 3)


class Judge:
    def __init__(self) -> None:
        self.asked: list[Key] = []

    def __call__(self, keys: Sequence[Key]) -> np.ndarray:
        self.asked += keys
        return said(keys)


KEYS = st.lists(st.tuples(st.text("甲乙丙", max_size=4), st.sampled_from((0, 32))), max_size=9)


@given(st.lists(KEYS, max_size=6), st.integers(1, 5))
def test_however_little_is_kept_the_answer_is_the_judges(requests: list[list[Key]], size: int) -> None:
    memory, judge = Memory(size, 7, 3), Judge()
    for keys in requests:
        assert np.array_equal(memory.recall(keys, judge), said(keys))


def test_a_text_is_judged_once_until_it_is_forgotten() -> None:
    memory, judge = Memory(3, 10, 3), Judge()
    one, two, three, four = [(text, 0) for text in "甲乙丙丁"]
    memory.recall([one, two, one], judge)
    memory.recall([two, three, one], judge)
    assert judge.asked == [one, two, three]
    memory.recall([four], judge)
    memory.recall([one, four], judge)
    assert judge.asked == [one, two, three, four, one]


def test_the_same_text_that_took_other_steps_is_another() -> None:
    memory, judge = Memory(3, 10, 3), Judge()
    memory.recall([("甲", 0)], judge)
    memory.recall([("甲", 32)], judge)
    assert judge.asked == [("甲", 0), ("甲", 32)]


def test_no_more_characters_are_kept_than_allowed() -> None:
    memory, judge = Memory(9, 5, 3), Judge()
    too_long, three, two, four = [(text, 0) for text in ("甲乙丙丁戊己", "甲乙丙", "乙丙", "甲乙丙丁")]
    memory.recall([too_long, three, two], judge)
    memory.recall([too_long, three, two], judge)
    assert judge.asked == [too_long, three, two, too_long]
    memory.recall([four], judge)
    memory.recall([four, two], judge)
    assert judge.asked[4:] == [four, two]
    assert len(memory) == 1


def test_all_can_be_forgotten() -> None:
    memory, judge = Memory(3, 2, 3), Judge()
    memory.recall([("甲", 0)], judge)
    memory.cache_clear()
    memory.recall([("甲", 0)], judge)
    assert judge.asked == [("甲", 0)] * 2


def test_threads_share_it() -> None:
    memory, wrong = Memory(7, 11, 3), []

    def ask(seed: int) -> None:
        draw = np.random.default_rng(seed)
        for _ in range(200):
            keys = [(str(number), 0) for number in draw.integers(0, 20, 6)]
            if not np.array_equal(memory.recall(keys, said), said(keys)):
                wrong.append(keys)

    threads = [Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
