"""One pass over the tree of a page, without recursion, that gathers blocks, links and what is not read.

It runs over every node of every page, so it keeps to plain slots and does nothing twice: a selector is written
only for what becomes a block or link, and each element's only once.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Block, BlockKind, Link
from moderation.readers.failure import InputError, Limits
from moderation.readers.frame import Frame, Tag, tag_of
from moderation.readers.style import hidden_elements, placed

_SIMPLE_ID = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)
_MAX_SELECTORS = 200_000_000  # characters of all selectors together
_MAX_STEPS = 20_000_000  # elements climbed to find what holds a run of text


class TooDeepError(Exception):
    """The walk met an element deeper than the limits allow."""


class _Run:
    """The text since the last block ended, in pieces, with the open element around each, and its links."""

    __slots__ = ("frames", "links", "pieces", "size")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.frames: list[Frame] = []
        self.links: list[Link] = []
        self.size = 0


class _Anchor:
    """An open <a>: where its text began in the running block, and whether a block inside it has told of it."""

    __slots__ = ("frame", "piece", "start", "told")

    def __init__(self, frame: Frame, start: int, piece: int) -> None:
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
        self._asides: list[tuple[Frame, _Run, list[tuple[int, int]]]] = []
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
        page = Frame(root, tag_of(root.tag or ""), 1, None)
        page.begin(None, "")
        frame: Frame | None = page
        node = root.child
        while frame is not None:
            if node is None:
                if frame.outer is None or frame.tag.name == "a":
                    self._leave(frame)
                node, frame = frame.node.next, frame.parent
                continue
            name = node.tag
            if name == "-text":
                text = node.text_content or ""
                run = self._run
                run.pieces.append(text)
                run.frames.append(frame)
                run.size += len(text)
                node = node.next
                continue
            opened = self._enter(node, tag_of(name or ""), frame)
            if opened is None:
                node = node.next
            else:
                frame, node = opened, node.child

    def _enter(self, node: LexborNode, tag: Tag, around: Frame) -> Frame | None:
        """Take in a node other than text; its frame where it holds something to walk."""
        if not tag.element:
            self._pass_comment(node)
            return None
        name = tag.name
        number = around.children[name] = around.children.get(name, 0) + 1
        hidden = self._hidden
        if hidden.told and node.mem_id in hidden.told:
            self._tell_unseen(Frame(node, tag, number, around))
        if tag.unread:
            self.unread[name] += len(node.text(deep=True)) if name != "template" else len(node.html or "")
            return None
        if name == "br":
            self._run.pieces.append("\n")
            self._run.frames.append(around)
            self._run.size += 1
            return None
        if name == "title" and around.tag.name == "head" and number == 1:
            return None
        child = node.child
        if child is None and tag.inline and name != "a" and name != "img":
            return None
        frame = Frame(node, tag, number, around)
        if frame.depth >= self._limits.depth:
            raise TooDeepError
        block = around.outer or around
        means = hidden.by.get(node.mem_id, block.hidden_by) if hidden.by else block.hidden_by
        if not tag.inline:
            block.broken = True
            if self._run.pieces or self._run.links:
                self._flush(block)
            frame.begin(block, means)
        elif means != block.hidden_by:
            frame.begin(block, means)
            self._set_aside(frame)
        else:
            frame.outer = block
        if name == "a":
            self._open.append(_Anchor(frame, self._run.size, len(self._run.pieces)))
        elif name == "img":
            self._tell_picture(frame)
        if child is None:
            self._leave(frame)
            return None
        return frame

    def _leave(self, frame: Frame) -> None:
        if self._open and self._open[-1].frame is frame:
            self._tell_link(self._open.pop())
        if frame.outer is not None:
            return
        if self._run.pieces or self._run.links:
            self._flush(frame)
        if self._asides and self._asides[-1][0] is frame:
            _, self._run, places = self._asides.pop()
            for anchor, place in zip(self._open, places, strict=True):
                anchor.start, anchor.piece = place

    def _pass_comment(self, node: LexborNode) -> None:
        if node.is_comment_node:
            self.unread["comment"] += len(node.comment_content or "")

    def _set_aside(self, frame: Frame) -> None:
        """Begin a run of its own for hidden text; the one around it goes on when the frame is left."""
        self._asides.append((frame, self._run, [(anchor.start, anchor.piece) for anchor in self._open]))
        self._run = _Run()
        for anchor in self._open:
            anchor.start = anchor.piece = 0

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
        hidden = bool((frame.outer or frame).hidden_by)
        self._run.links.append(Link(href, text, rel, hidden, anchor.start, self._selector(frame)))

    def _tell_picture(self, frame: Frame) -> None:
        """A picture's alternative text and title, which only machines and listeners read, as a block of its own."""
        attributes = frame.node.attributes
        texts = dict.fromkeys((attributes.get(name) or "").strip() for name in ("alt", "title"))
        text = "\n".join(filter(None, texts))
        if text:
            self._add_block(frame, text, BlockKind.ATTRIBUTE, ())

    def _tell_unseen(self, frame: Frame) -> None:
        """What a script writes, or empty elements share, is a block where that element stands."""
        around = self._selector(frame.parent) if frame.parent is not None else ""
        told = self._hidden.told[frame.node.mem_id]
        self.blocks.append(placed(told, self._selector(frame), around or None))

    def _flush(self, block: Frame) -> None:
        """End the running text, which stands in `block`."""
        run = self._run
        text = "".join(run.pieces)
        if text and not text.isspace():
            for anchor in self._open:
                if any(not piece.isspace() for piece in run.pieces[anchor.piece :] if piece):
                    self._tell_link(anchor)
            holder = self._holder(run, block) if block.broken else block
            if holder is not block:
                text = _trim(run, holder)
            self._add_block(holder, text, block.kind, tuple(run.links))
        elif run.links:
            self._add_block(block, text, block.kind, tuple(run.links))
        run.pieces.clear()
        run.frames.clear()
        run.links.clear()
        run.size = 0
        for anchor in self._open:
            anchor.start = anchor.piece = 0

    def _add_block(self, frame: Frame, text: str, kind: BlockKind, links: tuple[Link, ...]) -> None:
        selector = self._selector(frame)
        container = self._selector(frame.parent) or None if frame.parent is not None else None
        block = frame.outer or frame
        means = block.hidden_by
        self.blocks.append(Block(kind, text, links, bool(means), selector, container, None, block.region, means))
        if len(self.blocks) > self._limits.blocks:
            raise InputError(f"more than {self._limits.blocks} blocks in one page")

    def _holder(self, run: _Run, block: Frame) -> Frame:
        """The element whose text the run is, as nearly as markup allows.

        Where a block holds other blocks, a run of its text is often all inside one inline element, which then names
        it exactly; blanks around that element do not belong to it.
        """
        holder: Frame | None = None
        for piece, frame in zip(run.pieces, run.frames, strict=True):
            if piece and not piece.isspace() and frame is not holder:
                holder = frame if holder is None else self._common(holder, frame)
                if holder.depth <= block.depth:
                    return block
        return block if holder is None else holder

    def _common(self, left: Frame, right: Frame) -> Frame:
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

    def _selector(self, frame: Frame) -> str:
        """The CSS path of an element, from the nearest unique id; empty for the root."""
        if frame.selector is not None:
            return frame.selector
        missing = []
        around = frame.parent
        while around is not None and around.selector is None:
            missing.append(around)
            around = around.parent
        while missing:
            self._write(missing.pop())
        if self._written > _MAX_SELECTORS:
            raise InputError("too many blocks, links and texts nest too deep")
        return self._write(frame)

    def _write(self, frame: Frame) -> str:
        """The path of an element whose parent has one."""
        unique = self._ids.get(frame.node.mem_id) if self._ids and frame.parent is not None else None
        frame.selector = path = frame.path() if unique is None else f"#{unique}"
        self._written += len(path)
        return path


def _trim(run: _Run, holder: Frame) -> str:
    """Take from both ends of a run the blanks that stand outside its holder; the text that is left."""
    inside = [frame.is_within(holder) for frame in run.frames]
    first = inside.index(True)
    last = len(inside) - inside[::-1].index(True)
    trimmed = sum(map(len, run.pieces[:first]))
    text = "".join(run.pieces[first:last])
    if trimmed or last < len(run.pieces):
        run.links = [_clipped(link, trimmed, text) for link in run.links]
    return text


def _clipped(link: Link, trimmed: int, text: str) -> Link:
    """A link in what is left of its run, whose first `trimmed` characters are gone."""
    start = min(max(link.start - trimmed, 0), len(text))
    end = max(link.start + len(link.anchor) - trimmed, start)
    return replace(link, start=start, anchor=text[start:end])
