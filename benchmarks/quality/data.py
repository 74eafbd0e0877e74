"""The rows that every system is trained and measured on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.training.benign import held_out
from moderation.training.config import Config
from moderation.training.dataset import Row, load_rows
from moderation.training.examples import labels_of
from moderation.training.split import clusters

SEED = 20270101
BENIGN_ROWS = 3000
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of one split, as arrays.

    `labels` is `(rows, categories)`; `clusters` numbers, from 0 without gaps, the near-duplicates and pairs that
    belong together; `pairs` is `(pairs, 2)` row numbers.
    """

    texts: tuple[str, ...]
    labels: npt.NDArray[np.int8]
    groups: npt.NDArray[np.str_]
    clusters: Indices
    pairs: Indices

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Split:
        """The arrays of some rows."""
        sides: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            if row.pair is not None:
                sides[row.hand, row.pair].append(number)
        return cls(
            texts=tuple(row.text for row in rows),
            labels=labels_of([row.categories for row in rows]),
            groups=np.array([row.group for row in rows]),
            clusters=np.unique(clusters(rows), return_inverse=True)[1],
            pairs=np.array([pair for pair in sides.values() if len(pair) == 2], dtype=np.intp).reshape(-1, 2),
        )

    def mask(self, group: str) -> npt.NDArray[np.bool_]:
        """Which rows belong to a group."""
        return np.asarray(self.groups == group)

    @property
    def abusive(self) -> npt.NDArray[np.bool_]:
        """Which rows have a category."""
        return np.asarray(self.labels.any(axis=1))


def load_splits(path: Path) -> tuple[list[Row], dict[str, Split]]:
    """The corpus, as rows and as splits. Raises DatasetError."""
    rows = load_rows(path)
    names = sorted({row.split for row in rows})
    return rows, {name: Split.of([row for row in rows if row.split == name]) for name in names}


def benign_titles(config: Config) -> dict[str, list[str]]:
    """Third-party titles kept back from all training, by the name of their set; empty where the sets are missing."""
    draw = np.random.default_rng(SEED)
    result = {}
    for path in config.benign:
        if path.exists():
            texts = held_out([path], most=1_000_000)
            result[path.name.split("_")[0]] = [texts[i] for i in draw.permutation(len(texts))[:BENIGN_ROWS]]
    return result
