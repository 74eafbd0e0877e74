"""The paragraphs of an article: the blocks that hold its running text."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.article import Block, BlockKind, Region
from moderation.normalize import Document

_KINDS = (BlockKind.PARAGRAPH, BlockKind.TABLE_CELL, BlockKind.LIST_ITEM, BlockKind.HEADING)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block of running text with its range in the document's text."""

    index: int
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
    found: list[Paragraph] = []
    for index, block in enumerate(document.blocks):
        if block.kind not in _KINDS or block.hidden or block.region is not Region.MAIN:
            continue
        start, end = document.block_range(index)
        if start == end:
            continue
        found.append(Paragraph(index, start, end, block))
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.TABLE_CELL):
            linked = sum(len(link.anchor) for link in block.links)
            weights[block.container] = weights.get(block.container, 0) + max(end - start - 2 * linked, 0)
    if not weights:
        return []
    own = max(weights, key=lambda container: weights[container])
    return [paragraph for paragraph in found if paragraph.block.container == own]


def title_of(document: Document) -> str:
    """The page's title in normal form."""
    return document.text_of(document.fields[0])
