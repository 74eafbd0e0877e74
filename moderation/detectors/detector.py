"""What a detector is, and what it may use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from moderation.normalize import Document, Normalized
from moderation.signals import Signal, SignalSpec
from moderation.taxonomy import CategoryId


class RangeOfInfluence(Protocol):
    """A range of a text and what it adds to a score."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""


class TextClassifier(Protocol):
    """A model of short texts, as scoring provides it."""

    @property
    def categories(self) -> tuple[CategoryId, ...]:
        """The categories, in column order."""

    def probabilities(self, text: Normalized, start: int = 0, end: int | None = None) -> npt.NDArray[np.float32]:
        """The calibrated probability of each category for `text[start:end]`, by the fast model alone."""

    def fast(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> npt.NDArray[np.float32]:
        """`probabilities` of many ranges at once, `(ranges, categories)`: a page has hundreds of anchors."""

    def classify(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> npt.NDArray[np.float32]:
        """The calibrated probabilities of several ranges, `(ranges, categories)`, by every model the policy allows."""

    def explain(
        self, text: Normalized, category: CategoryId, start: int = 0, end: int | None = None
    ) -> Sequence[RangeOfInfluence]:
        """The ranges that speak most for a category."""


@dataclass(frozen=True, slots=True)
class Term:
    """A lexicon entry. `weight` is how sure one occurrence in running text is abuse; an allow term has none.

    `named` marks a term that the operator's policy names: it is no hint but an order.
    """

    text: str
    category: CategoryId | None
    weight: float
    allow: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Resources:
    """What detectors are built from."""

    classifier: TextClassifier
    terms: tuple[Term, ...] = field(repr=False)


class Detector(Protocol):
    """Reads a document and says what it found; it knows no other detector and no policy."""

    specs: ClassVar[tuple[SignalSpec, ...]]

    def __init__(self, resources: Resources) -> None: ...

    def asks(self, document: Document) -> Iterable[tuple[int, int]]:
        """Ranges that `detect` will ask the fast model about: those of all detectors are read in one pass before.

        None by default. What is not told here costs a pass of its own, and nothing else.
        """
        del document
        return ()

    def detect(self, document: Document) -> list[Signal]:
        """The signals found; none when there is nothing to say. Never raises for any document."""


def ask(classifier: TextClassifier, detectors: Sequence[Detector], document: Document) -> None:
    """Have the model read what detectors will ask it: it remembers, and hundreds of texts cost little more than one."""
    classifier.fast(document.normalized, [asked for detector in detectors for asked in detector.asks(document)])
