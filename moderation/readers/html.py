"""An HTML page to an article: its blocks in reading order, each with a selector that finds it again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Article, Block, BlockKind, FieldName, Link, Unread
from moderation.readers.failure import InputError, Limits

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big br button cite code data del dfn em font i img input ins kbd label mark nobr q rp rt"
    " ruby s samp small span strike strong sub sup svg text time tt u var wbr path g use tspan marquee".split()
)
_UNREAD = {
    "script": "scripts are not run",
    "style": "style sheets hold no text",
    "template": "templates are inert",
    "textarea": "form fields are not content",
    "select": "form fields are not content",
}
_KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BlockKind.HEADING),
    **dict.fromkeys(("li", "dt", "dd", "option"), BlockKind.LIST_ITEM),
    **dict.fromkeys(("td", "th", "caption"), BlockKind.TABLE_CELL),
    "pre": BlockKind.CODE,
}
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]))", re.I)
_SIMPLE_ID = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)
_SIMPLE_TAG = re.compile(r"[a-z][a-z0-9-]*\Z", re.ASCII)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_SELF_CLOSING = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th tbody thead tfoot option"
    " path use circle rect".split()
)


@dataclass(slots=True)
class _Frame:
    """One open element on the way down: what its selector and its blocks need to know."""

    node: LexborNode
    step: str
    kind: BlockKind
    hidden: bool
    breaks: bool
    broken: bool = False  # a block stands inside it, so that its own text comes in runs
    children: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Anchor:
    """An open <a>: where its text began in the running block, and whether a block inside it has told of it."""

    node: LexborNode
    start: int
    piece: int
    depth: int
    told: bool = False


def read_html(
    source: str, *, identifier: str, title: str | None = None, url: str | None = None, limits: Limits | None = None
) -> Article:
    """Read a page. `title` overrides the page's own, which then counts as a block.

    Raises InputError for markup nested deeper, or cut in more blocks, than `limits` allow.
    """
    limits = limits or Limits()
    _check_depth(source, limits.depth)
    parser = LexborHTMLParser(source)
    walker = _Walker(parser, limits)
    walker.walk()
    head = _Head(parser)
    blocks = tuple(walker.blocks)
    selectors = dict(head.selectors)
    if title is not None:
        if head.title and head.title != title:
            blocks = (Block(BlockKind.HEADING, head.title, selector=selectors[FieldName.TITLE]), *blocks)
        selectors.pop(FieldName.TITLE, None)
    return Article(
        id=identifier,
        title=head.title if title is None else title,
        blocks=blocks,
        url=url,
        description=head.description,
        keywords=head.keywords,
        source=source,
        selectors=selectors,
        unread=tuple(Unread(part, size, _UNREAD.get(part, "comments")) for part, size in walker.unread.items()),
    )


def _check_depth(source: str, limit: int) -> None:
    """Refuse deep nesting before parsing it: the parser takes the square of the depth."""
    if source.count("<") <= limit:
        return
    depth = 0
    for match in _TAG.finditer(source):
        if match.group(2).lower() not in _SELF_CLOSING:
            depth = max(depth - 1, 0) if match.group(1) else depth + 1
            if depth > limit:
                line = source.count("\n", 0, match.start()) + 1
                raise InputError(f"elements nest more than {limit} deep", line=line)


class _Head:
    """What the page says of itself."""

    def __init__(self, parser: LexborHTMLParser) -> None:
        self.selectors: dict[FieldName, str] = {}
        node = parser.css_first("head > title") or parser.css_first("title")
        self.title = node.text().strip() if node is not None else ""
        if node is not None:
            self.selectors[FieldName.TITLE] = "title"
        self.description = self._meta(parser, FieldName.DESCRIPTION)
        self.keywords = self._meta(parser, FieldName.KEYWORDS)

    def _meta(self, parser: LexborHTMLParser, name: FieldName) -> str:
        node = parser.css_first(f'meta[name="{name}" i]')
        content = node.attributes.get("content") if node is not None else None
        if node is None or not content:
            return ""
        self.selectors[name] = f'meta[name="{node.attributes["name"]}"]'
        return content


class _Walker:
    """One pass over the tree, without recursion, that gathers blocks, links and what is not read."""

    def __init__(self, parser: LexborHTMLParser, limits: Limits) -> None:
        self.root = parser.root
        self.limits = limits
        self.blocks: list[Block] = []
        self.unread: Counter[str] = Counter()
        with_id = parser.css("[id]")
        names = Counter(node.id for node in with_id)
        self._ids = {node.mem_id: node.id for node in with_id if node.id and names[node.id] == 1}
        suspects = parser.css("[hidden],[style],noscript")
        self._hidden = {node.mem_id for node in suspects if _is_hidden(node)}
        self._pieces: list[str] = []
        self._paths: list[tuple[_Frame, ...]] = []  # the open elements around each piece
        self._size = 0
        self._links: list[Link] = []
        self._open: list[_Anchor] = []
        self._stack: list[_Frame] = []

    def walk(self) -> None:
        node = self.root
        self._stack = [_Frame(node, "", BlockKind.PARAGRAPH, False, True)] if node is not None else []
        node = node.child if node is not None else None
        while self._stack:
            if node is None:
                closed = self._leave()
                node = closed.next if self._stack else None
                continue
            child = self._enter(node)
            node = child if child is not None else node.next

    def _enter(self, node: LexborNode) -> LexborNode | None:
        """Take in a node; returns its first child when it was opened."""
        tag = node.tag or ""
        frame = self._stack[-1]
        if tag == "-text":
            self._add(node.text_content or "")
            return None
        if tag.startswith(("-", "!")):
            self.unread["comment"] += len(node.comment_content or "") if node.is_comment_node else 0
            return None
        frame.children[tag] += 1
        if tag in _UNREAD:
            self.unread[tag] += len(node.text(deep=True)) if tag != "template" else len(node.html or "")
            return None
        if tag == "br":
            self._add("\n")
            return None
        if tag == "title" and frame.node.tag == "head":
            return None
        breaks = tag not in _INLINE
        if breaks:
            self._block_frame(len(self._stack)).broken = True
            self._flush()
        self._stack.append(
            _Frame(
                node,
                self._step(node, tag, frame.children[tag]),
                _KINDS.get(tag, frame.kind),
                frame.hidden or node.mem_id in self._hidden,
                breaks,
            )
        )
        if tag == "a":
            self._open.append(_Anchor(node, self._size, len(self._pieces), len(self._stack)))
        if node.child is None:
            self._leave()
            return None
        return node.child

    def _leave(self) -> LexborNode:
        frame = self._stack[-1]
        if self._open and self._open[-1].depth == len(self._stack):
            self._tell_link(self._open.pop())
        if frame.breaks:
            self._flush()
        self._stack.pop()
        return frame.node

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self._paths.append(tuple(self._stack))
        self._size += len(text)

    def _tell_link(self, anchor: _Anchor) -> None:
        """Add a link to the running block, with the text that stands there since it opened."""
        attributes = anchor.node.attributes
        href = attributes.get("href")
        if href is None:
            return
        text = "".join(self._pieces[anchor.piece :])
        if anchor.told and not text.strip():
            return
        anchor.told = True
        hidden = self._stack[anchor.depth - 1].hidden
        selector = _selector(self._stack[: anchor.depth])
        self._links.append(Link(href, text, attributes.get("rel") or "", hidden, anchor.start, selector))

    def _flush(self) -> None:
        """End the running block, if it holds anything."""
        if any(not piece.isspace() for piece in self._pieces):
            for anchor in self._open:
                self._tell_link(anchor)
            self._add_block(self._narrowed())
        elif self._links:
            self._add_block(self._stack[: self._block_depth(len(self._stack))])
        self._pieces, self._paths, self._size, self._links = [], [], 0, []
        for anchor in self._open:
            anchor.start = anchor.piece = 0

    def _add_block(self, path: Sequence[_Frame]) -> None:
        frame = path[-1]
        selector, container = _selector(path), _selector(path[:-1]) or None
        text = "".join(self._pieces)
        self.blocks.append(Block(frame.kind, text, tuple(self._links), frame.hidden, selector, container))
        if len(self.blocks) > self.limits.blocks:
            raise InputError(f"more than {self.limits.blocks} blocks in one page")

    def _narrowed(self) -> Sequence[_Frame]:
        """The path to the element whose text the run is, as nearly as markup allows.

        Where a block holds other blocks, a run of its text is often all inside one inline element, which then names
        it exactly; blanks around that element do not belong to it.
        """
        depth = self._block_depth(len(self._stack))
        if not self._stack[depth - 1].broken:
            return self._stack[:depth]
        told = [index for index, piece in enumerate(self._pieces) if not piece.isspace()]
        path = self._paths[told[0]]
        for index in told[1:]:
            other = self._paths[index]
            same = (a is b for a, b in zip(path, other, strict=False))
            path = path[: next((i for i, equal in enumerate(same) if not equal), min(len(path), len(other)))]
            if len(path) <= depth:
                return self._stack[:depth]
        inside = [len(other) >= len(path) and other[len(path) - 1] is path[-1] for other in self._paths]
        first = inside.index(True)
        last = len(inside) - inside[::-1].index(True)
        trimmed = sum(map(len, self._pieces[:first]))
        self._pieces = self._pieces[first:last]
        self._links = [replace(link, start=max(link.start - trimmed, 0)) for link in self._links]
        return path

    def _block_depth(self, depth: int) -> int:
        """How deep the nearest element that breaks text lies, from a depth of the stack upwards."""
        return next(i for i in range(depth, 0, -1) if self._stack[i - 1].breaks)

    def _block_frame(self, depth: int) -> _Frame:
        return self._stack[self._block_depth(depth) - 1]

    def _step(self, node: LexborNode, tag: str, number: int) -> str:
        unique = self._ids.get(node.mem_id)
        if unique and _SIMPLE_ID.match(unique):
            return f"#{unique}"
        if tag in ("html", "head", "body"):
            return tag
        name = tag if _SIMPLE_TAG.match(tag) else re.sub(r"([^\w-])", r"\\\1", tag)
        return f"{name}:nth-of-type({number})"


def _selector(path: Sequence[_Frame]) -> str:
    """The CSS path of the last element, from the nearest unique id; the root of a path is the document."""
    steps: list[str] = []
    for frame in reversed(path[1:]):
        steps.append(frame.step)
        if frame.step.startswith("#"):
            break
    return " > ".join(reversed(steps))


def _is_hidden(node: LexborNode) -> bool:
    if node.tag == "noscript":
        return True
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDING_STYLE.search(attributes.get("style") or ""))
