"""The smallest removal after which an article fares best, re-scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from moderation.article import Article, Block, FieldName, FieldRef, Link, Span
from moderation.signals import Evidence, Signal
from moderation.verdict import Action, Reason, Removal, Repair

Judge = Callable[[Article], Action]


def plan(
    article: Article, signals: Sequence[Signal], reasons: Sequence[Reason], action: Action, judge: Judge
) -> Repair | None:
    """Removals for an article that was not allowed, or None where nothing can be cut.

    Candidates are the removable pieces of evidence for categories that gave a reason, grouped by signal. Where
    cutting all of them helps, a group is left out when the article fares no worse without cutting it. A title is never
    cut: where it offends, `action_after` says that the rest does not help.
    """
    accused = {reason.category for reason in reasons}
    pieces = {
        signal.name: [evidence for evidence in signal.evidence if _can_be_cut(evidence)]
        for signal in signals
        if signal.category in accused
    }
    groups = {name: group for name, group in pieces.items() if group}
    if not groups:
        return None
    after = judge(without(article, [evidence for group in groups.values() for evidence in group]))
    if after < action:
        for name in list(groups):
            rest = [evidence for other, group in groups.items() if other != name for evidence in group]
            if rest and judge(without(article, rest)) <= after:
                del groups[name]
    chosen = [evidence for group in groups.values() for evidence in group]
    removals = tuple(
        Removal(field, span, article.text_of(field)[span.start : span.end], article.selector_of(field))
        for field, spans in _merged(chosen).items()
        for span in spans
    )
    return Repair(removals, after)


def without(article: Article, pieces: Sequence[Evidence]) -> Article:
    """The article with those pieces cut out of its blocks. Links whose anchor loses all its text go too."""
    blocks = list(article.blocks)
    for field, spans in _merged(pieces).items():
        if field.name is FieldName.BLOCK:
            blocks[field.index] = _cut(blocks[field.index], spans)
    return replace(article, blocks=tuple(blocks))


def _can_be_cut(evidence: Evidence) -> bool:
    return evidence.removable and evidence.field.name is FieldName.BLOCK and len(evidence.span) > 0


def _merged(pieces: Sequence[Evidence]) -> dict[FieldRef, list[Span]]:
    """The spans of each field in order, those that overlap or touch joined."""
    by_field: defaultdict[FieldRef, list[Span]] = defaultdict(list)
    for piece in sorted(pieces, key=lambda piece: (piece.field, piece.span)):
        spans = by_field[piece.field]
        if spans and piece.span.start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, piece.span.end))
        elif len(piece.span):
            spans.append(piece.span)
    return dict(by_field)


def _cut(block: Block, spans: Sequence[Span]) -> Block:
    kept, position = "", 0
    for span in spans:
        kept += block.text[position : span.start]
        position = span.end
    kept += block.text[position:]
    links: list[Link] = []
    for link in block.links:
        place = Span(link.start, link.start + len(link.anchor))
        if any(span.start <= place.start and place.end <= span.end for span in spans):
            continue
        before = sum(min(span.end, place.start) - span.start for span in spans if span.start < place.start)
        inside = [span for span in spans if span.overlaps(place)]
        anchor = link.anchor
        for span in reversed(inside):
            anchor = anchor[: max(span.start - place.start, 0)] + anchor[span.end - place.start :]
        links.append(replace(link, start=link.start - before, anchor=anchor))
    return replace(block, text=kept, links=tuple(links), source_start=None)
