"""Tables in files: JSONL, CSV and TSV (also gzipped), Parquet."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from moderation.audit.column import Columns
from moderation.audit.item import Bad, Item, Place, Source, SourceError
from moderation.audit.source import Options
from moderation.readers.encoding import decode_named

_SNIFFED = 1_000_000
"""Bytes from which the encoding of a CSV file is told."""
_LONGEST_FIELD = 64_000_000
_BATCH = 256


def table_source(path: Path, options: Options) -> Source:
    """The source of a file by its ending. Raises SourceError."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson")):
        return JsonLines(path, options)
    if name.endswith(".parquet"):
        return ParquetFile(path, options)
    return CsvFile(path, options)


class _File:
    """What files of tables share: a name, and a fingerprint that does not follow the file's contents.

    A site's export of next month has the same name and other rows: that is another run, with its own folder. Within
    one run the file must not change, so its size and time are part of it.
    """

    def __init__(self, path: Path, options: Options) -> None:
        self._path, self._options = path, options

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def fingerprint(self) -> str:
        """Path, size and time of change."""
        stat = self._path.stat()
        return self._options.fingerprint(str(self._path.resolve()), str(stat.st_size), str(stat.st_mtime_ns))

    def total(self) -> int | None:
        """Unknown."""
        return None

    def _open(self) -> BinaryIO:
        try:
            if self._path.suffix.lower() == ".gz":
                return cast(BinaryIO, gzip.open(self._path, "rb"))
            return self._path.open("rb")
        except OSError as error:
            raise SourceError(f"{self._path}: {error.strerror or error}") from error

    def _place(self, position: object) -> Place:
        return Place(str(self._path), str(position))


class JsonLines(_File):
    """One JSON object a line, each with its own columns."""

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Line by line; the cursor is `bytes line`."""
        offset, number = map(int, after.split()) if after else (0, 0)
        mappings: dict[tuple[str, ...], Columns] = {}
        with self._open() as stream:
            stream.seek(offset)
            for line in stream:
                offset, number = offset + len(line), number + 1
                if line.strip():
                    yield f"{offset} {number}", self._entry(line, number, mappings)

    def _entry(self, line: bytes, number: int, mappings: dict[tuple[str, ...], Columns]) -> Item | Bad:
        place = self._place(number)
        try:
            row = json.loads(line)
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


class CsvFile(_File):
    """Comma-, semicolon- or tab-separated values with a head line, in any encoding we can tell."""

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Row by row; the cursor is the row's number. Going on reads from the beginning: rows have no fixed place."""
        skipped = int(after) if after else 0
        csv.field_size_limit(_LONGEST_FIELD)
        with self._open() as raw:
            encoding, dialect = self._sniffed(raw)
            text = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")
            rows = csv.reader(text, dialect)
            head = next(rows, None)
            if head is None:
                raise SourceError(f"{self._path}: the file is empty")
            head = [name.strip().lstrip("\ufeff") for name in head]
            columns = Columns.chosen(self._options.columns, head, str(self._path))
            number = 0
            while True:
                number += 1
                try:
                    row = next(rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    if number > skipped:
                        place = self._place(f"row {number}")
                        yield str(number), Bad(str(place), place, f"no CSV: {error}")
                    continue
                if number > skipped and row:
                    yield str(number), self._entry(row, head, columns, number)

    def _entry(self, row: list[str], head: list[str], columns: Columns, number: int) -> Item | Bad:
        place = self._place(f"row {number}")
        if len(row) != len(head):
            return Bad(str(place), place, f"{len(row)} values under {len(head)} columns")
        values = dict(zip(head, row, strict=True))
        damaged = next((name for name in columns.of.values() if "\ufffd" in values[name]), None)
        if damaged is not None:
            return Bad(str(place), place, f"column {damaged!r} holds bytes that are not in the file's encoding")
        return columns.item(values, place)

    def _sniffed(self, raw: BinaryIO) -> tuple[str, type[csv.Dialect]]:
        start = raw.read(_SNIFFED)
        raw.seek(0)
        if self._options.encoding is not None:
            encoding = self._options.encoding
            try:
                "".encode(encoding)
            except LookupError:
                raise SourceError(f"--encoding {encoding}: there is no such encoding") from None
        else:
            # Cut behind a line, so that no character is torn.
            _, _, encoding = decode_named(start[: start.rfind(b"\n") + 1] or start)
        head = start.split(b"\n", 1)[0].decode(encoding, "replace")

        class Found(csv.excel):
            delimiter = max(",;\t|", key=head.count)

        return encoding, Found


class ParquetFile(_File):
    """A Parquet file, row group by row group."""

    def total(self) -> int | None:
        """What the file says."""
        return int(self._parquet().metadata.num_rows)

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Row by row; the cursor is the row's number."""
        skipped = int(after) if after else 0
        parquet = self._parquet()
        names = parquet.schema_arrow.names
        columns = Columns.chosen(self._options.columns, names, str(self._path))
        number = 0
        for group in range(parquet.num_row_groups):
            size = parquet.metadata.row_group(group).num_rows
            if number + size <= skipped:
                number += size
                continue
            for batch in parquet.iter_batches(_BATCH, row_groups=[group]):
                for row in batch.to_pylist():
                    number += 1
                    if number > skipped:
                        yield str(number), columns.item(row, self._place(f"row {number}"))

    def _parquet(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self._path)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{self._path}: no Parquet: {error}") from error


def _applying(mappings: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    """Of `ours=theirs` those whose column this line has."""
    return [mapping for mapping in mappings if mapping.partition("=")[2] in names]
