"""Lines of keywords over a text that is not theirs: it knows nothing of them, and sells nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.detectors.body import openings_of, paragraphs_of
from moderation.detectors.detector import TextClassifier
from moderation.detectors.keyword_row import Row
from moderation.detectors.title_page import share_in
from moderation.normalize import Document
from moderation.taxonomy import SOLD_CATEGORIES

_SHORTEST_PARAGRAPH, _SHORTEST_BODY = 20, 80
_FOREIGN_SHARE, _SOLD = 0.2, 0.35


def planted_lines(document: Document, lines: Sequence[Row], classifier: TextClassifier) -> list[Row]:
    """Those of some keyword lines that stand above the page's own text and are foreign to it."""
    own = [
        paragraph
        for paragraph in paragraphs_of(document)
        if paragraph.size >= _SHORTEST_PARAGRAPH
        and not any(line.start < paragraph.end and paragraph.start < line.end for line in lines)
    ]
    if sum(paragraph.size for paragraph in own) < _SHORTEST_BODY:
        return []
    body = "\n".join(document.text[paragraph.start : paragraph.end] for paragraph in own)
    above = [
        line
        for line in lines
        if line.end <= own[0].start and share_in(document.text[line.start : line.end], body)[0] <= _FOREIGN_SHARE
    ]
    openings = openings_of(own)
    if not above or not openings:
        return []
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    read = classifier.fast(document.normalized, openings)[:, columns].max(axis=1)
    return above if float(read.mean()) < _SOLD else []
