"""The title, judged by the classifier."""

from __future__ import annotations

from moderation.article import FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import TITLE_CATEGORIES

_FLOOR = 0.01
"""A probability below this is no finding; scoring takes it for zero."""
_SHOWN = 0.2
"""From this probability on, the parts of the title that speak for it are pointed at."""


class TitleDetector(Detector):
    """One signal for each category the model sees in the title; its strength is the model's probability."""

    specs = tuple(
        SignalSpec(f"title.{category}", category, f"the title reads as {category}") for category in TITLE_CATEGORIES
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def detect(self, document: Document) -> list[Signal]:
        """Signals for the title field alone."""
        start, end = document.range_of(FieldRef(FieldName.TITLE))
        if start == end:
            return []
        (probabilities,) = self._classifier.classify(document.normalized, [(start, end)])
        signals = []
        for category, probability in zip(self._classifier.categories, probabilities.tolist(), strict=True):
            if probability < _FLOOR:
                continue
            evidence: list[Evidence] = []
            if probability >= _SHOWN:
                spans = self._classifier.explain(document.normalized, category, start, end)
                evidence = [Evidence.at(document, span.start, span.end) for span in spans]
            signals.append(Signal(f"title.{category}", category, probability, tuple(evidence)))
        return signals
