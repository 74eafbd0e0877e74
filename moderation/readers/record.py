"""A JSON object to an article."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moderation.article import Article, Block, BlockKind, Link
from moderation.readers.failure import InputError, Limits
from moderation.readers.html import read_html
from moderation.readers.markdown import read_markdown
from moderation.readers.plain import read_text

BODIES = ("html", "markdown", "body", "text")
_MARKUP = re.compile(r"<(?:p|div|br|a|span|h[1-6]|ul|ol|li|img|table|strong|section)\b[^>]*>", re.I)


def read_record(record: Any, *, limits: Limits | None = None) -> Article:
    """Read one record: `id`, `title`, at most one of html, markdown, body, text; and `description`, `keywords`, `url`,
    `links` (addresses, or objects with href and anchor).

    `text` is plain; `body` is plain unless it holds tags, as a CMS's body does. Raises InputError naming the field.
    """
    limits = limits or Limits()
    if not isinstance(record, Mapping):
        raise InputError(f"a record is a JSON object, not {type(record).__name__}")
    identifier = record.get("id")
    if identifier == "" or not _is_plain(identifier):
        raise InputError("a text or number is needed here", field="id")
    bodies = [name for name in BODIES if record.get(name) is not None]
    if len(bodies) > 1:
        raise InputError(f"give one of {', '.join(BODIES)}, not {' and '.join(bodies)}", field=bodies[1])
    texts = {name: _text(record, name, limits) for name in ("title", "url", "description", "keywords", *bodies)}
    title = texts["title"]
    if title is None and (not bodies or bodies[0] in ("body", "text")):
        raise InputError("is missing", field="title")
    article = _article(str(identifier), title, bodies[0] if bodies else None, texts, limits)
    return replace(
        article,
        description=texts["description"] if texts["description"] is not None else article.description,
        keywords=texts["keywords"] if texts["keywords"] is not None else article.keywords,
        blocks=article.blocks + _link_list(record.get("links")),
    )


def _article(
    identifier: str, title: str | None, body: str | None, texts: dict[str, str | None], limits: Limits
) -> Article:
    url = texts["url"]
    content = texts[body] if body else None
    if body is None or content is None:
        return Article(id=identifier, title=title or "", url=url, source=title or "", title_start=0)
    if body == "html" or (body == "body" and _MARKUP.search(content)):
        return read_html(content, identifier=identifier, title=title, url=url, limits=limits)
    if body == "markdown":
        return read_markdown(content, identifier=identifier, title=title, url=url, limits=limits)
    return read_text(content, identifier=identifier, title=title, url=url, limits=limits)


def _is_plain(value: Any) -> bool:
    """A text, or a whole number that Python can print."""
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() < 10_000
    return isinstance(value, str)


def _text(record: Mapping[str, Any], name: str, limits: Limits) -> str | None:
    value = record.get(name)
    if value is None:
        return None
    if name == "keywords" and isinstance(value, list):
        for number, keyword in enumerate(value):
            if not _is_plain(keyword):
                raise InputError("a text or number is needed here", field=f"keywords[{number}]")
        value = ",".join(map(str, value))
    if not isinstance(value, str):
        raise InputError(f"a text is needed here, not {type(value).__name__}", field=name)
    if len(value) > limits.bytes:
        raise InputError(f"{len(value)} characters are over the limit of {limits.bytes}", field=name)
    return value


def _link_list(value: Any) -> tuple[Block, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InputError("a list is needed here", field="links")
    blocks = []
    for number, entry in enumerate(value):
        if isinstance(entry, str):
            entry = {"href": entry}
        if not isinstance(entry, Mapping) or not isinstance(entry.get("href"), str):
            raise InputError("an address, or an object with href, is needed here", field=f"links[{number}]")
        texts = {name: entry.get(name) for name in ("anchor", "text", "rel")}
        for name, text in texts.items():
            if text is not None and not isinstance(text, str):
                raise InputError("a text is needed here", field=f"links[{number}].{name}")
        anchor = texts["anchor"] or texts["text"] or ""
        link = Link(entry["href"], anchor, texts["rel"] or "")
        blocks.append(Block(BlockKind.LIST_ITEM, anchor, (link,), container="links"))
    return tuple(blocks)
