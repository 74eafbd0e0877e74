"""What a page says apart from its title: whether a part of the title is of this page, or was hung on it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from moderation.article import BlockKind, Region
from moderation.normalize import Document

_PROSE = (BlockKind.PARAGRAPH, BlockKind.TABLE_CELL, BlockKind.LIST_ITEM)
_CHROME = (Region.HEADER, Region.NAVIGATION, Region.FOOTER)
_SHORTEST = 8
_READ = 20_000
_HEADINGS_WITHIN = 40
_BODY = 80
"""A page with less text than this has no body to compare with."""
_PAIRS = re.compile(r"(?=([\u3400-\u9fff]{2}|[a-z0-9]{3}))")


@dataclass(frozen=True, slots=True)
class PageText:
    """`body` is the running text outside links, `anchors` the links in it, `chrome` what stands around it.

    `headings` are ranges of the document's text.
    """

    body: str
    anchors: frozenset[str]
    chrome: str
    headings: tuple[tuple[int, int], ...]

    @property
    def speaks(self) -> bool:
        """True where there is enough text to tell what the page is about."""
        return len(self.body) >= _BODY


def page_text(document: Document, title: str) -> PageText:
    """Read a page; text that repeats the whole title says nothing and is left out."""
    body: list[str] = []
    chrome: list[str] = []
    anchors: list[tuple[int, int]] = []
    headings: list[tuple[int, int]] = []
    left = _READ
    for index, block in enumerate(document.blocks):
        if block.hidden:
            continue
        start, end = document.block_range(index)
        if block.kind is BlockKind.HEADING:
            if len(headings) < _HEADINGS_WITHIN:
                headings.append((start, end))
        elif block.region in _CHROME:
            chrome.append(document.text[start:end][:_READ])
        elif block.kind in _PROSE and end - start >= _SHORTEST and left > 0:
            if block.links and 2 * sum([len(link.anchor) for link in block.links]) >= len(block.text):
                continue  # mostly links
            pieces = [document.text[start:end]] if not block.links else _unlinked(document, index, anchors)
            body += pieces
            left -= sum(map(len, pieces))
    whole = "\n".join(body)[:_READ]
    linked = frozenset(document.text[first:last].strip() for first, last in anchors)
    return PageText(whole.replace(title, "\n"), linked, "\n".join(chrome)[:_READ].replace(title, "\n"), tuple(headings))


def _unlinked(document: Document, index: int, anchors: list[tuple[int, int]]) -> list[str]:
    """A block's text between its links, whose ranges go to `anchors`."""
    block = document.blocks[index]
    position, end = document.block_range(index)
    places = [offset for link in block.links for offset in (link.start, link.start + len(link.anchor))]
    bounds = document.block_positions([index] * len(places), places)
    pieces = []
    for first, last in zip(bounds[::2], bounds[1::2], strict=True):
        pieces.append(document.text[position:first])
        anchors.append((first, last))
        position = max(position, last)
    return [*pieces, document.text[position:end]]


def share_in(text: str, body: str) -> tuple[float, int]:
    """The share of a text's character pairs that the body holds, and their number."""
    pairs = set(_PAIRS.findall(text))
    known = sum(pair in body for pair in pairs)
    return (known / len(pairs) if pairs else 0.0), known
