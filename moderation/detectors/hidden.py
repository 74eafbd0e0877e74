"""Text and links a reader cannot see. This first version knows what the reader marks as hidden."""

from __future__ import annotations

from urllib.parse import urlsplit

from moderation.article import Article, FieldName, FieldRef, Span
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_ABUSIVE = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
_SURE = 0.7
_FOREIGN_LINKS = 3


class HiddenDetector(Detector):
    """Hidden blocks that hold abusive text, or links to several other hosts."""

    specs = (
        SignalSpec("hidden.abusive_text", CategoryId.HIDDEN_CONTENT, "hidden text that reads as abusive"),
        SignalSpec("hidden.foreign_links", CategoryId.HIDDEN_CONTENT, "hidden links to other hosts"),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def detect(self, document: Document) -> list[Signal]:
        """Signals for blocks with `hidden` set."""
        abusive: list[Evidence] = []
        foreign: list[Evidence] = []
        hosts: set[str] = set()
        own = _host(document.article.url or "")
        for index, block in enumerate(document.blocks):
            if not block.hidden:
                continue
            field = FieldRef(FieldName.BLOCK, index)
            start, end = document.range_of(field)
            if end - start >= 4:
                scores = self._classifier.probabilities(document.normalized, start, end)
                if any(scores[self._classifier.categories.index(category)] >= _SURE for category in _ABUSIVE):
                    abusive.append(_whole(document.article, field))
            strange = {host for link in block.links if (host := _host(link.href)) and host != own}
            if strange:
                foreign.append(_whole(document.article, field))
                hosts |= strange
        signals = []
        if abusive:
            signals.append(Signal("hidden.abusive_text", CategoryId.HIDDEN_CONTENT, 1.0, tuple(abusive)))
        if len(hosts) >= _FOREIGN_LINKS:
            strength = min(1.0, 0.6 + 0.05 * len(hosts))
            signals.append(Signal("hidden.foreign_links", CategoryId.HIDDEN_CONTENT, strength, tuple(foreign)))
        return signals


def _whole(article: Article, field: FieldRef) -> Evidence:
    return Evidence.of_raw(article, field, Span(0, len(article.text_of(field))), note="hidden", removable=True)


def _host(href: str) -> str:
    try:
        return urlsplit(href).hostname or ""
    except ValueError:
        return ""
