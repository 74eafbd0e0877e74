"""Files and standard input to articles; what cannot be read is said and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from moderation.article import Article, Unread
from moderation.readers.encoding import decode
from moderation.readers.failure import InputError, Limits
from moderation.readers.html import read_html
from moderation.readers.markdown import read_markdown
from moderation.readers.plain import read_text
from moderation.readers.record import read_record

Outcome = Article | InputError
_TOO_LONG = "a number in the JSON has too many digits"


def _html(text: str, name: str, limits: Limits) -> Iterator[Outcome]:
    yield read_html(text, identifier=name, limits=limits)


def _markdown(text: str, name: str, limits: Limits) -> Iterator[Outcome]:
    yield read_markdown(text, identifier=name, limits=limits)


def _plain(text: str, name: str, limits: Limits) -> Iterator[Outcome]:
    yield read_text(text, identifier=name, limits=limits)


def _json(text: str, name: str, limits: Limits) -> Iterator[Outcome]:
    try:
        loaded = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"no JSON: {error.msg} (column {error.colno})", line=error.lineno) from error
    except RecursionError as error:
        raise InputError("JSON nests too deep") from error
    except ValueError as error:
        raise InputError(_TOO_LONG) from error
    for number, record in enumerate(loaded if isinstance(loaded, list) else [loaded]):
        try:
            yield read_record(record, limits=limits)
        except InputError as error:
            yield error.at(f"{name}[{number}]" if isinstance(loaded, list) else name)


def _jsonl(text: str, name: str, limits: Limits) -> Iterator[Outcome]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield read_line(line, name, number, limits)


READERS: dict[str, Callable[[str, str, Limits], Iterator[Outcome]]] = {
    ".html": _html,
    ".htm": _html,
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _plain,
    ".json": _json,
    ".jsonl": _jsonl,
}


_DOCUMENTS: dict[str, Callable[..., Article]] = {"html": read_html, "md": read_markdown, "txt": read_text}


def read_line(line: str, name: str, number: int, limits: Limits) -> Outcome:
    """One line of a JSONL file as an article, or the error that names its line and field."""
    try:
        return read_record(json.loads(line), limits=limits)
    except json.JSONDecodeError as error:
        return InputError(f"no JSON: {error.msg} (column {error.colno})", source=name, line=number)
    except RecursionError:
        return InputError("JSON nests too deep", source=name, line=number)
    except ValueError:
        return InputError(_TOO_LONG, source=name, line=number)
    except InputError as error:
        return InputError(error.message, source=name, line=number, field=error.field)


def read(path: str | Path, limits: Limits | None = None) -> Iterator[Outcome]:
    """The articles of a file, or of all readable files below a folder, in a fixed order.

    Yields an InputError in place of whatever cannot be read; never raises one.
    """
    limits = limits or Limits()
    path = Path(path)
    try:
        is_folder = path.is_dir()
    except OSError as error:
        yield InputError(_reason(error), source=str(path))
        return
    if is_folder:
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in READERS and not p.is_dir())
        if not files:
            yield InputError(f"no file here ends in {', '.join(READERS)}", source=str(path))
        for file in files:
            yield from read(file, limits)
        return
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        ending = f"cannot read {path.suffix or 'a file without an ending'}; use {', '.join(READERS)}"
        yield InputError(ending if path.exists() else "no such file", source=str(path))
        return
    if path.suffix.lower() == ".jsonl":
        yield from _read_jsonl(path, limits)
        return
    try:
        size = path.stat().st_size
        if size > limits.bytes:
            raise InputError(f"{size} bytes are over the limit of {limits.bytes}")
        yield from _parse(path.read_bytes(), str(path), reader, limits)
    except OSError as error:
        yield InputError(_reason(error), source=str(path))
    except InputError as error:
        yield error.at(str(path))


def read_stream(stream: BinaryIO, format_name: str, limits: Limits | None = None) -> Iterator[Outcome]:
    """The articles of a stream of one format (`html`, `md`, `txt`, `json`, `jsonl`)."""
    limits = limits or Limits()
    if format_name == "jsonl":
        yield from _lines(stream, "-", limits)
        return
    try:
        data = stream.read(limits.bytes + 1)
        if len(data) > limits.bytes:
            raise InputError(f"over the limit of {limits.bytes} bytes")
        yield from _parse(data, "-", READERS[f".{format_name}"], limits)
    except InputError as error:
        yield error.at("-")


def read_document(
    data: bytes,
    format_name: str,
    *,
    identifier: str,
    title: str | None = None,
    url: str | None = None,
    limits: Limits | None = None,
) -> Article:
    """One page or text from its bytes (`html`, `md`, `txt`), with a title and address known from elsewhere.

    Raises InputError.
    """
    limits = limits or Limits()
    if len(data) > limits.bytes:
        raise InputError(f"{len(data)} bytes are over the limit of {limits.bytes}")
    text, damaged = decode(data)
    if not text.strip():
        raise InputError("there is no text")
    reader = _DOCUMENTS[format_name]
    text = text if reader is read_html else text.replace("\r\n", "\n")
    article = _noted(reader(text, identifier=identifier, title=title, url=url, limits=limits), damaged)
    assert isinstance(article, Article)
    return article


def _read_jsonl(path: Path, limits: Limits) -> Iterator[Outcome]:
    """Line by line, so that a file of any size needs the memory of one record."""
    try:
        with path.open("rb") as stream:
            yield from _lines(stream, str(path), limits)
    except OSError as error:
        yield InputError(_reason(error), source=str(path))


def _lines(stream: BinaryIO, name: str, limits: Limits) -> Iterator[Outcome]:
    number = 0
    found = False
    while line := stream.readline(limits.bytes + 1):
        number += 1
        found = found or bool(line.strip())
        if len(line) > limits.bytes:
            while not line.endswith(b"\n") and line:
                line = stream.readline(limits.bytes + 1)
            yield InputError(f"over the limit of {limits.bytes} bytes", source=name, line=number)
            continue
        if not line.strip():
            continue
        try:
            text, damaged = decode(line)
        except InputError as error:
            yield error.at(name, number)
        else:
            yield _noted(read_line(text, name, number, limits), damaged)
    if not found:
        yield InputError("the file is empty", source=name)


def _parse(
    data: bytes, name: str, reader: Callable[[str, str, Limits], Iterator[Outcome]], limits: Limits
) -> Iterator[Outcome]:
    text, damaged = decode(data)
    if not text.strip():
        raise InputError("the file is empty")
    for outcome in reader(text.replace("\r\n", "\n") if reader is not _html else text, name, limits):
        yield _noted(outcome, damaged)


def _noted(outcome: Outcome, damaged: int) -> Outcome:
    """The same outcome; an article says how many bytes of its file could not be read."""
    if not damaged or isinstance(outcome, InputError):
        return outcome
    note = Unread("damaged bytes", damaged, "not valid in the file's encoding")
    return replace(outcome, unread=(*outcome.unread, note))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
