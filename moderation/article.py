"""What is judged, and where in it: the article, its blocks and links, and a place in its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FieldName(StrEnum):
    """The kinds of text an article holds."""

    TITLE = "title"
    DESCRIPTION = "description"
    KEYWORDS = "keywords"
    BLOCK = "block"
    LINK = "link"
    SOURCE = "source"
    CRAWLER = "crawler"
    """A field of the same page as a crawler was served it: 0 is its title, 1 its description, 2 its keywords, and from
    3 on its blocks."""


class BlockKind(StrEnum):
    """What a block is in its page; readers decide it from markup or, in plain text, from layout."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_CELL = "table_cell"
    CODE = "code"
    ATTRIBUTE = "attribute"
    """What an element says only in an attribute: the alternative text or title of a picture."""


class Region(StrEnum):
    """The part of a page a block stands in, as its elements, roles and names tell."""

    MAIN = "main"
    HEADER = "header"
    NAVIGATION = "navigation"
    SIDEBAR = "sidebar"
    FOOTER = "footer"
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points in one raw field."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span runs forward from zero: {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """True when the two ranges share at least one code point."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class FieldRef:
    """Where a text lives; `index` counts blocks, or links over the whole article, from zero."""

    name: FieldName
    index: int = 0

    def __str__(self) -> str:
        if self.name in (FieldName.BLOCK, FieldName.LINK, FieldName.CRAWLER):
            return f"{self.name}[{self.index}]"
        return str(self.name)


@dataclass(frozen=True, slots=True)
class Link:
    """One hyperlink. `start` is where its anchor begins in the text of its block."""

    href: str
    anchor: str
    rel: str = ""
    hidden: bool = False
    start: int = 0
    selector: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text that a reader sees as one unit.

    `selector` finds the element again in the source page, `container` its parent; both are None where the
    source is no markup. `source_start` is the place of `text` in `Article.source` where it stands there
    unchanged (plain text, Markdown), else None. `hidden_by` names the means by which it is kept out of sight, where
    that is known.
    """

    kind: BlockKind
    text: str
    links: tuple[Link, ...] = ()
    hidden: bool = False
    selector: str | None = None
    container: str | None = None
    source_start: int | None = None
    region: Region = Region.MAIN
    hidden_by: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the source that no detector reads, so that coverage can name it."""

    part: str
    characters: int
    reason: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article as a reader delivers it. All texts are raw: exactly what the author's source says.

    `crawler_view` is the same page as a crawler was served it, where somebody saved that, too.
    """

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    url: str | None = None
    description: str = ""
    keywords: str = ""
    published_at: datetime | None = None
    source: str = ""
    selectors: Mapping[FieldName, str] = field(default_factory=dict)
    title_start: int | None = None
    unread: tuple[Unread, ...] = ()
    crawler_view: Article | None = None
    _links: tuple[Link, ...] | None = field(default=None, init=False, repr=False, compare=False)

    def text_of(self, ref: FieldRef) -> str:
        """The raw text of a field; for a link, its href. Raises IndexError for a block, link or view it has not."""
        match ref.name:
            case FieldName.TITLE:
                return self.title
            case FieldName.DESCRIPTION:
                return self.description
            case FieldName.KEYWORDS:
                return self.keywords
            case FieldName.BLOCK:
                return self.blocks[ref.index].text
            case FieldName.LINK:
                return self.link(ref.index).href
            case FieldName.SOURCE:
                return self.source
            case FieldName.CRAWLER:
                return self._view().text_of(_in_view(ref.index))

    def selector_of(self, ref: FieldRef) -> str | None:
        """The CSS selector of the element that holds a field, or None where the source is no markup."""
        if ref.name is FieldName.BLOCK:
            return self.blocks[ref.index].selector
        if ref.name is FieldName.LINK:
            return self.link(ref.index).selector
        if ref.name is FieldName.CRAWLER:
            return self._view().selector_of(_in_view(ref.index))
        return self.selectors.get(ref.name)

    def _view(self) -> Article:
        if self.crawler_view is None:
            raise IndexError("the article has no crawler's view")
        return self.crawler_view

    def source_start_of(self, ref: FieldRef) -> int | None:
        """Where a field begins in `source`, if it stands there unchanged."""
        if ref.name is FieldName.BLOCK:
            return self.blocks[ref.index].source_start
        if ref.name is FieldName.TITLE:
            return self.title_start
        return 0 if ref.name is FieldName.SOURCE else None

    def links(self) -> Iterator[tuple[int, Link]]:
        """Every link with the index of its block, in reading order; the n-th is `FieldRef(LINK, n)`."""
        for index, block in enumerate(self.blocks):
            for link in block.links:
                yield index, link

    def link(self, index: int) -> Link:
        """The n-th link of the article. Raises IndexError."""
        if self._links is None:
            # Kept, since thousands of links may be evidence; the article says the same before and after.
            object.__setattr__(self, "_links", tuple(link for _, link in self.links()))
        assert self._links is not None
        if not 0 <= index < len(self._links):
            raise IndexError(f"the article has no link {index}")
        return self._links[index]


def _in_view(index: int) -> FieldRef:
    """The field of the crawler's view that a number stands for."""
    head = (FieldName.TITLE, FieldName.DESCRIPTION, FieldName.KEYWORDS)
    return FieldRef(head[index]) if index < len(head) else FieldRef(FieldName.BLOCK, index - len(head))
