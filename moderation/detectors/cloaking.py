"""What is written for crawlers only: scripts that tell visitors apart, redirects, and texts that nobody else reads.

Scripts are read as text and never run (`script.py`); what their actions stand under is told by `script_intent.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from moderation.article import Article, FieldName, FieldRef, Span
from moderation.detectors.claims import Abuse, Claim, Judge, structured
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.fingerprints import random_elements, title_escapes
from moderation.detectors.script_findings import Finding, covers_page, is_service, place_of, read_script
from moderation.detectors.source import Element, Selectors, elements
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_TARGET = re.compile(r"\s*(\d{1,4})(?:\.\d*)?\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"'>\s]+)", re.I)
_RUNS = re.compile(r"javascript|ecmascript|jscript|module|babel", re.I)
_TYPE = re.compile(r"\b(?:type|language)\s*=\s*[\"']?([^\"'\s>]*)", re.I)
_HANDLER = re.compile(r"""\son(?:load|error|pageshow)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_CANONICAL = re.compile(r"""<link\b[^<>]{0,300}rel\s*=\s*["']?canonical[^<>]{0,300}>""", re.I)
_HREF = re.compile(r"""href\s*=\s*["']?(https?://[^"'\s>]+)""", re.I)
_QUICK = 5
"""A refresh after more seconds than this is a notice that people can read."""
_QUOTED = 0.5
"""What a script in <pre> counts: it runs, but its author may have meant to show it."""
_MOVES = frozenset(("meta_refresh", "script_redirect", "device_redirect"))
_MOVED, _DOUBTFUL = 0.75, 0.5
_COVERED = 200
"""Characters of text that a frame must cover; over less, it is the page."""
_LONGEST_QUOTE = 4_000
_MOST_EVIDENCE = 20


class CloakingDetector(Detector):
    """Reads the scripts, meta tags and frames of a page's source."""

    specs = (
        SignalSpec(
            "cloaking.referrer_script", CategoryId.CLOAKING, "a script that acts on visits from a search engine"
        ),
        SignalSpec("cloaking.crawler_script", CategoryId.CLOAKING, "a script that treats crawlers differently"),
        SignalSpec(
            "cloaking.device_redirect", CategoryId.CLOAKING, "a script that sends phones to somebody else's site"
        ),
        SignalSpec("cloaking.script_redirect", CategoryId.CLOAKING, "a script that sends everybody to another site"),
        SignalSpec("cloaking.script_title", CategoryId.CLOAKING, "a script that puts an abusive title in place"),
        SignalSpec("cloaking.meta_refresh", CategoryId.CLOAKING, "an instant redirect to another host"),
        SignalSpec("cloaking.frame_over_page", CategoryId.CLOAKING, "a foreign frame laid over the whole page"),
        SignalSpec("cloaking.meta_disagrees", CategoryId.CLOAKING, "abusive keywords or description over another body"),
        SignalSpec("cloaking.structured_data", CategoryId.CLOAKING, "structured data that names another, abusive page"),
        SignalSpec("cloaking.escaped_meta", CategoryId.CLOAKING, "a title or meta text written in character codes"),
        SignalSpec(
            "cloaking.random_tags", CategoryId.HIDDEN_CONTENT, "empty elements with random names, as page farms add"
        ),
        SignalSpec(
            "cloaking.crawler_only", CategoryId.CLOAKING, "content that only the crawler's view of the page has"
        ),
        *(
            SignalSpec(f"cloaking.{category}", category, f"a text for crawlers alone reads as {category}")
            for category in SOLD_CATEGORIES
        ),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def asks(self, document: Document) -> Iterator[tuple[int, int]]:
        """What only crawlers read of the head."""
        for field in (FieldRef(FieldName.KEYWORDS), FieldRef(FieldName.DESCRIPTION)):
            start, end = document.range_of(field)
            if start < end:
                yield start, end

    def detect(self, document: Document) -> list[Signal]:
        """Signals with the script, tag or field as evidence."""
        article = document.article
        signals = _Signals(article)
        judge = Judge(self._classifier, document)
        if article.keywords or article.description:
            for field, abuse in judge.meta():
                span = Span(0, len(article.text_of(field)))
                evidence = Evidence.of_raw(article, field, span, note=f"reads as {abuse.category}")
                signals.add("meta_disagrees", abuse.strength, evidence)
                signals.add(str(abuse.category), abuse.probability, evidence)
        if not article.source or not (article.selectors or any(block.selector for block in article.blocks)):
            return signals.all()  # no markup: a text that quotes a script runs none
        found = _elements(article.source)
        page = _Page(article, found, signals, self._title_abuse(document))
        page.scripts()
        page.tags()
        self._claims(page, judge)
        self._escapes(page)
        for span, strength in _random(article.source):
            signals.add("random_tags", strength, Evidence.of_raw(article, FieldRef(FieldName.SOURCE), span))
        return signals.all()

    def _claims(self, page: _Page, judge: Judge) -> None:
        claims = list(structured(page.source, page.found))
        for claim, abuse in judge.claims(claims):
            page.claim("structured_data", claim, abuse)
        titles = page.titles
        for claim, judged in zip(titles, judge.texts([claim.text for claim in titles]), strict=True):
            if judged is not None:
                page.claim("script_title", claim, judged)

    def _escapes(self, page: _Page) -> None:
        """A title in character codes: weak alone, since old systems write so; strong where it reads abusive."""
        title = next((element for element in page.found if element.name == "title"), None)
        if title is None or "&#" not in title.content(page.source):
            return
        strength = title_escapes(page.source, title)
        if not strength:
            return
        page.add("escaped_meta", 1.0 if page.abuse >= _DOUBTFUL else strength, title, "written in character codes")

    def _title_abuse(self, document: Document) -> float:
        """How abusive the title reads: what is doubtful alone is not beside an abusive title."""
        start, end = document.range_of(FieldRef(FieldName.TITLE))
        if start == end:
            return 0.0
        scores = self._classifier.probabilities(document.normalized, start, end).tolist()
        known: dict[CategoryId, float] = dict(zip(self._classifier.categories, scores, strict=True))
        return max(known[category] for category in (*SOLD_CATEGORIES, CategoryId.KEYWORD_STUFFING))


class _Signals:
    """The signals so far: for each name the greatest strength and all evidence."""

    def __init__(self, article: Article) -> None:
        self._article = article
        self._found: dict[str, tuple[float, list[Evidence]]] = {}

    def add(self, name: str, strength: float, evidence: Evidence) -> None:
        known, places = self._found.get(name, (0.0, []))
        if len(places) < _MOST_EVIDENCE and evidence not in places:
            places.append(evidence)
        self._found[name] = (max(known, strength), places)

    def all(self) -> list[Signal]:
        categories = {spec.name: spec.category for spec in CloakingDetector.specs}
        return [
            Signal(f"cloaking.{name}", categories[f"cloaking.{name}"], min(1.0, strength), tuple(evidence))
            for name, (strength, evidence) in self._found.items()
        ]


class _Page:
    """One page's elements, with what they were found to do."""

    def __init__(self, article: Article, found: Sequence[Element], signals: _Signals, abuse: float) -> None:
        self.source, self.found, self.abuse = article.source, found, abuse
        self.titles: list[Claim] = []
        self._article, self._signals = article, signals
        self._selectors = Selectors(article.source)
        self._own = article.url or ""

    def add(self, name: str, strength: float, element: Element, note: str) -> None:
        """A finding at an element; its selector is worked out only now, since that takes a parse."""
        start, end = element.inner, min(element.end, element.inner + _LONGEST_QUOTE)
        if element.name not in ("script", "title"):
            start, end = element.start, element.inner
        quote = self.source[start:end]
        selector = self._selectors.of(element, self.found)
        place = FieldRef(FieldName.SOURCE)
        self._signals.add(
            name, strength, Evidence(place, Span(start, end), quote, quote, selector, note, removable=True)
        )

    def claim(self, name: str, claim: Claim, abuse: Abuse) -> None:
        """An abusive text for crawlers alone."""
        note = f"reads as {abuse.category}: {claim.text[:60]}"
        self.add(name, abuse.strength, claim.element, note)
        self.add(str(abuse.category), abuse.probability, claim.element, note)

    def _doubted(self, name: str) -> float:
        """Honest sites that move send everybody on, too; not so under an abusive title."""
        return _MOVED if name in _MOVES and self.abuse < _DOUBTFUL else 1.0

    def own(self) -> str:
        """The page's own address; where nobody told it, the one it gives itself."""
        if not self._own and "canonical" in self.source:
            link = _CANONICAL.search(self.source)
            href = _HREF.search(link.group()) if link else None
            self._own = href.group(1) if href else ""
        return self._own

    def scripts(self) -> None:
        """Every script that runs, in elements and in handlers that fire by themselves."""
        for element in self.found:
            if element.name != "script" or element.unscripted or element.inner == element.end:
                continue
            kind = _TYPE.search(element.tag(self.source))
            if kind and kind.group(1) and not _RUNS.search(kind.group(1)):
                continue
            reading = read_script(element.content(self.source), self.own())
            for finding in reading.findings:
                strength = finding.strength * self._doubted(finding.name) * (_QUOTED if element.quoted else 1.0)
                self.add(finding.name, strength, element, _note(finding))
            self.titles += [Claim(title, element) for title in reading.titles]
        if "onload" in self.source or "onerror" in self.source or "onpageshow" in self.source:
            self._handlers()

    def _handlers(self) -> None:
        for match in _HANDLER.finditer(self.source):
            group = 1 if match.group(1) is not None else 2
            for finding in read_script(html.unescape(match.group(group)), self.own()).findings:
                span = Span(*match.span(group))
                note = _note(finding)
                place = Evidence.of_raw(self._article, FieldRef(FieldName.SOURCE), span, note=note)
                self._signals.add(finding.name, finding.strength, place)

    def tags(self) -> None:
        """Redirects in meta elements, and frames over the page."""
        for element in self.found:
            if element.name == "meta":
                if "refresh" in element.tag(self.source).lower():
                    self._refresh(element)
            elif element.name in ("iframe", "frame"):
                self._frame(element)

    def _refresh(self, element: Element) -> None:
        attributes = element.attributes(self.source)
        target = _TARGET.match(attributes.get("content", ""))
        if attributes.get("http-equiv", "").strip().lower() != "refresh" or target is None:
            return
        if int(target.group(1)) <= _QUICK and place_of(target.group(2), self.own()) == "foreign":
            self.add("meta_refresh", self._doubted("meta_refresh"), element, f"to {target.group(2)[:120]}")

    def _frame(self, element: Element) -> None:
        tag = element.tag(self.source)
        around = self.source[max(0, element.start - 200) : element.start]
        if not covers_page(tag) and not covers_page(around[around.rfind("<") :] + tag):
            return
        address = element.attributes(self.source).get("src", "")
        text = sum(len(block.text) for block in self._article.blocks if not block.hidden)
        if text >= _COVERED and place_of(address, self.own()) == "foreign" and not is_service(address):
            self.add("frame_over_page", 1.0, element, f"shows {address[:120]}")


def _note(finding: Finding) -> str:
    return f"to {finding.target}" if finding.target else ""


@lru_cache(maxsize=4)
def _elements(source: str) -> tuple[Element, ...]:
    """The elements of a source; a repair asks for the same ones again and again."""
    return tuple(elements(source))


@lru_cache(maxsize=4)
def _random(source: str) -> tuple[tuple[Span, float], ...]:
    return tuple(random_elements(source))
