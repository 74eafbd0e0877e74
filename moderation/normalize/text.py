"""A normalised text, the steps that made it, and the map back to the raw one.

The map costs nothing while text is clean: it is an identity until the first edit that changes a length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
import numpy.typing as npt

from moderation.article import Span

Codes = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int32]
Marks = npt.NDArray[np.uint16]
Indices = npt.NDArray[np.intp]


class Step(IntFlag):
    """The kinds of edit; a character carries the steps that touched it as a bit set."""

    ENTITY = 1
    PINYIN = 2
    WIDTH = 4
    CASE = 8
    TRADITIONAL = 16
    LOOKALIKE = 32
    INVISIBLE = 64
    SEPARATOR = 128


DISGUISE = Step.ENTITY | Step.LOOKALIKE | Step.INVISIBLE | Step.SEPARATOR
"""Steps that ordinary writing seldom needs. Case, width, Traditional script and pinyin residue are no disguise."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of the edit log: the steps, what stood in the raw text, what stands there now."""

    steps: Step
    span: Span
    raw: str
    normalized: str


def codes_of(text: str) -> Codes:
    """The code points of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def text_of(codes: Codes) -> str:
    """The text of an array of code points."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text in normal form.

    `starts[i]:ends[i]` is the raw range behind character `i`, None while it is `i:i+1`. `marks[i]` holds the
    steps that changed character `i`; `gaps[i]` those that deleted something between it and the next one. `head`
    holds the steps that deleted something before the first. None stands for all zero.
    """

    raw: str
    text: str
    starts: Offsets | None = None
    ends: Offsets | None = None
    marks: Marks | None = None
    gaps: Marks | None = None
    head: int = 0

    @classmethod
    def identity(cls, raw: str) -> Normalized:
        """A text that nothing has changed yet."""
        return cls(raw, raw)

    def __len__(self) -> int:
        return len(self.text)

    def raw_span(self, start: int, end: int) -> Span:
        """The raw range behind `start:end`; for an empty range, the empty one where it would stand."""
        if not 0 <= start <= end <= len(self.text):
            raise IndexError(f"{start}:{end} lies outside a text of {len(self.text)} characters")
        if self.starts is None or self.ends is None:
            return Span(start, end)
        if start == end:
            at = int(self.starts[start]) if start < len(self.text) else len(self.raw)
            return Span(at, at)
        return Span(int(self.starts[start]), int(self.ends[end - 1]))

    def position_of(self, raw_offset: int) -> int:
        """The first normalised position whose raw range ends after `raw_offset`."""
        if self.ends is None:
            return min(raw_offset, len(self.text))
        # As a Python integer it would have numpy widen the whole array, for each question anew.
        return int(self.ends.searchsorted(np.int32(min(raw_offset, len(self.raw))), side="right"))

    def positions_of(self, raw_offsets: Offsets) -> Offsets:
        """`position_of` for many raw offsets."""
        if self.ends is None:
            return np.minimum(raw_offsets, np.int32(len(self.text)))
        return self.ends.searchsorted(raw_offsets, side="right").astype(np.int32)

    def steps_in(self, start: int, end: int) -> Step:
        """The steps that touched the characters `start:end` or what was deleted between them."""
        found = 0
        if self.marks is not None and end > start:
            found |= int(np.bitwise_or.reduce(self.marks[start:end]))
        if self.gaps is not None and end - 1 > start:
            found |= int(np.bitwise_or.reduce(self.gaps[start : end - 1]))
        return Step(found)

    def steps_of(self, ranges: Sequence[tuple[int, int]]) -> Marks:
        """`steps_in` for each of many ranges."""
        found = np.zeros(len(ranges), dtype=np.uint16)
        if not len(ranges) or (self.marks is None and self.gaps is None):
            return found
        starts, ends = np.asarray(ranges, dtype=np.int64).T
        for marks, inner in ((self.marks, 0), (self.gaps, 1)):  # a gap behind the last character is outside
            if marks is None:
                continue
            sizes = np.minimum(ends - inner, len(self.text)) - starts
            filled = np.flatnonzero(sizes > 0)
            if len(filled):
                sizes = sizes[filled]
                begins = np.cumsum(sizes) - sizes
                places = np.arange(begins[-1] + sizes[-1]) + np.repeat(starts[filled] - begins, sizes)
                found[filled] |= np.bitwise_or.reduceat(marks[places], begins)
        return found

    def touched(self, steps: Step) -> Offsets:
        """The positions of the characters that any of these steps changed, or after which they deleted."""
        hit = np.zeros(len(self.text), dtype=bool)
        for marks in (self.marks, self.gaps):
            if marks is not None:
                hit |= (marks & np.uint16(steps)) != 0
        return np.flatnonzero(hit).astype(np.int32)

    def changed(self, steps: Step) -> Offsets:
        """The positions of the characters that any of these steps changed."""
        if self.marks is None:
            return np.zeros(0, dtype=np.int32)
        return np.flatnonzero(self.marks & np.uint16(steps)).astype(np.int32)

    def edits(self) -> Iterator[Edit]:
        """The edit log in reading order, one entry for each changed character or deletion."""
        previous = 0
        for index, character in enumerate(self.text):
            span = self.raw_span(index, index + 1)
            if span.start > previous:
                before = self.head if index == 0 else int(self.gaps[index - 1]) if self.gaps is not None else 0
                gap = Span(previous, span.start)
                yield Edit(Step(before), gap, self.raw[gap.start : gap.end], "")
            if self.marks is not None and self.marks[index]:
                yield Edit(Step(int(self.marks[index])), span, self.raw[span.start : span.end], character)
            previous = max(previous, span.end)
        if previous < len(self.raw):
            last = int(self.gaps[-1]) if self.gaps is not None and len(self.gaps) else self.head
            yield Edit(Step(last), Span(previous, len(self.raw)), self.raw[previous:], "")

    def _arrays(self) -> tuple[Offsets, Offsets, Marks, Marks]:
        size = len(self.text)
        starts = np.arange(size, dtype=np.int32) if self.starts is None else self.starts
        ends = np.arange(1, size + 1, dtype=np.int32) if self.ends is None else self.ends
        marks = np.zeros(size, dtype=np.uint16) if self.marks is None else self.marks
        gaps = np.zeros(size, dtype=np.uint16) if self.gaps is None else self.gaps
        return starts, ends, marks, gaps

    def recoded(self, text: str, changed: npt.NDArray[np.uint16]) -> Normalized:
        """The same positions with other characters; `changed` holds the steps for each."""
        marks = changed if self.marks is None else self.marks | changed
        return Normalized(self.raw, text, self.starts, self.ends, marks, self.gaps, self.head)

    def without(self, codes: Codes, drop: npt.NDArray[np.bool_], step: Step) -> Normalized:
        """This text (`codes` are its code points) less the characters at which `drop` is true."""
        keep = np.flatnonzero(~drop)
        if self.starts is None and self.marks is None and self.gaps is None and len(keep):
            return self._first_cut(codes, keep, step)
        starts, ends, marks, gaps = self._arrays()
        lost = np.where(drop, marks | gaps | np.uint16(step), gaps).astype(np.uint16)
        head = self.head
        if len(keep) == 0:
            head |= int(np.bitwise_or.reduce(lost)) if len(lost) else 0
            new_gaps = np.zeros(0, dtype=np.uint16)
        else:
            if keep[0] > 0:
                head |= int(np.bitwise_or.reduce(lost[: keep[0]]))
            new_gaps = np.bitwise_or.reduceat(lost, keep).astype(np.uint16)
        return Normalized(self.raw, text_of(codes[keep]), starts[keep], ends[keep], marks[keep], new_gaps, head)

    def _first_cut(self, codes: Codes, keep: Indices, step: Step) -> Normalized:
        """`without` for a text that nothing has changed yet."""
        starts = keep.astype(np.int32)
        following = np.append(starts[1:], np.int32(len(codes)))
        ends = starts + np.int32(1)
        gaps = np.where(following > ends, np.uint16(step), np.uint16(0))
        head = self.head | (int(step) if starts[0] > 0 else 0)
        return Normalized(self.raw, text_of(codes[keep]), starts, ends, None, gaps, head)

    def replaced(self, edits: Sequence[tuple[int, int, str]], step: Step) -> Normalized:
        """This text with the ranges `(start, end, replacement)` changed; they are sorted and do not overlap.

        Every character of a replacement stands for the whole range; an empty one is a deletion.
        """
        if not edits:
            return self
        pieces: list[str] = []
        position = 0
        for start, end, replacement in edits:
            pieces += (self.text[position:start], replacement)
            position = end
        pieces.append(self.text[position:])
        first = np.array([start for start, _, _ in edits])
        last = np.array([end - 1 for _, end, _ in edits])
        sizes = np.array([len(replacement) for _, _, replacement in edits])
        return self._spliced("".join(pieces), first, last, sizes, step)

    def _spliced(self, text: str, first: Indices, last: Indices, sizes: Indices, step: Step) -> Normalized:
        """The arrays behind `replaced`: characters `first..last` of each edit become `sizes` new ones."""
        starts, ends, marks, gaps = self._arrays()
        # Every bound doubles as the end of the edit before it; a sentinel lets the last edit reach the end.
        touched = np.append(marks | gaps, np.uint16(0))
        bounds = np.stack((first, last + 1), axis=1).ravel()
        ends, marks, gaps = ends.copy(), marks.copy(), gaps.copy()
        after = gaps[last]  # what was deleted behind an edit is no part of it
        touched[last] = marks[last]
        inherited = np.bitwise_or.reduceat(touched, bounds)[::2] | np.uint16(step)
        ends[first], marks[first], gaps[first] = ends[last], inherited, 0
        depth = np.zeros(len(starts) + 1, dtype=np.int32)
        depth[first] += 1
        np.add.at(depth, last + 1, -1)
        counts = np.where(np.cumsum(depth[:-1]) > 0, 0, 1)
        counts[first] = sizes
        chosen = np.repeat(np.arange(len(starts)), counts)
        new_gaps = gaps[chosen]
        new_ends = np.cumsum(counts)[last]  # where the text goes on after each edit
        kept = sizes > 0
        new_gaps[new_ends[kept] - 1] |= after[kept]
        head = self.head
        dropped = ~kept & (new_ends > 0)
        np.bitwise_or.at(new_gaps, new_ends[dropped] - 1, inherited[dropped] | after[dropped])
        for steps in (inherited | after)[~kept & (new_ends == 0)]:
            head |= int(steps)
        return Normalized(self.raw, text, starts[chosen], ends[chosen], marks[chosen], new_gaps, head)
