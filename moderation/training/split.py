"""Splits by near-duplicate cluster, family and hand, fixed before anything is fitted."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from moderation.normalize import Normalized, normalize, squeeze
from moderation.training.dataset import Row, load_rows

_DEV_SHARE, _TEST_SHARE = 0.12, 0.18
NEAR_DUPLICATE = 0.8
_SAME_CLUSTER = 0.5
_MOST_SHARED = 200
"""A 5-gram in more texts than this says nothing about likeness and would cost the square of its texts."""


def shingles(text: str, size: int = 5) -> frozenset[str]:
    """The character 5-grams of a text after normalising, without separators."""
    plain = squeeze(Normalized.identity(normalize(text).text)).text
    return frozenset(plain[i : i + size] for i in range(max(1, len(plain) - size + 1)))


def similar_pairs(texts: Sequence[str], threshold: float) -> list[tuple[int, int]]:
    """Index pairs `(earlier, later)` of texts whose 5-grams have a Jaccard index above the threshold."""
    index: defaultdict[str, list[int]] = defaultdict(list)
    sets = [shingles(text) for text in texts]
    found = []
    for later, grams in enumerate(sets):
        shared: Counter[int] = Counter()
        for gram in grams:
            if len(index[gram]) <= _MOST_SHARED:
                shared.update(index[gram])
            index[gram].append(later)
        for earlier, common in shared.items():
            if common / (len(grams) + len(sets[earlier]) - common) > threshold:
                found.append((earlier, later))
    return found


def clusters(rows: Sequence[Row]) -> list[int]:
    """A cluster number for each row: rows alike, and both sides of a pair, share one."""
    parent = list(range(len(rows)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in similar_pairs([row.text for row in rows], _SAME_CLUSTER):
        parent[root(right)] = root(left)
    pairs: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        if row.pair is not None:
            first = pairs.setdefault((row.hand, row.pair), number)
            parent[root(number)] = root(first)
    return [root(number) for number in range(len(rows))]


def assign(rows: Sequence[Row], unseen_hands: Collection[str] = (), unseen_families: Collection[str] = ()) -> list[Row]:
    """Rows with their split. A cluster goes as a whole; one that holds an unseen hand or family goes to
    `test_unseen`; the others by a hash of the smallest id in the cluster, so that new rows move no old ones unless
    they tie clusters together or bring a smaller id.
    """
    numbers = clusters(rows)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index, number in enumerate(numbers):
        members[number].append(index)
    result = list(rows)
    for indices in members.values():
        unseen = any(rows[i].hand in unseen_hands or rows[i].family in unseen_families for i in indices)
        split = "test_unseen" if unseen else _drawn(min(rows[i].id for i in indices))
        for i in indices:
            result[i] = replace(rows[i], split=split)
    return result


def added(known: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """`known`, whose splits stay, and the rows of `new` that may be trained on: a new row that is like one held out,
    or pairs with such a row, is left out, and so is one of a family that training must never see.
    """
    rows = [*known, *new]
    unseen = {row.family for row in known if row.split == "test_unseen"}
    unseen -= {row.family for row in known if row.split != "test_unseen"}
    numbers = clusters(rows)
    closed = {number for number, row in zip(numbers, rows, strict=True) if row.split not in ("", "train")}
    closed |= {number for number, row in zip(numbers, rows, strict=True) if not row.split and row.family in unseen}
    kept = [
        replace(row, split="train")
        for number, row in zip(numbers[len(known) :], new, strict=True)
        if number not in closed
    ]
    return [*known, *kept]


def _drawn(key: str) -> str:
    draw = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    if draw < _TEST_SHARE:
        return "test"
    return "dev" if draw < _TEST_SHARE + _DEV_SHARE else "train"


def digest(rows: Sequence[Row], split: str) -> str:
    """SHA-256 over the ids, texts and labels of a split, in id order."""
    state = hashlib.sha256()
    for row in sorted((row for row in rows if row.split == split), key=lambda row: row.id):
        state.update(f"{row.id}\t{row.text}\t{','.join(row.categories)}\n".encode())
    return state.hexdigest()


def with_splits(rows: list[Row]) -> list[Row]:
    """The rows as they are where all have a split, else with splits assigned to all."""
    return rows if all(row.split for row in rows) else assign(rows)


def load_corpus(path: Path) -> list[Row]:
    """The rows of a corpus, with splits assigned where any row has none. Raises DatasetError."""
    return with_splits(load_rows(path))


def near_duplicate_share(rows: Sequence[Row]) -> float:
    """The share of rows that are near-duplicates of an earlier one (5-gram Jaccard above NEAR_DUPLICATE)."""
    return len({later for _, later in similar_pairs([row.text for row in rows], NEAR_DUPLICATE)}) / max(len(rows), 1)
