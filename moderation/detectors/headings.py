"""Short texts beside the title that readers and crawlers see first: description, headings, lone lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId

_CERTAIN = 0.85
"""A page has many headings: only what the model is sure of counts, or their number alone would make a finding."""
_WORTH = 0.25
"""What the fast model likes less than this is not asked about again; no second reading makes it certain."""
_LONGEST = 120
_SHORTEST = 4
_NUMBER = re.compile(r"^[0-9]+[.、)]? *")
"""The number of a line in a table or a list, which says nothing of it."""
_SENTENCE_END = "。！？!?…;；"
_JUDGED = tuple(category for category in TITLE_CATEGORIES if category is not CategoryId.CLICKBAIT)

Range = tuple[int, int]


class HeadingDetector(Detector):
    """The strongest heading for each category, judged by the classifier."""

    specs = tuple(
        SignalSpec(f"headings.{category}", category, f"a heading, summary or lone line reads as {category}")
        for category in _JUDGED
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        categories = self._classifier.categories
        self._columns = [(categories.index(category), category) for category in _JUDGED]

    def asks(self, document: Document) -> Iterator[Range]:
        """Each text where it stands first."""
        return (found[0][1] for found in document.once(_places).values())

    def detect(self, document: Document) -> list[Signal]:
        """Signals for texts outside the title and outside links."""
        places = document.once(_places)
        if not places:
            return []
        ranges = [found[0][1] for found in places.values()]
        columns = [column for column, _ in self._columns]
        likely = self._classifier.fast(document.normalized, ranges)[:, columns].max(axis=1) >= _WORTH
        if not likely.any():
            return []
        doubtful = np.flatnonzero(likely)
        judged = self._classifier.classify(document.normalized, [ranges[i] for i in doubtful])
        standing = list(places.values())
        signals = []
        for column, category in self._columns:
            certain = np.flatnonzero(judged[:, column] >= _CERTAIN)
            evidence = tuple(
                Evidence.at(document, *place, removable=field.name is FieldName.BLOCK)
                for number in certain
                for field, place in standing[doubtful[number]]
            )
            if evidence:
                strength = (float(judged[certain, column].max()) - _CERTAIN) / (1 - _CERTAIN)
                signals.append(Signal(f"headings.{category}", category, strength, evidence))
        return signals


def _places(document: Document) -> dict[str, list[tuple[FieldRef, Range]]]:
    """The places of each text: what a page repeats is judged once."""
    places: dict[str, list[tuple[FieldRef, Range]]] = {}
    for field, text, place in _short_texts(document):
        places.setdefault(text, []).append((field, place))
    return places


def _short_texts(document: Document) -> Iterator[tuple[FieldRef, str, Range]]:
    title = document.text_of(FieldRef(FieldName.TITLE)).strip()
    for field in document.unlinked_fields[1:]:
        if field.name is FieldName.KEYWORDS:
            continue  # a list of queries is what that field is for
        if field.name is FieldName.BLOCK:
            block = document.blocks[field.index]
            lone = block.kind is BlockKind.PARAGRAPH
            if not (lone or block.kind is BlockKind.HEADING) or len(block.text) > 8 * _LONGEST:
                continue
        else:
            lone = False
        start, end = document.range_of(field)
        text = document.text[start:end].strip()
        # A heading that repeats the title, or all of it but the site's name, is the title: it is judged once, and
        # cutting it would mend nothing.
        if len(text) > _LONGEST or len(_NUMBER.sub("", text)) < _SHORTEST or title.startswith(text):
            continue
        if lone and (text[-1] in _SENTENCE_END or "," in text[:-1]):
            continue
        yield field, text, (start, end)
