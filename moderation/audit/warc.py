"""The archive of a crawl: WARC files (ISO 28500), plain or gzipped, read by warcio."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, cast

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import BufferedReader
from warcio.exceptions import ArchiveLoadFailed

from moderation.audit.item import Bad, Item, Place, SourceError, key_of
from moderation.audit.source import OneFile, Options
from moderation.readers import Limits

_LARGEST = Limits().bytes
_PAGES = ("text/html", "application/xhtml+xml")


class WarcSource(OneFile):
    """Every page that was answered with 200; its key is its address, so that the next crawl is comparable."""

    def __init__(self, path: Path, options: Options) -> None:
        if options.columns or options.key or options.preset:
            raise SourceError(f"{path}: columns, keys and presets are for tables and databases")
        super().__init__(path, options)

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Record by record; the cursor is twice a record's number, and one more for a gap behind it. What is damaged is
        set aside; where no further record can be found behind it, the rest of the file is lost and that is said.
        """
        skipped = int(after) if after else 0
        seen: set[int] = set()
        number, damage = 0, 0
        record = None
        with self._open() as stream:
            whole = _Whole(stream, self._path)
            archive = _Archive(whole)
            try:
                while True:
                    before, record = record, next(archive, None)
                    gap = "what stands behind this record is none" if archive.err_count > damage else ""
                    if record is None and (_short(before) or not whole.tail.endswith((b"\n\r\n", b"\n\n"))):
                        gap = "the archive ends within this record or behind it" if whole.tail else ""
                    if gap and 2 * number + 1 > skipped:
                        yield str(2 * number + 1), self._gap(number, gap)
                    damage = archive.err_count
                    if record is None:
                        return
                    number += 1
                    entry = self._entry(record, number, seen, 2 * number <= skipped)
                    if entry is not None and 2 * number > skipped:
                        yield str(2 * number), entry
            except (ArchiveLoadFailed, _Damaged, ValueError) as error:
                if 2 * number + 1 > skipped:
                    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
                    told = f"behind this record the archive cannot be read: {reason}"
                    yield str(2 * number + 1), self._gap(number, told)

    def _open(self) -> BinaryIO:
        try:
            if self._path.suffix.lower() == ".gz":
                return cast(BinaryIO, gzip.open(self._path, "rb"))
            return self._path.open("rb")
        except OSError as error:
            raise SourceError(f"{self._path}: {error.strerror or error}") from error

    def _gap(self, number: int, told: str) -> Bad:
        place = Place(str(self._path), f"record {number}")
        return Bad(f"{place} and on", place, told)

    def _entry(self, record: Any, number: int, seen: set[int], done: bool) -> Item | Bad | None:
        """The page of a record; None where it holds none, or where an earlier run has it `done`."""
        if record.rec_type != "response" or record.http_headers is None:
            return None
        headers = record.http_headers
        kind = (headers.get_header("Content-Type") or "").lower()
        if headers.get_statuscode() != "200" or not kind.startswith(_PAGES):
            return None
        address = record.rec_headers.get_header("WARC-Target-URI") or ""
        date = record.rec_headers.get_header("WARC-Date") or ""
        place = Place(str(self._path), f"record {number}")
        mark = int.from_bytes(blake2b(address.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        key = f"{address} {date} {number}" if mark in seen else address  # a page fetched twice is judged twice
        seen.add(mark)
        if done:
            return None
        packed = (headers.get_header("Content-Encoding") or "identity").lower()
        if packed not in ("identity", "none", "", *BufferedReader.get_supported_decompressors()):
            return Bad(key_of(key), place, f"the page is packed as {packed!r}, which cannot be unpacked here")
        try:
            data = record.content_stream().read(_LARGEST + 1)
        except _Damaged:
            raise
        except Exception as error:  # warcio passes on whatever zlib, brotli and its chunk reader raise
            return Bad(key_of(key), place, f"the record is damaged: {type(error).__name__}")
        if len(data) > _LARGEST:
            return Bad(key_of(key), place, f"over the limit of {_LARGEST} bytes")
        if _short(record):
            return None  # half a page is no page; that the archive was cut is told behind it
        return Item(key_of(key), place, data=_as_told(data, kind), form="html", modified_at=date, url=address)


class _Archive(ArchiveIterator):  # type: ignore[misc] # warcio has no types
    INC_RECORD = ""
    """Not printed: it quotes the page. What is counted in err_count is told by us."""


class _Damaged(OSError):
    """Bytes that cannot be unpacked."""


class _Whole:
    """A stream whose end in the middle is an error of its own: warcio takes EOFError for the end of the archive."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream, self._path = stream, path
        self.tail = b""
        """The last bytes: every record ends in an empty line."""

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises _Damaged; SourceError where the disk fails."""
        try:
            # One piece at a time: a larger read that meets the damage would lose the sound bytes before it.
            data: bytes = self._stream.read1(size)  # type: ignore[attr-defined] # both kinds of stream have it
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _Damaged(str(error)) from error
        except OSError as error:
            raise SourceError(f"{self._path}: {error.strerror or error}") from error
        self.tail = (self.tail + data)[-4:]
        return data


def _short(record: Any) -> bool:
    """Whether a record that was read held less than the length it tells."""
    stream = record and record.raw_stream
    return getattr(stream, "limit", 0) > 0 and not stream.read(1)


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
