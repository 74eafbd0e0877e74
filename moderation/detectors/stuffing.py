"""Keyword lines: many short segments between one separator, without a sentence, anywhere on the page.

A hacked page carries one on top, often far longer than any title; a product page may carry one of its own trade.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from moderation.article import BlockKind, FieldName
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_JUDGED = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
_HARD_SEPARATORS = ("_", "|", " - ", "-", "/", " i ", "【", "+")
_SOFT_SEPARATORS = (",", "、", " ")
"""Separators that sentences and honest lists use too: such a line counts only for what its words are."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[。!;:…]|[?!][^?!\s]")
_FEWEST, _FEWEST_SOFT = 4, 6
_SEGMENT = (2, 26)
_WINDOW = 100
_MOST_WINDOWS = 8
_SURE = 0.6
_REPEATED = 0.35
"""The share of two-character pairs that stand in several segments: variants of one keyword."""


class StuffingDetector(Detector):
    """One signal for piled keywords as such, and one for each category their words belong to."""

    specs = (
        SignalSpec("stuffing.keyword_line", CategoryId.KEYWORD_STUFFING, "a line of piled keywords"),
        *(
            SignalSpec(f"stuffing.{category}_line", category, f"a line of keywords that reads as {category}")
            for category in _JUDGED
        ),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def detect(self, document: Document) -> list[Signal]:
        """Signals for keyword lines of title, description and body."""
        piled: list[tuple[float, Evidence]] = []
        read_as: defaultdict[CategoryId, list[tuple[float, Evidence]]] = defaultdict(list)
        for start, end, segments, hard in _keyword_lines(document):
            evidence = Evidence.at(document, start, end, removable=document.field_at(start).name is FieldName.BLOCK)
            if hard and (repeated := _repeated_share(segments)) >= _REPEATED:
                piled.append((min(1.0, 0.4 + repeated), evidence))
            for category, probability in self._categories(document, start, end):
                read_as[category].append((probability, evidence))
        signals = []
        if piled:
            signals.append(_signal("stuffing.keyword_line", CategoryId.KEYWORD_STUFFING, piled))
        signals += [_signal(f"stuffing.{category}_line", category, found) for category, found in read_as.items()]
        return signals

    def _categories(self, document: Document, start: int, end: int) -> Iterator[tuple[CategoryId, float]]:
        """Categories that the line's windows share; the mean over windows must be sure."""
        windows = range(start, end, _WINDOW)[:_MOST_WINDOWS]
        scores = [
            self._classifier.probabilities(document.normalized, window, min(window + _WINDOW, end))
            for window in windows
            if min(window + _WINDOW, end) - window >= 4
        ]
        for column, category in enumerate(self._classifier.categories):
            mean = sum(float(score[column]) for score in scores) / max(len(scores), 1)
            if category in _JUDGED and mean >= _SURE:
                yield category, mean


def _signal(name: str, category: CategoryId, found: list[tuple[float, Evidence]]) -> Signal:
    strongest = max(strength for strength, _ in found)
    return Signal(name, category, strongest, tuple(evidence for _, evidence in found))


def _keyword_lines(document: Document) -> Iterator[tuple[int, int, list[str], bool]]:
    """Start, end, segments, and whether the separator is one that sentences do not use."""
    for field in document.fields:
        if field.name is FieldName.KEYWORDS:
            continue  # a list of keywords is what this field is for
        if field.name is FieldName.BLOCK:
            block = document.blocks[field.index]
            if block.links or block.kind not in (BlockKind.PARAGRAPH, BlockKind.HEADING):
                continue
        start, end = document.range_of(field)
        for match in re.finditer(r"[^\n]+", document.text[start:end]):
            segments, hard = _segments(match.group())
            if segments:
                yield start + match.start(), start + match.end(), segments, hard


def _segments(line: str) -> tuple[list[str], bool]:
    """The keywords of a line, or none where it is no keyword line."""
    bare = line.strip(" ?!")
    if len(bare) < 12 or _SENTENCE.search(bare) or len(_HAN.findall(bare)) < 0.4 * len(bare):
        return [], False
    for separators, fewest, hard in ((_HARD_SEPARATORS, _FEWEST, True), (_SOFT_SEPARATORS, _FEWEST_SOFT, False)):
        separator = max(separators, key=bare.count)
        segments = [part.strip() for part in bare.split(separator)]
        segments = [part for part in segments if part]
        shortest, longest = _SEGMENT
        fitting = sum(shortest <= len(part) <= longest for part in segments)
        if len(segments) >= fewest and fitting >= 0.8 * len(segments):
            return segments, hard
    return [], False


def _repeated_share(segments: list[str]) -> float:
    """The share of two-character pairs that more than one segment holds."""
    pairs: Counter[str] = Counter()
    for segment in segments:
        pairs.update({segment[i : i + 2] for i in range(len(segment) - 1)})
    total = sum(pairs.values())
    return sum(count for count in pairs.values() if count > 1) / max(total, 1)
