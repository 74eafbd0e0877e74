"""An article with its normalised text: one buffer for all fields, so that cost is per article, not per block."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from moderation.article import Article, Block, FieldName, FieldRef, Span
from moderation.normalize.steps import normalize, squeeze
from moderation.normalize.text import Normalized, Step

_LEADING = (FieldRef(FieldName.TITLE), FieldRef(FieldName.DESCRIPTION), FieldRef(FieldName.KEYWORDS))
_LEADING_NUMBERS = {field.name: number for number, field in enumerate(_LEADING)}
_BLOCKS = tuple(FieldRef(FieldName.BLOCK, index) for index in range(2_000))  # most pages need no more
_Made = TypeVar("_Made")
_GLUE = "\n"  # never part of a match: every pattern and window ends at a line break


class Document:
    """The fields of an article laid end to end and normalised once.

    Positions are code points of `text`. Raises nothing of its own: any string is a valid field.
    """

    def __init__(self, article: Article) -> None:
        self.article = article
        blocks = article.blocks
        more = (FieldRef(FieldName.BLOCK, index) for index in range(len(_BLOCKS), len(blocks)))
        self.fields: tuple[FieldRef, ...] = (*_LEADING, *_BLOCKS[: len(blocks)], *more)
        raws = [article.title, article.description, article.keywords, *[block.text for block in blocks]]
        self.normalized: Normalized = normalize(_GLUE.join(raws))
        lengths = np.fromiter(map(len, raws), dtype=np.int32, count=len(raws))
        ends = np.cumsum(lengths + np.int32(len(_GLUE)), dtype=np.int32) - np.int32(len(_GLUE))
        starts = ends - lengths
        self._places = starts
        self._raw_starts: list[int] = starts.tolist()
        self._raw_lengths: list[int] = lengths.tolist()
        first = self.normalized.positions_of(starts)
        last = np.maximum(first, self.normalized.positions_of(ends))
        self._range_starts: list[int] = first.tolist()
        self._ranges: list[tuple[int, int]] = list(zip(self._range_starts, last.tolist(), strict=True))
        self._made: dict[Callable[..., Any], Any] = {}

    def once(self, make: Callable[[Document], _Made]) -> _Made:
        """What a plain function makes of this document, made when it is first asked for."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made

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

    @cached_property
    def unlinked(self) -> tuple[int, ...]:
        """The numbers of the blocks without any link: on most pages a small part of all."""
        return tuple([index for index, block in enumerate(self.article.blocks) if not block.links])

    @cached_property
    def unlinked_fields(self) -> tuple[FieldRef, ...]:
        """The fields without any link."""
        return (*_LEADING, *[self.fields[len(_LEADING) + index] for index in self.unlinked])

    def range_of(self, field: FieldRef) -> tuple[int, int]:
        """Where a field stands in `text`."""
        return self._ranges[_number(field)]

    def text_of(self, field: FieldRef) -> str:
        """The normalised text of a field."""
        start, end = self.range_of(field)
        return self.text[start:end]

    def block_range(self, index: int) -> tuple[int, int]:
        """Where block `index` stands in `text`."""
        return self._ranges[3 + index]

    def position_of(self, field: FieldRef, raw_offset: int) -> int:
        """The position in `text` of a raw offset of a field."""
        return self.normalized.position_of(self._raw_starts[_number(field)] + raw_offset)

    def block_positions(self, blocks: Sequence[int], raw_offsets: Sequence[int]) -> list[int]:
        """The positions in `text` of raw offsets, each of the block beside it, for many at once."""
        places = self._places.take(np.asarray(blocks) + len(_LEADING)) + np.asarray(raw_offsets, dtype=np.int32)
        result: list[int] = self.normalized.positions_of(places).tolist()
        return result

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


def _number(field: FieldRef) -> int:
    """The place of a field among a document's fields. Raises KeyError for one whose text is not normalised."""
    return len(_LEADING) + field.index if field.name is FieldName.BLOCK else _LEADING_NUMBERS[field.name]
