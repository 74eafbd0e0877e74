"""Markdown, with or without front matter, to an article."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from moderation.article import Article, Block, BlockKind, Link, Unread
from moderation.readers.failure import InputError, Limits
from moderation.readers.html import read_html

_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[^\S\n]*\n(.*?)^\1[^\S\n]*(?:\n|\Z)", re.S | re.M)
_KINDS = {"heading_open": BlockKind.HEADING, "list_item_open": BlockKind.LIST_ITEM, "td_open": BlockKind.TABLE_CELL}


def read_markdown(
    source: str, *, identifier: str, title: str | None = None, url: str | None = None, limits: Limits | None = None
) -> Article:
    """Read Markdown. The title comes from the argument, the front matter, or the first heading.

    A block's text is what the author typed, link syntax included, so that its place in the source is exact.
    Raises InputError for front matter that is no YAML (---) or TOML (+++).
    """
    from markdown_it import MarkdownIt  # 20 ms, and only Markdown needs it

    matter = _FRONT_MATTER.match(source)
    meta = _front_matter(matter) if matter else {}
    body_start = matter.end() if matter else 0
    tokens = MarkdownIt("commonmark").enable("table").parse(source[body_start:])
    line_starts = [body_start, *(m.end() for m in re.compile("\n").finditer(source, body_start))]
    blocks: list[Block] = []
    kinds: list[BlockKind] = []
    heading: Block | None = None
    for token in tokens:
        if token.nesting == 1:
            kinds.append(_KINDS.get(token.type, kinds[-1] if kinds else BlockKind.PARAGRAPH))
        elif token.nesting == -1:
            kinds.pop()
        elif token.type == "html_block":
            page = read_html(token.content, identifier=identifier, limits=limits)
            # A selector would point into this fragment and find nothing in the source.
            blocks += (replace(block, selector=None, container=None) for block in page.blocks)
        elif token.content:
            kind = BlockKind.CODE if token.type in ("fence", "code_block") else kinds[-1]
            start = source.find(token.content, line_starts[token.map[0]]) if token.map else -1
            block = Block(kind, token.content, _links(token), source_start=start if start >= 0 else None)
            if heading is None and kind is BlockKind.HEADING and title is None and not meta.get("title"):
                heading = block
            else:
                blocks.append(block)
    own_title = str(meta.get("title") or (heading.text if heading else ""))
    return Article(
        id=identifier,
        title=own_title if title is None else title,
        blocks=tuple(blocks),
        url=url,
        description=str(meta.get("description") or meta.get("summary") or ""),
        keywords=_joined(meta.get("keywords") or meta.get("tags")),
        published_at=_moment(meta.get("date")),
        source=source,
        title_start=heading.source_start if heading and title is None else None,
        unread=(Unread("front matter", body_start, "only its title, description and keywords are read"),)
        if matter
        else (),
    )


def _front_matter(matter: re.Match[str]) -> dict[str, Any]:
    text = matter.group(2)
    try:
        if matter.group(1) == "+++":
            return tomllib.loads(text)
        import yaml

        loaded = yaml.safe_load(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"front matter is no TOML: {error}", line=1) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise InputError(f"front matter is no YAML: {getattr(error, 'problem', error)}", line=line) from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise InputError("front matter is no mapping of names to values", line=1)
    return loaded


def _links(token: Any) -> tuple[Link, ...]:
    """The links of an inline token; an anchor that stands unchanged in the text keeps its place there."""
    links: list[Link] = []
    href: str | None = None
    anchor = ""
    searched = 0
    for child in token.children or ():
        if child.type == "link_open":
            href, anchor = str(child.attrGet("href") or ""), ""
        elif child.type == "link_close" and href is not None:
            place = token.content.find(anchor, searched)
            searched = max(searched, place)
            links.append(Link(href, anchor, start=max(place, 0)))
            href = None
        elif href is not None:
            anchor += child.content
    return tuple(links)


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None
