"""An article with its normalised text: one buffer for all fields, so that cost is per article, not per block."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from moderation.article import Article, Block, FieldName, FieldRef, Span
from moderation.normalize.steps import normalize, squeeze
from moderation.normalize.text import Normalized, Step

_GLUE = "\n"  # never part of a match: every pattern and window ends at a line break


class Document:
    """The fields of an article laid end to end and normalised once.

    Positions are code points of `text`. Raises nothing of its own: any string is a valid field.
    """

    def __init__(self, article: Article) -> None:
        self.article = article
        self.fields: tuple[FieldRef, ...] = (
            FieldRef(FieldName.TITLE),
            FieldRef(FieldName.DESCRIPTION),
            FieldRef(FieldName.KEYWORDS),
            *(FieldRef(FieldName.BLOCK, index) for index in range(len(article.blocks))),
        )
        raws = [article.text_of(field) for field in self.fields]
        self._raw_starts: list[int] = []
        position = 0
        for raw in raws:
            self._raw_starts.append(position)
            position += len(raw) + len(_GLUE)
        self._raw_lengths = [len(raw) for raw in raws]
        self.normalized: Normalized = normalize(_GLUE.join(raws))
        self._ranges = self._field_ranges()
        self._numbers = {field: number for number, field in enumerate(self.fields)}
        self._range_starts = [start for start, _ in self._ranges]

    def _field_ranges(self) -> list[tuple[int, int]]:
        ranges = []
        for start, length in zip(self._raw_starts, self._raw_lengths, strict=True):
            first = self.normalized.position_of(start)
            ranges.append((first, max(first, self.normalized.position_of(start + length))))
        return ranges

    @property
    def text(self) -> str:
        """The normalised text of the whole article."""
        return self.normalized.text

    @cached_property
    def squeezed(self) -> Normalized:
        """The text without separators; its `starts` and `ends` are positions of `text`, not of the raw source."""
        return squeeze(Normalized.identity(self.text))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the article."""
        return self.article.blocks

    def range_of(self, field: FieldRef) -> tuple[int, int]:
        """Where a field stands in `text`."""
        return self._ranges[self._numbers[field]]

    def text_of(self, field: FieldRef) -> str:
        """The normalised text of a field."""
        start, end = self.range_of(field)
        return self.text[start:end]

    def block_range(self, index: int) -> tuple[int, int]:
        """Where block `index` stands in `text`."""
        return self._ranges[3 + index]

    def position_of(self, field: FieldRef, raw_offset: int) -> int:
        """The position in `text` of a raw offset of a field."""
        return self.normalized.position_of(self._raw_starts[self._numbers[field]] + raw_offset)

    def field_at(self, position: int) -> FieldRef:
        """The field that holds a position of `text`."""
        return self.fields[bisect_right(self._range_starts, position) - 1]

    def locate(self, start: int, end: int) -> tuple[FieldRef, Span]:
        """The field and the raw span behind `start:end`, which must lie in one field."""
        span = self.normalized.raw_span(start, end)
        number = bisect_right(self._raw_starts, span.start) - 1
        base = self._raw_starts[number]
        if span.end - base > self._raw_lengths[number]:
            raise ValueError(f"{start}:{end} crosses the end of {self.fields[number]}")
        return self.fields[number], Span(span.start - base, span.end - base)

    def steps_in(self, start: int, end: int) -> Step:
        """The normalisation steps that touched `start:end`."""
        return self.normalized.steps_in(start, end)
