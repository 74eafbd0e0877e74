"""Blocks of links: abusive anchors in a list, a link seller's placeholder, counters glued to dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moderation.article import BlockKind, FieldName, FieldRef, Span
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_JUDGED = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
_SURE, _LIKELY = 0.97, 0.7
_PAIR_SURE = 0.9
_BAD_SHARE = 0.2
_PLACEHOLDER = re.compile(
    r"[(\[【]\s?(?:黑帽|灰帽|白帽|站群|外链|友链|蜘蛛池)\s?(?:seo|技术)?\s?[)\]】]\s?(?:发布|代发|出租|出售|购买|交换|位)?"
    r"|(?:外链|友链|单向链接|黑链)(?:位)?(?:发布|出租|出售|代发|购买|招租)"
    r"|(?:广告位|链接位)(?:招租|出租)"
)
_LONGEST_PLACEHOLDER = 24
_GLUED_COUNTER = re.compile(r"(?<![0-9])[0-9]{1,6}20[0-9]{2}-[01][0-9]-[0-3][0-9](?: [0-2][0-9]:[0-5][0-9])?")
_GLUED_CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9]:[0-5][0-9][0-9]+ ?(?:人|次)(?:浏览|阅读|点击)")
_BULLET = re.compile(r"(?:[·◦▪*+\-]|[0-9]{1,3}[.、)])\s+")
_NEAR = 3
"""Blocks without a link that may stand between two items of one block: dates, counters, summaries."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry of a link block: its anchor in the document's text, and the blocks from it up to the next entry."""

    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Abuse:
    item: _Item
    category: CategoryId
    probability: float


class LinkBlockDetector(Detector):
    """Finds lists of links (or, in plain text, lists of titles) that hold abusive entries."""

    specs = (
        SignalSpec("link_blocks.abusive_anchors", CategoryId.LINK_SPAM, "a link block with abusive anchors"),
        *(
            SignalSpec(f"link_blocks.{category}", category, f"an anchor in a link block reads as {category}")
            for category in _JUDGED
        ),
        SignalSpec("link_blocks.placeholder", CategoryId.LINK_SPAM, "a link seller's placeholder in the template"),
        SignalSpec(
            "link_blocks.glued_counters", CategoryId.DOORWAY, "hit counters glued to dates, as page farms print"
        ),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def detect(self, document: Document) -> list[Signal]:
        """Signals for every block of links of the article."""
        signals: list[Signal] = []
        abuses: list[_Abuse] = []
        for items in _link_blocks(document):
            found = [abuse for item in items if (abuse := self._judge(document, item)) is not None]
            if _is_believed(found, len(items)):
                abuses += found
        if abuses:
            signals += _abuse_signals(document, abuses)
        placeholders = tuple(_placeholders(document))
        if placeholders:
            signals.append(Signal("link_blocks.placeholder", CategoryId.LINK_SPAM, 1.0, placeholders))
        counters = tuple(
            Evidence.at(document, match.start(), match.end())
            for pattern in (_GLUED_COUNTER, _GLUED_CLOCK)
            for match in pattern.finditer(document.text)
        )
        if counters:
            strength = min(1.0, 0.3 + 0.1 * len(counters))
            signals.append(Signal("link_blocks.glued_counters", CategoryId.DOORWAY, strength, counters))
        return signals

    def _judge(self, document: Document, item: _Item) -> _Abuse | None:
        probabilities = self._classifier.probabilities(document.normalized, item.start, item.end)
        scored = dict(zip(self._classifier.categories, probabilities.tolist(), strict=True))
        category = max(_JUDGED, key=lambda candidate: scored[candidate])
        return _Abuse(item, category, scored[category]) if scored[category] >= _LIKELY else None


def _is_believed(found: list[_Abuse], anchors: int) -> bool:
    """One anchor must be beyond doubt, two nearly so; more may be likely, if they are not few among many."""
    best = sorted((abuse.probability for abuse in found), reverse=True)
    if not best:
        return False
    if best[0] >= _SURE or (len(best) > 1 and best[1] >= _PAIR_SURE):
        return True
    return len(best) >= 3 and len(best) >= _BAD_SHARE * anchors


def _abuse_signals(document: Document, abuses: list[_Abuse]) -> Iterator[Signal]:
    for category in _JUDGED:
        own = [abuse for abuse in abuses if abuse.category is category]
        if own:
            evidence = tuple(Evidence.at(document, abuse.item.start, abuse.item.end) for abuse in own)
            strongest = max(abuse.probability for abuse in own)
            yield Signal(f"link_blocks.{category}", category, strongest, evidence)
    sure = sum(abuse.probability for abuse in abuses)
    evidence = tuple(item for abuse in abuses for item in _whole_item(document, abuse))
    yield Signal("link_blocks.abusive_anchors", CategoryId.LINK_SPAM, min(1.0, 0.6 + 0.1 * sure), evidence)


def _whole_item(document: Document, abuse: _Abuse) -> Iterator[Evidence]:
    """Everything that belongs to an abusive entry, so that cutting it leaves no half of it behind."""
    for index in range(abuse.item.first, abuse.item.last + 1):
        field = FieldRef(FieldName.BLOCK, index)
        text = document.article.text_of(field)
        if text.strip():
            first = len(text) - len(text.lstrip())
            span = Span(first, len(text.rstrip()))
            note = f"entry reads as {abuse.category}"
            yield Evidence.of_raw(document.article, field, span, note=note, removable=True)


def _link_blocks(document: Document) -> Iterator[list[_Item]]:
    """Runs of link-dense blocks, or of list items where the source has no links."""
    run: list[_Item] = []
    last = -_NEAR - 1
    for index, block in enumerate(document.blocks):
        items = list(_items(document, index))
        if not items:
            if block.kind is BlockKind.LIST_ITEM and run:
                run[-1] = _Item(run[-1].start, run[-1].end, run[-1].first, index)
                last = index
            continue
        if index - last > _NEAR and run:
            yield run
            run = []
        run += items
        last = index
    if run:
        yield run


def _items(document: Document, index: int) -> Iterator[_Item]:
    """The entries that begin in a block: its anchors, if they are most of its text, or its bulleted line."""
    block = document.blocks[index]
    field = FieldRef(FieldName.BLOCK, index)
    if block.links:
        linked = sum(len(link.anchor.strip()) for link in block.links)
        dense = linked >= 0.5 * len(block.text.strip()) or len(block.links) >= 5
        for link in block.links:
            start = document.position_of(field, link.start)
            end = document.position_of(field, link.start + len(link.anchor))
            if dense and len(document.text[start:end].strip()) >= 2:
                yield _Item(*_trimmed(document.text, start, end), index, index)
    elif block.kind is BlockKind.LIST_ITEM and block.selector is None:
        start, end = document.block_range(index)
        bullet = _BULLET.match(document.text, start, end)
        if bullet and end - bullet.end() >= 2:
            yield _Item(bullet.end(), end, index, index)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    bare = text[start:end]
    return start + len(bare) - len(bare.lstrip()), end - len(bare) + len(bare.rstrip())


def _placeholders(document: Document) -> Iterator[Evidence]:
    for index in range(len(document.blocks)):
        start, end = document.block_range(index)
        if end - start <= _LONGEST_PLACEHOLDER:
            match = _PLACEHOLDER.search(document.text, start, end)
            if match:
                yield Evidence.at(document, match.start(), match.end(), removable=True)
