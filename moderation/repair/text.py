"""Removals cut from plain text and Markdown, where a block says itself where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from moderation.article import Article, FieldName, Span
from moderation.repair.edit import Edit, Refusal
from moderation.repair.page import UnmappedError
from moderation.verdict import Removal

_LINE_MARKS = re.compile(r"[\s>]*+(?:(?:[*+\-•·●▪◦‣■□◆○–—]|[0-9]{1,9}[.、)）]|#{1,6})\s++)*+\Z")
"""What may stand before a whole block on its line: quote marks, a bullet, the signs of a heading."""
_LINK_END = re.compile(r"\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])")
_LONGEST_LEAD = 200


def edit_text(source: str, article: Article, removals: Sequence[Removal], *, markdown: bool) -> Edit:
    """Cut removals from the text that was read as `article`."""
    cuts: list[Span] = []
    refusals: list[Refusal] = []
    for removal in removals:
        try:
            cuts.append(_cut(source, article, removal, markdown))
        except UnmappedError as error:
            refusals.append(Refusal(removal, str(error)))
    return Edit(tuple(joined(cuts)), tuple(refusals))


def joined(spans: Sequence[Span]) -> Iterator[Span]:
    """Ranges in order, those that overlap or touch as one."""
    last: Span | None = None
    for span in sorted(spans):
        if last is not None and span.start <= last.end:
            last = Span(last.start, max(last.end, span.end))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _cut(source: str, article: Article, removal: Removal, markdown: bool) -> Span:
    field, span = removal.field, removal.span
    start = article.source_start_of(field) if field.name in (FieldName.BLOCK, FieldName.TITLE) else None
    if start is None:
        raise UnmappedError("it does not stand unchanged in the source")
    place = Span(start + span.start, start + span.end)
    if source[place.start : place.end] != removal.quote:
        raise UnmappedError("it does not stand unchanged in the source")
    if removal.element:
        return _whole_lines(source, place)
    return _whole_link(source, place) if markdown else place


def _whole_lines(source: str, place: Span) -> Span:
    """The lines a block fills, with what marks it as an item or heading."""
    first = max(source.rfind("\n", 0, place.start) + 1, place.start - _LONGEST_LEAD)
    end = source.find("\n", place.end)
    last = len(source) if end < 0 else end + 1
    if _LINE_MARKS.match(source, first, place.start) and not source[place.end : last].strip():
        return Span(first, last)
    return place


def _whole_link(source: str, place: Span) -> Span:
    """A link or picture whose text goes, goes with its address."""
    end = _LINK_END.match(source, place.end)
    if end is None or source[place.start - 1 : place.start] != "[":
        return place
    start = place.start - 1
    return Span(start - (source[start - 1 : start] == "!"), end.end())
