"""The smallest removal after which an article fares best, re-scored."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from moderation.article import Article, Block, FieldName, FieldRef, Link, Span
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Reason, Removal, Repair

Judge = Callable[[Article], Action]

_MOST_JUDGEMENTS = 4
"""Each costs as much as the verdict itself."""


def plan(
    article: Article, signals: Sequence[Signal], reasons: Sequence[Reason], action: Action, judge: Judge
) -> Repair | None:
    """Removals for an article that was not allowed, or None where nothing can be cut.

    Candidates are the removable pieces of evidence for categories that gave a reason, grouped by signal. Where cutting
    all of them helps, a group is left out when the article fares no worse without cutting it; the largest are tried
    first, and only so many that the whole costs a handful of judgements. A title is never cut as a whole: where it
    offends, `action_after` says that the rest does not help.
    """
    accused = {reason.category for reason in reasons}
    linked = _Linked(article)
    groups: dict[str, list[_Piece]] = {}
    for signal in signals:
        if signal.category in accused:
            pieces = [piece for evidence in signal.evidence for piece in _pieces(article, signal, evidence, linked)]
            if pieces:
                groups.setdefault(signal.name, []).extend(pieces)
    if not groups:
        return None
    after = judge(_cut_out(article, _all(groups)))
    if after > action:
        return None  # what is left reads worse without its surroundings: no repair
    if after < action:
        groups = _smallest(article, groups, after, judge)
    return Repair(_removals(article, _all(groups), linked), after)


def without(article: Article, pieces: Sequence[Evidence] | Sequence[Removal]) -> Article:
    """The article with those places cut out. Links whose anchor loses all its text go too."""
    return _cut_out(article, [_Piece(piece.field, piece.span) for piece in pieces])


@dataclass(frozen=True, slots=True, order=True)
class _Piece:
    """One place to cut; with `element` also where it holds no text."""

    field: FieldRef
    span: Span
    element: bool = False


class _Linked:
    """Where the links of an article stand, worked out when first asked."""

    def __init__(self, article: Article) -> None:
        self._article = article
        self._places: list[tuple[int, Link]] | None = None

    def place(self, number: int) -> tuple[int, Link] | None:
        """The block of the n-th link, and the link."""
        if self._places is None:
            self._places = list(self._article.links())
        return self._places[number] if number < len(self._places) else None


def _pieces(article: Article, signal: Signal, evidence: Evidence, linked: _Linked) -> Iterable[_Piece]:
    """What to cut for one piece of evidence: nothing where it does not say so, or where cutting is no repair."""
    field, span = evidence.field, evidence.span
    if field.name is FieldName.SOURCE:
        # What points into the raw source for cloaking points at a script or a tag, and that goes as a whole.
        if (evidence.removable or signal.category is CategoryId.CLOAKING) and len(span):
            yield _Piece(field, span, element=True)
    elif not evidence.removable:
        return
    elif field.name is FieldName.LINK:
        place = linked.place(field.index)
        if place:
            block, link = place
            whole = Span(link.start, link.start + len(link.anchor))
            yield _Piece(FieldRef(FieldName.BLOCK, block), whole) if len(whole) else _Piece(field, span, element=True)
    elif field.name is FieldName.BLOCK:
        block_text = article.blocks[field.index].text
        if not block_text or block_text.isspace():
            if article.blocks[field.index].links:
                yield _Piece(field, Span(0, len(block_text)), element=True)
        elif len(span):
            yield _Piece(field, span)
    elif len(span) and not _is_all(article.text_of(field), span):
        yield _Piece(field, span)  # a foreign part of the title; what offends as a whole is for a person to rewrite


def _is_all(text: str, span: Span) -> bool:
    """True when only blanks stand outside a range; a few steps where it is not so, however long the text."""
    return _is_blank(text, 0, span.start) and _is_blank(text, span.end, len(text))


def _is_blank(text: str, start: int, end: int) -> bool:
    return start >= end or (text[start : min(end, start + 8)].isspace() and text[start:end].isspace())


def _all(groups: dict[str, list[_Piece]]) -> list[_Piece]:
    return [piece for group in groups.values() for piece in group]


def _smallest(
    article: Article, groups: dict[str, list[_Piece]], after: Action, judge: Judge
) -> dict[str, list[_Piece]]:
    """The groups that are needed, as far as a handful of judgements can tell."""
    left = dict(groups)
    judged = 1
    for name in sorted(groups, key=lambda name: -sum(len(piece.span) for piece in groups[name])):
        rest = {other: group for other, group in left.items() if other != name}
        if not rest:
            break
        if _merged(_all(rest)) == _merged(_all(left)):
            left = rest  # the others cut the same places
        elif judged < _MOST_JUDGEMENTS:
            judged += 1
            if judge(_cut_out(article, _all(rest))) <= after:
                left = rest
    return left


def _removals(article: Article, pieces: Sequence[_Piece], linked: _Linked) -> tuple[Removal, ...]:
    removals = []
    for field, spans in _merged(pieces).items():
        place = linked.place(field.index) if field.name is FieldName.LINK else None
        text = place[1].href if place else article.text_of(field)
        selector = place[1].selector if place else article.selector_of(field)
        whole = field.name in (FieldName.LINK, FieldName.SOURCE)
        for span in spans:
            element = whole or (field.name is FieldName.BLOCK and _is_all(text, span))
            removals.append(Removal(field, span, text[span.start : span.end], selector, element))
    return tuple(removals)


def _cut_out(article: Article, pieces: Sequence[_Piece]) -> Article:
    blocks = list(article.blocks)
    changes: dict[str, str] = {}
    hollow = {piece.field.index for piece in pieces if piece.field.name is FieldName.LINK}
    for field, spans in _merged(pieces).items():
        if field.name is FieldName.BLOCK:
            blocks[field.index] = _cut(blocks[field.index], spans)
        elif field.name is not FieldName.LINK:
            changes[field.name] = _cut_text(article.text_of(field), spans)
    if hollow:
        _drop_links(article, blocks, hollow)
    if FieldName.TITLE in changes:
        changes[FieldName.TITLE] = changes[FieldName.TITLE].strip()
    return replace(
        article,
        title=changes.get(FieldName.TITLE, article.title),
        description=changes.get(FieldName.DESCRIPTION, article.description),
        keywords=changes.get(FieldName.KEYWORDS, article.keywords),
        source=changes.get(FieldName.SOURCE, article.source),
        title_start=None if FieldName.TITLE in changes else article.title_start,
        blocks=tuple(blocks),
    )


def _drop_links(article: Article, blocks: list[Block], numbers: set[int]) -> None:
    """Take links without text out of their blocks."""
    gone: defaultdict[int, set[Link]] = defaultdict(set)
    for number, (block, link) in enumerate(article.links()):
        if number in numbers:
            gone[block].add(link)
    for index, links in gone.items():
        kept = tuple(link for link in blocks[index].links if link.anchor.strip() or link not in links)
        blocks[index] = replace(blocks[index], links=kept)


def _merged(pieces: Sequence[_Piece]) -> dict[FieldRef, list[Span]]:
    """The spans of each field in order, those that overlap or touch joined."""
    by_field: defaultdict[FieldRef, list[Span]] = defaultdict(list)
    for piece in sorted(pieces):
        spans = by_field[piece.field]
        if spans and piece.span.start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, piece.span.end))
        elif len(piece.span) or piece.element:
            spans.append(piece.span)
    return {field: spans for field, spans in by_field.items() if spans}


def _cut_text(text: str, spans: Sequence[Span]) -> str:
    kept, position = [], 0
    for span in spans:
        kept.append(text[position : span.start])
        position = span.end
    return "".join(kept) + text[position:]


def _cut(block: Block, spans: Sequence[Span]) -> Block:
    """A block without some ranges, which stand in order and apart; its links move with their text."""
    ends = [span.end for span in spans]
    gone = list(accumulate((len(span) for span in spans), initial=0))

    def moved(position: int) -> int:
        """Where a position of the old text stands in the new one."""
        number = bisect_left(ends, position)
        inside = max(position - spans[number].start, 0) if number < len(spans) else 0
        return position - gone[number] - inside

    text = _cut_text(block.text, spans)
    links: list[Link] = []
    for link in block.links:
        end = link.start + len(link.anchor)
        number = bisect_left(ends, end)
        if number < len(spans) and spans[number].start <= link.start:
            continue
        start = moved(link.start)
        links.append(replace(link, start=start, anchor=text[start : moved(end)]))
    return replace(block, text=text, links=tuple(links), source_start=None)
