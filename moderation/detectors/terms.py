"""Lexicon terms. An allow term beats the shorter deny term inside it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation.article import Block, BlockKind, FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources, Term
from moderation.normalize import DISGUISE, Document, Normalized, Step
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, TITLE_CATEGORIES, CategoryId

_WINDOW = 80
"""Terms this near to each other, in characters, support one another."""
_EDITED = 0.6
"""What is left of a hit that needed disguise to be undone: it may be chance (打赌 博士)."""
_ROW_TERMS, _ROW_WEIGHT = 3, 0.8
"""So many distinct terms of such a weight within one window are a row, whatever stands around them."""
_ROW_SEPARATORS = frozenset(" _-|/,、·+")


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    term: Term
    weight: float


class TermDetector(Detector):
    """Signals for categories whose terms stand close together, and for terms that were disguised."""

    specs = (
        *(
            SignalSpec(f"terms.{category}", category, f"lexicon terms of {category} beside the title")
            for category in TITLE_CATEGORIES
        ),
        *(
            SignalSpec(f"terms.{category}_row", category, f"several sure terms of {category} side by side")
            for category in SOLD_CATEGORIES
        ),
        *(
            SignalSpec(f"terms.denied_{category}", category, "a term that the policy denies by name")
            for category in CategoryId
        ),
        *(
            SignalSpec(f"terms.disguised_{category}", category, f"lexicon terms of {category} hidden by a disguise")
            for category in TITLE_CATEGORIES
        ),
    )

    def __init__(self, resources: Resources) -> None:
        self._terms = resources.terms
        self._automaton = CharwiseDoubleArrayAhoCorasick([term.text for term in self._terms])

    def detect(self, document: Document) -> list[Signal]:
        """For each category the strongest cluster of terms, in either view of the text."""
        plain: list[_Hit] = []
        edited: list[_Hit] = []
        for hit in self._hits(document.text):
            (edited if document.steps_in(hit.start, hit.end) & DISGUISE else plain).append(hit)
        seen = {(hit.start, hit.end) for hit in (*plain, *edited)}
        edited += [hit for hit in self._squeezed_hits(document) if (hit.start, hit.end) not in seen]
        denied = [hit for hit in (*plain, *edited) if hit.term.named]
        edited = [hit for hit in edited if not _is_code(document, hit)]  # entities and escapes are how code is written
        plain = [hit for hit in plain if not hit.term.named]
        edited = [hit for hit in edited if not hit.term.named]
        # What stands plainly in the title the model has read: it would be counted twice.
        _, title_end = document.range_of(FieldRef(FieldName.TITLE))
        return [
            *_signals(document, [hit for hit in plain if hit.start >= title_end], "terms."),
            *_signals(document, denied, "terms.denied_"),
            *_rows(document, _unlinked(document, (*plain, *edited))),
            *_signals(document, edited, "terms.disguised_", _EDITED),
        ]

    def _hits(self, text: str) -> list[_Hit]:
        """Deny terms that no longer term covers, and whose Latin or digit ends are word ends."""
        spans = [(start, end, self._terms[index]) for start, end, index in self._automaton.find_overlapping(text)]
        if not spans:
            return []
        spans.sort(key=lambda span: (span[0], -span[1]))
        hits: list[_Hit] = []
        reach = -1  # the end of the longest term so far: whatever ends before it lies inside that term
        for start, end, term in spans:
            if end <= reach or not _at_word_ends(text, start, end):
                continue
            reach = end
            if not term.allow:
                hits.append(_Hit(start, end, term, term.weight))
        return hits

    def _squeezed_hits(self, document: Document) -> Iterator[_Hit]:
        """Hits that show only without separators, where the separators stand inside the word and not between words."""
        squeezed = document.squeezed
        if squeezed.gaps is None:
            return
        for hit in self._hits(squeezed.text):
            if squeezed.steps_in(hit.start, hit.end) and _is_split(document.text, squeezed, hit):
                span = squeezed.raw_span(hit.start, hit.end)
                if "\n" not in document.text[span.start : span.end]:
                    yield _Hit(span.start, span.end, hit.term, hit.weight)


def _at_word_ends(text: str, start: int, end: int) -> bool:
    """False for a Latin or numeric term inside a longer word: av in java, 91 in 1991."""

    def joined(left: str, right: str) -> bool:
        both_latin = left.isascii() and left.isalpha() and right.isascii() and right.isalpha()
        return both_latin or (left.isdigit() and right.isdigit())

    before = start > 0 and joined(text[start - 1], text[start])
    return not before and not (end < len(text) and joined(text[end - 1], text[end]))


def _is_split(text: str, squeezed: Normalized, hit: _Hit) -> bool:
    """True when every character of the hit stands alone, or a symbol no row of words would use stands inside it."""
    span = squeezed.raw_span(hit.start, hit.end)
    inside = text[span.start : span.end]
    symbols = {character for character in inside if character not in squeezed.text[hit.start : hit.end]}
    if symbols and not symbols & _ROW_SEPARATORS:
        return True
    size = hit.end - hit.start
    before = text[span.start - 1 : span.start]
    after = text[span.end : span.end + 1]
    return size >= 3 and len(inside) >= 2 * size - 1 and not before.isalnum() and not after.isalnum()


def _signals(document: Document, hits: Iterable[_Hit], prefix: str, factor: float = 1.0) -> Iterator[Signal]:
    by_category: defaultdict[CategoryId, list[_Hit]] = defaultdict(list)
    for hit in hits:
        if hit.term.category is not None:
            by_category[hit.term.category].append(hit)
    for category, found in by_category.items():
        found.sort(key=lambda hit: hit.start)
        evidence = tuple(
            Evidence.at(document, hit.start, hit.end, note=_note(document.steps_in(hit.start, hit.end)))
            for hit in found
        )
        yield Signal(f"{prefix}{category}", category, factor * _strongest_cluster(found), evidence)


def _unlinked(document: Document, hits: Iterable[_Hit]) -> list[_Hit]:
    """The hits outside blocks that are mostly links (those make link spam), outside code, and not named in quotes."""
    linked: dict[FieldRef, bool] = {}  # one block may hold all links of a page, and all its hits
    kept = []
    for hit in hits:
        field = document.field_at(hit.start)
        if field not in linked:
            linked[field] = field.name is FieldName.BLOCK and _is_linked(document.blocks[field.index])
        if not linked[field] and not _is_code(document, hit) and not _is_quoted(document.text, hit):
            kept.append(hit)
    return kept


def _is_code(document: Document, hit: _Hit) -> bool:
    field = document.field_at(hit.start)
    return field.name is FieldName.BLOCK and document.blocks[field.index].kind is BlockKind.CODE


def _is_quoted(text: str, hit: _Hit) -> bool:
    """True between quotation marks: somebody names it."""
    before = text[max(0, hit.start - _WINDOW) : hit.start].rpartition("\n")[2]
    return any(before.rfind(opening) > before.rfind(closing) for opening, closing in ("“”", "‘’", "「」"))


def _is_linked(block: Block) -> bool:
    return 2 * sum(len(link.anchor.strip()) for link in block.links) >= len(block.text.strip())


def _rows(document: Document, hits: Iterable[_Hit]) -> Iterator[Signal]:
    """A signal for each category with enough distinct sure terms within one window."""
    sure = sorted((hit for hit in hits if hit.weight >= _ROW_WEIGHT), key=lambda hit: hit.start)
    for category in SOLD_CATEGORIES:
        own = [hit for hit in sure if hit.term.category is category]
        row: list[_Hit] = []
        for first, hit in enumerate(own):
            near = [other for other in own[first : first + 40] if other.start - hit.start <= _WINDOW]
            if len({other.term.text for other in near}) >= _ROW_TERMS and len(near) > len(row):
                row = near
        if row:
            evidence = tuple(Evidence.at(document, hit.start, hit.end) for hit in row)
            yield Signal(f"terms.{category}_row", category, 1.0, evidence)


def _strongest_cluster(hits: list[_Hit]) -> float:
    """The highest noisy-or of distinct terms within one window."""
    best = 0.0
    for first, hit in enumerate(hits):
        weights: dict[str, float] = {}
        for other in hits[first : first + 40]:
            if other.start - hit.start > _WINDOW:
                break
            weights[other.term.text] = other.weight
        best = max(best, -math.expm1(sum(math.log1p(-min(weight, 0.95)) for weight in weights.values())))
    return best


@cache
def _note(steps: Step) -> str:
    names = [step.name.lower() for step in Step if step & steps & DISGUISE and step.name]
    return f"disguised by {', '.join(names)}" if names else ""
