"""The title, judged by the classifier."""

from __future__ import annotations

from collections.abc import Iterator

from moderation.article import FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.title_core import core_end, is_site_name
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import TITLE_CATEGORIES

_FLOOR = 0.01
"""A probability below this is no finding; scoring takes it for zero."""
_SEPARATORS = " _|-–—·"
_ABUSIVE = 0.5
_SHOWN = 0.2
"""From this probability on, the parts of the title that speak for it are pointed at."""


class TitleDetector(Detector):
    """One signal for each category the model sees in the title; its strength is the model's probability."""

    specs = tuple(
        SignalSpec(f"title.{category}", category, f"the title reads as {category}") for category in TITLE_CATEGORIES
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def asks(self, document: Document) -> Iterator[tuple[int, int]]:
        """The title, whole and without what may be a site's name, and that name."""
        start, end = document.range_of(FieldRef(FieldName.TITLE))
        if start < end:
            yield start, end
        core = core_end(document.text[start:end])
        if core is not None:
            yield start, start + core
            yield end - len(document.text[start + core : end].strip(_SEPARATORS)), end

    def detect(self, document: Document) -> list[Signal]:
        """Signals for the title field alone."""
        start, end = document.range_of(FieldRef(FieldName.TITLE))
        if start == end:
            return []
        ranges = self._ranges(document, start, end)
        judged = self._classifier.classify(document.normalized, ranges)
        signals = []
        for category, column in zip(self._classifier.categories, judged.T, strict=True):
            strongest = int(column.argmax())
            probability = float(column[strongest])
            if probability < _FLOOR:
                continue
            evidence: list[Evidence] = []
            if probability >= _SHOWN:
                spans = self._classifier.explain(document.normalized, category, *ranges[strongest])
                evidence = [Evidence.at(document, span.start, span.end) for span in spans]
            signals.append(Signal(f"title.{category}", category, probability, tuple(evidence)))
        return signals

    def _ranges(self, document: Document, start: int, end: int) -> list[tuple[int, int]]:
        """What to judge: the title; where a site's name seems to follow, the title without it, alone if it is one.

        A name that reads as abuse itself is no site's.
        """
        core = core_end(document.text[start:end])
        if core is None:
            return [(start, end)]
        name = document.text[start + core : end].strip(_SEPARATORS)
        if is_site_name(name):
            (abusive,) = self._classifier.fast(document.normalized, [(end - len(name), end)])
            if abusive.max() < _ABUSIVE:
                return [(start, start + core)]
        return [(start, end), (start, start + core)]
