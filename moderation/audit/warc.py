"""The archive of a crawl: WARC files (ISO 28500), plain or gzipped, read by warcio."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from moderation.audit.item import Bad, Item, Place, SourceError
from moderation.audit.source import Options
from moderation.readers import Limits

_LARGEST = Limits().bytes
_PAGES = ("text/html", "application/xhtml+xml")


class WarcSource:
    """Every page that was answered with 200; its key is its address, so that the next crawl is comparable."""

    def __init__(self, path: Path, options: Options) -> None:
        if options.columns or options.key or options.preset:
            raise SourceError(f"{path}: columns, keys and presets are for tables and databases")
        self._path, self._options = path, options

    @property
    def name(self) -> str:
        """The file."""
        return str(self._path)

    def fingerprint(self) -> str:
        """Path, size and time of change."""
        stat = self._path.stat()
        return self._options.fingerprint(str(self._path.resolve()), str(stat.st_size), str(stat.st_mtime_ns))

    def total(self) -> int | None:
        """Unknown."""
        return None

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Record by record; the cursor counts records. A damaged record is set aside, and with it what cannot be found
        behind it.
        """
        skipped = int(after) if after else 0
        seen: set[bytes] = set()
        number = 0
        try:
            with self._path.open("rb") as stream:
                archive = ArchiveIterator(stream)
                while (record := next(archive, None)) is not None:
                    number += 1
                    entry = self._entry(record, number, seen)
                    if entry is not None and number > skipped:
                        yield str(number), entry
        except (ArchiveLoadFailed, gzip.BadGzipFile, EOFError, OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno is not None and number == 0:
                raise SourceError(f"{self._path}: {error.strerror}") from error
            place = Place(str(self._path), f"record {number + 1}")
            if number + 1 > skipped:
                told = f"the archive cannot be read from here on: {str(error).strip() or type(error).__name__}"
                yield str(number + 1), Bad(str(place), place, told)

    def _entry(self, record: Any, number: int, seen: set[bytes]) -> Item | Bad | None:
        if record.rec_type != "response" or record.http_headers is None:
            return None
        headers = record.http_headers
        kind = (headers.get_header("Content-Type") or "").lower()
        if headers.get_statuscode() != "200" or not kind.startswith(_PAGES):
            return None
        address = record.rec_headers.get_header("WARC-Target-URI") or ""
        date = record.rec_headers.get_header("WARC-Date") or ""
        place = Place(str(self._path), f"record {number}")
        mark = blake2b(address.encode("utf-8", "replace"), digest_size=8).digest()
        key = f"{address} {date} {number}" if mark in seen else address  # a page fetched twice is judged twice
        seen.add(mark)
        try:
            data = record.content_stream().read(_LARGEST + 1)
        except Exception as error:  # warcio passes on whatever zlib, brotli and its chunk reader raise
            return Bad(key, place, f"the record is damaged: {type(error).__name__}")
        if len(data) > _LARGEST:
            return Bad(key, place, f"over the limit of {_LARGEST} bytes")
        return Item(key, place, data=_as_told(data, kind), form="html", modified_at=date, url=address)


def _as_told(data: bytes, kind: str) -> bytes:
    """The page in UTF-8 where the server named an encoding and the page keeps to it: a header outweighs a meta tag."""
    _, found, rest = kind.partition("charset=")
    name = rest.split(";")[0].strip("\"' ")
    if not found or data.startswith(codecs.BOM_UTF8):
        return data
    try:
        return codecs.BOM_UTF8 + data.decode({"gb2312": "gb18030", "gbk": "gb18030"}.get(name, name)).encode("utf-8")
    except (LookupError, UnicodeError):
        return data
