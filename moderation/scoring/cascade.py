"""The cascade: the fast model reads everything, the encoder what the fast one is not sure of.

Where both have read a text, a small stacker puts their scores together (Wolpert 1992): the two err differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from moderation.normalize import Normalized
from moderation.scoring.encoder import Encoder
from moderation.scoring.ngram import Influence, NgramModel
from moderation.taxonomy import CategoryId

Scores = npt.NDArray[np.float32]
Range = tuple[int, int]
_REMEMBERED = 4096


class EncoderUse(StrEnum):
    """When the encoder reads a text."""

    NEVER = "never"
    UNCERTAIN = "uncertain"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Escalation:
    """When the encoder is asked, and how much of one request it may read.

    `share` of the characters asked about, but always `least` of them, so that an ordinary title fits. What lies beyond
    has the fast model's judgement.
    """

    use: EncoderUse = EncoderUse.UNCERTAIN
    share: float = 0.25
    least: int = 400


@dataclass(frozen=True, slots=True)
class Stacker:
    """`p = sigmoid(fast x own weight + encoder x own weight + offset)` for each category, on log-odds.

    `low` and `high` are `(categories,)`: a fast probability between them, in any category, is uncertain.
    """

    fast: Scores
    encoder: Scores
    offset: Scores
    low: Scores
    high: Scores

    def __post_init__(self) -> None:
        arrays = (self.fast, self.encoder, self.offset, self.low, self.high)
        if len({array.shape for array in arrays}) != 1 or not all(np.isfinite(array).all() for array in arrays):
            raise ValueError("the stacker's arrays differ in shape or hold values that are not finite")

    def apply(self, fast: Scores, encoder: Scores) -> Scores:
        """Probabilities from the log-odds of both, `(texts, categories)`."""
        linear = np.clip(fast * self.fast + encoder * self.encoder + self.offset, -30.0, 30.0)
        result: Scores = (1.0 / (1.0 + np.exp(-linear))).astype(np.float32)
        return result

    def uncertain(self, probabilities: Scores) -> npt.NDArray[np.bool_]:
        """Which texts the fast model leaves open, from its calibrated probabilities."""
        inside = (probabilities >= self.low) & (probabilities <= self.high)
        result: npt.NDArray[np.bool_] = np.asarray(inside.any(axis=1))
        return result

    @classmethod
    def load(cls, path: Path) -> Stacker:
        """The stacker in an `.npz` file. Raises ValueError for one that is none."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                return cls(*(stored[name] for name in ("fast", "encoder", "offset", "low", "high")))
        except (KeyError, TypeError, EOFError, BadZipFile) as error:
            raise ValueError(f"{path}: no stacker: {error}") from error

    def save(self, path: Path) -> None:
        """Write an `.npz` file."""
        np.savez(path, fast=self.fast, encoder=self.encoder, offset=self.offset, low=self.low, high=self.high)


class Cascade:
    """Both models as one classifier; `quick` is the fast one."""

    def __init__(self, fast: NgramModel, encoder: Encoder, stacker: Stacker, escalation: Escalation) -> None:
        if not fast.categories == encoder.categories or len(stacker.fast) != len(fast.categories):
            raise ValueError("the models of a cascade judge different categories")
        self.quick, self.encoder, self.stacker, self.escalation = fast, encoder, stacker, escalation
        self._read = lru_cache(maxsize=_REMEMBERED)(self._read_alone)
        # Running totals for whoever watches the share of the encoder; threads may lose a count between them.
        self.asked = self.read = 0

    @property
    def categories(self) -> tuple[CategoryId, ...]:
        """The categories, in column order."""
        return self.quick.categories

    def _read_alone(self, piece: str) -> Scores:
        scores: Scores = self.encoder.log_odds([piece])[0]
        return scores

    def classify(self, text: Normalized, ranges: Sequence[Range]) -> Scores:
        """Calibrated probabilities `(ranges, categories)`; the encoder reads the doubtful ones within its allowance."""
        result = self.quick.classify(text, ranges)
        if self.escalation.use is EncoderUse.NEVER or not len(ranges):
            return result
        wanted = self._wanted(result, ranges)
        self.asked += len(ranges)
        if len(wanted):
            self.read += len(wanted)
            log_odds = np.stack([self.quick.log_odds_of(text, *ranges[i]) for i in wanted])
            read = np.stack([self._read(text.text[ranges[i][0] : ranges[i][1]]) for i in wanted])
            result = result.copy()
            result[wanted] = self.stacker.apply(log_odds, read)
        return result

    def _wanted(self, probabilities: Scores, ranges: Sequence[Range]) -> npt.NDArray[np.intp]:
        """The ranges to read, those nearest to doubt first, until the allowance is used up."""
        chosen = np.arange(len(ranges))
        if self.escalation.use is EncoderUse.UNCERTAIN:
            chosen = np.flatnonzero(self.stacker.uncertain(probabilities))
        sizes = np.array([end - start for start, end in ranges])
        allowance = max(self.escalation.least, self.escalation.share * float(sizes.sum()))
        chosen = chosen[sizes[chosen] <= allowance]
        chosen = chosen[np.argsort(np.abs(probabilities[chosen].max(axis=1, initial=0.0) - 0.5), kind="stable")]
        return np.sort(chosen[np.cumsum(sizes[chosen]) <= allowance])

    def probabilities(self, text: Normalized, start: int = 0, end: int | None = None) -> Scores:
        """The calibrated probabilities of the fast model alone, for the many small pieces of a page."""
        return self.quick.probabilities(text, start, end)

    def fast(self, text: Normalized, ranges: Sequence[Range]) -> Scores:
        """The calibrated probabilities of the fast model alone for many ranges at once."""
        return self.quick.fast(text, ranges)

    def explain(
        self, text: Normalized, category: CategoryId, start: int = 0, end: int | None = None
    ) -> list[Influence]:
        """The ranges whose n-grams carry the fast model's score: the encoder names no characters."""
        return self.quick.explain(text, category, start, end)
