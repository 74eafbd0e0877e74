"""Blocks of what is no text of the page: what a script writes, and the id that empty elements share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Block, BlockKind, Link

_BREAKS = frozenset("div p li ul ol table tr td th br h1 h2 h3 h4 dl dt dd section marquee center".split())
_FILLERS = frozenset("acronym bdo dfn dir kbd legend optgroup q samp strike tt var".split())
_FEWEST_FILLERS, _FEWEST_KINDS = 6, 3
_SILENT = frozenset("script style template textarea select title".split())


def written_block(parser: LexborHTMLParser, by: Mapping[int, str]) -> Block | None:
    """Text and links of written markup as one block, without a selector; None where it says nothing.

    It is hidden by the first means it uses; where it uses none, by being written (`script`).
    """
    pieces: list[str] = []
    links: list[Link] = []
    size, means = 0, ""
    for node in _walk(parser):
        tag = node.tag or ""
        means = means or by.get(node.mem_id, "")
        text = ""
        if tag == "-text":
            text = node.text_content or ""
        elif tag == "a" and node.attributes.get("href"):
            if pieces and not pieces[-1][-1:].isspace():
                pieces.append(" ")
                size += 1
            href, rel = node.attributes["href"] or "", node.attributes.get("rel") or ""
            links.append(Link(href, node.text(deep=True), rel, hidden=True, start=size))
        elif tag in _BREAKS:
            text = "\n"
        if text:
            pieces.append(text)
            size += len(text)
    whole = "".join(pieces)
    if not whole.strip() and not links:
        return None
    return Block(BlockKind.PARAGRAPH, whole, tuple(links), hidden=True, hidden_by=means or "script")


def _walk(parser: LexborHTMLParser) -> list[LexborNode]:
    """The nodes of a page in reading order, without what holds no text."""
    found: list[LexborNode] = []
    waiting = [parser.root] if parser.root is not None else []
    while waiting:
        node = waiting.pop()
        found.append(node)
        if node.tag in _SILENT:
            continue
        children = []
        child = node.child
        while child is not None:
            children.append(child)
            child = child.next
        waiting += reversed(children)
    return found


def filler_blocks(parser: LexborHTMLParser, by: Mapping[int, str]) -> dict[int, Block]:
    """For ids that many empty elements of rare kinds share, a block at each hidden element around them.

    Page factories strew them so that no two pages have the same markup. Where none of them is in a hidden element,
    the first one has the block.
    """
    named = parser.css("[id]")
    if len({node.tag for node in named} & _FILLERS) < _FEWEST_KINDS:
        return {}
    shared: defaultdict[str, list[LexborNode]] = defaultdict(list)
    for node in named:
        if node.id and (node.child is None or not node.text(deep=True, strip=True)):
            shared[node.id].append(node)
    found: dict[int, Block] = {}
    for name, nodes in shared.items():
        kinds = {node.tag for node in nodes} & _FILLERS
        if len(nodes) < _FEWEST_FILLERS or len(kinds) < _FEWEST_KINDS:
            continue
        block = Block(BlockKind.ATTRIBUTE, name, hidden=True, hidden_by="filler")
        around = {parent.mem_id for node in nodes if (parent := node.parent) is not None and by.get(parent.mem_id)}
        found.update((key, block) for key in around or {nodes[0].mem_id})
    return found
