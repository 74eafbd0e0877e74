"""An Article as a record that reads to the very same article, which is what the service is sent for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from moderation.article import Article
from moderation.readers import InputError, read_html, read_record

_HEAD = ("title", "description", "keywords")


def as_record(article: Article) -> dict[str, Any]:
    """The record to send. It is read here, so that nothing is judged that the caller does not hold.

    Raises InputError where no record reads to this article, as for one put together by hand: send a record then.
    """
    head: dict[str, Any] = {"id": article.id}
    if article.url is not None:
        head["url"] = article.url
    links = [block for block in article.blocks if block.container == "links" and len(block.links) == 1]
    if links:
        head["links"] = [
            {"href": link.href, "anchor": link.anchor, "rel": link.rel} for block in links for link in block.links
        ]
    for body in _bodies(article):
        record = _fitted(article, head | body)
        if record is not None:
            view = article.crawler_view
            return record if view is None else record | {"crawler_view": _source(view, article.id)}
    raise InputError("no record reads to this article: submit the record it was read from")


def _bodies(article: Article) -> Iterator[dict[str, str]]:
    """The forms in which its text may have been read, the likely ones first."""
    source = article.source
    if not article.blocks:
        yield {"title": article.title}
    if not source:
        text = "\n".join(block.text for block in article.blocks if block.container != "links")
        yield {"title": article.title, "text": text}
        return
    if any(block.selector for block in article.blocks):
        yield {"html": source}
        return
    yield {"title": article.title, "text": source}
    yield {"markdown": source}
    yield {"html": source}
    if article.title_start is not None:  # a headline found in the text is no block: leave its place empty
        end = article.title_start + len(article.title)
        blank = " " * len(article.title)
        yield {"title": article.title, "text": source[: article.title_start] + blank + source[end:]}


def _fitted(article: Article, record: dict[str, Any]) -> dict[str, Any] | None:
    """The record with the head that the article has, if it then reads to the article."""
    try:
        read = read_record(record)
        changes = {name: getattr(article, name) for name in _HEAD if getattr(read, name) != getattr(article, name)}
        if changes:
            record = record | changes
            read = read_record(record)
    except InputError:
        return None
    return record if _judged(read) == _judged(replace(article, crawler_view=None)) else None


def _source(view: Article, identifier: str) -> str:
    read = read_html(view.source, identifier=identifier)
    if _judged(read) != _judged(replace(view, id=identifier, url=None)):
        raise InputError("the crawler's view is not what its source reads to: submit its HTML", field="crawler_view")
    return view.source


def _judged(article: Article) -> Article:
    """The article without what no verdict depends on or speaks of."""
    blocks = tuple(replace(block, source_start=None) for block in article.blocks)
    return replace(article, blocks=blocks, source="", title_start=None, published_at=None)
