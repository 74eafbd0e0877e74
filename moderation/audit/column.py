"""From a row with its source's own columns to an item: which column is the title, the body, the date."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from moderation.audit.item import Item, Place, SourceError, key_of

BODIES = ("html", "markdown", "body", "text")
OURS = ("id", "title", *BODIES, "description", "keywords", "url", "published_at", "modified_at", "section", "author")
_GUESSES: dict[str, tuple[str, ...]] = {
    "id": ("id", "key", "guid", "aid", "post_id", "article_id", "nid", "编号"),
    "title": ("title", "post_title", "headline", "subject", "name", "标题", "题目"),
    "html": ("html", "content_html", "body_html", "body_value"),
    "markdown": ("markdown", "md", "content_md"),
    "body": ("body", "content", "post_content", "article", "正文", "内容"),
    "text": ("text", "plain", "content_text"),
    "description": ("description", "summary", "excerpt", "post_excerpt", "abstract", "摘要", "描述"),
    "keywords": ("keywords", "tags", "关键词", "标签"),
    "url": ("url", "link", "permalink", "guid_url", "网址", "链接"),
    "published_at": ("published_at", "published", "post_date", "pubdate", "date", "created_at", "发布时间", "日期"),
    "modified_at": ("modified_at", "modified", "post_modified", "updated_at", "lastmod", "更新时间"),
    "section": ("section", "category", "channel", "column", "栏目", "分类"),
    "author": ("author", "post_author", "byline", "editor", "作者"),
}
"""What systems call these columns, the likeliest first."""
_LATIN = re.compile(r"[\u00a0-\u00ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DATE = re.compile(
    r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T\s]+(\d{1,2}:\d{2}\S*)(?:\s+([+-]\d\d:?\d\d|Z))?)?$"
)
_MAPPING = re.compile(r"(\w+)=(.+)", re.S)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which of a source's columns stands for each of OURS."""

    of: Mapping[str, str]

    @classmethod
    def chosen(cls, mappings: Iterable[str], found: Iterable[str], where: str) -> Columns:
        """The columns that `ours=theirs` name, the rest guessed by name. Raises SourceError listing those there are."""
        there = list(found)
        lowered = {name.lower(): name for name in reversed(there)}
        of: dict[str, str] = {}
        for mapping in mappings:
            match = _MAPPING.fullmatch(mapping)
            if match is None or match[1] not in OURS:
                raise SourceError(f"--column {mapping!r}: give ours=theirs, where ours is one of {', '.join(OURS)}")
            if match[2] not in there:
                raise SourceError(f"{where}: there is no column {match[2]!r}; there are: {', '.join(there) or 'none'}")
            of[match[1]] = match[2]
        named_body = any(body in of for body in BODIES)
        for ours, guesses in _GUESSES.items():
            if ours in of or (ours in BODIES and (named_body or any(body in of for body in BODIES))):
                continue
            theirs = next((lowered[guess] for guess in guesses if guess in lowered), None)
            if theirs is not None and theirs not in of.values():
                of[ours] = theirs
        if "title" not in of and not any(body in of for body in BODIES):
            told = f"none of its columns is known as a title or body: {', '.join(there) or 'none'}"
            raise SourceError(f"{where}: {told}; name them with --column title=…")
        return cls(of)

    def item(self, row: Mapping[str, Any], place: Place, key: str | None = None) -> Item:
        """The item of a row; without an id, its place is its key."""
        values = {ours: _plain(row.get(theirs)) for ours, theirs in self.of.items()}
        identifier = key_of(key if key is not None else str(values.get("id") or place))
        record: dict[str, Any] = {"id": identifier, "title": values.get("title")}
        for name in (*BODIES, "description", "keywords", "url"):
            if values.get(name) is not None:
                record[name] = values[name]
        if record["title"] is None:
            record["title"] = ""
        if isinstance(row.get("links"), list) and "links" not in self.of.values():
            record["links"] = row["links"]
        return Item(
            key=identifier,
            place=place,
            record=record,
            published_at=_moment(row.get(self.of.get("published_at", ""))),
            modified_at=_moment(row.get(self.of.get("modified_at", ""))),
            section=str(values.get("section") or ""),
            author=str(values.get("author") or ""),
            url=str(values.get("url") or ""),
        )


def _plain(value: Any) -> Any:
    """What a record may hold: texts stay, numbers and dates become texts; what is none of these stays to be refused."""
    if isinstance(value, str):
        return _rightly_decoded(value)
    if isinstance(value, (int, float, Decimal, datetime, date, UUID)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return value


def _rightly_decoded(text: str) -> str:
    """Chinese in UTF-8 that a database holds as Latin-1, as many an old site's does, is what its readers see."""
    if text.isascii() or not _LATIN.search(text):
        return text
    try:
        read = text.encode("cp1252", "latin_too").decode("utf-8")
    except UnicodeError:
        return text
    return read if _HAN.search(read) else text


def _latin_too(error: UnicodeError) -> tuple[bytes, int]:
    """MySQL's latin1 is cp1252, in which five bytes stand for themselves."""
    assert isinstance(error, UnicodeEncodeError)
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("latin_too", _latin_too)


def _moment(value: Any) -> str:
    """A date as ISO 8601: of a date, of seconds or milliseconds since 1970, of 2026/3/1 and its like; other texts stay.

    MySQL's date of zeros is none.
    """
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if value is None or isinstance(value, bool):
        return ""
    told = str(value).strip()
    if re.fullmatch(r"\d{9,10}|\d{13}", told):
        return datetime.fromtimestamp(int(told[:10] if len(told) == 13 else told), UTC).isoformat()
    match = _DATE.match(told)
    if match is None:
        return "" if re.fullmatch(r"[0\s:.-]*", told) else told
    year, month, day, rest, zone = match.groups()
    if int(year) == 0 or int(month) == 0 or int(day) == 0:
        return ""
    moment = f"{year}-{int(month):02}-{int(day):02}"
    return f"{moment}T{rest}{zone or ''}" if rest else moment
