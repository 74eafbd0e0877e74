"""What makes a line a row of keywords: separators, segments, repeated terms, towns. Beside the stuffing detector."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.article import BlockKind
from moderation.detectors.query_cue import towns
from moderation.normalize import Document

KINDS = (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.ATTRIBUTE)
SHORTEST, FEWEST = 12, 4
_LONGEST, _FEWEST_TOWNS = 4_000, 5
_FEWEST_ABUSIVE, _FEWEST_SOFT, _FEWEST_BLANKS = 3, 5, 6
_HARD_SEPARATORS = ("_", "|", " - ", "-", "/", " i ", "【", "+", "】", "·", "★", "丨")
_SOFT_SEPARATORS = (",", "、", " ")
"""Separators that sentences and honest lists use too: such a line counts only for what its words are."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[。!;:…]|[?!][^?!\s]")
_SEGMENT = (2, 26)
_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_TERM = (2, 5)
_TITLE_READ = 160
_REPEATED_SHARE, _REPEATED_TIMES = 0.35, 4
_BRACKET = re.compile(r"[【\[〖]([^】\]〗]{2,14})[】\]〗]")


@dataclass(frozen=True, slots=True)
class Row:
    """A line at `start` to `end` of the text. `hard`: its separator is one that sentences do not use."""

    start: int
    end: int
    segments: tuple[str, ...]
    hard: bool
    towns: frozenset[str]

    @property
    def piled(self) -> bool:
        """Whether it has enough segments that what its words are may decide."""
        return len(self.segments) >= (_FEWEST_ABUSIVE if self.hard else _FEWEST_SOFT)

    @property
    def many(self) -> bool:
        """Whether there are so many, of such length, that they are no menu of short names."""
        size = sum(map(len, self.segments))
        return len(self.segments) >= (FEWEST if self.hard else _FEWEST_SOFT) and size >= 4.5 * len(self.segments)


def rows_of(text: str, start: int, end: int) -> Iterator[Row]:
    """The rows of keywords among the lines of a range."""
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if stop - start >= SHORTEST:
            line = text[start : min(stop, start + _LONGEST)]
            segments, hard = _segments(line)
            listed = bool(segments) or sum(map(line.count, "、|,/_ ")) >= _FEWEST_TOWNS
            named = towns(line) if listed else frozenset()
            if segments or len(named) >= _FEWEST_TOWNS:
                bare = line.strip()
                first = start + len(line) - len(line.lstrip())
                yield Row(first, stop if len(line) == _LONGEST else first + len(bare), segments, hard, named)
        start = stop + 1


def _segments(line: str) -> tuple[tuple[str, ...], bool]:
    """The keywords of a line, or none where it is no keyword line."""
    bare = line.strip(" ?!")
    if len(bare) < SHORTEST or _SENTENCE.search(bare):
        return (), False
    hard = max(_HARD_SEPARATORS, key=bare.count)
    soft = max(_SOFT_SEPARATORS, key=bare.count)
    if bare.count(hard) < _FEWEST_ABUSIVE - 1 and bare.count(soft) < _FEWEST_SOFT - 1:
        return (), False
    if len(_HAN.findall(bare)) < 0.4 * len(bare):
        return (), False
    softest = _FEWEST_BLANKS if soft == " " else _FEWEST_SOFT
    for separator, fewest, is_hard in ((hard, _FEWEST_ABUSIVE, True), (soft, softest, False)):
        segments = tuple(part for part in (part.strip(" 】") for part in bare.split(separator)) if part)
        shortest, longest = _SEGMENT
        fitting = sum(shortest <= len(part) <= longest for part in segments)
        if separator in "【】":  # these also stand around single digits, to hide a number
            fitting = sum(len(part) <= longest and _RUN.search(part) is not None for part in segments)
        if len(segments) >= fewest and fitting >= 0.8 * len(segments):
            return segments, is_hard
    return (), False


def repeated_share(segments: Sequence[str]) -> float:
    """The share of two-character pairs that more than one segment holds."""
    pairs: Counter[str] = Counter()
    for segment in segments:
        pairs.update({segment[i : i + 2] for i in range(len(segment) - 1)})
    total = sum(pairs.values())
    return sum(count for count in pairs.values() if count > 1) / max(total, 1)


def repeated_term(title: str) -> tuple[str, float] | None:
    """The term that stands three times or more in a title and covers most of it, with that share."""
    title = title.strip()[:_TITLE_READ]
    shortest, longest = _TERM
    pairs = Counter(run[i : i + shortest] for run in _RUN.findall(title) for i in range(len(run) - 1))
    often = {pair for pair, count in pairs.items() if count >= 3 and pair[0] != pair[1]}
    if not often:
        return None
    terms = {
        run[i : i + size]
        for run in _RUN.findall(title)
        for size in range(shortest, longest + 1)
        for i in range(len(run) - size + 1)
        if run[i : i + shortest] in often
    }
    counted = [(len(term) * times / len(title), term) for term in terms if (times := title.count(term)) >= 3]
    if not counted:
        return None
    share, term = max(counted)
    return term, share


def repeats(line: str) -> bool:
    """True for a line of which one term, four times or more, makes a good part."""
    term = repeated_term(line)
    return term is not None and term[1] >= _REPEATED_SHARE and line.count(term[0]) >= _REPEATED_TIMES


def bracketed(title: str) -> list[tuple[int, int]]:
    """Three or more different short texts in brackets, by their places in the title; none where there are fewer."""
    found = {match.group(1): match.span(1) for match in _BRACKET.finditer(title[:_TITLE_READ])}
    return sorted(found.values()) if len(found) >= 3 else []


def core(document: Document, title: str) -> str:
    """The title without the site's name: as much of it as a heading repeats, else what stands before a separator."""
    for index, block in enumerate(document.blocks[:40]):
        if block.kind is BlockKind.HEADING and len(block.text) >= 4:
            start, end = document.block_range(index)
            heading = document.text[start:end].strip()
            if len(heading) >= 4 and title.startswith(heading):
                return heading
    return re.split(r"\s*[-_|–—]\s*", title.strip())[0]
