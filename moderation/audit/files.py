"""Tables in files: JSONL, CSV and TSV (also gzipped), Parquet."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from moderation.audit.column import Columns
from moderation.audit.item import Bad, Item, Place, Source, SourceError, key_of
from moderation.audit.source import OneFile, Options
from moderation.readers.encoding import decode_named

_SNIFFED = 1_000_000
"""Bytes from which the encoding of a CSV file is told."""
_LONGEST_LINE = _LONGEST_FIELD = 64_000_000
_END = "\0end of file"
_HALF = re.compile("[\udc80-\udcff]")
_PACKED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What a damaged gzip file raises."""
_BATCH = 256


def table_source(path: Path, options: Options) -> Source:
    """The source of a file by its ending. Raises SourceError."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson")):
        return JsonLines(path, options)
    if name.endswith(".parquet"):
        return ParquetFile(path, options)
    return CsvFile(path, options)


class _Table(OneFile):
    """What files of tables share beside that."""

    def _open(self) -> BinaryIO:
        try:
            if self._path.suffix.lower() == ".gz":
                return cast(BinaryIO, gzip.open(self._path, "rb"))
            return self._path.open("rb")
        except OSError as error:
            raise SourceError(f"{self._path}: {error.strerror or error}") from error

    def _expected(self, count: Callable[[bytes], int]) -> int | None:
        """How many rows a file has whose beginning has so many; unknown for a packed one."""
        if self._path.suffix.lower() == ".gz":
            return None
        with self._open() as stream:
            start = stream.read(_SNIFFED)
        return round(count(start) * self._path.stat().st_size / len(start)) if start else 0

    def _bad(self, position: object, error: str) -> Bad:
        place = self._place(position)
        return Bad(key_of(str(place)), place, error)

    def _place(self, position: object) -> Place:
        return Place(str(self._path), str(position))


class JsonLines(_Table):
    """One JSON object a line, each with its own columns."""

    def total(self) -> int | None:
        """As many as the first lines let one expect."""
        return self._expected(lambda start: start.count(b"\n"))

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Line by line; the cursor is `bytes line`."""
        offset, number = map(int, after.split()) if after else (0, 0)
        mappings: dict[tuple[str, ...], Columns] = {}
        with self._open() as stream:
            if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise SourceError(f"{self._path}: JSON lines in UTF-16; write them in UTF-8")
            try:
                stream.seek(offset)
                while line := stream.readline(_LONGEST_LINE):
                    number += 1
                    offset += len(line)
                    entry: Item | Bad | None = None
                    if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                        offset += _skipped_line(stream)
                        entry = self._bad(number, f"a line over the limit of {_LONGEST_LINE} bytes")
                    elif line.strip():
                        entry = self._entry(line, number, mappings)
                    if entry is not None:
                        yield f"{offset} {number}", entry
            except _PACKED as error:
                # As far as a gzip file goes: what is lost is told, and what came before is judged.
                yield f"{offset} {number + 1}", self._bad(number + 1, f"the file is damaged from here on: {error}")
            except OSError as error:
                raise SourceError(f"{self._path}: {error.strerror or error}") from error

    def _entry(self, line: bytes, number: int, mappings: dict[tuple[str, ...], Columns]) -> Item | Bad:
        place = self._place(number)
        try:
            row = json.loads(line.decode(self._options.encoding) if self._options.encoding else line)
        except LookupError:
            raise SourceError(f"--encoding {self._options.encoding}: there is no such encoding") from None
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
            return Bad(str(place), place, f"no JSON: {reason}")
        if not isinstance(row, dict):
            return Bad(str(place), place, f"a JSON object is needed, not {type(row).__name__}")
        names = tuple(row)
        if names not in mappings:
            # The first line must have what was named; later ones may lack it, as lines of JSON need not be alike.
            asked = self._options.columns if number == 1 else _applying(self._options.columns, names)
            try:
                mappings[names] = Columns.chosen(asked, names, str(place))
            except SourceError as error:
                if number == 1:
                    raise
                return Bad(str(place), place, str(error))
        return mappings[names].item(row, place)


class CsvFile(_Table):
    """Comma-, semicolon- or tab-separated values with a head line, in any encoding we can tell."""

    def total(self) -> int | None:
        """As many as the first rows let one expect."""
        return self._expected(self._rows_of)

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Row by row; the cursor is the row's number. Going on reads from the beginning: rows have no fixed place."""
        skipped = int(after) if after else 0
        csv.field_size_limit(_LONGEST_FIELD)
        with self._open() as raw:
            encoding, dialect = self._sniffed(raw)
            # What is not in the encoding is kept as half characters, to be told from a U+FFFD that was published.
            text = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")
            rows = csv.reader(_ended(text), dialect)
            try:
                head = [name.strip().lstrip("\ufeff") for name in next(rows)]
                if head == [_END]:
                    raise SourceError(f"{self._path}: the file is empty")
                columns = Columns.chosen(self._options.columns, head, str(self._path))
                yield from self._rows(rows, head, columns, skipped)
            except OSError as error:
                raise SourceError(f"{self._path}: {error.strerror or error}") from error

    def _rows(self, rows: Any, head: list[str], columns: Columns, skipped: int) -> Iterator[tuple[str, Item | Bad]]:
        number, line = 0, rows.line_num
        while True:
            number, first = number + 1, line + 1
            entry: Item | Bad | None = None
            last = False
            try:
                row = next(rows)
                if row == [_END]:
                    return
                if row and row[-1].endswith(_END):
                    last = True
                    entry = self._bad(f"row {number}", f"a quote is not closed: lines {first} to {rows.line_num - 1}")
                elif row:
                    entry = self._entry(row, head, columns, number, (first, rows.line_num))
            except csv.Error as error:
                entry = self._bad(f"row {number}", f"no CSV in lines {first} to {rows.line_num}: {error}")
            except _PACKED as error:
                last, entry = True, self._bad(f"row {number}", f"the file is damaged from here on: {error}")
            line = rows.line_num
            if entry is not None and number > skipped:
                yield str(number), entry
            if last:
                return

    def _entry(
        self, row: list[str], head: list[str], columns: Columns, number: int, lines: tuple[int, int]
    ) -> Item | Bad:
        position = f"row {number}"
        if len(row) != len(head):
            told = f"{len(row)} values under {len(head)} columns"
            far = lines[1] - lines[0]
            return self._bad(position, f"{told}, in lines {lines[0]} to {lines[1]}" if far else told)
        values = dict(zip(head, row, strict=True))
        damaged = next((name for name in columns.of.values() if _HALF.search(values[name])), None)
        if damaged is not None:
            return self._bad(position, f"column {damaged!r} holds bytes that are not in the file's encoding")
        return columns.item(values, self._place(position))

    def _rows_of(self, start: bytes) -> int:
        encoding, dialect = self._sniffed(io.BytesIO(start))
        try:
            return sum(1 for _ in csv.reader(io.StringIO(start.decode(encoding, "replace"), newline=""), dialect)) - 1
        except csv.Error:
            return 0

    def _sniffed(self, raw: BinaryIO) -> tuple[str, type[csv.Dialect]]:
        start = _start(raw)
        raw.seek(0)
        if self._options.encoding is not None:
            encoding = self._options.encoding
            try:
                "".encode(encoding)
            except LookupError:
                raise SourceError(f"--encoding {encoding}: there is no such encoding") from None
        elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        else:
            # Cut behind a line, so that no character is torn.
            _, _, encoding = decode_named(start[: start.rfind(b"\n") + 1] or start)
        head = start.decode(encoding, "replace").split("\n", 1)[0]

        class Found(csv.excel):
            delimiter = max(",;\t|", key=head.count)

        return encoding, Found


class ParquetFile(_Table):
    """A Parquet file, row group by row group."""

    def total(self) -> int | None:
        """What the file says."""
        return int(self._parquet().metadata.num_rows)

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Row by row; the cursor is the row's number."""
        skipped = int(after) if after else 0
        parquet = self._parquet()
        columns = Columns.chosen(self._options.columns, parquet.schema_arrow.names, str(self._path))
        wanted = [*columns.of.values(), *({"links"} & set(parquet.schema_arrow.names))]
        number = 0
        with parquet:
            for group in range(parquet.num_row_groups):
                behind = number + parquet.metadata.row_group(group).num_rows
                if behind > skipped:
                    for row in self._group(parquet, group, wanted):
                        number += 1
                        if number > skipped:
                            place = f"row {number}"
                            broken = isinstance(row, str)
                            yield (
                                str(number),
                                self._bad(place, row) if broken else columns.item(row, self._place(place)),
                            )
                    if number < behind:
                        told = f"rows {number + 1} to {behind} are damaged"
                        yield str(behind), self._bad(f"row {number + 1}", told)
                number = behind

    def _group(self, parquet: Any, group: int, wanted: list[str]) -> Iterator[Any]:
        """The rows of a group, as far as they can be read; a text for one whose values Python cannot hold."""
        import pyarrow as pa

        batches = parquet.iter_batches(_BATCH, row_groups=[group], columns=wanted)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError):
                return
            if batch is None:
                return
            try:
                yield from batch.to_pylist()
            except (ValueError, OverflowError, pa.ArrowException):
                yield from (_row_alone(batch, place) for place in range(batch.num_rows))

    def _parquet(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            # With a buffer, a column is read piece by piece and not for a whole group of rows at once.
            return pq.ParquetFile(self._path, buffer_size=1_000_000)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{self._path}: no Parquet: {error}") from error


def _row_alone(batch: Any, place: int) -> Any:
    try:
        return batch.slice(place, 1).to_pylist()[0]
    except Exception as error:  # whatever a date of the year 20,000 is to a library
        return f"a value that cannot be read: {type(error).__name__}"


def _ended(lines: Iterable[str]) -> Iterator[str]:
    """The lines and one more, which shows whether a quote is still open at the end."""
    yield from lines
    yield _END


def _start(stream: Any) -> bytes:
    """The first bytes of a file, as far as they can be unpacked."""
    start = b""
    with suppress(*_PACKED):
        while len(start) < _SNIFFED and (piece := stream.read1(_SNIFFED)):
            start += piece
    return start


def _skipped_line(stream: BinaryIO) -> int:
    """How many bytes the rest of a line has."""
    size = 0
    while piece := stream.readline(_LONGEST_LINE):
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size


def _applying(mappings: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    """Of `ours=theirs` those whose column this line has."""
    return [mapping for mapping in mappings if mapping.partition("=")[2] in names]
