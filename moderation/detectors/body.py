"""The paragraphs of an article: the blocks that hold its running text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from moderation.article import Block, BlockKind, Region
from moderation.normalize import Document

_PARAGRAPH, _TABLE_CELL, _LIST_ITEM, _HEADING = (
    BlockKind.PARAGRAPH,
    BlockKind.TABLE_CELL,
    BlockKind.LIST_ITEM,
    BlockKind.HEADING,
)
_MAIN = Region.MAIN
_OPENING, _OPENINGS, _SHORTEST_READ = 80, 6, 20


class Paragraph(NamedTuple):
    """A block of running text with its range in the document's text; a tuple, as a page makes a hundred of them."""

    number: int
    start: int
    end: int
    block: Block

    @property
    def size(self) -> int:
        """Its length in characters."""
        return self.end - self.start


def paragraphs_of(document: Document) -> list[Paragraph]:
    """The blocks of the article's own container, in reading order.

    A page's text stands in elements that share a parent; menus, lists of posts and footers stand in others. The parent
    that holds most text outside links is the article's. Text without markup is one container.
    """
    weights: dict[str | None, int] = {}
    found: list[tuple[int, Block]] = []
    for index, block in enumerate(document.blocks):
        if block.region is not _MAIN or block.hidden:
            continue
        kind = block.kind
        if kind is _PARAGRAPH or kind is _TABLE_CELL:
            found.append((index, block))
            start, end = document.block_range(index)
            if start < end:
                linked = sum([len(link.anchor) for link in block.links]) if block.links else 0
                weights[block.container] = weights.get(block.container, 0) + max(end - start - 2 * linked, 0)
        elif kind is _LIST_ITEM or kind is _HEADING:
            found.append((index, block))
    if not weights:
        return []
    own = max(weights, key=lambda container: weights[container])
    chosen = [Paragraph(index, *document.block_range(index), block) for index, block in found if block.container == own]
    return [paragraph for paragraph in chosen if paragraph.start < paragraph.end]


def openings_of(paragraphs: Sequence[Paragraph]) -> list[tuple[int, int]]:
    """Where the first paragraphs of sentences begin: enough to tell what a page speaks of."""
    return [
        (paragraph.start, min(paragraph.end, paragraph.start + _OPENING))
        for paragraph in paragraphs
        if paragraph.size >= _SHORTEST_READ and paragraph.block.kind is _PARAGRAPH
    ][:_OPENINGS]


def title_of(document: Document) -> str:
    """The page's title in normal form."""
    return document.text_of(document.fields[0])
