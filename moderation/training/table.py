"""Rows of a labelled file as plain records, whatever its format: JSONL, CSV or Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any] | str
"""A row's fields, or what is wrong with it."""


class TableError(Exception):
    """A file that cannot be read as a table at all."""


def records_of(path: Path) -> Iterator[tuple[str, Record]]:
    """The place and fields of every row. Raises TableError for an unknown ending, a missing file or a broken one."""
    readers = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise TableError(f"{path}: cannot read {path.suffix or 'a file without an ending'}; use {', '.join(readers)}")
    if not path.is_file():
        raise TableError(f"{path}: no such file")
    for number, record in reader(path):
        yield f"{path}:{number}", record


def _jsonl(path: Path) -> Iterator[tuple[int, Record]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                record = json.loads(line.decode())
            except json.JSONDecodeError as error:
                yield number, f"no JSON: {error.msg}"
            except UnicodeDecodeError as error:
                yield number, f"no UTF-8: {error.reason} at byte {error.start}"
            else:
                yield number, record if isinstance(record, dict) else "a row is a JSON object"


def _csv(path: Path) -> Iterator[tuple[int, Record]]:
    """CSV with a header, in UTF-8 or GB18030; `categories` are separated by commas, semicolons or bars."""
    from moderation.readers.encoding import decode
    from moderation.readers.failure import InputError

    try:
        text, _ = decode(path.read_bytes())
    except InputError as error:
        raise TableError(f"{path}: {error.message}") from error
    reader = csv.DictReader(text.splitlines(keepends=True))
    try:
        for row in reader:
            if None in row:
                yield reader.line_num, "more fields than the header names"
            elif None in row.values():
                yield reader.line_num, "fewer fields than the header names"
            else:
                yield (
                    reader.line_num,
                    {name: value for name, value in row.items() if value != "" or name == "categories"},
                )
    except csv.Error as error:
        raise TableError(f"{path}:{reader.line_num}: {error}") from error


def _parquet(path: Path) -> Iterator[tuple[int, Record]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise TableError(f"{path}: Parquet needs pyarrow: pip install pyarrow") from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches():
                for record in batch.to_pylist():
                    number += 1
                    yield number, {name: value for name, value in record.items() if value is not None}
    except pyarrow.ArrowException as error:
        raise TableError(f"{path}: {error}") from error
