"""Where a spider-pool program may have inserted fragments, and whether anything at those places can come of it.

Most articles hold a hundred such places and no insertion. Three facts say so at a glance: a chain needs fragments that
come again in the order they came before, and a walk along the title needs its words; echoes of whole sentences, which
the full search leaves out, are left to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.fragments import FEWEST, FEWEST_DISTINCT, MOST_SKIPPED, Place, fewest_believed, fewest_of_one
from moderation.normalize import Document
from moderation.normalize.text import codes_of

_AFTER = "的是,。?、"
_RUN = re.compile(r"[\u3400-\u9fff]{2,10}")
_REGION = 1_500
"""How far into the body fragments are looked for; real pages stop within the first 400 characters."""
_READ_AT_FIRST = 4_096
_LONGEST_RUN = 10
_ECHO_RUN = 6
_BEFORE = 3
_PARAGRAPH, _HEADING, _TABLE_CELL = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.TABLE_CELL
_MANY = 256
"""Repeats that are not compared pair by pair: the full search bounds its cost itself."""
_HAN, _MARKER = 1, 2
_HALF = np.uint32(16)
Indices = npt.NDArray[np.intp]
Keys = npt.NDArray[np.uint32]


def _kinds() -> npt.NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    table[0x3400:0xA000] = _HAN
    table[codes_of(_AFTER)] |= _MARKER
    return table


_KINDS = _kinds()


@dataclass(frozen=True, slots=True)
class Ground:
    """The places where the program may insert, each with the range of its block."""

    positions: Indices
    ranges: tuple[tuple[int, int], ...]
    keys: Keys
    """The first two characters behind each place, as one number."""


def ground_of(document: Document) -> Ground:
    """Every place of the body's beginning where the program may insert; of a long text, most is not looked at."""
    read = _READ_AT_FIRST
    while True:
        ground = _ground(document, read)
        first = ground.positions[:1].tolist()
        if read >= len(document.text) or (first and first[0] + _REGION + _LONGEST_RUN < read):
            return ground
        read *= 4


def _ground(document: Document, read: int) -> Ground:
    """The places among the first `read` characters of the text."""
    codes = codes_of(document.text[:read])
    kinds = _KINDS.take(codes, mode="clip")
    han = (kinds & _HAN).astype(bool)
    everywhere = np.flatnonzero((kinds[:-2] & _MARKER).astype(bool) & han[1:-1] & han[2:]) + 1
    title = document.text_of(FieldRef(FieldName.TITLE)).strip()
    chosen: list[Indices] = []
    ranges: list[tuple[int, int]] = []
    first: int | None = None
    for index, block in enumerate(document.blocks):
        kind = block.kind
        if kind is not _PARAGRAPH and kind is not _HEADING and kind is not _TABLE_CELL:
            continue
        start, end = document.block_range(index)
        if start >= read or (first is not None and start - first > _REGION):
            break
        low, high = everywhere.searchsorted((start, end)).tolist()
        if low == high or document.text[start:end].strip() in title:
            continue
        first = int(everywhere[low]) if first is None else first
        chosen.append(everywhere[low:high])
        ranges += [(start, end)] * (high - low)
    positions = np.concatenate(chosen) if chosen else everywhere[:0]
    if first is not None:
        positions = positions[: int(positions.searchsorted(first + _REGION, side="right"))]
    keys = (codes[positions] << _HALF) | codes[positions + 1]
    return Ground(positions, tuple(ranges[: len(positions)]), keys)


def places_of(document: Document, ground: Ground) -> list[Place]:
    """The places with what surrounds them, without those of sentences that the author repeats."""
    text = document.text
    places = []
    for position, (start, end) in zip(ground.positions.tolist(), ground.ranges, strict=True):
        match = _RUN.match(text, position, end)
        if match:
            before = text[max(start, position - _BEFORE) : position]
            places.append(Place(position, match.group(), before, text[match.end() : min(end, match.end() + 1)]))
    # The same words before and behind, twice: the author repeats a sentence, and the program did not write it.
    echoes = Counter((place.before, place.run[:_ECHO_RUN]) for place in places)
    return [place for place in places if echoes[place.before, place.run[:_ECHO_RUN]] == 1 or len(place.run) < _ECHO_RUN]


def may_repeat(ground: Ground, text: str) -> bool:
    """False where no chain of fragments can be believed: too few come again in the order in which they came."""
    count = len(ground.keys)
    if count < FEWEST:
        return False
    standing: dict[int, list[int]] = {}
    for number, key in enumerate(ground.keys.tolist()):
        standing.setdefault(key, []).append(number)
    repeated = [numbers for numbers in standing.values() if len(numbers) > 1]
    if not repeated:
        return False
    fewest = fewest_believed(count)
    sizes = list(map(len, repeated))
    if max(sizes) >= fewest_of_one(count) or sum([size * (size - 1) for size in sizes]) > 2 * _MANY:
        return True
    if sum(sizes) < fewest:
        return False
    pairs = sorted((*pair, kind) for kind, numbers in enumerate(repeated) for pair in combinations(numbers, 2))
    return _echoes(ground, text, pairs) or _longest(pairs, sizes) >= fewest


def _longest(pairs: Sequence[tuple[int, int, int]], sizes: Sequence[int]) -> int:
    """The most places that repeats can hold of which each follows on another: of all that are linked in any way."""
    kinds = [{kind} for _, _, kind in pairs]
    longest = 0
    for at, (earlier, later, _) in enumerate(pairs):
        for after in range(at + 1, len(pairs)):
            ahead, behind, _ = pairs[after]
            if ahead - earlier > MOST_SKIPPED + 1:
                break
            if ahead > earlier and 0 < behind - later <= MOST_SKIPPED + 1 and kinds[after] is not kinds[at]:
                merged = kinds[at] | kinds[after]
                for known in (kinds[at], kinds[after]):
                    for other, kind in enumerate(kinds):
                        if kind is known:
                            kinds[other] = merged
                longest = max(longest, sum([sizes[kind] for kind in merged]))
    return longest


def _echoes(ground: Ground, text: str, pairs: Sequence[tuple[int, int, int]]) -> bool:
    """True when any two places may stand in the same sentence, written twice."""
    positions = ground.positions.tolist()
    around = [text[position - 1 : position + _ECHO_RUN] for position in positions]
    return any(around[earlier] == around[later] for earlier, later, _ in pairs)


def may_follow(ground: Ground, titles: Iterable[str]) -> bool:
    """False where too few words of a title stand close enough together for a walk along it."""
    if len(ground.keys) < FEWEST:
        return False
    for title in titles:
        codes = codes_of(title)
        pairs = np.sort((codes[:-1] << _HALF) | codes[1:])
        if len(pairs) < FEWEST_DISTINCT:
            continue
        hits = np.flatnonzero(pairs.take(pairs.searchsorted(ground.keys), mode="clip") == ground.keys)
        near = hits[FEWEST - 1 :] - hits[: 1 - FEWEST] <= (MOST_SKIPPED + 1) * (FEWEST - 1)
        if near.any() and len(set(ground.keys[hits].tolist())) >= FEWEST_DISTINCT:
            return True
    return False
