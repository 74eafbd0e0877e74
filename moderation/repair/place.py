"""Where the texts of removals stand in the source of a page: which characters of which token, or which element."""

from __future__ import annotations

import html
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from moderation.article import Article, Block, BlockKind, FieldName, Link, Span
from moderation.repair.page import Page, Placed, UnmappedError
from moderation.repair.token import BLANKS, Kind, Token, attributes, text_start, units
from moderation.verdict import Removal

_SHOWN_ATTRIBUTES = ("alt", "title")
_ALONE = frozenset("script meta link iframe frame object embed applet noscript base".split())
"""Elements that a place in the raw source may take away."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of one text token, or of an attribute of one tag.

    `span` is in the source. `start` and `end` count the characters that a parser makes of it, in a text from the first
    that is no blank. `whole` where nothing but blanks is left.
    """

    span: Span
    node: int
    token: int
    start: int
    end: int
    whole: bool
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What one removal comes to."""

    parts: Sequence[Place] = ()
    elements: Sequence[int] = ()


class Places:
    """Places in one page, as its article tells them."""

    def __init__(self, page: Page, article: Article) -> None:
        self._page, self._article = page, article
        self._starts = [token.start for token in page.tokens]
        self._known: dict[int, _Decoded] = {}
        self._hollow_links: dict[int, list[Link]] = {}

    @cached_property
    def _blocks(self) -> list[Placed | None]:
        return self._page.blocks(self._article)

    @cached_property
    def _links(self) -> list[Link]:
        return [link for _, link in self._article.links()]

    def of(self, removal: Removal) -> Found:
        """Where a removal stands. Raises UnmappedError."""
        match removal.field.name:
            case FieldName.BLOCK:
                return self._in_block(removal.field.index, removal.span)
            case FieldName.TITLE:
                placed = self._page.title(self._article.title)
                return Found(parts=list(self.in_text(self._article.title, placed, removal.span)))
            case FieldName.LINK:
                return Found(elements=[self._element(self._links[removal.field.index].selector)])
            case FieldName.SOURCE:
                return Found(elements=self.in_source(removal.span))
            case _:
                selector = self._article.selectors.get(removal.field.name)
                node = self._meta(removal.field.name) if selector else None
                if node is None or self._content(node) != self._article.text_of(removal.field):
                    raise UnmappedError("it does not stand in the page")
                return Found(parts=[self._in_attribute(node, "content", removal.span)])

    def in_block(self, index: int, span: Span) -> list[Place]:
        """The parts of text tokens that a range of a block's text is made of."""
        block = self._article.blocks[index]
        placed = self._blocks[index]
        if placed is None:
            raise UnmappedError("its text is not found in the marked page")
        return list(self.in_text(block.text, placed, span))

    def element(self, selector: str | None) -> int | None:
        """The element a selector names."""
        return self._page.tree.find(selector) if selector else None

    def _in_block(self, index: int, span: Span) -> Found:
        block = self._article.blocks[index]
        if block.kind is BlockKind.ATTRIBUTE:
            return Found(parts=self._alternative(block, span))
        elements = [
            self._element(link.selector)
            for link in self._hollow(index)
            if span.start <= link.start and link.start + len(link.anchor) <= span.end
        ]
        blank = not block.text or block.text.isspace()
        return Found(() if blank else self.in_block(index, span), elements)

    def _hollow(self, index: int) -> list[Link]:
        """The links of a block without any text, such as those around pictures."""
        known = self._hollow_links.get(index)
        if known is None:
            links = self._article.blocks[index].links
            known = self._hollow_links[index] = [link for link in links if not link.anchor.strip()]
        return known

    def _element(self, selector: str | None) -> int:
        node = self.element(selector)
        if node is None:
            raise UnmappedError("its element is not found")
        return node

    def in_text(self, text: str, placed: Placed, span: Span) -> Iterator[Place]:
        """The parts of the text tokens in a text that a range is made of. Raises UnmappedError."""
        covered = span.start
        first = max(bisect_right(placed, (span.start, len(self._starts))) - 1, 0)
        for index in range(first, len(placed)):
            place, number = placed[index]
            decoded = self._decoded(number)
            before, size = decoded.lead_in(text, place), decoded.size_in(text, place)
            if place - before >= span.end:
                break
            start, end = max(span.start, place - before), min(span.end, place + size)
            if start >= end:
                continue
            if text[covered:start].strip():
                raise UnmappedError("a part of it stands nowhere in the source")
            covered = max(covered, end)
            nodes = self._page.tree.where.get(number, ())
            if len(nodes) != 1:
                raise UnmappedError("its text stands in several places")
            source_span = Span(decoded.source_place(start - place), decoded.source_place(end - place))
            whole = start <= place and end >= place + decoded.shown
            yield Place(source_span, nodes[0], number, start - place, end - place, whole)
        if text[covered : span.end].strip():
            raise UnmappedError("a part of it stands nowhere in the source")

    def is_all(self, number: int, parts: Iterable[Place]) -> bool:
        """True when some parts of a text token leave only blanks of it."""
        rest = self._decoded(number).rest
        done = 0
        for part in sorted(parts, key=lambda part: part.start):
            if rest[done : max(part.start, done)].strip():
                return False
            done = max(done, part.end)
        return not rest[done:].strip()

    def _decoded(self, number: int) -> _Decoded:
        known = self._known.get(number)
        if known is None:
            token = self._page.tokens[number]
            known = self._known[number] = _Decoded(self._page.source, token.start, token.end)
        return known

    def _alternative(self, block: Block, span: Span) -> list[Place]:
        """The attributes that a picture's block was made of: each text on lines of its own, and once."""
        node = self._element(block.selector)
        values = self._page.tree.nodes[node].attributes
        found: list[Place] = []
        starts: dict[str, int] = {}
        size = 0
        for name in _SHOWN_ATTRIBUTES:
            value = values.get(name) or ""
            text = value.strip()
            if not text:
                continue
            if text not in starts:
                starts[text] = size
                size += len(text) + 1
            start = starts[text]
            first, last = max(span.start - start, 0), min(span.end - start, len(text))
            if block.text[start : start + len(text)] == text and first < last:
                lead = len(value) - len(value.lstrip())
                found.append(self._in_attribute(node, name, Span(first + lead, last + lead)))
        if not found:
            raise UnmappedError("its attribute is not found")
        return found

    def _tag(self, node: int) -> Token:
        mark = self._page.tree.marks[node]
        if mark < 0:
            raise UnmappedError("its tag is not found")
        return self._page.tokens[mark]

    def _in_attribute(self, node: int, name: str, span: Span) -> Place:
        source, tag = self._page.source, self._tag(node)
        found = next((own for own in attributes(source, tag) if own.name == name), None)
        value = self._page.tree.nodes[node].attributes.get(name) or ""
        if found is None or html.unescape(source[found.value_start : found.value_end]) != value:
            raise UnmappedError("its attribute is written in a way that is not understood")
        whole = not value[: span.start].strip() and not value[span.end :].strip()
        mark = self._page.tree.marks[node]
        if not whole:
            decoded = _Decoded(source, found.value_start, found.value_end)
            start, end = (decoded.source_place(edge - len(decoded.lead)) for edge in (span.start, span.end))
            return Place(Span(start, end), node, mark, span.start, span.end, False, name)
        start = found.start
        if source[found.end] in BLANKS + ">":  # else the value before it would run on
            while source[start - 1] in BLANKS:
                start -= 1
        return Place(Span(start, found.end), node, mark, 0, len(value), True, name)

    def _meta(self, name: FieldName) -> int | None:
        tree = self._page.tree
        for node, tag in enumerate(tree.tags):
            if tag == "meta" and (tree.nodes[node].attributes.get("name") or "").lower() == name:
                return node
        return None

    def _content(self, node: int) -> str:
        return self._page.tree.nodes[node].attributes.get("content") or ""

    def in_source(self, span: Span) -> list[int]:
        """The scripts and lone tags that a range of the raw source touches. Raises UnmappedError."""
        page = self._page
        found: list[int] = []
        number = max(bisect_right(self._starts, span.start) - 1, 0)
        while number < len(page.tokens) and page.tokens[number].start < span.end:
            token = page.tokens[number]
            inside = page.source[max(token.start, span.start) : min(token.end, span.end)]
            if token.kind is Kind.RAW:
                found.append(self._made_by(number - 1))
            elif token.kind is Kind.START:
                found.append(self._made_by(number))
            elif token.kind is Kind.TEXT and inside.strip():
                raise UnmappedError("it is text, and no script or tag")
            number += 1
        if not found or any(page.tree.tags[node] not in _ALONE for node in found):
            raise UnmappedError("it is no script and no tag that can go alone")
        return list(dict.fromkeys(found))

    def _made_by(self, number: int) -> int:
        nodes = self._page.tree.where.get(number, ())
        if len(nodes) != 1:
            raise UnmappedError("its tag is not found")
        return nodes[0]


class _Decoded:
    """A text as a parser reads it: the blanks before its first character that is none, and the rest."""

    def __init__(self, source: str, start: int, end: int) -> None:
        self._units = [unit for unit in units(source, start, end) if unit.text]
        self._starts = list(accumulate((len(unit.text) for unit in self._units), initial=0))
        self._end = end
        first = text_start(source, start, end)
        self.lead = "".join(unit.text for unit in units(source, start, end if first is None else first))
        whole = "".join(unit.text for unit in self._units)
        self.rest = whole[len(self.lead) :]
        self.shown = len(self.rest.rstrip())
        """How far the rest shows anything."""
        self._sizes: dict[tuple[int, int], int] = {}

    def lead_in(self, text: str, place: int) -> int:
        """How many of the blanks in front also stand in a text that has the rest at a place."""
        return len(self.lead) if self.lead and text.endswith(self.lead, 0, place) else 0

    def size_in(self, text: str, place: int) -> int:
        """How much of the rest stands in a text at a place: all but blanks. Raises UnmappedError."""
        key = (len(text), place)
        size = self._sizes.get(key)
        if size is None:
            here = text[place : place + len(self.rest)]
            if not self.rest.startswith(here) or len(here) < self.shown:
                raise UnmappedError("its text is written in a way that is not understood")
            size = self._sizes[key] = len(here)
        return size

    def source_place(self, position: int) -> int:
        """Where a position, counted from the start of the rest, stands in the source. Raises UnmappedError."""
        position += len(self.lead)
        number = bisect_right(self._starts, position) - 1
        if number >= len(self._units):
            return self._end
        unit, inside = self._units[number], position - self._starts[number]
        if inside and not unit.plain:
            raise UnmappedError("an entity would be cut in two")
        return unit.start + inside
