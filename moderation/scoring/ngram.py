"""The fast model: multi-label logistic regression over hashed character n-grams, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from moderation.normalize import Normalized, Step
from moderation.scoring.calibration import Calibration
from moderation.scoring.features import BUCKETS, Features, extract
from moderation.scoring.many import LONGEST_TEXT, MOST_TEXTS, extract_many
from moderation.scoring.memory import Key, Memory
from moderation.taxonomy import CategoryId

Scores = npt.NDArray[np.float32]
_REMEMBERED, _CHARACTERS_REMEMBERED = 16_384, 2_000_000
"""So many texts, of so many characters in all: the title that several detectors ask about may be very long."""
_CHARACTERS_AT_ONCE = 8_000
"""So many characters keep the arrays of one pass in the cache."""


@dataclass(frozen=True, slots=True)
class Influence:
    """How much the n-grams that cover a range of the text add to one category's score."""

    start: int
    end: int
    value: float


class NgramModel:
    """Scores short texts.

    `weights` is `(BUCKETS, categories)`, `bias` is `(categories,)`: log-odds before calibration.
    """

    def __init__(
        self,
        categories: Sequence[CategoryId],
        weights: npt.NDArray[np.float16],
        bias: Scores,
        calibration: Calibration,
    ) -> None:
        columns = (bias, calibration.slopes, calibration.offsets)
        shapes = [array.shape for array in (weights, *columns)]
        if shapes != [(BUCKETS, len(categories)), *[(len(categories),)] * len(columns)]:
            raise ValueError(f"weights, bias, slopes, offsets {shapes} do not fit {len(categories)} categories")
        if not all(np.isfinite(array).all() for array in (weights, *columns)):
            raise ValueError("weights, bias, slopes or offsets hold values that are not finite")
        self.categories = tuple(categories)
        self.calibration = calibration
        self.weights = weights
        self.bias = bias.astype(np.float32)
        self._memory = Memory(_REMEMBERED, _CHARACTERS_REMEMBERED, len(self.categories))

    @classmethod
    def load(cls, path: Path) -> NgramModel:
        """The model in an `.npz` file. Raises ValueError for arrays that do not fit."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                categories = [CategoryId(name) for name in stored["categories"].tolist()]
                calibration = Calibration(stored["slopes"], stored["offsets"])
                return cls(categories, stored["weights"], stored["bias"], calibration)
        except (KeyError, TypeError, EOFError, BadZipFile) as error:
            raise ValueError(f"{path}: no model: {error}") from error

    def save(self, path: Path) -> None:
        """Write the model as an `.npz` file without pickled objects."""
        np.savez_compressed(
            path,
            categories=np.array([str(category) for category in self.categories]),
            weights=self.weights,
            bias=self.bias,
            slopes=self.calibration.slopes,
            offsets=self.calibration.offsets,
        )

    def log_odds(self, features: Features) -> Scores:
        """The uncalibrated score of each category."""
        grams = features.values @ self.weights[features.buckets].astype(np.float32)
        shape = self.weights[features.shape].sum(axis=0, dtype=np.float32)
        result: Scores = grams + shape + self.bias
        return result

    def probabilities(self, text: Normalized, start: int = 0, end: int | None = None) -> Scores:
        """The calibrated probability of each category for `text[start:end]`."""
        end = len(text) if end is None else end
        result: Scores = self._memory.recall([(text.text[start:end], int(text.steps_in(start, end)))], self._judge)[0]
        return result

    def fast(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> Scores:
        """What `probabilities` says of each range, `(ranges, categories)`, in a few passes over all of them.

        Recent texts are remembered.
        """
        if len(ranges) == 1:
            return self.probabilities(text, *ranges[0])[None, :]
        steps = text.steps_of(ranges).tolist()
        pieces = [text.text[start:end] for start, end in ranges]
        return self._memory.recall(list(zip(pieces, steps, strict=True)), self._judge)

    def _judge(self, keys: Sequence[Key]) -> Scores:
        scores = np.empty((len(keys), len(self.categories)), dtype=np.float32)
        short: list[int] = []
        characters = 0
        for number, (piece, steps) in enumerate(keys):
            size = len(piece)
            if size > LONGEST_TEXT:
                scores[number] = self.log_odds(extract(piece, Step(steps)))
                continue
            if characters + size > _CHARACTERS_AT_ONCE or len(short) == MOST_TEXTS:
                scores[short] = self._at_once([keys[i] for i in short])
                short, characters = [], 0
            short.append(number)
            characters += size
        if short:
            scores[short] = self._at_once([keys[i] for i in short])
        return self.calibration.apply(scores)

    def _at_once(self, keys: Sequence[Key]) -> Scores:
        pieces, steps = zip(*keys, strict=True)
        sums = extract_many(pieces, np.array(steps, dtype=np.uint16)).sums(self._table)
        result: Scores = sums[:, : len(self.categories)] + self.bias
        return result

    @cached_property
    def _table(self) -> Scores:
        """The weights as `extract_many` adds them up: rows of a size that numpy copies fast, the last one of zeros."""
        width = 1 << (len(self.categories) - 1).bit_length()
        table = np.zeros((BUCKETS + 1, width), dtype=np.float32)
        table[:-1, : len(self.categories)] = self.weights
        return table

    def classify(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> Scores:
        """The probabilities of several ranges of a text, `(ranges, categories)`."""
        return self.fast(text, ranges)

    def log_odds_of(self, text: Normalized, start: int, end: int) -> Scores:
        """The uncalibrated scores of a range of a text."""
        return self.log_odds(extract(text.text[start:end], text.steps_in(start, end)))

    def explain(
        self, text: Normalized, category: CategoryId, start: int = 0, end: int | None = None, share: float = 0.6
    ) -> list[Influence]:
        """The ranges of `text[start:end]`, in reading order, that carry a share of the positive score."""
        end = len(text) if end is None else end
        features = extract(text.text[start:end], text.steps_in(start, end))
        column = self.categories.index(category)
        values = self.weights[features.buckets, column].astype(np.float32) * features.values
        per_character = np.zeros(end - start + 1, dtype=np.float64)
        starts, ends = features.ranges()
        sizes = np.maximum(ends - starts, 1)
        np.add.at(per_character, starts, values / sizes)
        np.add.at(per_character, ends, -values / sizes)
        per_character = np.cumsum(per_character[:-1])
        return _ranges(per_character, start, share)


def _ranges(per_character: npt.NDArray[np.float64], start: int, share: float) -> list[Influence]:
    """Join the strongest characters, until they hold `share` of the positive sum, into runs."""
    positive = np.maximum(per_character, 0.0)
    total = positive.sum()
    if total <= 0:
        return []
    order = np.argsort(-positive, kind="stable")
    enough = int(np.searchsorted(np.cumsum(positive[order]), share * total)) + 1
    chosen = np.zeros(len(positive) + 2, dtype=np.int8)
    chosen[order[:enough] + 1] = 1
    edges = np.diff(chosen)
    begins, finishes = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [
        Influence(start + int(first), start + int(last), float(per_character[first:last].sum()))
        for first, last in zip(begins, finishes, strict=True)
    ]
