"""A page's link blocks: one for each list, table, row of anchors, or run of lines with addresses.

What belongs to one element of the page is one block, with its heading; links in running text are gathered in a block of
their own, which is never cut as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from moderation.article import Block, BlockKind
from moderation.normalize import Document

_LIST = re.compile(r"(?:^| )(?:ul|ol|dl|select|menu)(?::nth-of-type\(\d+\))?(?= >|$)")
_ITEM = re.compile(r"(?:^| )(?:li|dd|td|option)(?::nth-of-type\(\d+\))?(?= >|$)")
_CELL = re.compile(r"(?: > t(?:body|head|foot)(?::nth-of-type\(\d+\))?)? > tr(?::nth-of-type\(\d+\))?(?: > td[^>]*)?$")
"""The rest of a path from a table to a cell."""
_INLINE = re.compile(r" > (?:a|b|big|em|font|i|nobr|small|span|strong|u)\b")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9._~:/?#@!$&'*+;=%-]+"
    r"|(?<![A-Za-z0-9.@/-])(?:[A-Za-z0-9][A-Za-z0-9-]{0,40}\.){1,3}(?:com|net|cn|cc|top|xyz|vip|icu|org|info|club|shop|site)"
    r"(?![A-Za-z0-9.@-])(?:/[A-Za-z0-9._~/?&=%-]*)?"
)
_BULLET = re.compile(r"(?:[•·●▪◦‣■□◆○*+\-–—]|[0-9]{1,3}[.、)）])\s+")
_BETWEEN = " \t\n　，,、；;|/_-–—·•:：()（）[]【】<>*"
_HEADING = re.compile(
    r"友情|友链|链接|連結|相关|相關|推荐|推薦|排行|热门|熱門|热点|猜你|最新|标签|标簽|参考|参阅|来源|合作|伙伴|导航|更多|延伸|评论|留言|广告"
)
_LONGEST_HEADING, _LONGEST_BETWEEN, _LONGEST_LINE = 24, 400, 120
_NEAR = 5
"""Blocks without a link that may stand between two entries of one list: dates, counters, summaries."""
_DENSE, _DENSE_ROW, _ROW = 0.5, 0.25, 5
_FEWEST_ADDRESSES = 3


class Entry(NamedTuple):
    """One entry of a link block.

    `start` and `end` hold its anchor in the document's text, `first` and `last` the blocks that belong to it; `raw` is
    where the anchor begins in block `block`, `size` how long it is there. `number` counts the links of the article, -1
    where the address is only written out. `shared` when its block holds other entries or running text too.
    """

    start: int
    end: int
    first: int
    last: int
    block: int
    raw: int
    size: int
    href: str
    number: int
    shared: bool
    hidden: bool
    rel: str


_Anchor = tuple[int, int, str, int, bool, str]
"""Where an anchor begins in its block, its length, its address, the number of its link, and is it hidden, with rel."""


@dataclass(frozen=True, slots=True)
class LinkBlock:
    """The entries of one element, in reading order, and the blocks from `first` (its heading) to `last`.

    `linked` is the share of its text that stands in anchors. `running` for links in running text.
    """

    entries: tuple[Entry, ...]
    first: int
    last: int
    heading: str
    linked: float
    running: bool = False


@dataclass(slots=True)
class _Found:
    """The raw anchors of one block, before positions are known."""

    index: int
    anchors: list[_Anchor]
    dense: bool
    element: str
    item: str
    place: int = 0


def link_blocks(document: Document) -> list[LinkBlock]:
    """Every link block of a document in reading order, that of the running text last."""
    found = list(_found(document.blocks))
    if not found:
        return []
    places = _positions(document, found)
    blocks = [_assembled(document, group, places) for group in _groups(document.blocks, found)]
    loose = [
        entry for each in found if not each.dense for entry in _entries(document, each, places, each.index, each.index)
    ]
    if loose:
        blocks.append(LinkBlock(tuple(loose), loose[0].first, loose[-1].last, "", 0.0, running=True))
    return [block for block in blocks if block.entries]


def _found(blocks: Sequence[Block]) -> Iterator[_Found]:
    """The blocks that hold links, addresses, or a bulleted line where there is no markup."""
    number = 0
    for index, block in enumerate(blocks):
        if block.kind in (BlockKind.CODE, BlockKind.ATTRIBUTE) and not block.links:
            continue
        text = block.text
        if block.links:
            anchors = []
            for link in block.links:
                anchors.append((link.start, len(link.anchor), link.href, number, link.hidden, link.rel))
                number += 1
            dense = _is_dense(block)
        elif "://" in text or "www." in text or (len(text) <= _LONGEST_LINE and "." in text):
            anchors = _addresses(text, block.hidden)
            dense = len(anchors) >= _FEWEST_ADDRESSES or (len(text) <= _LONGEST_LINE and block.selector is None)
            if not anchors and not _is_bare_item(block):
                continue
        elif not _is_bare_item(block):
            continue
        else:
            anchors, dense = [], True
        if not anchors:
            bullet = _BULLET.match(text)
            start = bullet.end() if bullet else 0
            if bullet is None and block.selector is None:
                continue
            anchors, dense = [(start, len(text) - start, "", -1, block.hidden, "")], True
        yield _Found(index, anchors, dense, *_element(block, len(anchors)))


def _is_bare_item(block: Block) -> bool:
    """A line with a bullet, or a choice of a jump list: an entry without any address."""
    return block.kind is BlockKind.LIST_ITEM and (block.selector is None or " option" in block.selector)


def _is_dense(block: Block) -> bool:
    """True for a block that is there for its links."""
    size = len(block.text.strip())
    if size <= _LONGEST_LINE and block.kind is BlockKind.LIST_ITEM:
        return True
    linked = sum(len(link.anchor.strip()) for link in block.links)
    if block.selector is None:  # Markdown: the address is part of the text
        linked += sum(len(link.href) + 4 for link in block.links)
    lead = block.links[0].start
    if lead <= _LONGEST_HEADING and len(block.links) > 1:  # a name for the row
        size -= lead
    return linked >= _DENSE * size or (len(block.links) >= _ROW and linked >= _DENSE_ROW * size)


def _addresses(text: str, hidden: bool) -> list[_Anchor]:
    """Addresses written out, each with the words before it, or itself where nothing stands there."""
    found: list[_Anchor] = []
    last = 0
    for match in _ADDRESS.finditer(text):
        start = max(last, text.rfind("\n", last, match.start()) + 1)
        bullet = _BULLET.match(text, start, match.start())
        start = bullet.end() if bullet else start
        word = text[start : match.start()]
        bare = word.strip(_BETWEEN)
        place = start + word.find(bare) if bare else match.start()
        size = len(bare) if bare else len(match.group())
        href = match.group() if "//" in match.group() else f"//{match.group()}"
        found.append((place, size, href, -1, hidden, ""))
        last = match.end()
    return found


def _element(block: Block, anchors: int) -> tuple[str, str]:
    """The element of which a block is a part, and its item in that.

    The element is the nearest list or table, the parent of a lone link, or the block itself.
    """
    selector, container = block.selector or "", block.container or ""
    if not selector:
        return "", ""
    lists, item, cell = _around(container)
    inside = selector.startswith(container)
    is_list, is_item, is_inline = _kinds_of(selector[len(container) :] if inside else f" {selector}")
    if is_list or not container:
        lists, item = selector, ""
    elif is_item:
        item = selector
    if len(lists) < cell and (is_item or is_inline):
        # what stands deeper in a cell is no part of the table: old pages lay everything out in tables
        return container[:cell], selector if inside else item
    if lists:
        return lists, item if item.startswith(lists) else ""
    if block.kind is BlockKind.LIST_ITEM and container:
        return container, selector
    return (selector if anchors >= 3 else container), ""


@lru_cache(maxsize=4096)
def _around(path: str) -> tuple[str, str, int]:
    """The innermost list or table of a path, the innermost item, and where the path goes on to a cell, or -1."""
    found = []
    for pattern in (_LIST, _ITEM):
        end = 0
        for match in pattern.finditer(path):
            end = match.end()
        found.append(path[:end])
    cell = _CELL.search(path) if path.endswith(")") else None
    return found[0], found[1], cell.start() if cell is not None else -1


@lru_cache(maxsize=4096)
def _kinds_of(step: str) -> tuple[bool, bool, bool]:
    """Whether the last steps of a path lead to a list, to an item, to a mere piece of a line."""
    return bool(_LIST.search(step)), bool(_ITEM.search(step)), bool(_INLINE.match(step))


def _positions(document: Document, found: Sequence[_Found]) -> list[int]:
    """Where every anchor begins and ends in the document's text, for all of them at once."""
    place = 0
    for each in found:
        each.place = place
        place += 2 * len(each.anchors)
    blocks = [each.index for each in found for _ in each.anchors for _ in range(2)]
    raw = [place for each in found for start, size, *_ in each.anchors for place in (start, start + size)]
    return document.block_positions(blocks, raw)


def _entries(document: Document, each: _Found, places: Sequence[int], first: int, last: int) -> Iterator[Entry]:
    """The entries that begin in a block. Anchors without text, of pictures, are none."""
    text, place, index = document.text, each.place, each.index
    shared = len(each.anchors) > 1 or not each.dense
    for raw, size, href, number, hidden, rel in each.anchors:
        start, end = places[place], places[place + 1]
        place += 2
        bare = text[start:end].strip()
        if bare:
            if len(bare) < end - start:
                start = text.index(bare[0], start)
            yield Entry(start, start + len(bare), first, last, index, raw, size, href, number, shared, hidden, rel)


def _groups(blocks: Sequence[Block], found: Sequence[_Found]) -> list[list[_Found]]:
    """Neighbouring parts of one element together."""
    groups: list[list[_Found]] = []
    for each in found:
        if not each.dense:
            continue
        if groups and _belongs(blocks, groups[-1][-1], each):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _belongs(blocks: Sequence[Block], before: _Found, each: _Found) -> bool:
    if each.element != before.element:
        return False
    between = blocks[before.index + 1 : each.index]
    if between and (len(between) > _NEAR or sum(len(block.text) for block in between) > _LONGEST_BETWEEN):
        return False
    if each.element:
        return True
    if any(block.kind is not BlockKind.LIST_ITEM for block in between):
        return False
    kinds = {blocks[before.index].kind, blocks[each.index].kind}
    return kinds == {BlockKind.LIST_ITEM} or (not between and BlockKind.HEADING not in kinds)


def _assembled(document: Document, group: Sequence[_Found], places: Sequence[int]) -> LinkBlock:
    """The block of a group: every part of it belongs to an entry, and the heading before it to the block."""
    blocks = document.blocks
    last = _tail(blocks, group[-1])
    heading, first = _heading(blocks, group[0])
    entries: list[Entry] = []
    begin = group[0].index
    for turn, each in enumerate(group):
        after = group[turn + 1] if turn + 1 < len(group) else None
        stop = last if after is None else after.index - 1
        while after is not None and stop > each.index and _inside(blocks[stop], after.item):
            stop -= 1  # a picture's text, before the anchor of the same item
        entries += _entries(document, each, places, begin, stop)
        begin = stop + 1
    size = sum(len(blocks[index].text.strip()) for index in range(group[0].index, last + 1))
    linked = sum(entry.end - entry.start for entry in entries)
    return LinkBlock(tuple(entries), first, last, heading, linked / max(size, 1))


def _inside(block: Block, element: str) -> bool:
    return bool(element) and (block.selector or "").startswith(element)


def _tail(blocks: Sequence[Block], end: _Found) -> int:
    """The last block that still belongs to the last entry: a summary, a date; in plain text, an indented line."""
    last = end.index
    stop = min(last + _NEAR, len(blocks) - 1)
    while last < stop:
        after = blocks[last + 1]
        inside = _inside(after, end.item) or (
            not end.item
            and after.selector is None
            and end.element == ""
            and after.kind is BlockKind.LIST_ITEM
            and not after.links
            and not _BULLET.match(after.text)
        )
        if not inside:
            break
        last += 1
    return last


def _heading(blocks: Sequence[Block], begin: _Found) -> tuple[str, int]:
    """The heading of a block, the text before its first anchor or the short block above, and where the block begins."""
    block, first = blocks[begin.index], begin.index
    inner = block.text[: begin.anchors[0][0]].strip(_BETWEEN)
    if 2 <= len(inner) <= _LONGEST_HEADING and _HEADING.search(inner):
        return inner, first
    above = blocks[first - 1] if first else None
    text = above.text.strip() if above is not None else ""
    if above is not None and 0 < len(text) <= _LONGEST_HEADING:
        named = _HEADING.search(text) is not None and len(above.links) <= 1
        beside = above.container == (begin.element.rpartition(" > ")[0] or None)
        if named or (above.kind is BlockKind.HEADING and beside and not above.links and not text[0].isdigit()):
            return text, first - 1
    return "", first
