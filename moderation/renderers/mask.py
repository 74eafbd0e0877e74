"""Article text made fit for screens and logs: explicit parts masked, control characters shown, long quotes cut."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation.article import FieldRef, Span
from moderation.signals import Signal
from moderation.taxonomy import CategoryId

_COVER = "＊"
_RUN = re.compile(r"[^\W_]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def mask(text: str) -> str:
    """Keep the first character of each run of letters and digits and cover the others; the length stays."""
    if len(text) <= 2:
        return text[:1] + _COVER * (len(text) - 1)
    first = _RUN.search(text)

    def cover(run: re.Match[str]) -> str:
        # A character alone after others is part of a word pulled apart (色.情.视.频), so it is covered too.
        lone = run.end() - run.start() == 1 and first is not None and run.start() > first.start()
        kept = "" if lone else run.group()[0]
        return kept.ljust(run.end() - run.start(), _COVER)

    return _RUN.sub(cover, text)


def visible(text: str) -> str:
    """The text on one line, with every character that a screen would hide or obey written as its escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\u3000" else _escape(char) for char in text)


def _escape(char: str) -> str:
    return " " if char == "\u00a0" else char.encode("unicode_escape").decode("ascii")


def clip(text: str, limit: int = 120) -> str:
    """At most `limit` characters, and how many were left out."""
    return text if len(text) <= limit else f"{text[:limit]}… (+{len(text) - limit})"


class ExplicitMask:
    """Masks what the signals found explicit, also where another signal's evidence quotes the same place."""

    def __init__(self, signals: Iterable[Signal]) -> None:
        evidence = [item for signal in signals if signal.category is CategoryId.EXPLICIT for item in signal.evidence]
        spans: defaultdict[FieldRef, list[Span]] = defaultdict(list)
        for item in evidence:
            spans[item.field].append(item.span)
        self._spans = {field: _merged(found) for field, found in spans.items()}
        words = {word for item in evidence for word in (item.quote, item.normalized) if len(word) > 1}
        longest_first = sorted(words, key=lambda word: (-len(word), word))
        self._again = [word for word in longest_first if len(word) > 2 or not word.isascii()]
        self._words = re.compile("|".join(map(re.escape, longest_first))) if words else None

    def quote(self, field: FieldRef, start: int, text: str) -> str:
        """`text`, which stands at `start` of a field, with its explicit ranges masked."""
        spans = self._spans.get(field, [])
        pieces: list[str] = []
        done = 0
        for number in range(bisect_right(spans, start, key=lambda span: span.end), len(spans)):
            first, last = max(spans[number].start - start, 0), spans[number].end - start
            if first >= len(text):
                break
            pieces += text[done:first], mask(text[first:last])
            done = last
        return "".join(pieces) + text[done:]

    def words(self, text: str) -> str:
        """A text that stands nowhere in the article, such as a note, with the explicit quotes in it masked."""
        return self._words.sub(lambda match: mask(match.group()), text) if self._words else text

    def spans(self, field: FieldRef, text: str) -> list[Span]:
        """The ranges to cover in a whole field: its explicit evidence, and explicit quotes that stand there again.

        Two plain letters or digits stand in too many words to be covered everywhere.
        """
        found = [span for span in self._spans.get(field, []) if len(span)]
        if self._search is not None:
            found += [Span(start, end) for start, end, _ in self._search.find_overlapping(_whole(text))]
        return _merged(found)

    @cached_property
    def _search(self) -> CharwiseDoubleArrayAhoCorasick | None:
        words = list(dict.fromkeys(map(_whole, self._again)))
        return CharwiseDoubleArrayAhoCorasick(words) if words else None


def _whole(text: str) -> str:
    """The text with lone surrogates, which no search takes, replaced one by one."""
    return _SURROGATE.sub("\ufffd", text)


def _merged(spans: list[Span]) -> list[Span]:
    """The same ranges in order, without overlaps."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
