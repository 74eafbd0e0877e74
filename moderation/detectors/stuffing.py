"""Piled keywords: lines of many short segments without a sentence, one term over and over, rows of towns.

A hacked page carries such a line on top, often far longer than any title; a product page may carry one of its own
trade. What the words are and how regularly they are piled are judged apart, and all lines of a page in one request.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors import keyword_row as row
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.planted_line import planted_lines
from moderation.detectors.title_core import is_site_name
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_C = CategoryId
_WINDOW = 100
_MOST_WINDOWS, _MOST_LINES, _MOST_IMAGES = 8, 60, 40
_REPEATS = (16, 400)
_SURE = 0.6
_REPEATED = 0.35
"""The share of two-character pairs that stand in several segments: variants of one keyword."""
_TITLE = FieldRef(FieldName.TITLE)

Found = list[tuple[float, Evidence]]
Scores = npt.NDArray[np.float32]


class StuffingDetector(Detector):
    """Signals for piled keywords as such, and one for each category their words belong to."""

    specs = (
        SignalSpec("stuffing.keyword_line", _C.KEYWORD_STUFFING, "a line of piled keywords"),
        SignalSpec("stuffing.repeated_title", _C.KEYWORD_STUFFING, "one term three times or more in a title"),
        SignalSpec(
            "stuffing.repeated_line", _C.KEYWORD_STUFFING, "one term over and over in a line without a sentence"
        ),
        SignalSpec("stuffing.bracketed_title", _C.KEYWORD_STUFFING, "foreign keywords in brackets before a title"),
        SignalSpec("stuffing.city_row", _C.KEYWORD_STUFFING, "a row of towns around one service"),
        SignalSpec("stuffing.density", _C.KEYWORD_STUFFING, "an abusive title stands in nearly every paragraph"),
        SignalSpec("stuffing.image_texts", _C.KEYWORD_STUFFING, "keywords piled in the alternative texts of pictures"),
        SignalSpec("stuffing.planted_line", _C.INJECTED_CONTENT, "a line of keywords over somebody's text"),
        *(
            SignalSpec(f"stuffing.{category}_line", category, f"a line of keywords that reads as {category}")
            for category in SOLD_CATEGORIES
        ),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        self._abuse = [self._classifier.categories.index(category) for category in SOLD_CATEGORIES]
        self._stuffed = self._classifier.categories.index(_C.KEYWORD_STUFFING)

    def asks(self, document: Document) -> Iterator[tuple[int, int]]:
        """The windows of all lines."""
        return (window for _, windows in document.once(_windows) for window in windows)

    def detect(self, document: Document) -> list[Signal]:
        """Signals for title, description, body and pictures."""
        found: defaultdict[str, Found] = defaultdict(list)
        judged = [(line, self._judge_line(document, line, scores, found)) for line, scores in self._read(document)]
        sure = [line for line, surely in judged if surely >= _SURE]
        for line in planted_lines(document, sure, self._classifier) if sure else ():
            evidence = Evidence.at(document, line.start, line.end, removable=True)
            found["stuffing.planted_line"].append((1.0, evidence))
        self._judge_title(document, found)
        self._judge_repeats(document, found)
        self._judge_images(document, found)
        categories = {spec.name: spec.category for spec in self.specs}
        return [
            Signal(name, categories[name], max(strength for strength, _ in pieces), tuple(e for _, e in pieces))
            for name, pieces in found.items()
        ]

    def _read(self, document: Document) -> Iterator[tuple[row.Row, Scores]]:
        """Each line with the mean over its windows, in one request for all."""
        lines = document.once(_windows)
        judged = self._classifier.fast(document.normalized, [window for _, windows in lines for window in windows])
        last = 0
        for line, windows in lines:
            first, last = last, last + len(windows)
            yield line, judged[first:last].mean(axis=0)

    def _judge_line(self, document: Document, line: row.Row, scores: Scores, found: defaultdict[str, Found]) -> float:
        """Note what one line is; how surely it is a keyword line in the page's text."""
        field = document.field_at(line.start)
        in_block = field.name is FieldName.BLOCK
        evidence = Evidence.at(document, line.start, line.end, removable=in_block)
        abuse = 0.0
        if line.piled:
            for column, category in zip(self._abuse, SOLD_CATEGORIES, strict=True):
                if scores[column] >= _SURE and field.name is not FieldName.TITLE:  # that the title model reads
                    found[f"stuffing.{category}_line"].append((float(scores[column]), evidence))
            abuse = float(scores[self._abuse].max())
        if in_block and document.blocks[field.index].hidden:
            # What is hidden is the finding of another detector; a headline was put there all the same.
            return abuse if document.blocks[field.index].kind is BlockKind.HEADING else 0.0
        strength = _piled(line, abuse, float(scores[self._stuffed]), field.name is FieldName.TITLE)
        if field.name is FieldName.DESCRIPTION:
            strength /= 2  # a summary is no headline: it shows that the page is stuffed, but not alone
        if strength > 0:
            found["stuffing.keyword_line"].append((strength, evidence))
        if len(line.towns) >= 5 and max(abuse, float(scores[self._stuffed])) >= 0.3:
            found["stuffing.city_row"].append((1.0, evidence))
        return max(strength, abuse) if in_block else 0.0

    def _judge_title(self, document: Document, found: defaultdict[str, Found]) -> None:
        start, end = document.range_of(_TITLE)
        title = document.text[start:end]
        if len(title.strip()) < 6:
            return
        repeated = row.repeated_term(title)
        if repeated is not None and (share := repeated[1]) >= 0.3 and not _is_reference(title, repeated[0]):
            note = f"{repeated[0]} again and again"
            evidence = Evidence.at(document, start, end, note=note)
            found["stuffing.repeated_title"].append((min(1.0, 0.6 + share), evidence))
        brackets = row.bracketed(title)
        if brackets:
            judged = self._classifier.fast(document.normalized, [(start + a, start + b) for a, b in brackets])
            foreign = int((judged[:, self._abuse].max(axis=1) >= 0.5).sum())
            if foreign >= 2:
                pieces = Evidence.at(document, start + brackets[0][0], start + brackets[-1][1])
                found["stuffing.bracketed_title"].append((min(1.0, 0.4 + 0.3 * foreign), pieces))
        self._judge_density(document, title, start, found)

    def _judge_density(self, document: Document, title: str, start: int, found: defaultdict[str, Found]) -> None:
        key = row.core(document, title)
        if not 4 <= len(key) <= 18:
            return
        holding, others = [], 0
        for index in document.unlinked:
            block = document.blocks[index]
            if block.kind is BlockKind.PARAGRAPH and not block.hidden and len(block.text) >= 25:
                first, last = document.block_range(index)
                place = document.text.find(key, first, last)
                if place >= 0:
                    holding.append((first, last))
                else:
                    others += 1
        if len(holding) < 4 or others > 0.25 * len(holding):
            return
        score = self._classifier.probabilities(document.normalized, start, start + len(key))
        if float(score[self._abuse].max()) >= 0.5:
            found["stuffing.density"] += [(1.0, Evidence.at(document, a, b)) for a, b in holding[:8]]

    def _judge_repeats(self, document: Document, found: defaultdict[str, Found]) -> None:
        """Lines that say one term with ever new additions: it may stand between them without any separator."""
        lines = []
        for index, block in enumerate(document.blocks):
            if block.kind in row.KINDS and not block.links and _REPEATS[0] <= len(block.text) <= _REPEATS[1]:
                start, end = document.block_range(index)
                line = document.text[start:end]
                if "。" not in line and row.repeats(line):
                    lines.append((start, end))
        if lines:
            judged = self._classifier.fast(document.normalized, lines[:_MOST_LINES])[:, self._stuffed].tolist()
            for place, stuffed in zip(lines, judged, strict=False):
                if stuffed >= 0.5:
                    found["stuffing.repeated_line"].append((1.0, Evidence.at(document, *place, removable=True)))

    def _judge_images(self, document: Document, found: defaultdict[str, Found]) -> None:
        texts: dict[str, tuple[int, int]] = {}
        for index, block in enumerate(document.blocks):
            if block.kind is BlockKind.ATTRIBUTE:
                first, last = document.block_range(index)
                bare = document.text[first:last].strip(" 0123456789()")
                if len(bare) >= 4:
                    texts.setdefault(bare, (first, last))
        if len(texts) < 4:
            return
        ranges = list(texts.values())[:_MOST_IMAGES]
        judged = self._classifier.fast(document.normalized, ranges)[:, self._abuse].max(axis=1) >= _SURE
        if judged.sum() >= 4 and judged.mean() >= 0.5:
            chosen = [place for place, bad in zip(ranges, judged.tolist(), strict=True) if bad]
            found["stuffing.image_texts"] += [(1.0, Evidence.at(document, *place, removable=True)) for place in chosen]


def _piled(line: row.Row, abuse: float, stuffed: float, in_title: bool) -> float:
    """How surely a line is piled keywords: by variants of one word, by what the words are, or as titles are judged."""
    own = len(line.segments) - (in_title and any(map(is_site_name, line.segments[-1:])))
    if in_title and not (line.hard and own >= row.FEWEST):
        return 0.0  # three parts are a title, its rubric and its site; softer piles are the title model's to judge
    strength = 0.0
    if line.hard and len(line.segments) >= row.FEWEST:
        term = row.repeated_term("_".join(line.segments))
        repeated = max(row.repeated_share(line.segments), term[1] + 0.1 if term else 0.0)
        if repeated >= _REPEATED:
            strength = min(1.0, 0.4 + repeated) * (1.0 if max(stuffed, abuse) >= 0.3 else 0.8)
    if abuse >= _SURE and line.piled:
        strength = 1.0
    if line.many and stuffed >= 0.5:
        strength = max(strength, 0.5 + stuffed / 2)
    return strength


def _is_reference(title: str, term: str) -> bool:
    """True for the form in which works of reference title a page: the name with one aspect after another.

    `某药说明书_某药的功效_某药副作用_药典网`: each part is short and names the thing once, and a site's name ends it.
    """
    parts = [part for part in re.split(r"[_|]", title) if part.strip()]
    return len(parts) <= row.FEWEST and is_site_name(parts[-1]) and all(part.count(term) <= 1 for part in parts)


def _windows(document: Document) -> list[tuple[row.Row, list[tuple[int, int]]]]:
    """The keyword lines of a page, each with the ranges of its windows."""
    found = []
    for line in islice(_lines(document), _MOST_LINES):
        starts = range(line.start, line.end, _WINDOW)[:_MOST_WINDOWS]
        windows = [(start, min(start + _WINDOW, line.end)) for start in starts]
        found.append((line, [(start, end) for start, end in windows if end - start >= 4]))
    return found


def _lines(document: Document) -> Iterator[row.Row]:
    """The keyword lines of title, description and of blocks without links."""
    for field in document.unlinked_fields:
        if field.name is FieldName.KEYWORDS:
            continue  # a list of keywords is what this field is for
        if field.name is FieldName.BLOCK:
            block = document.blocks[field.index]
            if len(block.text) < row.SHORTEST or block.kind not in row.KINDS:
                continue
        start, end = document.range_of(field)
        if end - start >= row.SHORTEST:
            yield from row.rows_of(document.text, start, end)
