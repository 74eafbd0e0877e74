"""Evidence as W3C Web Annotations, so that any annotation tool can show it in the page.

Model: https://www.w3.org/TR/annotation-model/. Each piece of evidence is one annotation. Its target is the page; the
selectors of a target say the same place in several ways: an element, refined by a range of its text content in code
points, and refined by the text itself; where the place is in the raw source, also a range of the file's bytes. Texts
are never masked: a quote that does not stand in the page finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePath
from typing import Any
from urllib.parse import quote as percent_encoded
from uuid import NAMESPACE_URL, uuid5

from moderation.article import Article, BlockKind, FieldName, FieldRef, Span
from moderation.readers.encoding import decode_named
from moderation.readers.failure import InputError
from moderation.readers.html import read_html
from moderation.repair.layer import byte_spans
from moderation.repair.page import Page, UnmappedError
from moderation.repair.place import Place, Places
from moderation.signals import Evidence, Signal
from moderation.taxonomy import category, clauses
from moderation.verdict import Verdict

Json = dict[str, Any]
Files = Callable[[str], bytes | None]
"""The bytes of a file, where they can be had."""

_CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_AROUND = 32
"""Characters of context before and behind a quote."""
_RECORDS = (".json", ".jsonl")
_PAGES = (".html", ".htm")


def to_annotations(results: Sequence[tuple[Verdict, Article, str | None]], files: Files | None = None) -> Json:
    """One collection, with one page of annotations, for judged articles, each with the path of its file."""
    items = [
        annotation for verdict, article, path in results for annotation in _annotations(verdict, article, path, files)
    ]
    identity = _identity("collection", *(item["id"] for item in items))
    return {
        "@context": _CONTEXT,
        "id": identity,
        "type": "AnnotationCollection",
        "label": "Qingliu: evidence against articles",
        "total": len(items),
        "first": {"id": f"{identity}#page", "type": "AnnotationPage", "startIndex": 0, "items": items},
    }


def _annotations(verdict: Verdict, article: Article, path: str | None, files: Files | None) -> Iterator[Json]:
    places = _Selectors(article, path, files)
    source = _source(article, path)
    generator = {
        "id": f"urn:qingliu:software:{verdict.versions.package}",
        "type": "Software",
        "name": f"Qingliu {verdict.versions.package}, model {verdict.versions.model}, policy {verdict.versions.policy}",
    }
    for signal in verdict.signals:
        for number, evidence in enumerate(signal.evidence):
            place = (str(evidence.field), str(evidence.span.start), str(evidence.span.end), evidence.quote)
            selectors = places.of(evidence)
            target: Json = {"source": source}
            if selectors:
                target = {"type": "SpecificResource", **target, "selector": selectors}
            yield {
                "id": _identity(source, article.id, signal.name, str(number), *place),
                "type": "Annotation",
                "motivation": "assessing",
                "generator": generator,
                "body": list(_bodies(signal, evidence)),
                "target": target,
            }


def _identity(*parts: str) -> str:
    """The same for the same evidence, so that a second export replaces the first."""
    text = "\n".join(parts).encode("utf-8", "replace").decode("utf-8")
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'qingliu:{text}')}"


def _source(article: Article, path: str | None) -> str:
    """The IRI of what is annotated: the article's address, else its file, else its id."""
    if article.url:
        return percent_encoded(article.url, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")
    name = percent_encoded(article.id, errors="replace")
    if path is None:
        return f"urn:qingliu:article:{name}"
    pure = PurePath(path)
    uri = pure.as_uri() if pure.is_absolute() else percent_encoded(pure.as_posix(), errors="surrogateescape")
    return f"{uri}#{name}" if pure.suffix.lower() in _RECORDS else uri


def _bodies(signal: Signal, evidence: Evidence) -> Iterator[Json]:
    kind = category(signal.category)
    yield _text(str(signal.category), "classifying")
    yield _text(signal.name, "tagging")
    known = clauses()
    for identifier in kind.clauses:
        clause = known[identifier]
        yield _text(f"{clause.publisher}: {clause.name_zh} {clause.name_en} ({identifier})", "describing")
    yield _text(f"{kind.definition_en} Strength {signal.strength:.2f}.", "commenting", "en")
    if evidence.note:
        yield _text(evidence.note, "commenting")


def _text(value: str, purpose: str, language: str = "") -> Json:
    body: Json = {"type": "TextualBody", "purpose": purpose, "value": value, "format": "text/plain"}
    return {**body, "language": language} if language else body


class _Selectors:
    """Selectors for places of one article. A page is only mapped when a place in it is asked for."""

    def __init__(self, article: Article, path: str | None, files: Files | None) -> None:
        self._article, self._path, self._files = article, path, files
        self._is_page = bool(article.selectors) or any(block.selector for block in article.blocks)
        self._contents: dict[int, tuple[str, dict[int, int]]] = {}

    def of(self, evidence: Evidence) -> list[Json]:
        """Selectors that all name the place of the evidence, the finest first."""
        if not self._is_page:
            return self._in_plain(evidence.field, evidence.span)
        if evidence.field.name is FieldName.SOURCE:
            return self._in_source(evidence.span)
        if evidence.selector is None:
            return [{"type": "TextQuoteSelector", "exact": evidence.quote}] if evidence.quote.strip() else []
        refined: list[Json] = []
        if self._page is not None:
            try:
                refined = self._in_element(evidence)
            except UnmappedError:
                refined = []
        element = {"type": "CssSelector", "value": evidence.selector}
        return [{**element, "refinedBy": selector} for selector in refined] or [element]

    @cached_property
    def _page(self) -> Page | None:
        try:
            return Page(self._article.source, lambda text: read_html(text, identifier=self._article.id))
        except (UnmappedError, InputError):
            return None

    @cached_property
    def _places(self) -> Places | None:
        return Places(self._page, self._article) if self._page is not None else None

    def _in_plain(self, field: FieldRef, span: Span) -> list[Json]:
        start = self._article.source_start_of(field)
        if start is None:
            return []
        return list(_refinements(self._article.source, start + span.start, start + span.end))

    def _in_element(self, evidence: Evidence) -> list[Json]:
        """The place as a range of its element's text content. Raises UnmappedError."""
        page, places = self._page, self._places
        node = places.element(evidence.selector) if places is not None else None
        if page is None or places is None or node is None:
            return []
        parts = self._parts(places, page, evidence)
        content, starts = self._content(page, node)
        edges: list[int] = []
        for part in parts:
            if part.node not in starts:
                return []
            place = next(place for place, token in page.tree.texts[part.node] if token == part.token)
            edges += starts[part.node] + place + part.start, starts[part.node] + place + part.end
        return list(_refinements(content, min(edges), max(edges))) if edges else []

    def _parts(self, places: Places, page: Page, evidence: Evidence) -> list[Place]:
        field, span = evidence.field, evidence.span
        if field.name is FieldName.TITLE:
            return list(places.in_text(self._article.title, page.title(self._article.title), span))
        if field.name is FieldName.BLOCK and self._article.blocks[field.index].kind is not BlockKind.ATTRIBUTE:
            return places.in_block(field.index, span)
        return []  # in an attribute: the element is all there is to name

    def _content(self, page: Page, node: int) -> tuple[str, dict[int, int]]:
        """The text content of an element as the DOM tells it, and where each of its texts begins in it."""
        known = self._contents.get(node)
        if known is not None:
            return known
        tree = page.tree
        starts: dict[int, int] = {}
        pieces: list[str] = []
        size = 0
        for other in tree.below(node):
            if tree.tags[other] == "-text":
                text = page.unmarked(tree.nodes[other].text_content or "")
                starts[other] = size
                pieces.append(text)
                size += len(text)
        known = self._contents[node] = "".join(pieces), starts
        return known

    def _in_source(self, span: Span) -> list[Json]:
        found: list[Json] = []
        page, places = self._page, self._places
        if page is not None and places is not None:
            try:
                node = places.in_source(span)[0]
            except UnmappedError:
                node = -1
            if node >= 0:
                element = {"type": "CssSelector", "value": page.tree.selector(node)}
                refined = list(self._in_script(page, node, span))
                found = [{**element, "refinedBy": selector} for selector in refined] or [element]
        data = self._bytes(span)
        return [*found, data] if data else found

    def _in_script(self, page: Page, node: int, span: Span) -> Iterator[Json]:
        content, _ = self._content(page, node)
        start = page.tokens[page.tree.marks[node]].end
        before, quote = (
            page.source[first:last].replace("\r\n", "\n").replace("\r", "\n")
            for first, last in ((start, max(span.start, start)), (span.start, span.end))
        )
        if quote and content[len(before) : len(before) + len(quote)] == quote:
            yield from _refinements(content, len(before), len(before) + len(quote))

    def _bytes(self, span: Span) -> Json | None:
        """The place as a range of bytes of the file, where that is the page itself."""
        path = self._path
        if self._files is None or path is None or PurePath(path).suffix.lower() not in _PAGES:
            return None
        data = self._files(path)
        try:
            text, _, encoding = decode_named(data or b"")
            if data is None or text != self._article.source:
                return None
            (place,) = byte_spans(data, encoding, text, [span])
        except (InputError, UnmappedError):
            return None
        return {"type": "DataPositionSelector", "start": place.start, "end": place.end}


def _refinements(text: str, start: int, end: int) -> Iterator[Json]:
    """A range of a text by its place, and by what stands there and around it."""
    yield {"type": "TextPositionSelector", "start": start, "end": end}
    if start < end:
        yield {
            "type": "TextQuoteSelector",
            "exact": text[start:end],
            "prefix": text[max(start - _AROUND, 0) : start],
            "suffix": text[end : end + _AROUND],
        }
