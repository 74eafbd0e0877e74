"""An HTML page to an article: its blocks in reading order, each with a selector that finds it again."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from moderation.article import Article, Block, BlockKind, FieldName, Unread
from moderation.readers.failure import InputError, Limits
from moderation.readers.parse_cost import check_cost, open_elements
from moderation.readers.walk import TooDeepError, Walker

_UNREAD = {
    "script": "scripts are not run",
    "style": "style sheets hold no text",
    "template": "templates are inert",
    "textarea": "form fields are not content",
    "select": "form fields are not content",
}


def read_html(
    source: str, *, identifier: str, title: str | None = None, url: str | None = None, limits: Limits | None = None
) -> Article:
    """Read a page. `title` overrides the page's own, which then counts as a block.

    Raises InputError for markup nested deeper, or cut in more blocks, than `limits` allow.
    """
    limits = limits or Limits()
    check_cost(source)
    parser = LexborHTMLParser(source)
    walker = Walker(parser, limits)
    try:
        walker.walk()
    except TooDeepError as error:
        deep = (offset for offset, depth, _ in open_elements(source) if depth > limits.depth)
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
