"""An HTML page to an article: its blocks in reading order, each with a selector that finds it again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Article, Block, BlockKind, FieldName, Link, Unread
from moderation.readers.failure import InputError, Limits
from moderation.readers.style import hidden_elements, placed

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
_SIMPLE_ID = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)
_SIMPLE_TAG = re.compile(r"[a-z][a-z0-9-]*\Z", re.ASCII)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)")
_SHALLOW = frozenset("br dd dt embed hr img li meta p".split())  # they close themselves, in drawings and formulas too
_FORMATTING = frozenset("b big code em font i nobr s small strike strong tt u".split())
_MAX_PARSING = 1_000_000_000  # open elements, summed over the tags: some seconds of parsing
_MAX_REOPENED = 2_000_000  # copies of unclosed formatting: a gigabyte of elements
_MAX_STEPS = 20_000_000  # steps in the paths of all blocks, links and texts


@dataclass(slots=True)
class _Frame:
    """One open element on the way down: what its selector and its blocks need to know."""

    node: LexborNode
    step: str
    kind: BlockKind
    hidden_by: str
    breaks: bool
    broken: bool = False  # a block stands inside it, so that its own text comes in runs
    children: Counter[str] = field(default_factory=Counter)
    aside: _Aside | None = None


@dataclass(slots=True)
class _Run:
    """The text since the last block ended, in pieces, with the open elements around each, and its links."""

    pieces: list[str] = field(default_factory=list)
    paths: list[tuple[_Frame, ...]] = field(default_factory=list)
    size: int = 0
    links: list[Link] = field(default_factory=list)


_Aside = tuple[_Run, list[tuple[int, int]]]
"""A run that waits, and where in it each open anchor began."""


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
    _check_cost(source)
    parser = LexborHTMLParser(source)
    walker = _Walker(parser, limits)
    try:
        walker.walk()
    except _TooDeepError as error:
        deep = (offset for offset, depth, _ in _open_elements(source) if depth > limits.depth)
        line = source.count("\n", 0, next(deep, 0)) + 1
        raise InputError(f"elements nest more than {limits.depth} deep", line=line) from error
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
        unread=tuple(Unread(part, size, _UNREAD.get(part, "comments")) for part, size in walker.unread.items())
        + walker.unfollowed,
    )


class _TooDeepError(Exception):
    """The walk met an element deeper than the limits allow."""


def _open_elements(source: str) -> Iterator[tuple[int, int, int]]:
    """At every tag its offset and, without parsing, at most how many elements and how much formatting are open.

    An end tag closes only what bears its name, so that stray ones hide nothing.
    """
    opened: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    depth = formatting = copies = 0
    for match in _TAG.finditer(source):
        closing, name = match.group(1), match.group(2).lower()
        if name not in _SHALLOW and (not closing or opened[name]):
            change = -1 if closing else 1
            opened[name] += change
            depth += change
            if name in _FORMATTING:
                formatting += change
                if not closing:
                    forms[match.group()] += 1
                    copies += forms[match.group()] <= 3  # a parser reopens no more than three of a form
        yield match.start(), depth, min(formatting, copies)


def _check_cost(source: str) -> None:
    """Refuse before parsing what a parser takes the square of: unclosed elements, reopened formatting."""
    if source.count("<") <= 2_000:
        return
    parsing = reopened = 0
    for offset, depth, formatting in _open_elements(source):
        parsing += depth
        reopened += formatting
        if parsing > _MAX_PARSING or reopened > _MAX_REOPENED:
            line = source.count("\n", 0, offset) + 1
            raise InputError(f"too many elements are never closed ({depth} are open here)", line=line)


class _Head:
    """What the page says of itself."""

    def __init__(self, parser: LexborHTMLParser) -> None:
        self.selectors: dict[FieldName, str] = {}
        node = parser.css_first("head > title") or parser.css_first("title:not(svg title)")
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


def _kind(tag: str, around: BlockKind) -> BlockKind:
    """What an element's text is: a list item keeps its kind further in; a cell does not, since old pages lay their
    body out in tables."""
    if tag == "p" and around is BlockKind.TABLE_CELL:
        return BlockKind.PARAGRAPH
    return _KINDS.get(tag, around)


class _Walker:
    """One pass over the tree, without recursion, that gathers blocks, links and what is not read."""

    def __init__(self, parser: LexborHTMLParser, limits: Limits) -> None:
        self.root = parser.root
        self.limits = limits
        self.blocks: list[Block] = []
        self.unread: Counter[str] = Counter()
        with_id = parser.css("[id]")
        names = Counter((node.id or "").lower() for node in with_id)  # without a doctype, #A is #a too
        self._ids = {node.mem_id: node.id for node in with_id if node.id and names[node.id.lower()] == 1}
        self._hidden = hidden_elements(parser)
        self.unfollowed = self._hidden.unread
        self._run = _Run()
        self._open: list[_Anchor] = []
        self._stack: list[_Frame] = []
        self._steps = 0

    def walk(self) -> None:
        document = self.root.parent if self.root is not None else None
        beside = document.child if document is not None else None
        while beside is not None:
            self._pass_comment(beside)
            beside = beside.next
        node = self.root
        self._stack = [_Frame(node, "", BlockKind.PARAGRAPH, "", True)] if node is not None else []
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
            self._pass_comment(node)
            return None
        frame.children[tag] += 1
        if node.mem_id in self._hidden.told:
            around = _selector(self._stack)
            step = self._step(node, tag, frame.children[tag])
            selector = step if step.startswith("#") or not around else f"{around} > {step}"
            self.blocks.append(placed(self._hidden.told[node.mem_id], selector, around or None))
        if tag in _UNREAD:
            self.unread[tag] += len(node.text(deep=True)) if tag != "template" else len(node.html or "")
            return None
        if tag == "br":
            self._add("\n")
            return None
        if tag == "title" and frame.node.tag == "head" and frame.children[tag] == 1:
            return None
        hidden_by = self._hidden.by.get(node.mem_id, frame.hidden_by)
        breaks = tag not in _INLINE
        aside = None
        if breaks:
            self._block_frame(len(self._stack)).broken = True
            self._flush()
        elif hidden_by != frame.hidden_by:
            breaks, aside = True, self._set_aside()
        self._stack.append(
            _Frame(
                node,
                self._step(node, tag, frame.children[tag]),
                _kind(tag, frame.kind),
                hidden_by,
                breaks,
                aside=aside,
            )
        )
        if len(self._stack) > self.limits.depth:
            raise _TooDeepError
        if tag == "a":
            self._open.append(_Anchor(node, self._run.size, len(self._run.pieces), len(self._stack)))
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
        if frame.aside:
            self._run, places = frame.aside
            for anchor, place in zip(self._open, places, strict=True):
                anchor.start, anchor.piece = place
        self._stack.pop()
        return frame.node

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

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > _MAX_STEPS:
            raise InputError("too many blocks, links and texts nest too deep")

    def _add(self, text: str) -> None:
        self._count(len(self._stack))
        self._run.pieces.append(text)
        self._run.paths.append(tuple(self._stack))
        self._run.size += len(text)

    def _tell_link(self, anchor: _Anchor) -> None:
        """Add a link to the running block, with the text that stands there since it opened."""
        attributes = anchor.node.attributes
        if "href" not in attributes:
            return
        href = attributes["href"] or ""
        text = "".join(self._run.pieces[anchor.piece :])
        if anchor.told and not text.strip():
            return
        anchor.told = True
        self._count(anchor.depth)
        hidden = bool(self._stack[anchor.depth - 1].hidden_by)
        selector = _selector(self._stack[: anchor.depth])
        self._run.links.append(Link(href, text, attributes.get("rel") or "", hidden, anchor.start, selector))

    def _flush(self) -> None:
        """End the running block, if it holds anything."""
        if any(piece.strip() for piece in self._run.pieces):
            for anchor in self._open:
                if any(piece.strip() for piece in self._run.pieces[anchor.piece :]):
                    self._tell_link(anchor)
            self._add_block(self._narrowed())
        elif self._run.links:
            self._add_block(self._stack[: self._block_depth(len(self._stack))])
        self._begin()

    def _add_block(self, path: Sequence[_Frame]) -> None:
        self._count(2 * len(path))
        frame = path[-1]
        selector, container = _selector(path), _selector(path[:-1]) or None
        text = "".join(self._run.pieces)
        by = frame.hidden_by
        self.blocks.append(Block(frame.kind, text, tuple(self._run.links), bool(by), selector, container, hidden_by=by))
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
        run = self._run
        told = [index for index, piece in enumerate(run.pieces) if piece.strip()]
        path = run.paths[told[0]]
        for index in told[1:]:
            other = run.paths[index]
            same = (a is b for a, b in zip(path, other, strict=False))
            path = path[: next((i for i, equal in enumerate(same) if not equal), min(len(path), len(other)))]
            if len(path) <= depth:
                return self._stack[:depth]
        inside = [len(other) >= len(path) and other[len(path) - 1] is path[-1] for other in run.paths]
        first = inside.index(True)
        last = len(inside) - inside[::-1].index(True)
        trimmed = sum(map(len, run.pieces[:first]))
        run.pieces = run.pieces[first:last]
        text = "".join(run.pieces)
        run.links = [_clipped(link, trimmed, text) for link in run.links]
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


def _clipped(link: Link, trimmed: int, text: str) -> Link:
    """A link in what is left of its run, whose first `trimmed` characters are gone."""
    start = min(max(link.start - trimmed, 0), len(text))
    end = max(link.start + len(link.anchor) - trimmed, start)
    return replace(link, start=start, anchor=text[start:end])


def _selector(path: Sequence[_Frame]) -> str:
    """The CSS path of the last element, from the nearest unique id; the root of a path is the document."""
    steps: list[str] = []
    for frame in reversed(path[1:]):
        steps.append(frame.step)
        if frame.step.startswith("#"):
            break
    return " > ".join(reversed(steps))
