"""What a page says to crawlers alone: its meta texts, structured data, and titles that a script puts in place.

Such a text is judged by the same classifier as a title. It is cloaking when it reads abusive and its words stand
neither in the title nor in the body that a visitor reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.article import FieldName, FieldRef
from moderation.detectors.detector import TextClassifier
from moderation.detectors.source import Element
from moderation.detectors.warning import is_warning, warns_throughout
from moderation.normalize import Document, Normalized, normalize
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_PROPERTIES = frozenset(
    "og:title og:description og:site_name twitter:title twitter:description name headline description alternatename"
    " keywords".split()
)
_DATA = re.compile(
    r'"(?:name|headline|alternativeHeadline|alternateName|description|keywords|title)"\s*+:\s*+("(?:[^"\\]|\\.)*+")'
)
_MOST, _MOST_EXAMINED, _LONGEST = 60, 500, 400
_SHORTEST = 4
_OPEN = 0.3
"""What the fast model gives less than this needs no second look."""
ABUSIVE = 0.7
_HELD = 0.35
"""A text of whose pairs of characters this share stands on the page is about the page."""
_RUN = re.compile(r"[\u3400-\u9fff]{2,}|[a-z0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A text that only crawlers read, and the element that says it."""

    text: str
    element: Element


@dataclass(frozen=True, slots=True)
class Abuse:
    """What an abusive text reads as, and how much of it the page does not hold."""

    category: CategoryId
    probability: float
    missing: float

    @property
    def strength(self) -> float:
        """How sure it is that the page hides what it says."""
        return min(1.0, self.probability + 0.05)


def structured(source: str, found: Sequence[Element]) -> Iterator[Claim]:
    """The titles and descriptions of structured data: JSON-LD, Open Graph, Twitter cards, microdata."""
    count = examined = 0
    for element in found:
        if count >= _MOST or examined >= _MOST_EXAMINED:
            return
        if element.name == "meta":
            tag = element.tag(source)
            if "og:" in tag or "twitter:" in tag or "itemprop" in tag:
                examined += 1
                attributes = element.attributes(source)
                name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
                if name.lower() in _PROPERTIES and len(attributes.get("content", "")) >= _SHORTEST:
                    count += 1
                    yield Claim(attributes["content"][:_LONGEST], element)
        elif element.name == "script" and "ld+json" in element.tag(source):
            for match in _DATA.finditer(source, element.inner, element.end):
                text = _said(match.group(1))
                if len(text) >= _SHORTEST and count < _MOST:
                    count += 1
                    yield Claim(text[:_LONGEST], element)


def _said(literal: str) -> str:
    try:
        said = json.loads(literal, strict=False)
    except ValueError:
        return literal[1:-1]
    return said if isinstance(said, str) else ""


class Judge:
    """Judges texts against one page."""

    def __init__(self, classifier: TextClassifier, document: Document) -> None:
        self._classifier, self._document = classifier, document
        self._columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
        self._visible: str | None = None

    def meta(self) -> list[tuple[FieldRef, Abuse]]:
        """Keywords and description that read abusive and are not about the page."""
        fields = [FieldRef(FieldName.KEYWORDS), FieldRef(FieldName.DESCRIPTION)]
        ranges = [self._document.range_of(field) for field in fields]
        known = self._document.text_of(FieldRef(FieldName.TITLE))
        asked = [
            (field, span)
            for field, span in zip(fields, ranges, strict=True)
            if span[1] - span[0] >= _SHORTEST and self._document.text[span[0] : span[1]] != known
        ]
        if any(is_warning(self._document.text[slice(*span)]) for _, span in asked) and warns_throughout(self._document):
            asked = [(field, span) for field, span in asked if not is_warning(self._document.text[slice(*span)])]
        found = self._judged(self._document.normalized, [span for _, span in asked])
        return [(field, abuse) for (field, _), abuse in zip(asked, found, strict=True) if abuse is not None]

    def claims(self, claims: Sequence[Claim]) -> list[tuple[Claim, Abuse]]:
        """Those claims that read abusive and are not about the page. What the page says itself is no claim."""
        article = self._document.article
        said = (article.title, article.description)
        new = [claim for claim in claims if not any(claim.text.strip() in text for text in said)]
        found = self.texts([claim.text for claim in new])
        return [(claim, abuse) for claim, abuse in zip(new, found, strict=True) if abuse is not None]

    def texts(self, texts: Sequence[str]) -> list[Abuse | None]:
        """For each raw text, what it reads as if it is abusive and not about the page."""
        if not texts:
            return []
        normalized = normalize("\n".join(text.replace("\n", " ") for text in texts))
        ranges, start = [], 0
        for line in normalized.text.split("\n"):
            ranges.append((start, start + len(line)))
            start += len(line) + 1
        if len(ranges) != len(texts):  # an entity may stand for a line break
            alone = [normalize(text) for text in texts]
            return [self._judged(text, [(0, len(text))])[0] for text in alone]
        return self._judged(normalized, ranges)

    def _judged(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> list[Abuse | None]:
        fast = self._classifier.fast(text, ranges)[:, self._columns].max(axis=1, initial=0.0).tolist()
        open_ranges = [span for span, likely in zip(ranges, fast, strict=True) if likely >= _OPEN]
        if not open_ranges:
            return [None] * len(ranges)
        sure = dict(zip(open_ranges, self._classifier.classify(text, open_ranges), strict=True))
        return [
            self._abuse(text.text[slice(*span)], sure[span][self._columns].tolist()) if span in sure else None
            for span in ranges
        ]

    def _abuse(self, text: str, scores: list[float]) -> Abuse | None:
        best = max(scores)
        if best < ABUSIVE:
            return None
        missing = 1.0 - self._held(text)
        return Abuse(SOLD_CATEGORIES[scores.index(best)], best, missing) if missing >= 1.0 - _HELD else None

    def _held(self, text: str) -> float:
        """The share of a text's pairs of characters that a visitor reads, too."""
        if self._visible is None:
            document = self._document
            start = document.range_of(FieldRef(FieldName.KEYWORDS))[1]
            hidden = {index for index, block in enumerate(document.blocks) if block.hidden}
            body = document.text[start:]
            if hidden:
                shown = (index for index in range(len(document.blocks)) if index not in hidden)
                body = "\n".join(document.text[slice(*document.block_range(index))] for index in shown)
            self._visible = document.text_of(FieldRef(FieldName.TITLE)) + "\n" + body
        runs = [match.group() for match in _RUN.finditer(text)]
        pairs = {run[i : i + 2] for run in runs for i in range(len(run) - 1) if not run.isascii()}
        pairs |= {run for run in runs if run.isascii()}
        if not pairs:
            return 0.0
        return sum(pair in self._visible for pair in pairs) / len(pairs)
