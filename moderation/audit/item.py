"""What travels through an audit: an article on its way to a worker, and what is known of it afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from moderation.article import Article
from moderation.readers import Limits, read_document, read_record

_LONGEST_KEY = 400


def key_of(name: str) -> str:
    """A name as a key that every ledger takes: without NUL and half characters, and no longer than an index allows."""
    clean = name.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode("utf-8")
    if len(clean) <= _LONGEST_KEY:
        return clean
    return f"{clean[:_LONGEST_KEY]}… {hashlib.sha256(clean.encode('utf-8')).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article came from: a file and a line, a table and a key, a folder and a path."""

    source: str
    position: str

    def __str__(self) -> str:
        return f"{self.source}:{self.position}"


@dataclass(frozen=True, slots=True)
class Item:
    """One article as its source holds it, not yet read: either a `record`, or `data` in a `form` (html, md, txt).

    `key` is unique in its source and the same in the next run. Dates are ISO 8601, empty where unknown.
    """

    key: str
    place: Place
    record: Mapping[str, Any] | None = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)
    form: str = ""
    published_at: str = ""
    modified_at: str = ""
    section: str = ""
    author: str = ""
    url: str = ""

    @property
    def weight(self) -> int:
        """How much it holds, in bytes or characters."""
        if self.record is None:
            return len(self.data or b"")
        return sum(len(value) for value in self.record.values() if isinstance(value, str))

    def article(self, limits: Limits) -> Article:
        """The article. Raises InputError."""
        if self.record is not None:
            return read_record(self.record, limits=limits)
        return read_document(self.data or b"", self.form, identifier=self.key, url=self.url or None, limits=limits)


@dataclass(frozen=True, slots=True)
class Bad:
    """What a source could not cut into an item: a broken line, a damaged record. It is set aside and counted."""

    key: str
    place: Place
    error: str


def apart(item: Item) -> Item:
    """The item under a key that says where it stands: another article has its own."""
    return replace(item, key=key_of(f"{item.key}@{item.place}"))


class Source(Protocol):
    """Where published articles come from."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    def fingerprint(self) -> str:
        """What tells this source with these options from another, so that no run is resumed with the wrong one."""
        ...

    def total(self) -> int | None:
        """How many articles there are, where that is cheap to know, also roughly."""
        ...

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Every article with a cursor; `items(cursor)` goes on right behind it.

        Raises SourceError where the source as a whole can no longer be read.
        """
        ...


class SourceError(Exception):
    """A source that cannot be opened or read on; the message names what and where. A run can be resumed."""
