"""Markdown, with or without front matter, to an article."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from moderation.article import Article, Block, BlockKind, Link, Unread
from moderation.readers.failure import InputError, Limits
from moderation.readers.html import read_html

_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[^\S\n]*\n(.*?)^\1[^\S\n]*(?:\n|\Z)", re.S | re.M)
_LINE_END = re.compile(r"\r\n|\r|\n")
_KINDS = {
    "heading_open": BlockKind.HEADING,
    "list_item_open": BlockKind.LIST_ITEM,
    "th_open": BlockKind.TABLE_CELL,
    "td_open": BlockKind.TABLE_CELL,
}
_LONGEST_MATTER = 100_000
_MAX_NESTING = 100  # the parser drops what nests deeper


def read_markdown(
    source: str, *, identifier: str, title: str | None = None, url: str | None = None, limits: Limits | None = None
) -> Article:
    """Read Markdown. The title comes from the argument, the front matter, or the first heading.

    A block's text is what the author typed, link syntax included, so that its place in the source is exact.
    Raises InputError for front matter that is no YAML (---) or TOML (+++), and for quotes or lists
    nested deeper, or more blocks, than can be read.
    """
    from markdown_it import MarkdownIt  # 20 ms, and only Markdown needs it

    limits = limits or Limits()
    matter = _FRONT_MATTER.match(source)
    meta = _front_matter(matter) if matter else {}
    body_start = matter.end() if matter else 0
    tokens = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").parse(source[body_start:])
    lines = [body_start, *(m.end() for m in _LINE_END.finditer(source, body_start)), len(source)]
    unread = Counter({("front matter", "only its title, description and keywords are read"): body_start})
    blocks: list[Block] = []
    kinds: list[BlockKind] = []
    heading: Block | None = None
    read_to = body_start
    mark = ""
    for token in tokens:
        if token.level >= _MAX_NESTING - 1:
            line = source.count("\n", 0, lines[token.map[0]]) + 1 if token.map else None
            raise InputError(f"quotes or lists nest more than {_MAX_NESTING - 2} deep", line=line)
        if token.nesting == 1:
            mark = token.markup if token.type == "heading_open" else ""
            kinds.append(_KINDS.get(token.type, kinds[-1] if kinds else BlockKind.PARAGRAPH))
        elif token.nesting == -1:
            kinds.pop()
        elif token.type == "html_block":
            page = read_html(token.content, identifier=identifier, title="", limits=limits)
            unread.update({(part.part, part.reason): part.characters for part in page.unread})
            # A selector would point into this fragment and find nothing in the source.
            blocks += (replace(block, selector=None, container=None) for block in page.blocks)
        elif token.content:
            kind = BlockKind.CODE if token.type in ("fence", "code_block") else kinds[-1]
            start = _place(source, token, mark, kind, lines, read_to)
            read_to = read_to if start is None else start + len(token.content)
            block = Block(kind, token.content, _links(token), source_start=start)
            if heading is None and kind is BlockKind.HEADING and title is None and not _string(meta.get("title")):
                heading = block
            else:
                blocks.append(block)
        if len(blocks) > limits.blocks:
            raise InputError(f"more than {limits.blocks} blocks in one text")
    own_title = _string(meta.get("title")) or (heading.text if heading else "")
    return Article(
        id=identifier,
        title=own_title if title is None else title,
        blocks=tuple(blocks),
        url=url,
        description=_string(meta.get("description")) or _string(meta.get("summary")),
        keywords=_joined(meta.get("keywords") or meta.get("tags")),
        published_at=_moment(meta.get("date")),
        source=source,
        title_start=heading.source_start if heading and title is None else None,
        unread=tuple(Unread(part, size, reason) for (part, reason), size in unread.items() if size),
    )


def _front_matter(matter: re.Match[str]) -> dict[str, Any]:
    import yaml

    text = matter.group(2)
    if len(text) > _LONGEST_MATTER:
        raise InputError(f"front matter of {len(text)} characters is over the limit of {_LONGEST_MATTER}", line=1)
    format_name = "TOML" if matter.group(1) == "+++" else "YAML"
    try:
        if format_name == "TOML":
            return tomllib.loads(text)
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            alias = isinstance(event, yaml.AliasEvent)  # ten of them can stand for a billion values
            if alias or depth > _MAX_NESTING:
                line = event.start_mark.line + 2 if event.start_mark else 1
                reason = "aliases are not read" if alias else f"it nests more than {_MAX_NESTING} deep"
                raise InputError(f"front matter is no plain YAML: {reason}", line=line)
        loaded = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise InputError(f"front matter is no YAML: {error.problem}", line=line) from error
    except RecursionError as error:
        raise InputError(f"front matter is no {format_name}: it nests too deep", line=1) from error
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        # PyYAML lets the errors of its own constructors through, as for the date 2001-99-99.
        place = re.search(r"at line (\d+)", str(error))
        line = int(place.group(1)) + 1 if place else 1
        raise InputError(f"front matter is no {format_name}: {error}", line=line) from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise InputError("front matter is no mapping of names to values", line=1)
    return loaded


def _place(source: str, token: Any, mark: str, kind: BlockKind, lines: list[int], read_to: int) -> int | None:
    """Where the content of a token stands unchanged within its own lines, behind what is read and behind any marks."""
    if not token.map:
        return None
    first, last = token.map
    start = max(lines[first + (token.type == "fence")], read_to)
    end = lines[min(last, len(lines) - 1)]
    if mark.startswith("#"):
        start = source.find(mark, start, end) + len(mark)
    if token.type == "inline" and kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
        place = source.rfind(token.content, start, end)  # it runs to the end of its line; marks stand before it
    else:
        place = source.find(token.content, start, end)
    return place if place >= 0 else None


def _links(token: Any) -> tuple[Link, ...]:
    """The links of an inline token; an anchor that stands unchanged in the text keeps its place there."""
    links: list[Link] = []
    href: str | None = None
    anchor = ""
    searched = 0
    for child in token.children or ():
        if child.type == "link_open":
            href, anchor = str(child.attrGet("href") or ""), ""
            bracket = "<" if child.markup == "autolink" else "["
        elif child.type == "link_close" and href is not None:
            place = token.content.find(bracket + anchor, searched) + 1
            searched = max(searched, place and place + len(anchor))
            links.append(Link(href, anchor, start=place))
            href = None
        elif href is not None:
            anchor += child.content
    return tuple(links)


def _string(value: Any) -> str:
    """A single value as text; lists and mappings are none."""
    printable = value.bit_length() < 10_000 if isinstance(value, int) else isinstance(value, str | float | date)
    return str(value) if printable else ""


def _joined(value: Any) -> str:
    return ",".join(map(_string, value)) if isinstance(value, list) else _string(value)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None
