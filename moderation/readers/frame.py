"""What the walker knows of an element: what its name says of it, and, while it is open, where it stands."""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborNode

from moderation.article import BlockKind, Region
from moderation.readers.region import region_of

UNREAD = frozenset("script style template textarea select".split())
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big br button cite code data del dfn em font i img input ins kbd label mark nobr q rp rt"
    " ruby s samp small span strike strong sub sup svg text time tt u var wbr path g use tspan marquee".split()
)
_KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BlockKind.HEADING),
    **dict.fromkeys(("li", "dt", "dd", "option"), BlockKind.LIST_ITEM),
    **dict.fromkeys(("td", "th", "caption"), BlockKind.TABLE_CELL),
    "pre": BlockKind.CODE,
}
_NO_REGION = frozenset("p li dt dd tr td th tbody thead pre h1 h2 h3 h4 h5 h6 html head meta link hr".split())
_ROOTS = frozenset(("html", "head", "body"))
_SIMPLE_TAG = re.compile(r"[a-z][a-z0-9-]*\Z", re.ASCII)


class Tag:
    """What the name of a node says of it."""

    __slots__ = ("element", "inline", "kind", "name", "region", "root", "selector", "unread")

    def __init__(self, name: str) -> None:
        self.name = name
        self.element = name[:1] not in ("-", "!", "")
        self.unread = name in UNREAD
        self.inline = name in _INLINE
        self.kind = _KINDS.get(name)
        self.region = name not in _NO_REGION
        self.root = name in _ROOTS
        self.selector = name if _SIMPLE_TAG.match(name) else re.sub(r"([^\w-])", r"\\\1", name)


tag_of = lru_cache(maxsize=1024)(Tag)
"""The Tag of a name."""


class Frame:
    """One open element on the way down: what its selector and its blocks need to know.

    `outer` is the nearest element around it that breaks text, None for one that does so itself; only these know
    `kind`, `region`, `hidden_by`, and by `broken` whether a block stands inside them, so that their text comes in runs.
    """

    __slots__ = (
        "broken", "children", "depth", "hidden_by", "kind", "node", "number", "outer", "parent", "region", "selector",
        "tag",
    )  # fmt: skip

    broken: bool
    kind: BlockKind
    region: Region
    hidden_by: str

    def __init__(self, node: LexborNode, tag: Tag, number: int, parent: Frame | None) -> None:
        self.node, self.tag, self.number, self.parent = node, tag, number, parent
        self.children: dict[str, int] = {}
        self.selector: str | None = None
        self.outer: Frame | None = None
        self.depth: int = 0 if parent is None else parent.depth + 1

    def begin(self, around: Frame | None, hidden_by: str) -> None:
        """Break the text here: say what kind of block this is in the one `around`, and in what part of the page."""
        self.broken, self.hidden_by = False, hidden_by
        if around is None:
            self.kind, self.region = BlockKind.PARAGRAPH, Region.MAIN
            return
        self.kind, self.region = around.kind, around.region
        tag = self.tag
        if tag.inline:
            return
        if tag.kind is not None:
            self.kind = tag.kind
        elif tag.name == "p" and around.kind is BlockKind.TABLE_CELL:
            self.kind = BlockKind.PARAGRAPH  # old pages lay their body out in tables
        if tag.region:
            self.region = region_of(tag.name, self.node.attributes, around.region)

    def path(self) -> str:
        """The CSS path of the element by that of its parent, which is written; empty for the root."""
        if self.parent is None:
            return ""
        around, tag = self.parent.selector, self.tag
        if around and not tag.root:
            return f"{around} > {tag.selector}:nth-of-type({self.number})"
        step = tag.selector if tag.root else f"{tag.selector}:nth-of-type({self.number})"
        return f"{around} > {step}" if around else step

    def is_within(self, other: Frame) -> bool:
        """True for the other itself and what stands in it."""
        current: Frame | None = self
        while current is not None and current.depth > other.depth:
            current = current.parent
        return current is other
