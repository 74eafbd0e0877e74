"""One pass over the tree of a page, without recursion, that gathers blocks, links and what is not read.

It runs over every node of every page, so it keeps to plain slots and does nothing twice: a selector is written
only for what becomes a block or link, and each element's only once.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Block, BlockKind, Link, Region
from moderation.readers.failure import InputError, Limits
from moderation.readers.region import region_of
from moderation.readers.style import hidden_elements, placed

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
_SIMPLE_ID = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)
_SIMPLE_TAG = re.compile(r"[a-z][a-z0-9-]*\Z", re.ASCII)
_MAX_SELECTORS = 200_000_000  # characters of all selectors together
_MAX_STEPS = 20_000_000  # elements climbed to find what holds a run of text


class TooDeepError(Exception):
    """The walk met an element deeper than the limits allow."""


class _Frame:
    """One open element on the way down: what its selector and its blocks need to know.

    `block` is the nearest element that breaks text, itself perhaps; `broken` says that a block stands inside this
    one, so that its own text comes in runs.
    """

    __slots__ = (
        "aside", "block", "breaks", "broken", "children", "depth", "hidden_by", "kind", "node", "number", "parent",
        "region", "selector", "tag",
    )  # fmt: skip

    block: _Frame
    depth: int
    kind: BlockKind
    region: Region
    hidden_by: str

    def __init__(self, node: LexborNode, tag: str, number: int, parent: _Frame | None) -> None:
        self.node, self.tag, self.number, self.parent = node, tag, number, parent
        self.children: dict[str, int] = {}
        self.selector: str | None = None
        self.aside: _Aside | None = None
        self.broken = False
        self.breaks = True
        self.block = self
        self.depth = 0 if parent is None else parent.depth + 1
        self.kind = BlockKind.PARAGRAPH if parent is None else parent.kind
        self.region = Region.MAIN if parent is None else parent.region
        self.hidden_by = "" if parent is None else parent.hidden_by


class _Run:
    """The text since the last block ended, in pieces, with the open element around each, and its links."""

    __slots__ = ("frames", "links", "pieces", "size")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.frames: list[_Frame] = []
        self.links: list[Link] = []
        self.size = 0


_Aside = tuple[_Run, list[tuple[int, int]]]
"""A run that waits, and where in it each open anchor began."""


class _Anchor:
    """An open <a>: where its text began in the running block, and whether a block inside it has told of it."""

    __slots__ = ("frame", "piece", "start", "told")

    def __init__(self, frame: _Frame, start: int, piece: int) -> None:
        self.frame, self.start, self.piece = frame, start, piece
        self.told = False


class Walker:
    """Walks one page. `blocks` holds what was found, `unread` how many characters of which parts were passed over,
    `unfollowed` what of the style sheets was not followed.

    Raises TooDeepError, and InputError for more blocks, or longer paths, than can be told.
    """

    def __init__(self, parser: LexborHTMLParser, limits: Limits) -> None:
        self.blocks: list[Block] = []
        self.unread: Counter[str] = Counter()
        self._parser, self._limits = parser, limits
        with_id = [(node.mem_id, node.id) for node in parser.css("[id]")]
        names = Counter((name or "").lower() for _, name in with_id)  # without a doctype, #A is #a too
        self._ids = {key: name for key, name in with_id if name and names[name.lower()] == 1 and _SIMPLE_ID.match(name)}
        self._hidden = hidden_elements(parser)
        self.unfollowed = self._hidden.unread
        self._run = _Run()
        self._open: list[_Anchor] = []
        self._steps = self._written = 0

    def walk(self) -> None:
        """Visit every node once."""
        root = self._parser.root
        beside = root.parent.child if root is not None and root.parent is not None else None
        while beside is not None:
            self._pass_comment(beside)
            beside = beside.next
        if root is None:
            return
        frame: _Frame | None = _Frame(root, root.tag or "", 1, None)
        node = root.child
        while frame is not None:
            if node is None:
                self._leave(frame)
                node, frame = frame.node.next, frame.parent
                continue
            tag = node.tag
            if tag == "-text":
                self._add(node.text_content or "", frame)
                node = node.next
                continue
            opened = self._enter(node, tag or "", frame)
            if opened is None:
                node = node.next
            else:
                frame, node = opened, node.child

    def _enter(self, node: LexborNode, tag: str, around: _Frame) -> _Frame | None:
        """Take in a node other than text; its frame where it holds something to walk."""
        if tag[:1] in ("-", "!", ""):
            self._pass_comment(node)
            return None
        number = around.children[tag] = around.children.get(tag, 0) + 1
        if self._hidden.told and node.mem_id in self._hidden.told:
            self._tell_unseen(_Frame(node, tag, number, around))
        if tag in UNREAD:
            self.unread[tag] += len(node.text(deep=True)) if tag != "template" else len(node.html or "")
            return None
        if tag == "br":
            self._add("\n", around)
            return None
        if tag == "title" and around.tag == "head" and number == 1:
            return None
        child = node.child
        if child is None and tag != "a" and tag != "img" and tag in _INLINE:
            return None
        frame = _Frame(node, tag, number, around)
        if frame.depth >= self._limits.depth:
            raise TooDeepError
        hidden_by = self._hidden.by.get(node.mem_id, around.hidden_by) if self._hidden.by else around.hidden_by
        if tag not in _INLINE:
            around.block.broken = True
            if self._run.pieces or self._run.links:
                self._flush(around)
            _name(frame, around)
        elif hidden_by != around.hidden_by:
            frame.aside = self._set_aside()
        else:
            frame.breaks, frame.block = False, around.block
        frame.hidden_by = hidden_by
        if tag == "a":
            self._open.append(_Anchor(frame, self._run.size, len(self._run.pieces)))
        elif tag == "img":
            self._tell_picture(frame)
        if child is None:
            self._leave(frame)
            return None
        return frame

    def _leave(self, frame: _Frame) -> None:
        if self._open and self._open[-1].frame is frame:
            self._tell_link(self._open.pop())
        if frame.breaks and (self._run.pieces or self._run.links):
            self._flush(frame)
        if frame.aside is not None:
            self._run, places = frame.aside
            for anchor, place in zip(self._open, places, strict=True):
                anchor.start, anchor.piece = place

    def _pass_comment(self, node: LexborNode) -> None:
        if node.is_comment_node:
            self.unread["comment"] += len(node.comment_content or "")

    def _set_aside(self) -> _Aside:
        """Begin a run of its own for hidden text; the one around it goes on when that ends."""
        aside = self._run, [(anchor.start, anchor.piece) for anchor in self._open]
        self._begin()
        return aside

    def _begin(self) -> None:
        self._run = _Run()
        for anchor in self._open:
            anchor.start = anchor.piece = 0

    def _add(self, text: str, frame: _Frame) -> None:
        run = self._run
        run.pieces.append(text)
        run.frames.append(frame)
        run.size += len(text)

    def _tell_link(self, anchor: _Anchor) -> None:
        """Add a link to the running block, with the text that stands there since it opened."""
        frame = anchor.frame
        attributes = frame.node.attributes
        if "href" not in attributes:
            return
        text = "".join(self._run.pieces[anchor.piece :])
        if anchor.told and not text.strip():
            return
        anchor.told = True
        href, rel = attributes["href"] or "", attributes.get("rel") or ""
        selector = self._selector(frame)
        self._run.links.append(Link(href, text, rel, bool(frame.hidden_by), anchor.start, selector))

    def _tell_picture(self, frame: _Frame) -> None:
        """A picture's alternative text and title, which only machines and listeners read, as a block of its own."""
        attributes = frame.node.attributes
        texts = dict.fromkeys((attributes.get(name) or "").strip() for name in ("alt", "title"))
        text = "\n".join(filter(None, texts))
        if text:
            self._add_block(frame, text, BlockKind.ATTRIBUTE, ())

    def _tell_unseen(self, frame: _Frame) -> None:
        """What a script writes, or empty elements share, is a block where that element stands."""
        around = self._selector(frame.parent) if frame.parent is not None else ""
        told = self._hidden.told[frame.node.mem_id]
        self.blocks.append(placed(told, self._selector(frame), around or None))

    def _flush(self, frame: _Frame) -> None:
        """End the running block; `frame` is the innermost open element."""
        run = self._run
        text = "".join(run.pieces)
        if text and not text.isspace():
            for anchor in self._open:
                if any(not piece.isspace() for piece in run.pieces[anchor.piece :] if piece):
                    self._tell_link(anchor)
            holder = self._holder(run, frame.block)
            if holder is not frame.block:
                text = _trim(run, holder)
            self._add_block(holder, text, holder.kind, tuple(run.links))
        elif run.links:
            self._add_block(frame.block, text, frame.block.kind, tuple(run.links))
        self._begin()

    def _add_block(self, frame: _Frame, text: str, kind: BlockKind, links: tuple[Link, ...]) -> None:
        selector = self._selector(frame)
        container = self._selector(frame.parent) or None if frame.parent is not None else None
        hidden_by = frame.hidden_by
        self.blocks.append(
            Block(kind, text, links, bool(hidden_by), selector, container, None, frame.region, hidden_by)
        )
        if len(self.blocks) > self._limits.blocks:
            raise InputError(f"more than {self._limits.blocks} blocks in one page")

    def _holder(self, run: _Run, block: _Frame) -> _Frame:
        """The element whose text the run is, as nearly as markup allows.

        Where a block holds other blocks, a run of its text is often all inside one inline element, which then names
        it exactly; blanks around that element do not belong to it.
        """
        if not block.broken:
            return block
        holder: _Frame | None = None
        for piece, frame in zip(run.pieces, run.frames, strict=True):
            if piece and not piece.isspace() and frame is not holder:
                holder = frame if holder is None else self._common(holder, frame)
                if holder.depth <= block.depth:
                    return block
        return block if holder is None else holder

    def _common(self, left: _Frame, right: _Frame) -> _Frame:
        """The innermost element around both."""
        while left is not right:
            self._steps += 1
            if left.depth > right.depth:
                left = left.parent or left
            elif right.depth > left.depth:
                right = right.parent or right
            else:
                left, right = left.parent or left, right.parent or right
        if self._steps > _MAX_STEPS:
            raise InputError("too many blocks, links and texts nest too deep")
        return left

    def _selector(self, frame: _Frame) -> str:
        """The CSS path of an element, from the nearest unique id; empty for the root."""
        if frame.selector is not None:
            return frame.selector
        missing = []
        current: _Frame | None = frame
        while current is not None and current.selector is None:
            missing.append(current)
            current = current.parent
        for unwritten in reversed(missing):
            unwritten.selector = self._written_path(unwritten)
            self._written += len(unwritten.selector)
        if self._written > _MAX_SELECTORS:
            raise InputError("too many blocks, links and texts nest too deep")
        return frame.selector or ""

    def _written_path(self, frame: _Frame) -> str:
        if frame.parent is None:
            return ""
        unique = self._ids.get(frame.node.mem_id) if self._ids else None
        if unique:
            return f"#{unique}"
        tag = frame.tag
        step = tag if tag in _ROOTS else f"{_escaped(tag)}:nth-of-type({frame.number})"
        around = frame.parent.selector
        return f"{around} > {step}" if around else step


@lru_cache(maxsize=1024)
def _escaped(tag: str) -> str:
    """The name of an element as a selector writes it."""
    return tag if _SIMPLE_TAG.match(tag) else re.sub(r"([^\w-])", r"\\\1", tag)


def _trim(run: _Run, holder: _Frame) -> str:
    """Take from both ends of a run the blanks that stand outside its holder; the text that is left."""
    inside = [_is_within(frame, holder) for frame in run.frames]
    first = inside.index(True)
    last = len(inside) - inside[::-1].index(True)
    trimmed = sum(map(len, run.pieces[:first]))
    text = "".join(run.pieces[first:last])
    if trimmed or last < len(run.pieces):
        run.links = [_clipped(link, trimmed, text) for link in run.links]
    return text


def _name(frame: _Frame, around: _Frame) -> None:
    """Say what kind of block an element makes, and what part of the page it is."""
    tag = frame.tag
    known = _KINDS.get(tag)
    if known is not None:
        frame.kind = known
    elif tag == "p" and around.kind is BlockKind.TABLE_CELL:
        frame.kind = BlockKind.PARAGRAPH  # old pages lay their body out in tables
    if tag not in _NO_REGION:
        frame.region = region_of(tag, frame.node.attributes, around.region)


def _is_within(frame: _Frame, holder: _Frame) -> bool:
    current: _Frame | None = frame
    while current is not None and current.depth > holder.depth:
        current = current.parent
    return current is holder


def _clipped(link: Link, trimmed: int, text: str) -> Link:
    """A link in what is left of its run, whose first `trimmed` characters are gone."""
    start = min(max(link.start - trimmed, 0), len(text))
    end = max(link.start + len(link.anchor) - trimmed, start)
    return replace(link, start=start, anchor=text[start:end])
