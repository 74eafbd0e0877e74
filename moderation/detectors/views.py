"""Two views of one page, as a reader and as a crawler were served it: what only the crawler got.

Dates, counters, advertisements and shuffled recommendations differ on every visit. A block therefore counts as new only
when most of its pairs of characters stand nowhere in the reader's view; how much that means depends on what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moderation.address import host_of, is_foreign, site_of
from moderation.article import Block, FieldName, FieldRef, Span
from moderation.detectors.detector import TextClassifier
from moderation.normalize import Document
from moderation.signals import Evidence, Signal
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

NAME = "cloaking.crawler_only"
_ABUSIVE = 0.7
_SEEN = 0.6
"""A text of whose pairs the reader has this share is the same text."""
_SHORTEST = 4
_FOREIGN_SITES = 4
"""So many new sites are no rotating advertisement."""
_SHELL = 60
"""A reader's view with less text was saved before its scripts had filled it."""
_LARGE, _LARGE_SHARE = 300, 0.5
_FEWEST_PAIRS = 3
_NOT_TEXT = re.compile(r"[^\u3400-\u9fffa-z]+")
_LONGEST_JUDGED = 200
_MOST_EVIDENCE = 30


@dataclass(frozen=True, slots=True)
class _New:
    """A field that only the crawler got: its number in its view, and what it reads as."""

    number: int
    size: int
    category: CategoryId | None = None
    probability: float = 0.0
    sites: frozenset[str] = frozenset()
    text: bool = True


class ViewComparison:
    """Compares views by the words they hold, and judges the difference by the classifier of titles."""

    def __init__(self, classifier: TextClassifier) -> None:
        self._classifier = classifier

    def signals(self, document: Document) -> list[Signal]:
        """At most one signal for an article with a crawler's view; its evidence stands in that view."""
        view = document.article.crawler_view
        if view is None:
            return []
        crawler = Document(view)
        new = self._judged(crawler, list(_new_fields(document, crawler)))
        strength = _strength(document, crawler, new)
        if strength <= 0.0:
            return []
        new.sort(key=lambda item: (-item.probability, -len(item.sites), item.number))
        evidence = tuple(_evidence(document, crawler, item) for item in new[:_MOST_EVIDENCE])
        return [Signal(NAME, CategoryId.CLOAKING, strength, evidence)]

    def _judged(self, crawler: Document, new: list[_New]) -> list[_New]:
        """The same fields with what they read as, all judged in one call."""
        ranges = [_span(crawler, item.number) for item in new]
        scores = self._classifier.classify(crawler.normalized, ranges)
        columns = [self._classifier.categories.index(category) for category in SOLD_CATEGORIES]
        judged = []
        for item, row in zip(new, scores[:, columns].tolist() if len(new) else [], strict=True):
            best = max(row)
            category = SOLD_CATEGORIES[row.index(best)] if best >= _ABUSIVE else None
            judged.append(_New(item.number, item.size, category, best if category else 0.0, item.sites, item.text))
        return judged


def _new_fields(document: Document, crawler: Document) -> Iterator[_New]:
    """The fields of the crawler's view whose words the reader did not get, or whose links lead to new sites."""
    known = _pairs(document.text)
    own = document.article.url or crawler.article.url
    sites = {site_of(host_of(link.href)) for _, link in document.article.links()}
    for number, field in enumerate(crawler.fields):
        text = crawler.text_of(field)
        pairs = _pairs(text)
        unknown = len(pairs) >= _FEWEST_PAIRS and len(pairs & known) < _SEEN * len(pairs)
        strange: frozenset[str] = frozenset()
        prose = True
        if field.name is FieldName.BLOCK:
            block = crawler.blocks[field.index]
            strange = frozenset(
                site_of(host_of(link.href))
                for link in block.links
                if is_foreign(link.href, own) and site_of(host_of(link.href)) not in sites
            )
            prose = not _is_list(block)
        if unknown or strange:
            yield _New(number, len(text) if unknown else 0, sites=strange, text=prose and unknown)


def _strength(document: Document, crawler: Document, new: list[_New]) -> float:
    """How sure the difference is a deceit: abuse, many foreign sites, another title, most of the text."""
    if not new:
        return 0.0
    abusive = [item.probability for item in new if item.category is not None]
    strength = min(1.0, max(abusive, default=0.0) + 0.02 * len(abusive))
    sites = {site for item in new for site in item.sites}
    if len(sites) >= _FOREIGN_SITES:
        strength = max(strength, min(1.0, 0.6 + 0.05 * len(sites)))
    shown = sum(len(text) for text in (document.text_of(field) for field in document.fields[3:]))
    size = sum(item.size for item in new if item.text and item.number >= 3)
    total = sum(len(crawler.text_of(field)) for field in crawler.fields[3:])
    if size >= _LARGE and size >= _LARGE_SHARE * total:
        strength = max(strength, 0.4 if shown < _SHELL else 0.4 + 0.4 * size / total)
    if any(item.number == 0 for item in new) and document.article.title.strip():
        strength = max(strength, 0.55 if shown >= _SHELL else 0.3)
    return strength


def _is_list(block: Block) -> bool:
    linked = sum(len(link.anchor) for link in block.links)
    return linked > 0.5 * len(block.text)


def _pairs(text: str) -> set[str]:
    """Pairs of letters and Chinese characters; digits and marks are the part that changes by itself."""
    bare = _NOT_TEXT.sub("", text)
    return {bare[i : i + 2] for i in range(len(bare) - 1)}


def _span(crawler: Document, number: int) -> tuple[int, int]:
    start, end = crawler.range_of(crawler.fields[number])
    return start, min(end, start + _LONGEST_JUDGED)


def _evidence(document: Document, crawler: Document, item: _New) -> Evidence:
    field = FieldRef(FieldName.CRAWLER, item.number)
    raw = document.article.text_of(field)
    notes = ["only the crawler was shown this"]
    if item.category is not None:
        notes.append(f"reads as {item.category}")
    if item.sites:
        notes.append("links to " + ", ".join(sorted(item.sites)[:5]))
    selector = document.article.selector_of(field)
    normalized = crawler.text_of(crawler.fields[item.number])
    return Evidence(field, Span(0, len(raw)), raw, normalized, selector, "; ".join(notes))
