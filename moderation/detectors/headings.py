"""Short texts beside the title that readers and crawlers see first: description, keywords, headings, lone lines."""

from __future__ import annotations

from collections.abc import Iterator

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId

_CERTAIN = 0.85
"""A page has many headings: only what the model is sure of counts, or their number alone would make a finding."""
_LONGEST = 120
_SENTENCE_END = "。！？!?…;；"
_JUDGED = tuple(category for category in TITLE_CATEGORIES if category is not CategoryId.CLICKBAIT)


class HeadingDetector(Detector):
    """The strongest heading for each category, judged by the classifier."""

    specs = tuple(
        SignalSpec(f"headings.{category}", category, f"a heading, summary or lone line reads as {category}")
        for category in _JUDGED
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def detect(self, document: Document) -> list[Signal]:
        """Signals for texts outside the title and outside links."""
        found: dict[CategoryId, tuple[float, list[Evidence]]] = {}
        fields = list(_short_texts(document))
        ranges = [document.range_of(field) for field in fields]
        judged = self._classifier.classify(document.normalized, ranges)
        for field, (start, end), probabilities in zip(fields, ranges, judged, strict=True):
            for category, probability in zip(self._classifier.categories, probabilities.tolist(), strict=True):
                if probability >= _CERTAIN and category in _JUDGED:
                    strongest, evidence = found.get(category, (0.0, []))
                    evidence.append(Evidence.at(document, start, end, removable=field.name is FieldName.BLOCK))
                    found[category] = max(strongest, probability), evidence
        return [
            Signal(f"headings.{category}", category, (strongest - _CERTAIN) / (1 - _CERTAIN), tuple(evidence))
            for category, (strongest, evidence) in found.items()
        ]


def _short_texts(document: Document) -> Iterator[FieldRef]:
    title = document.text_of(FieldRef(FieldName.TITLE)).strip()
    for field in document.fields:
        start, end = document.range_of(field)
        text = document.text[start:end].strip()
        # A heading that repeats the title is the title: it is judged once, and cutting it would mend nothing.
        if not 4 <= len(text) <= _LONGEST or field.name is FieldName.TITLE or text == title:
            continue
        if field.name is FieldName.BLOCK:
            block = document.blocks[field.index]
            lone = block.kind is BlockKind.PARAGRAPH and text[-1] not in _SENTENCE_END and "," not in text[:-1]
            if block.links or not (lone or block.kind is BlockKind.HEADING):
                continue
        yield field
