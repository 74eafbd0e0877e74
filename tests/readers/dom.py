"""Two ordinary DOM libraries, asked for the element that a selector names and for its text."""

from __future__ import annotations

import warnings
from typing import Any, Protocol

from bs4 import BeautifulSoup, NavigableString
from selectolax.lexbor import LexborHTMLParser

from moderation.article import Article, BlockKind

UNREAD = ("script", "style", "template", "textarea", "select")


class Dom(Protocol):
    def find(self, selector: str) -> list[Any]: ...

    def text(self, element: Any) -> str: ...

    def holds(self, outer: Any, inner: Any) -> bool: ...

    def attribute(self, element: Any, name: str) -> str | None: ...


class Lexbor:
    def __init__(self, source: str) -> None:
        self.tree = LexborHTMLParser(source)

    def find(self, selector: str) -> list[Any]:
        return list(self.tree.css(selector))

    def text(self, element: Any) -> str:
        pieces = []
        node = element.child
        while node is not None:
            if node.tag == "-text":
                pieces.append(node.text_content or "")
            elif node.tag == "br":
                pieces.append("\n")
            elif node.tag not in UNREAD and not node.tag.startswith(("-", "!")):
                pieces.append(self.text(node))
            node = node.next
        return "".join(pieces)

    def holds(self, outer: Any, inner: Any) -> bool:
        node = inner.parent
        while node is not None:
            if node.mem_id == outer.mem_id:
                return True
            node = node.parent
        return False

    def attribute(self, element: Any, name: str) -> str | None:
        return element.attributes.get(name)


class Soup:
    def __init__(self, source: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # html5lib's own
            self.tree = BeautifulSoup(source, "html5lib")

    def find(self, selector: str) -> list[Any]:
        return list(self.tree.select(selector))

    def text(self, element: Any) -> str:
        pieces = []
        for child in element.children:
            if isinstance(child, NavigableString):
                pieces.append(str(child) if type(child) is NavigableString else "")
            elif child.name == "br":
                pieces.append("\n")
            elif child.name not in UNREAD:
                pieces.append(self.text(child))
        return "".join(pieces)

    def holds(self, outer: Any, inner: Any) -> bool:
        return any(parent is outer for parent in inner.parents)

    def attribute(self, element: Any, name: str) -> str | None:
        value = element.get(name)
        return " ".join(value) if isinstance(value, list) else value


def is_within(part: str, whole: str) -> bool:
    """True when the characters of `part` stand in `whole` in this order, with others between them or not."""
    rest = iter(whole)
    return all(character in rest for character in part)


def check_places(article: Article, dom: Dom, *, exact: bool = True) -> None:
    """Every selector finds one element; it has the block's text, exactly where no other block stands inside it.

    Not `exact` for tag soup: there a block may cut an inline element in two, and each run names the whole of it.
    """
    found = []
    for block in article.blocks:
        assert block.selector, block
        elements = dom.find(block.selector)
        assert len(elements) == 1, (block.selector, len(elements))
        found.append(elements[0])
        if block.container:
            containers = dom.find(block.container)
            assert len(containers) == 1, block.container
            assert dom.holds(containers[0], elements[0])
    selectors = [block.selector for block in article.blocks]
    for block, element in zip(article.blocks, found, strict=True):
        if block.kind is BlockKind.ATTRIBUTE:
            written = [(dom.attribute(element, name) or "").strip() for name in ("alt", "title")]
            assert block.text == "\n".join(filter(None, dict.fromkeys(written)))
            continue
        text = dom.text(element)
        alone = selectors.count(block.selector) == 1 and not any(dom.holds(element, other) for other in found)
        assert is_within(block.text, text), (block, text)
        if alone and exact:
            assert "".join(block.text.split()) == "".join(text.split()), block.selector
        for link in block.links:
            assert link.selector
            anchors = dom.find(link.selector)
            assert len(anchors) == 1, link.selector
            assert (dom.attribute(anchors[0], "href") or "") == link.href
            assert is_within(link.anchor, dom.text(anchors[0]))
            assert block.text[link.start : link.start + len(link.anchor)] == link.anchor
