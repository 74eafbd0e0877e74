from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from moderation.taxonomy import CategoryId
from moderation.training.dataset import SPLITS, Row
from moderation.training.split import assign, clusters, digest, similar_pairs

from .corpus import row

BASE = "社区图书馆周末开放时间有调整请读者留意"


def unrelated(count: int, prefix: str = "u", seed: int = 1) -> list[Row]:
    draw = random.Random(seed)
    texts = ["".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(15)) for _ in range(count)]
    return [row(f"{prefix}{number:04}", text) for number, text in enumerate(texts)]


def splits(rows: list[Row]) -> dict[str, str]:
    return {own.id: own.split for own in rows}


def test_likeness_ignores_separators_width_and_script() -> None:
    texts = [BASE, "社区-图書館 周末开放时间有调整，请读者留意", "茶叶要避光保存才不会走味", BASE + "哦"]
    assert sorted(similar_pairs(texts, 0.8)) == [(0, 1), (0, 3), (1, 3)]
    assert similar_pairs(["甲乙", "甲乙", "甲丙"], 0.8) == [(0, 1)]
    assert similar_pairs([BASE, "社区图书馆周末换书"], 0.5) == []


def test_pairs_and_near_duplicates_share_a_cluster() -> None:
    rows = [
        row("a", BASE, pair="p1"),
        row("b", BASE + "哦"),
        row("c", "茶叶要避光保存才不会走味", pair="p1"),
        row("d", "春天的山里有很多野菜可以采", pair="p1", hand="yi"),
        row("e", "茶叶要避光保存才不会走味呢"),
    ]
    a, b, c, d, e = clusters(rows)
    assert a == b == c == e != d


def test_a_cluster_goes_as_a_whole() -> None:
    rows = unrelated(120)
    rows += [replace(own, id=f"v{own.id}", text=own.text + "啊") for own in rows]
    rows += [row(f"w{own.id}", own.text[::-1], pair=own.id) for own in rows[:60]]
    rows[:60] = [replace(own, pair=own.id) for own in rows[:60]]
    found = splits(assign(rows))
    for own in unrelated(120):
        assert found[own.id] == found[f"v{own.id}"]
    for own in unrelated(60):
        assert found[own.id] == found[f"w{own.id}"]


def test_the_shares_are_about_as_meant() -> None:
    counts = Counter(own.split for own in assign(unrelated(1000)))
    assert counts["test_unseen"] == 0
    assert 140 <= counts["test"] <= 220
    assert 80 <= counts["dev"] <= 160


def test_new_rows_move_no_old_ones() -> None:
    old = unrelated(200)
    new = unrelated(100, "x", seed=2) + [row(f"y{own.id}", own.text + "呀") for own in old[:50]]
    before, after = splits(assign(old)), splits(assign(new + old))
    assert {identifier: after[identifier] for identifier in before} == before
    assert all(after[f"y{own.id}"] == before[own.id] for own in old[:50])


def test_the_order_of_rows_does_not_matter() -> None:
    rows = unrelated(100) + [row(f"y{own.id}", own.text + "呀") for own in unrelated(50)]
    shuffled = random.Random(4).sample(rows, len(rows))
    assert splits(assign(rows)) == splits(assign(shuffled))


def test_unseen_hands_and_families_are_held_out_with_all_that_is_like_them() -> None:
    rows = [
        *unrelated(100),
        row("h", BASE, hand="bing"),
        row("f", "茶叶要避光保存才不会走味", family="hard.tea", pair="p"),
        row("near", BASE + "哦"),
        row("other", "春天的山里有很多野菜可以采", pair="p"),
    ]
    found = splits(assign(rows, unseen_hands=["bing"], unseen_families={"hard.tea"}))
    assert {identifier for identifier, split in found.items() if split == "test_unseen"} == {"h", "f", "near", "other"}


def test_a_split_changes_nothing_else() -> None:
    rows = unrelated(30)
    assert [replace(own, split="train") for own in assign(rows)] == rows


@pytest.mark.parametrize(
    "changes",
    [{"categories": (CategoryId.FRAUD,)}, {"text": "别的"}, {"id": "z"}, {"split": "dev"}],
    ids=["label", "text", "id", "split"],
)
def test_the_digest_names_ids_texts_and_labels(changes: dict[str, object]) -> None:
    rows = unrelated(5)
    changed = [replace(rows[0], **changes), *rows[1:]]  # type: ignore[arg-type]
    assert digest(rows, "train") != digest(changed, "train")


def test_the_digest_does_not_depend_on_order_or_on_other_splits() -> None:
    rows = unrelated(5)
    assert digest(rows, "train") == digest(rows[::-1], "train")
    assert digest(rows, "train") == digest([*rows, row("q", split="dev")], "train")
    assert digest(rows, "train") == digest([replace(rows[0], family="other", hand="yi"), *rows[1:]], "train")
    assert len({digest(rows, split) for split in SPLITS}) == 2
