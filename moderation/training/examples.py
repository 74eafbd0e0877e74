"""What models are fitted on: the corpus's training rows and third-party headlines, with labels and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.benign import for_training
from moderation.training.dataset import Row


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts with their labels, `(rows, categories)`, and the weight of each row."""

    texts: Sequence[str]
    labels: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.texts)


def labels_of(rows: Sequence[tuple[CategoryId, ...]]) -> npt.NDArray[np.int8]:
    """A 0/1 matrix with a column for each of TITLE_CATEGORIES."""
    marks = [[int(category in row) for category in TITLE_CATEGORIES] for row in rows]
    return np.array(marks, dtype=np.int8).reshape(-1, len(TITLE_CATEGORIES))


def of_rows(rows: Sequence[Row], weight: float = 1.0) -> Examples:
    """Rows of one weight."""
    weights = np.full(len(rows), weight, dtype=np.float32)
    return Examples([row.text for row in rows], labels_of([row.categories for row in rows]), weights)


def of_clean(texts: Sequence[str], weight: float) -> Examples:
    """Texts that no category applies to."""
    labels = np.zeros((len(texts), len(TITLE_CATEGORIES)), dtype=np.int8)
    return Examples(list(texts), labels, np.full(len(texts), weight, dtype=np.float32))


def joined(parts: Sequence[Examples]) -> Examples:
    """Several sets as one."""
    return Examples(
        [text for part in parts for text in part.texts],
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def benign_texts(paths: Sequence[Path], most: int, seed: int) -> list[str]:
    """At most `most` texts of each third-party set that exists, without those held out for measuring."""
    draw = np.random.default_rng(seed)
    found: list[str] = []
    for path in paths:
        if path.exists():
            texts = list(dict.fromkeys(for_training(path)))
            found += [texts[i] for i in draw.permutation(len(texts))[:most]]
    return found


def require_both_sides(examples: Examples) -> None:
    """Raises ValueError naming a category of which the rows hold only one side."""
    for column, category in enumerate(TITLE_CATEGORIES):
        if not len(examples) or examples.labels[:, column].min() == examples.labels[:, column].max():
            raise ValueError(f"{category}: the training rows hold only one side of it")
