"""The characters an encoder knows: a plain table in place of a tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.normalize.text import codes_of

PAD, UNKNOWN, BEGIN, END, MASK = range(5)
MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_CODE_POINTS = 0x110000

Ids = npt.NDArray[np.int64]


class Vocabulary:
    """Maps normalised text to ids, one a character. `entries[0:5]` are the marks, the rest single characters."""

    def __init__(self, entries: Sequence[str]) -> None:
        if tuple(entries[: len(MARKS)]) != MARKS:
            raise ValueError(f"a vocabulary begins with {', '.join(MARKS)}")
        single = entries[len(MARKS) :]
        if any(len(entry) != 1 for entry in single) or len(set(single)) != len(single):
            raise ValueError("every entry of a vocabulary is one character and stands once")
        self.entries = tuple(entries)
        self._table = np.full(_CODE_POINTS, UNKNOWN, dtype=np.uint16)
        self._table[codes_of("".join(single))] = np.arange(len(MARKS), len(entries), dtype=np.uint16)

    def __len__(self) -> int:
        return len(self.entries)

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a file of one entry a line. Raises ValueError for one that is none."""
        return cls(path.read_text("utf-8").removesuffix("\n").split("\n"))

    def save(self, path: Path) -> None:
        """Write one entry a line."""
        path.write_text("\n".join(self.entries) + "\n", "utf-8")

    def encode(self, text: str) -> Ids:
        """The ids of a text's characters, without marks."""
        return self._table[codes_of(text)].astype(np.int64)
