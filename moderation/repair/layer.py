"""From places in a text to places in what it was read from: line ends, JSON strings, bytes."""

from __future__ import annotations

import codecs
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from moderation.article import Span
from moderation.repair.page import UnmappedError

_CHUNK = 4_096
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.S)
_BLANKS = re.compile(r"[ \t\n\r]*+")


class _Stretched:
    """Places in a text in which some pieces were written longer than they read."""

    def __init__(self, start: int, pieces: Sequence[tuple[int, int, int]]) -> None:
        """`pieces` are (place where it reads, characters read, characters written), in order."""
        self._start = start
        self._places = [place for place, _, _ in pieces]
        self._extra = list(accumulate((written - read for _, read, written in pieces), initial=0))

    def place(self, position: int) -> int:
        """Where the character at a position is written."""
        return self._start + position + self._extra[bisect_left(self._places, position)]

    def spans(self, spans: Sequence[Span]) -> list[Span]:
        """The same ranges where they are written."""
        return [Span(self.place(span.start), self.place(span.end)) for span in spans]


def unix_lines(text: str) -> _Stretched:
    """Places of a text whose line ends were read as single characters."""
    pieces = [(match.start() - number, 1, 2) for number, match in enumerate(re.finditer("\r\n", text))]
    return _Stretched(0, pieces)


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """A record in a JSON text: its value, and where the texts of its own fields are written."""

    value: Any
    fields: Mapping[str, _Stretched]


def json_records(text: str) -> Iterator[JsonRecord]:
    """The objects of a JSON text that holds one, or a list of them. Raises ValueError for what is no JSON."""
    decoder = json.JSONDecoder()
    position = _after_blanks(text, 0)
    if text[position : position + 1] != "[":
        yield _record(text, position, decoder)[0]
        return
    position = _after_blanks(text, position + 1)
    while position < len(text) and text[position] != "]":
        record, position = _record(text, position, decoder)
        yield record
        position = _after_blanks(text, position)
        if text[position : position + 1] == ",":
            position = _after_blanks(text, position + 1)


def _record(text: str, position: int, decoder: json.JSONDecoder) -> tuple[JsonRecord, int]:
    value, end = decoder.raw_decode(text, position)
    fields: dict[str, _Stretched] = {}
    if isinstance(value, dict):
        position = _after_blanks(text, position + 1)
        while text[position] != "}":
            name, position = decoder.raw_decode(text, position)
            position = _after_blanks(text, _after_blanks(text, position) + 1)
            _, after = decoder.raw_decode(text, position)
            fields.pop(name, None)  # of a name that comes twice, the last counts
            if text[position] == '"':
                fields[name] = _written(text, position + 1, after - 1)
            position = _after_blanks(text, after)
            if text[position] == ",":
                position = _after_blanks(text, position + 1)
    return JsonRecord(value, fields), end


def _written(text: str, start: int, end: int) -> _Stretched:
    """The inside of a JSON string."""
    pieces: list[tuple[int, int, int]] = []
    extra = 0
    for match in _ESCAPE.finditer(text, start, end):
        size = len(match.group())
        pieces.append((match.start() - start - extra, 1, size))
        extra += size - 1
    return _Stretched(start, pieces)


def _after_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def byte_spans(data: bytes, encoding: str, text: str, spans: Sequence[Span]) -> list[Span]:
    """Ranges of the decoded text as ranges of bytes. Raises UnmappedError where none matches."""
    positions = sorted({edge for span in spans for edge in (span.start, span.end)})
    places = _byte_places(data, encoding, text, positions)
    return [Span(places[span.start], places[span.end]) for span in spans]


def _byte_places(data: bytes, encoding: str, text: str, positions: Sequence[int]) -> dict[int, int]:
    mark = next((len(mark) for mark in _MARKS if data.startswith(mark)), 0) if encoding.startswith("utf") else 0
    found = {0: mark}
    if encoding in ("utf-8", "utf-8-sig") and mark + len(text.encode("utf-8", "surrogatepass")) == len(data):
        place, done = mark, 0
        for position in positions:
            place += len(text[done:position].encode("utf-8"))
            found[position], done = place, position
        return found
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    count = 0
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        state = decoder.getstate()
        size = len(decoder.decode(chunk, start + _CHUNK >= len(data)))
        wanted = positions[bisect_right(positions, count) : bisect_right(positions, count + size)]
        if wanted:
            decoder.setstate(state)
            found |= _within(decoder, chunk, start, count, start + _CHUNK >= len(data))
        count += size
    missing = [position for position in positions if position not in found]
    if missing:
        raise UnmappedError("a place stands inside a character")
    return found


def _within(decoder: codecs.IncrementalDecoder, chunk: bytes, start: int, count: int, last: bool) -> dict[int, int]:
    """The first byte behind each character of a chunk."""
    found: dict[int, int] = {}
    for offset in range(len(chunk)):
        size = len(decoder.decode(chunk[offset : offset + 1], last and offset == len(chunk) - 1))
        count += size
        if size:
            found.setdefault(count, start + offset + 1)
    return found
