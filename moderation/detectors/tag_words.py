"""The search for tag words: foreign words that stand behind the sentences or paragraphs of an article, without a verb.

A paragraph ends with a full stop. A few characters behind its last one, paragraph after paragraph, are no part of it;
nor are a few that open sentence after sentence, or a link that closes each paragraph. Such words are collected by where
they stand; that they sell something decides.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.body import Paragraph
from moderation.detectors.detector import TextClassifier
from moderation.detectors.reading import Reading
from moderation.normalize import Document
from moderation.normalize.text import codes_of
from moderation.taxonomy import SOLD_CATEGORIES

_TAIL = re.compile(r"(?<=[。!?])[^。!?;:,“”\n]{2,24}\Z")
_HEAD = re.compile(r"(?<=[。!?])[^。!?,:;“”\n]{3,24}")
_BRACKETED = re.compile(r"[【\[]([^【】\[\]]{2,16})[】\]]")
_SHORTEST_PARAGRAPH = 20
_SURE, _LIKELY, _POSSIBLE = 0.8, 0.5, 0.15
_FEWEST = 2
"""So many words, at so many places, before they are no accident."""
_FEWEST_HEADS = 3
_LONGEST_HEAD = 16
_FEWEST_OF_PARAGRAPHS = 0.1
"""The share of an article's paragraphs that a word pasted before its sentences comes up to."""
_BEFORE_HEADS = "。!?\n"
_OWN = 2
"""A word that stands inside sentences half as often as at their heads is the article's own."""
_SHORTEST_ENDING = 3
_LONGEST_TAIL, _SHORTEST_OPENING = 24, 3
_STOP, _OTHER_MARK = 2, 1


def _marks() -> npt.NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    table[codes_of(";:,“”\n")] = _OTHER_MARK
    table[codes_of("。!?")] = _STOP
    return table


_MARKS = _marks()
"""What ends a tail or a head, by code point; the last entry, no character, stands for all beyond."""
_MIXED = np.uint32(2654435761)


@dataclass(frozen=True, slots=True)
class Word:
    """A tag word where it stands, and the probability that it sells something."""

    start: int
    end: int
    probability: float


def tag_words(
    document: Document, paragraphs: Sequence[Paragraph], body: Reading, classifier: TextClassifier
) -> list[Word]:
    """The tag words of an article; none where they may be its own."""
    if not _may_hold(document, paragraphs, body):
        return []
    tails = list(_tails(document, paragraphs))
    heads = _heads(document, paragraphs)
    places = [*tails, *(place for group in heads for place in group)]
    if not places:
        return []
    text = document.text
    read = _read(document, classifier, places)
    named = {word.strip() for word in _title_words(document)}
    found: list[tuple[int, int]] = []
    said = [(place, read[text[place[0] : place[1]]]) for place in tails]
    if len({text[start:end] for start, end in tails} & named) >= _FEWEST or _are_sold([value for _, value in said]):
        times = Counter(text[start:end] for start, end in tails)
        known = {word for word, number in times.items() if number >= _FEWEST} | named
        found += [place for place, value in said if value >= _POSSIBLE or text[place[0] : place[1]] in known]
        linked = {link for paragraph in paragraphs for link in _links(document, paragraph)}
        kinds = {place in linked for place in found}
        taken = set(found)
        # A word that is a link belongs to the others where all of them are, and one that is none where none of them is.
        found += [place for place in tails if place not in taken and {place in linked} == kinds]
        found += _endings(document, paragraphs, found)
    for group in heads:
        start, end = group[0]
        if read[text[start:end]] >= _LIKELY and not _is_own(document, paragraphs, text[start:end], len(group)):
            found += group
    return [Word(start, end, read[text[start:end]]) for start, end in sorted(set(found))]


def _may_hold(document: Document, paragraphs: Sequence[Paragraph], body: Reading) -> bool:
    """False where too little stands behind paragraphs, and no three sentences begin alike."""
    marks = _MARKS.take(body.codes, mode="clip")
    places = np.flatnonzero(marks)
    stops = marks[places] == _STOP
    runs = np.append(places[1:], len(marks)) - places - 1
    heads = places[stops & (runs >= _SHORTEST_OPENING)] + 1
    first, second, third = (body.codes[heads + at] for at in range(_SHORTEST_OPENING))
    openings = np.sort((first * _MIXED + second) * _MIXED + third)
    if (openings[2:] == openings[:-2]).any():
        return True
    last = places.searchsorted(body.ends) - 1
    known = last >= 0
    tails = np.zeros(len(paragraphs), dtype=bool)
    if len(places):
        sizes = body.ends - places[last] - 1
        tails = known & stops[last] & (sizes >= 2) & (sizes <= _LONGEST_TAIL) & (body.ends - sizes > body.begins)
    linked = [number for number, paragraph in enumerate(paragraphs) if paragraph.block.links]
    if linked:
        last_ends = [max(link.start + len(link.anchor) for link in paragraphs[number].block.links) for number in linked]
        ends = document.block_positions([paragraphs[number].number for number in linked], last_ends)
        tails[[number for number, end in zip(linked, ends, strict=True) if end >= paragraphs[number].end]] = True
    return int(np.count_nonzero(tails)) >= _FEWEST


def _endings(
    document: Document, paragraphs: Sequence[Paragraph], found: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The same words behind paragraphs without a full stop, such as headings."""
    words = {document.text[start:end] for start, end in found if end - start >= _SHORTEST_ENDING}
    sizes = sorted({len(word) for word in words}, reverse=True)
    for paragraph in paragraphs:
        for size in sizes:
            if paragraph.size > size and document.text[paragraph.end - size : paragraph.end] in words:
                yield paragraph.end - size, paragraph.end
                break


def _are_sold(values: Sequence[float]) -> bool:
    """True when enough of the words, and a good share of them, sell something."""
    likely = sum(value >= _LIKELY for value in values)
    return likely >= _FEWEST and any(value >= _SURE for value in values) and likely >= 0.3 * len(values)


def _tails(document: Document, paragraphs: Sequence[Paragraph]) -> Iterator[tuple[int, int]]:
    """What stands behind the last full stop of a paragraph, or is the link that closes it."""
    for paragraph in paragraphs:
        if paragraph.block.kind is BlockKind.CODE:
            continue
        closing = [
            link for link in _links(document, paragraph) if link[1] == paragraph.end and link[0] > paragraph.start
        ]
        if closing:
            yield closing[-1]
            continue
        if paragraph.size >= _SHORTEST_PARAGRAPH:
            match = _TAIL.search(document.text, max(paragraph.start, paragraph.end - 26), paragraph.end)
            if match and match.start() - paragraph.start >= _SHORTEST_PARAGRAPH // 2:
                yield match.span()


def _links(document: Document, paragraph: Paragraph) -> Iterator[tuple[int, int]]:
    """Where the links of a paragraph stand in the document's text."""
    field = FieldRef(FieldName.BLOCK, paragraph.number)
    for link in paragraph.block.links:
        if link.anchor:
            start = document.position_of(field, link.start)
            yield start, document.position_of(field, link.start + len(link.anchor))


def _heads(document: Document, paragraphs: Sequence[Paragraph]) -> list[list[tuple[int, int]]]:
    """Words that open several sentences: what the sentences share, by what they begin with."""
    groups: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for paragraph in paragraphs:
        for match in _HEAD.finditer(document.text, paragraph.start, paragraph.end):
            groups[match.group()[:3]].append(match.span())
    found = []
    for group in groups.values():
        if len(group) >= _FEWEST_HEADS:
            size = _shared([document.text[start:end] for start, end in group])
            if 2 < size <= _LONGEST_HEAD:
                found.append([(start, start + size) for start, _ in group])
    return found


def _shared(texts: Sequence[str]) -> int:
    first, last = min(texts), max(texts)
    return next((at for at, (left, right) in enumerate(zip(first, last, strict=False)) if left != right), len(first))


def _is_own(document: Document, paragraphs: Sequence[Paragraph], word: str, heads: int) -> bool:
    """True for what the article itself says: a name that stands inside its sentences too, or opens few of many."""
    if not word.isalnum() or heads < _FEWEST_OF_PARAGRAPHS * len(paragraphs):
        return True
    inside = 0
    place = document.text.find(word, paragraphs[0].start, paragraphs[-1].end)
    while place >= 0:
        inside += document.text[place - 1 : place] not in _BEFORE_HEADS
        if _OWN * inside >= heads:
            return True
        place = document.text.find(word, place + len(word), paragraphs[-1].end)
    return False


def _title_words(document: Document) -> list[str]:
    """The words that the page's title has in brackets before its own."""
    return _BRACKETED.findall(document.text_of(FieldRef(FieldName.TITLE)))


def _read(document: Document, classifier: TextClassifier, places: Sequence[tuple[int, int]]) -> dict[str, float]:
    """The probability that each word sells something, by its text."""
    by_text = {document.text[start:end]: (start, end) for start, end in places}
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    values = classifier.fast(document.normalized, list(by_text.values()))[:, columns].max(axis=1)
    return dict(zip(by_text, map(float, values), strict=True))
