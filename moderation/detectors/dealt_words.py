"""Words dealt out behind commas and full stops, over and over: a brand and its trade inside somebody's sentences.

An author begins clauses alike too, but with words that the clause needs: without a dealt word it reads on as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from moderation.detectors.detector import TextClassifier
from moderation.detectors.reading import Reading
from moderation.detectors.tag_words import Word
from moderation.normalize import Document
from moderation.normalize.bigrams import UNIT, Seams
from moderation.normalize.text import codes_of
from moderation.taxonomy import SOLD_CATEGORIES

_BEFORE = ",。!?;、"
_MARKS = np.zeros(0x10000, dtype=bool)
_MARKS[codes_of(_BEFORE)] = True
_CLOSED = np.zeros(0x10000, dtype=bool)
_CLOSED[codes_of(',。!?;、:“”"()《》\n ')] = True
_OPENING, _LONGEST = 3, 12
_TWICE, _THRICE = 2, 3
_GAIN = 2.0
"""How much better as sold than as ordinary text the first characters of a word read, before it is looked at."""
_READS_AS = 0.5
_SEAM = 4.0
"""The mean log-likelihood ratio of cutting the words of a group: dealt words have 9, an author's own 5 or less."""
_SURE_SEAM = 7.0
_MOST_GROUPS = 12

_NEAR, _OWN = 100, 2

Group = tuple[str, list[int]]
Places = npt.NDArray[np.intp]


def dealt_words(document: Document, body: Reading, model: Seams, classifier: TextClassifier) -> list[Word]:
    """Where words of a seller begin clauses again and again; none where one word alone does so twice."""
    text = document.text
    heads = _heads(body)
    likely = [
        (word, places)
        for word, places in _words(document, body, heads, sold=True)
        if _gain(body, word, places[0]) >= _GAIN and _seam(document, model, word, places) >= _SEAM
    ][:_MOST_GROUPS]
    if not likely:
        return []
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    ranges = [(places[0], places[0] + len(word)) for word, places in likely]
    read = classifier.fast(document.normalized, ranges)[:, columns].max(axis=1).tolist()
    sold = [(group, value) for group, value in zip(likely, read, strict=True) if value >= _READS_AS]
    if len(sold) < _TWICE and not any(len(places) >= _THRICE for (_, places), _ in sold):
        return []
    if any(_is_own(text, body, group) for group, _ in sold):
        return []
    found = [Word(place, place + len(word), value) for (word, places), value in sold for place in places]
    first, last = min(word.start for word in found), max(word.end for word in found)
    told = {word for (word, _), _ in sold}
    found += [
        Word(place, place + len(word), _READS_AS) for word in told for place in _elsewhere(document, body, model, word)
    ]
    for word, places in _words(document, body, heads, sold=False):  # what is dealt out in their company
        near = first - _LONGEST <= places[0] and places[-1] <= last + _NEAR
        if near and word not in told and len(places) >= _THRICE and _seam(document, model, word, places) >= _SURE_SEAM:
            found += [Word(place, place + len(word), _READS_AS) for place in places]
    return found


def _elsewhere(document: Document, body: Reading, model: Seams, word: str) -> list[int]:
    """Where else a dealt word was put: inside a clause that reads on without it."""
    found = []
    place = document.text.find(word, body.start, body.end)
    while place >= 0:
        if document.text[place - 1] not in _BEFORE and _seam(document, model, word, [place]) >= _SURE_SEAM:
            found.append(place)
        place = document.text.find(word, place + len(word), body.end)
    return found


def _heads(body: Reading) -> list[Places]:
    """Where clauses begin with the same characters, more than once."""
    codes = np.minimum(body.codes, np.uint32(0xFFFF))
    starts = np.flatnonzero(_MARKS[codes[: -_OPENING - 1]]) + 1
    starts = starts[~(_CLOSED[codes[starts]] | _CLOSED[codes[starts + 1]] | _CLOSED[codes[starts + 2]])]
    keys = (body.keys[starts].astype(np.int64) << 21) | codes[starts + 2]
    order = np.argsort(keys, kind="stable")
    starts, keys = starts[order], keys[order]
    again = keys[1:] == keys[:-1]
    if not again.any():
        return []
    kept = np.append(again, False) | np.insert(again, 0, False)
    starts, keys = starts[kept], keys[kept]
    return np.split(starts, np.flatnonzero(np.diff(keys)) + 1)


def _words(document: Document, body: Reading, heads: Sequence[Places], *, sold: bool) -> Iterator[Group]:
    """What the clauses begin with; with `sold`, only where the first characters read a little like what is sold."""
    for members in heads:
        if sold and int((body.glance[members[0] : members[0] + _OPENING - 1] >> 8).sum()) <= 0:
            continue
        places = (members + body.start).tolist()
        word = _shared(document.text, places)
        if len(word) >= _OPENING:
            yield word, places


def _shared(text: str, places: Sequence[int]) -> str:
    """What stands at all places, up to the first sign that no word holds."""
    texts = [text[place : place + _LONGEST] for place in places]
    low, high = min(texts), max(texts)
    size = next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))
    word = low[:size]
    return word if word.isalnum() else ""


def _seam(document: Document, model: Seams, word: str, places: Sequence[int]) -> float:
    """The mean over the places of what the flow of the text says of cutting the word."""
    pieces = "".join(document.text[place - 1 : place + len(word) + 1].ljust(len(word) + 2, "\n") for place in places)
    rows: npt.NDArray[np.int16] = model.rows(codes_of(pieces)).reshape(len(places), -1)
    before, after = rows[:, [0, 0, -2]], rows[:, [-1, 1, -1]]
    follows = model.text.follow(before, after)
    return float((follows[:, 0] - follows[:, 1] - follows[:, 2]).mean())


def _gain(body: Reading, word: str, place: int) -> float:
    """How much better a word reads as sold than as ordinary text."""
    start = place - body.start
    return float((body.glance[start : start + len(word) - 1] >> 8).sum()) * UNIT


def _is_own(text: str, body: Reading, group: Group) -> bool:
    """True for a word of which the article says a part far more often: it is its subject."""
    word, places = group
    pieces = (word[at : at + _OPENING] for at in range(len(word) - _OPENING + 1))
    return any(text.count(piece, body.start, body.end) > _OWN * len(places) for piece in pieces)
