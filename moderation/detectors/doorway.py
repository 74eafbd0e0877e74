"""Title, summary and body that come from different sources.

A page farm puts a query on top of a body copied from elsewhere and a summary from a third place. The measure is plain:
how many of a text's two-character pairs the body shares. An honest title or summary shares many.
"""

from __future__ import annotations

import re
from collections import Counter

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_BODY = (BlockKind.PARAGRAPH, BlockKind.TABLE_CELL)
_SHORTEST_BODY = 300
_FEWEST_PAIRS = 4
_SUMMARY_LENGTH = (40, 400)
_STRANGE = 0.20
"""Below this share of pairs found in the body a summary may belong to another text."""
_STRANGE_TOPIC = 0.15
"""Below this share of its repeated pairs, which carry its topic, it does."""
_FEWEST_TOPIC_PAIRS = 4
_RAW_MARKDOWN = re.compile(r"#{2,4} ?[^\s#]")


class DoorwayDetector(Detector):
    """Says when the title's words, or the summary's, do not occur in the body."""

    specs = (
        SignalSpec("doorway.title_mismatch", CategoryId.DOORWAY, "no word of the title occurs in the body"),
        SignalSpec("doorway.summary_mismatch", CategoryId.DOORWAY, "the summary is of another text than the body"),
    )

    def __init__(self, resources: Resources) -> None:
        del resources

    def detect(self, document: Document) -> list[Signal]:
        """Signals for articles whose body is long enough to tell."""
        summary = _summary(document)
        body: set[str] = set()
        size = 0
        for index, block in enumerate(document.blocks):
            field = FieldRef(FieldName.BLOCK, index)
            if block.kind in _BODY and not block.links and field != summary:
                text = document.text_of(field)
                body.update(run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1))
                size += len(text)
        if size < _SHORTEST_BODY:
            return []
        signals = []
        title = FieldRef(FieldName.TITLE)
        pairs = _pairs(document.text_of(title))
        if len(pairs) >= _FEWEST_PAIRS and not pairs.keys() & body:
            start, end = document.range_of(title)
            evidence = Evidence.at(document, start, end, note="no two characters of it stand together in the body")
            signals.append(Signal("doorway.title_mismatch", CategoryId.DOORWAY, 0.6, (evidence,)))
        if summary is not None and _is_strange(document.text_of(summary), body):
            start, end = document.range_of(summary)
            evidence = Evidence.at(document, start, end, note="its topic does not occur in the body")
            signals.append(Signal("doorway.summary_mismatch", CategoryId.DOORWAY, 0.8, (evidence,)))
        return signals


def _pairs(text: str) -> Counter[str]:
    """The two-character pairs of all Chinese runs, counted."""
    return Counter(run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1))


def _is_strange(summary: str, body: set[str]) -> bool:
    pairs = _pairs(summary)
    topic = {pair for pair, count in pairs.items() if count > 1}
    if len(topic) < _FEWEST_TOPIC_PAIRS:
        return False
    return len(pairs.keys() & body) < _STRANGE * len(pairs) and len(topic & body) < _STRANGE_TOPIC * len(topic)


def _summary(document: Document) -> FieldRef | None:
    """The page's own summary: its description, or a long heading or raw-Markdown line among the first blocks."""
    shortest, longest = _SUMMARY_LENGTH
    description = FieldRef(FieldName.DESCRIPTION)
    if len(document.text_of(description)) >= shortest:
        return description
    for index, block in enumerate(document.blocks[:6]):
        field = FieldRef(FieldName.BLOCK, index)
        text = document.text_of(field).strip()
        if shortest <= len(text) <= longest and (
            block.kind is BlockKind.HEADING or _RAW_MARKDOWN.search(document.article.text_of(field))
        ):
            return field
    return None
