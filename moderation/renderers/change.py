"""What was deleted from a text, as a unified diff. Its cost follows the text, not the square of its lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from moderation.article import Span
from moderation.renderers.mask import visible

_CONTEXT = 3
_LONG = 240
_AROUND = 60
_NO_END = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `first` to `last` (exclusive) become `lines`; `old` and `new` are the places that changed in each line."""

    first: int
    last: int
    lines: Sequence[str]
    old: Sequence[Sequence[Span]]
    new: Sequence[Sequence[Span]]


def unified(text: str, cuts: Sequence[Span], name: str, words: Callable[[str], str] | None = None) -> Iterator[str]:
    """The lines of a diff of `text` and `text` without `cuts`, which stand in order and apart.

    With `words` every line passes through it, control characters are shown, and of long lines only what is near a
    change; without, the diff is exact and can be applied as a patch.
    """
    starts = [0]
    for line in _split(text)[:-1]:
        starts.append(starts[-1] + len(line))
    changes = list(_changes(text, cuts, starts))
    if not changes:
        return
    yield f"--- {name}"
    yield f"+++ {name}"
    shift = 0
    for hunk in _hunks(changes):
        first = max(hunk[0].first - _CONTEXT, 0)
        last = min(hunk[-1].last + _CONTEXT, len(starts))
        grown = sum(len(change.lines) - (change.last - change.first) for change in hunk)
        yield f"@@ -{_range(first, last - first)} +{_range(first + shift, last - first + grown)} @@"
        shift += grown
        position = first
        for change in hunk:
            yield from _lines(" ", text, starts, position, change.first, (), words)
            yield from _lines("-", text, starts, change.first, change.last, change.old, words)
            for number, line in enumerate(change.lines):
                yield from _line("+", line, change.new[number], words)
            position = change.last
        yield from _lines(" ", text, starts, position, last, (), words)


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return [*(line + "\n" for line in lines[:-1]), *filter(None, lines[-1:])]


def _changes(text: str, cuts: Sequence[Span], starts: Sequence[int]) -> Iterator[_Change]:
    number = 0
    while number < len(cuts):
        first = _line_of(starts, cuts[number].start)
        last = first + 1
        end = number
        while True:
            while end < len(cuts) and _line_of(starts, cuts[end].start) < last:
                last = max(last, _line_of(starts, max(cuts[end].end - 1, cuts[end].start)) + 1)
                end += 1
            new, places = _cut(text, starts[first], _end(text, starts, last), cuts[number:end])
            if not new or new.endswith("\n") or last >= len(starts):
                break
            last += 1  # what is left of the last line joins the next one
        lines = _split(new)
        old = _by_line(text, starts, first, last, cuts[number:end])
        yield _Change(first, last, lines, old, _spread(lines, places))
        number = end


def _cut(text: str, start: int, end: int, cuts: Sequence[Span]) -> tuple[str, list[int]]:
    """The text between two places without some ranges, and where in it each range was."""
    kept: list[str] = []
    places: list[int] = []
    size, done = 0, start
    for span in cuts:
        kept.append(text[done : span.start])
        size += max(span.start - done, 0)
        places.append(size)
        done = span.end
    return "".join(kept) + text[done:end], places


def _spread(lines: Sequence[str], places: Sequence[int]) -> list[list[Span]]:
    """The places of a text, by its lines."""
    found: list[list[Span]] = [[] for _ in lines]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for place in places:
        row = min(bisect_right(starts, place) - 1, len(lines) - 1)
        if row >= 0:
            inside = min(place - starts[row], len(lines[row]))
            found[row].append(Span(inside, inside))
    return found


def _by_line(text: str, starts: Sequence[int], first: int, last: int, cuts: Sequence[Span]) -> list[list[Span]]:
    """The parts of some ranges in each line, counted from its start."""
    found: list[list[Span]] = [[] for _ in range(first, last)]
    for span in cuts:
        row = _line_of(starts, span.start)
        while row < last and starts[row] < span.end:
            start, end = starts[row], _end(text, starts, row + 1)
            found[row - first].append(Span(max(span.start - start, 0), min(span.end, end) - start))
            row += 1
    return found


def _line_of(starts: Sequence[int], place: int) -> int:
    return bisect_right(starts, place) - 1


def _end(text: str, starts: Sequence[int], line: int) -> int:
    return starts[line] if line < len(starts) else len(text)


def _hunks(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    hunk = [changes[0]]
    for change in changes[1:]:
        if change.first - hunk[-1].last > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _range(first: int, count: int) -> str:
    return f"{first + (count > 0)},{count}"


def _lines(
    sign: str,
    text: str,
    starts: Sequence[int],
    first: int,
    last: int,
    places: Sequence[Sequence[Span]],
    words: Callable[[str], str] | None,
) -> Iterator[str]:
    for number in range(first, last):
        line = text[starts[number] : _end(text, starts, number + 1)]
        yield from _line(sign, line, places[number - first] if places else (), words)


def _line(sign: str, line: str, places: Sequence[Span], words: Callable[[str], str] | None) -> Iterator[str]:
    ended = line.endswith("\n")
    line = line.removesuffix("\n")
    if words is not None:
        line = visible(_near(words(line), places).removesuffix("\r"))
    yield sign + line
    if not ended:
        yield _NO_END


def _near(line: str, places: Sequence[Span]) -> str:
    """A long line with only what is near some places."""
    if len(line) <= _LONG:
        return line
    pieces: list[str] = []
    done = 0
    for place in places or [Span(0, 0)]:
        start, end = max(place.start - _AROUND, 0), min(place.end + _AROUND, len(line))
        if start > done:
            pieces.append("…")
        pieces.append(line[max(start, done) : end])
        done = max(done, end)
    return "".join(pieces) + ("…" if done < len(line) else "")
