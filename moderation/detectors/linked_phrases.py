"""Links that were put between two words of somebody's sentence, to a stranger's site.

What such a link says belongs to no sentence: it sells something, and the text reads on over it. An author's own links
stand on words of the sentence, and lead to what it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moderation.address import is_foreign
from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.body import Paragraph
from moderation.detectors.detector import TextClassifier
from moderation.detectors.pasted import Phrase
from moderation.normalize import Document
from moderation.taxonomy import SOLD_CATEGORIES

_SHORTEST, _LONGEST = 3, 20
_AROUND = 8
"""So much text stands on both sides of a link inside a sentence."""
_LINKED = 0.4
"""The share of a paragraph that its links may hold: a list of links is no sentence."""
_READS_AS, _FEWEST, _ALONE = 0.6, 2, 0.9
"""What the model gives such a link; two at least, or one beyond doubt."""
_SCORE = 35.0


def linked_phrases(document: Document, paragraphs: Sequence[Paragraph], classifier: TextClassifier) -> list[Phrase]:
    """The links of an article that sell something in the middle of its sentences."""
    places = [place for paragraph in paragraphs for place in _inside(document, paragraph)]
    if not places:
        return []
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    read = classifier.fast(document.normalized, places)[:, columns]
    found = [
        Phrase(start, end, SOLD_CATEGORIES[int(row.argmax())], _SCORE)
        for (start, end), row in zip(places, read, strict=True)
        if float(row.max()) >= _READS_AS
    ]
    enough = len({document.text[phrase.start : phrase.end] for phrase in found}) >= _FEWEST
    return found if enough or float(read.max()) >= _ALONE else []


def _inside(document: Document, paragraph: Paragraph) -> Iterator[tuple[int, int]]:
    """Where the links to other sites stand that have text of the paragraph on both sides."""
    links = paragraph.block.links
    if not links or paragraph.block.kind is not BlockKind.PARAGRAPH:
        return
    if sum(len(link.anchor) for link in links) > _LINKED * len(paragraph.block.text):
        return
    field = FieldRef(FieldName.BLOCK, paragraph.number)
    for link in links:
        if _SHORTEST <= len(link.anchor) <= _LONGEST and is_foreign(link.href, document.article.url):
            start = document.position_of(field, link.start)
            end = document.position_of(field, link.start + len(link.anchor))
            if start - paragraph.start >= _AROUND and paragraph.end - end >= _AROUND // 2:
                yield start, end
