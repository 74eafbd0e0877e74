"""Foreign words glued in front of an article's own title.

Only looked for where the body holds foreign text already: then the title that readers see is half the seller's. The own
part is about what the body is about; the part to cut shares nothing with it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

from moderation.article import BlockKind
from moderation.detectors.body import Paragraph
from moderation.detectors.detector import TextClassifier
from moderation.normalize import Document
from moderation.taxonomy import SOLD_CATEGORIES

_BRACKETED = re.compile(r"(?:\s*[【\[][^【】\[\]\n]{1,20}[】\]])+\s*")
_GLUE = re.compile(r"[\s_|,\-–—:]+")
_LONGEST_PREFIX = 32
_HEADINGS_WITHIN = 20
_OPENING = 6
_READS_AS = 0.5
_KNOWN_PAIRS = 2
_OWN_SHARE, _FOREIGN_SHARE = 0.12, 0.4
"""The share of pairs of characters that the body holds: of the own part at least, of the foreign one at most."""


def foreign_prefixes(
    document: Document,
    paragraphs: Sequence[Paragraph],
    foreign: Collection[tuple[int, int]],
    classifier: TextClassifier,
) -> list[tuple[int, int]]:
    """The prefix of the title, and of every heading that repeats it; `foreign` is what the body has to do without."""
    start, end = document.range_of(document.fields[0])
    opening = document.text[start : start + _OPENING]
    ranges = [
        (paragraph.start, paragraph.end)
        for paragraph in paragraphs
        if not document.text.startswith(opening, paragraph.start)
    ]
    body = _own(document, ranges, foreign)
    size = _prefix(document, start, document.text[start:end], body, classifier)
    if not size:
        return []
    prefix = document.text[start : start + size]
    found = [(start, start + size)]
    for index, block in enumerate(document.blocks[:_HEADINGS_WITHIN]):
        first, last = document.block_range(index)
        if block.kind is BlockKind.HEADING and document.text.startswith(prefix, first) and last - first > size:
            found.append((first, first + size))
    return found


def _prefix(document: Document, start: int, title: str, body: str, classifier: TextClassifier) -> int:
    """The length of the foreign part, nought where there is none.

    Words behind the first belong to it as long as they sell something.
    """
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    best = 0
    for size in _places(title):
        head, rest = title[best:size], title[size:]
        pairs = [rest[at : at + 2] for at in range(len(rest) - 1)]
        known = sum(pair in body for pair in pairs)
        if _knows(head, body) or known < max(_KNOWN_PAIRS, _OWN_SHARE * len(pairs)):
            break
        if best:
            added = classifier.probabilities(document.normalized, start + best, start + size)[columns]
            if float(added.max()) < _READS_AS:
                break
        best = size
    return best


def _places(title: str) -> Iterator[int]:
    """Where a prefix may end: behind brackets, or behind what glues it on."""
    match = _BRACKETED.match(title)
    if match:
        yield match.end()
        return
    for glue in _GLUE.finditer(title, 1, min(len(title), _LONGEST_PREFIX)):
        yield glue.end()


def _knows(head: str, body: str) -> bool:
    """True when the body speaks of a part of the title."""
    han = re.sub(r"[^\u3400-\u9fff]+", " ", head)
    pairs = [han[at : at + 2] for at in range(len(han) - 1) if " " not in han[at : at + 2]]
    return sum(pair in body for pair in pairs) > _FOREIGN_SHARE * len(pairs)


def _own(document: Document, ranges: Sequence[tuple[int, int]], foreign: Collection[tuple[int, int]]) -> str:
    """The body without its headings' repeated title and without what is foreign."""
    pieces = []
    cuts = sorted(foreign)
    for start, end in ranges:
        position = start
        for first, last in cuts[bisect_left(cuts, (start, 0)) : bisect_left(cuts, (end, 0))]:
            if last <= end:
                pieces.append(document.text[position:first])
                position = last
        pieces.append(document.text[position:end])
    return "\n".join(pieces)
