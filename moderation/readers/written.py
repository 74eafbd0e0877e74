"""A block of what a script writes."""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Block, BlockKind, Link

_BREAKS = frozenset("div p li ul ol table tr td th br h1 h2 h3 h4 dl dt dd section marquee center".split())
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
