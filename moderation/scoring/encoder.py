"""The encoder: a small BERT over characters, read by onnxruntime, that judges what a text means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from moderation.scoring.vocabulary import BEGIN, END, PAD, Vocabulary
from moderation.taxonomy import CategoryId

Scores = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
_LENGTHS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 512)
"""Texts are padded to one of these: onnxruntime plans memory anew for every shape it has not met."""
_BATCH = 32
_OVERLAP = 16


def rows_of(text: str, vocabulary: Vocabulary, longest: int) -> list[Ids]:
    """The windows of a normalised text as ids, each between a begin and an end mark and at most `longest` long.

    Nothing is cut: a text that does not fit is read in windows that overlap.
    """
    ids = vocabulary.encode(text.rstrip("。. "))
    room = longest - 2
    starts = range(0, max(len(ids) - _OVERLAP, 1), room - _OVERLAP) if len(ids) > room else (0,)
    return [np.concatenate(([BEGIN], ids[start : start + room], [END])) for start in starts]


def padded(rows: Sequence[Ids], width: int) -> Ids:
    """Rows of ids as one array `(rows, width)`."""
    ids = np.full((len(rows), width), PAD, dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
    return ids


class Encoder:
    """Scores short texts. A session holds no state between calls and may be shared by threads."""

    def __init__(self, session: Any, vocabulary: Vocabulary, categories: Sequence[CategoryId], longest: int) -> None:
        if longest - 2 <= _OVERLAP:
            raise ValueError(
                f"an encoder that reads {longest} characters at once is none: windows overlap by {_OVERLAP}"
            )
        self._session, self.vocabulary = session, vocabulary
        self.categories, self.longest = tuple(categories), longest

    @classmethod
    def load(cls, model: Path, vocabulary: Path, categories: Sequence[CategoryId], longest: int) -> Encoder:
        """The encoder in an ONNX file with its characters. Raises ValueError for a file that is none."""
        import onnxruntime  # half of a cold start: a policy that never asks for the encoder does not pay for it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no base but this
            raise ValueError(f"{model}: no ONNX model: {error}") from error
        return cls(session, Vocabulary.load(vocabulary), categories, longest)

    def log_odds(self, texts: Sequence[str]) -> Scores:
        """Uncalibrated scores `(texts, categories)` of normalised texts; of several windows the highest counts."""
        rows = [
            (number, ids) for number, text in enumerate(texts) for ids in rows_of(text, self.vocabulary, self.longest)
        ]
        result = np.full((len(texts), len(self.categories)), -np.inf, dtype=np.float32)
        rows.sort(key=lambda row: len(row[1]))
        for first in range(0, len(rows), _BATCH):
            group = rows[first : first + _BATCH]
            ids = padded([own for _, own in group], self._width(len(group[-1][1])))
            scores = self._session.run(None, {"ids": ids})[0]
            for (number, _), own_scores in zip(group, scores, strict=True):
                result[number] = np.maximum(result[number], own_scores)
        return result

    def _width(self, length: int) -> int:
        return min(next(size for size in _LENGTHS if size >= length), max(self.longest, length))
