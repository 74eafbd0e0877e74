"""Where the elements and texts of a parsed page stand in its source.

The parser gives no offsets. So every tag and text of a copy of the source gets a mark with its number, the copy is
parsed, and the marks are read back from the tree. A mark changes nothing by itself: that is checked, the tree of the
copy without its marks must be the tree of the source. Only marks that come back are believed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Article, Block
from moderation.readers.failure import InputError
from moderation.repair.token import Kind, Token, text_start, tokens

Reader = Callable[[str], Article]
"""Reads a page just as the judged article was read."""

_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_STEP = re.compile(r"(?:#(?P<id>[\w-]+)|(?P<tag>(?:[\w-]|\\.)+?)(?::nth-of-type\((?P<number>[0-9]+)\))?)\Z", re.S)
_LOOKAHEAD = 64
_UNSHOWN = frozenset("script style".split())


class UnmappedError(Exception):
    """The places of a page, or of a part of it, cannot be told with certainty."""


Placed = list[tuple[int, int]]
"""Text tokens in a text: where the first character of each stands that is no blank, and the number of its token."""


class Page:
    """A page, its tokens and its tree. Raises UnmappedError where marks would change the tree."""

    def __init__(self, source: str, reader: Reader) -> None:
        self.source = source
        self.tokens: Sequence[Token] = tokens(source)
        self._sign = _unused_sign(source)
        self._name = _unused_name(source)
        self._mark = re.compile(f"{self._sign}([0-9]+){self._sign}")
        self._attribute = re.compile(rf' {self._name}="[0-9]+"')
        plain = serialised(LexborHTMLParser(source))
        for left_out in (frozenset[str](), _FORMATTING):
            # A parser treats equal formatting tags in a row unlike different ones, and marks make them differ.
            self.marked = self._marked(left_out)
            try:
                self._copy = reader(self.marked)
            except InputError:
                continue
            parser = LexborHTMLParser(self.marked)
            if self.unmarked(serialised(parser)) == plain:
                self.tree = Tree(parser, self._name, self.placed)
                return
        raise UnmappedError("its markup does not survive being marked")

    def reparsed(self) -> Tree:
        """The same tree once more, for a change of its own."""
        return Tree(LexborHTMLParser(self.marked), self._name, self.placed)

    def _marked(self, left_out: frozenset[str]) -> str:
        source, sign, name = self.source, self._sign, self._name
        pieces: list[str] = []
        done = 0
        for number, token in enumerate(self.tokens):
            if token.kind is Kind.START:
                place = token.start + 1 + len(token.name)
                mark = f' {name}="{number}"' if token.name not in left_out else ""
            elif token.kind is Kind.TEXT:
                first = text_start(source, token.start, token.end)
                place, mark = (first, f"{sign}{number}{sign}") if first is not None else (token.start, "")
            else:
                continue
            if mark:
                pieces += source[done:place], mark
                done = place
        pieces.append(source[done:])
        return "".join(pieces)

    def unmarked(self, text: str) -> str:
        """A text of the marked copy, or its whole serialisation, without marks."""
        return self._mark.sub("", self._attribute.sub("", text))

    def placed(self, text: str) -> tuple[str, Placed]:
        """A text of the marked copy without its marks, and where each mark stood."""
        if self._sign not in text:
            return text, []
        if text.count(self._sign) == 2:  # nearly always
            first = text.index(self._sign)
            last = text.index(self._sign, first + 1)
            return text[:first] + text[last + 1 :], [(first, int(text[first + 1 : last]))]
        parts = self._mark.split(text)
        kept, places, size = [parts[0]], [], len(parts[0])
        for number, part in zip(parts[1::2], parts[2::2], strict=True):
            places.append((size, int(number)))
            kept.append(part)
            size += len(part)
        return "".join(kept), places

    def blocks(self, article: Article) -> list[Placed | None]:
        """For each block of the article its text tokens, or None where the marked copy has no such block."""
        copies = self._copy.blocks
        found: list[Placed | None] = []
        position = 0
        for block in article.blocks:
            match = self._find(block, copies, position)
            if match is None:
                found.append(None)
                continue
            found.append(self.placed(copies[match].text)[1])
            position = match + 1
        return found

    def _find(self, block: Block, copies: Sequence[Block], position: int) -> int | None:
        for number in range(position, min(position + _LOOKAHEAD, len(copies))):
            copy = copies[number]
            same = copy.selector == block.selector and copy.kind is block.kind
            if same and self.unmarked(copy.text) == block.text:
                return number
        return None

    def title(self, title: str) -> Placed:
        """The text tokens of the title. Raises UnmappedError."""
        text, placed = self.placed(self._copy.title)
        lead = len(text) - len(text.lstrip())
        if text.strip() != title.strip():
            raise UnmappedError("the title stands elsewhere")
        return [(place - lead, number) for place, number in placed]


def _unused_sign(source: str) -> str:
    return next(sign for code in range(0xE000, 0xF8FF) if (sign := chr(code)) not in source)


def _unused_name(source: str) -> str:
    small = source.lower()
    return next(name for number in range(10**6) if (name := f"q{number}-") not in small)


def serialised(parser: LexborHTMLParser) -> str:
    """A whole document as the parser writes it."""
    root = parser.root
    document = root.parent if root is not None else None
    return (document.html or "") if document is not None else ""


class Tree:
    """The tree of a marked page: for each node, in document order, its parent, its tag and the tokens it came from."""

    def __init__(self, parser: LexborHTMLParser, name: str, placed: Callable[[str], tuple[str, Placed]]) -> None:
        self.parser = parser
        self.nodes: list[LexborNode] = []
        self.parents: list[int] = []
        self.tags: list[str] = []
        self.marks: list[int] = []
        """The start tag of each element; -1 for one that no tag made, for texts and for the rest."""
        self.texts: dict[int, Placed] = {}
        self.where: defaultdict[int, list[int]] = defaultdict(list)
        """The nodes that came from a token; more than one where the parser opened formatting anew."""
        self.unknown: list[int] = []
        """Texts that hold something and no mark."""
        for node, parent in _walk(parser):
            self._add(node, parent, name, placed)

    def _add(self, node: LexborNode, parent: int, name: str, placed: Callable[[str], tuple[str, Placed]]) -> None:
        number = len(self.nodes)
        tag = node.tag or ""
        mark = -1
        if tag == "-text":
            if self.tags[parent] not in _UNSHOWN:
                text, places = placed(node.text_content or "")
                if places:
                    self.texts[number] = places
                    for _, token in places:
                        self.where[token].append(number)
                elif text.strip():
                    self.unknown.append(number)
        elif not tag.startswith(("-", "!")):
            value = node.attributes.get(name)
            if value:
                mark = int(value)
                self.where[mark].append(number)
        self.nodes.append(node)
        self.parents.append(parent)
        self.tags.append(tag)
        self.marks.append(mark)

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """The nodes below each node, in order."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for node, parent in enumerate(self.parents):
            found[parent].append(node)
        return found

    @cached_property
    def _by_id(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, node in enumerate(self.nodes):
            if self.marks[number] >= 0 and (name := node.id):
                found.setdefault(name, number)
        return found

    @cached_property
    def _by_step(self) -> dict[int, dict[tuple[str, int], int]]:
        return {}

    def _steps_below(self, parent: int) -> dict[tuple[str, int], int]:
        known = self._by_step.get(parent)
        if known is None:
            known = self._by_step[parent] = {}
            counts: defaultdict[str, int] = defaultdict(int)
            for child in self.children.get(parent, ()):
                counts[self.tags[child]] += 1
                known[self.tags[child], counts[self.tags[child]]] = child
        return known

    def find(self, selector: str) -> int | None:
        """The element that a selector of an article names; None for one of another kind."""
        node = -1
        for place, text in enumerate(selector.split(" > ")):
            step = _STEP.match(text)
            if step is None:
                return None
            if step["id"]:
                found = self._by_id.get(step["id"])
            else:
                tag = re.sub(r"\\(.)", r"\1", step["tag"])
                if place == 0 and tag not in ("html", "head", "body"):
                    return self._first(tag) if selector == text else None
                around = 0 if tag in ("head", "body") and place == 0 else node
                found = self._steps_below(around).get((tag, int(step["number"] or 1)))
            if found is None:
                return None
            node = found
        return node

    def _first(self, tag: str) -> int | None:
        return next((number for number, own in enumerate(self.tags) if own == tag), None)

    def below(self, node: int) -> Iterator[int]:
        """The nodes inside an element, in document order."""
        inside = {node}
        for other in range(node + 1, len(self.nodes)):
            if self.parents[other] not in inside:
                return  # what stands inside an element stands together
            inside.add(other)
            yield other

    def selector(self, node: int) -> str:
        """A selector for an element, from the root."""
        steps: list[str] = []
        while node >= 0:
            tag, parent = self.tags[node], self.parents[node]
            if tag in ("html", "head", "body"):
                steps.append(tag)
            else:
                same = [child for child in self.children[parent] if self.tags[child] == tag]
                steps.append(f"{tag}:nth-of-type({same.index(node) + 1})")
            node = parent
        return " > ".join(reversed(steps))


def _walk(parser: LexborHTMLParser) -> Iterator[tuple[LexborNode, int]]:
    """Every node below the document's root element, the root first, each with the number of its parent."""
    node = parser.root
    path: list[int] = []
    number = 0
    while node is not None:
        yield node, path[-1] if path else -1
        child = node.child
        if child is not None:
            path.append(number)
            number += 1
            node = child
            continue
        number += 1
        following = node.next if path else None
        while following is None and path:
            path.pop()
            node = node.parent if node is not None else None
            following = node.next if node is not None and path else None
        node = following
