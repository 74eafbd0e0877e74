"""Where a spider-pool program may have inserted fragments, and whether anything at those places can come of it.

Most articles hold a hundred such places and no insertion. Three facts say so at a glance: a chain needs fragments that
come again in the order they came before, and a walk along the title needs its words; echoes of whole sentences, which
the full search leaves out, are left to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.fragments import FEWEST, FEWEST_DISTINCT, MOST_SKIPPED, Place, fewest_believed, fewest_of_one
from moderation.normalize import Document
from moderation.normalize.text import Codes, codes_of

_AFTER = "的是,。?、"
_RUN = re.compile(r"[\u3400-\u9fff]{2,10}")
_REGION = 1_500
"""How far into the body fragments are looked for; real pages stop within the first 400 characters."""
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
    """The places where the program may insert, each with the range of its block, and the text's code points."""

    positions: Indices
    ranges: tuple[tuple[int, int], ...]
    codes: Codes
    keys: Keys
    """The first two characters behind each place, as one number."""


def ground_of(document: Document) -> Ground:
    """Every place of the body's beginning where the program may insert."""
    codes = codes_of(document.text)
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
        if first is not None and start - first > _REGION:
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
    return Ground(positions, tuple(ranges[: len(positions)]), codes, keys)


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


def may_repeat(ground: Ground) -> bool:
    """False where no chain of fragments can be believed: too few come again in the order in which they came."""
    if len(ground.keys) < FEWEST:
        return False
    order = ground.keys.argsort(kind="stable")
    keys = ground.keys[order]
    new = np.append(0, np.cumsum(keys[1:] != keys[:-1]))
    sizes = np.bincount(new)
    largest = int(sizes.max())
    if largest >= fewest_of_one(len(keys)) or int((sizes * (sizes - 1) // 2).sum()) > _MANY:
        return True
    fewest = fewest_believed(len(keys))
    if int(sizes[sizes > 1].sum()) < fewest:
        return False
    same = [np.flatnonzero(new[step:] == new[:-step]) for step in range(1, largest)]
    earlier = order[np.concatenate(same)]
    later = order[np.concatenate([lower + step for step, lower in enumerate(same, 1)])]
    if _echoes(ground, earlier, later):
        return True
    on, ahead = earlier - earlier[:, None], later - later[:, None]
    most = MOST_SKIPPED + 1
    follows = (on > 0) & (on <= most) & (ahead > 0) & (ahead <= most)
    classes = new[np.concatenate(same)]
    return _longest(follows, classes, sizes) >= fewest


def _longest(follows: npt.NDArray[np.bool_], classes: Indices, sizes: npt.NDArray[np.intp]) -> int:
    """The most places that repeats can hold which follow on each other, by all that any one of them leads to."""
    linked = np.flatnonzero(follows.any(axis=0) | follows.any(axis=1))
    if not len(linked):
        return 0
    reached = follows[np.ix_(linked, linked)] | np.eye(len(linked), dtype=bool)
    for _ in range(len(linked).bit_length()):
        reached = (reached.astype(np.float32) @ reached.astype(np.float32)) > 0
    owns = np.zeros((len(linked), len(sizes)), dtype=bool)
    owns[np.arange(len(linked)), classes[linked]] = True
    return max(int(sizes[owns[row].any(axis=0)].sum()) for row in reached)


def _echoes(ground: Ground, earlier: Indices, later: Indices) -> bool:
    """True when any two places may stand in the same sentence, written twice."""
    around = np.arange(-1, _ECHO_RUN)
    last = len(ground.codes) - 1
    left, right = (np.minimum(ground.positions[places][:, None] + around, last) for places in (earlier, later))
    return bool((ground.codes[left] == ground.codes[right]).all(axis=1).any())


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
