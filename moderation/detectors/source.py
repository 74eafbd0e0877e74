"""The source of a page as a browser cuts it up: the elements that scripts, redirects and titles live in.

One pass by search, in linear time, for the few elements that concern cloaking; no tree is built. What stands in a
comment, a form field, a template or a style sheet is passed over, since a browser runs nothing of it.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

_NAMES = "script style title textarea template xmp noscript noframes noembed pre iframe frame meta".split()
_RAW = frozenset("script style title textarea template xmp noframes noembed iframe".split())
"""Elements whose content is text to a browser, or inert: it goes on behind their end tag."""
_KEPT = frozenset("script title iframe frame meta".split())


def _any_case(name: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" for letter in name)


def _tree(names: Sequence[str]) -> str:
    """Names as alternatives by their first letter, which a search can tell apart at once."""
    firsts = sorted({name[0] for name in names})
    branches = (
        _any_case(first) + "(?:" + "|".join(_any_case(name[1:]) for name in names if name[0] == first) + ")"
        for first in firsts
    )
    return "|".join(branches)


_FIRSTS = "".join(sorted({letter for name in _NAMES for letter in (name[0], name[0].upper())}))
_OPENING = re.compile(rf"<(?=[!{_FIRSTS}])(?:!--|({_tree(_NAMES)})(?=[\s/>]))")  # most tags fail at their first letter
_REST_OF_TAG = re.compile(r"""[^>"']*+(?:"[^"]*+"[^>"']*+|'[^']*+'[^>"']*+)*+>""")
_ENDS = {name: re.compile(rf"</{_any_case(name)}(?=[\s/>])") for name in _NAMES}
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?""")
_LONGEST_TAG = 8_000
_SIMPLE_ID = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)
_SIMPLE_TAG = re.compile(r"[a-z][a-z0-9-]*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the source: its tag begins at `start`, its content is `inner:end`.

    `quoted` when it stands in <pre>, where authors show code: a browser runs it, but seldom was that meant.
    `unscripted` when it stands in <noscript>.
    """

    name: str
    start: int
    inner: int
    end: int
    quoted: bool = False
    unscripted: bool = False

    def tag(self, source: str) -> str:
        """The opening tag, as it is written."""
        return source[self.start : self.inner]

    def content(self, source: str) -> str:
        """What stands between the tags, as it is written."""
        return source[self.inner : self.end]

    def attributes(self, source: str) -> dict[str, str]:
        """The attributes with their decoded values; the first of two of one name counts."""
        written = source[self.start + 1 + len(self.name) : min(self.inner - 1, self.start + _LONGEST_TAG)]
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(written):
            value = match.group(2) or match.group(3) or match.group(4) or ""
            found.setdefault(match.group(1).lower(), html.unescape(value) if "&" in value else value)
        return found


def elements(source: str) -> list[Element]:
    """Scripts, titles, frames and meta elements in the order of the source."""
    found: list[Element] = []
    position = quoted_until = unscripted_until = 0
    while (match := _OPENING.search(source, position)) is not None:
        if match.group(1) is None:
            closed = source.find("-->", match.start() + 2)
            if closed < 0:
                break  # an open comment swallows the rest
            position = closed + 3
            continue
        name = match.group(1).lower()
        rest = _REST_OF_TAG.match(source, match.end())
        if rest is None:
            break  # so does an open quote
        position = rest.end()
        if name == "pre":
            quoted_until = max(quoted_until, _end_of(source, name, position, quoted_until))
        elif name == "noscript":
            unscripted_until = max(unscripted_until, _end_of(source, name, position, unscripted_until))
        end = position
        if name in _RAW:
            closing = _ENDS[name].search(source, position)
            if closing is None:
                break  # a script that never ends never runs
            end, after = closing.start(), closing.end()
        else:
            after = position
        if name in _KEPT:
            inside = match.start() < quoted_until, match.start() < unscripted_until
            found.append(Element(name, match.start(), position, end, *inside))
        position = after
    return found


def _end_of(source: str, name: str, position: int, known: int) -> int:
    """Where an element ends that may hold others; not searched again while one is known to be open."""
    if position < known:
        return known
    closing = _ENDS[name].search(source, position)
    return closing.start() if closing is not None else len(source)


class Selectors:
    """CSS selectors of elements, as the reader writes them; the page is parsed when the first is asked for."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parser: LexborHTMLParser | None = None
        self._ids: Counter[str] = Counter()

    def of(self, element: Element, found: Sequence[Element]) -> str | None:
        """The selector of one of the elements of the source, or None where the parser sees another page."""
        if self._parser is None:
            self._parser = LexborHTMLParser(self._source)
            self._ids = Counter((node.id or "").lower() for node in self._parser.css("[id]"))
        nodes = self._parser.css(element.name)
        number = sum(other.name == element.name and other.start < element.start for other in found)
        content = element.content(self._source)
        if number < len(nodes) and _is(nodes[number], element, content):
            return self._path(nodes[number])
        fitting = [node for node in nodes if _is(node, element, content)] if content else []
        return self._path(fitting[0]) if len(fitting) == 1 else None

    def _path(self, node: LexborNode) -> str:
        steps: list[str] = []
        current: LexborNode | None = node
        while current is not None and current.tag and not current.tag.startswith(("-", "#", "!")):
            unique = current.id
            if unique and self._ids[unique.lower()] == 1 and _SIMPLE_ID.match(unique):
                steps.append(f"#{unique}")
                break
            if current.tag == "html":
                break
            steps.append(_step(current))
            current = current.parent
        return " > ".join(reversed(steps))


def _is(node: LexborNode, element: Element, content: str) -> bool:
    """True when a node of the tree is that element: a script by its text, another by its place alone."""
    return element.name != "script" or (node.text(deep=True) or "") == content


def _step(node: LexborNode) -> str:
    tag = node.tag or ""
    if tag in ("head", "body"):
        return tag
    number, beside = 1, node.prev
    while beside is not None:
        number += beside.tag == tag
        beside = beside.prev
    name = tag if _SIMPLE_TAG.match(tag) else re.sub(r"([^\w-])", r"\\\1", tag)
    return f"{name}:nth-of-type({number})"
