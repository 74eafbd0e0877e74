"""Features of a short text: hashed character n-grams of three views, and a few of its shape.

The views are the text as it stands, the text without separators (久.久 and 久久 should meet), and its sounds (菠菜 and
博彩 should). Without a second channel a disguised word is an unknown one.

Training and serving both call `extract`; there is no other path from text to features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.normalize import DISGUISE, Normalized, Step, normalize, squeeze
from moderation.normalize.text import Codes, codes_of
from moderation.scoring.sound import heard

BUCKET_BITS = 18
BUCKETS = 1 << BUCKET_BITS
LONGEST = 4
_MOST_COUNTED = 3
"""An n-gram counts at most so often, or a repeated word would outweigh everything. Chosen on dev among 1, 3, 6."""
_BEGIN, _END = np.uint32(2), np.uint32(3)
_MULTIPLIERS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], dtype=np.uint32)
_SIZES = np.arange(1, LONGEST + 1, dtype=np.uint32) * np.uint32(0x1000193)
_SHAPE_SEED = np.uint32(0x5BD1E995)
_SOUND_SEED = np.uint32(0x1B873593)
_SHORTEST_SOUND = 2
"""One syllable alone says nothing: a dozen common characters share it."""
_LOOKALIKE, _INVISIBLE, _TRADITIONAL = int(Step.LOOKALIKE), int(Step.INVISIBLE), int(Step.TRADITIONAL)
_OTHER_DISGUISE = int(DISGUISE) & ~_LOOKALIKE & ~_INVISIBLE

Buckets = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.int32]
Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """The hashed features of one text.

    `buckets[i]` is the column of n-gram occurrence `i`, `values[i]` what it counts (the occurrences of one n-gram
    share its value); `shape` are the columns of the features of shape. `views` hold, for each view in the order of
    `buckets`, the shortest n-gram taken and the range of the text behind each of its characters.
    """

    buckets: Buckets
    values: Values
    shape: Buckets
    views: tuple[tuple[int, Positions, Positions], ...]

    def ranges(self) -> tuple[Positions, Positions]:
        """Start and end of every n-gram occurrence in the text. Only explanations need them."""
        starts, ends = [], []
        for shortest, begins, finishes in self.views:
            first, end = _layout(len(begins), shortest)
            edges = np.append(begins, finishes[-1] if len(finishes) else 0).astype(np.int32)
            starts.append(edges[first])
            ends.append(np.where(end > first, np.append(finishes, 0)[end - 1], starts[-1]).astype(np.int32))
        return np.concatenate(starts), np.concatenate(ends)


def _mixed(hashes: npt.NDArray[np.uint32]) -> Buckets:
    """Finalise 32-bit hashes (the mixing steps of MurmurHash3) and keep the top bits."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    hashes *= np.uint32(0xC2B2AE35)
    return hashes >> np.uint32(32 - BUCKET_BITS)


def _hashes(codes: Codes, shortest: int = 1) -> npt.NDArray[np.uint32]:
    """Hashes, not yet mixed, of all `shortest`- to 4-grams of a text with marks at both ends."""
    marked = np.empty(len(codes) + 2, dtype=np.uint32)
    marked[0], marked[-1], marked[1:-1] = _BEGIN, _END, codes
    running = marked * _MULTIPLIERS[0]
    found = [running + _SIZES[0]] if shortest == 1 else []
    for size in range(2, min(LONGEST, len(marked)) + 1):
        running = running[:-1] + marked[size - 1 :] * _MULTIPLIERS[size - 1]
        found.append(running + _SIZES[size - 1])
    return np.concatenate(found)


def _layout(length: int, shortest: int) -> tuple[Positions, Positions]:
    """The range of each n-gram of `_hashes` in a text of that length; the marks cover nothing."""
    starts, ends = [], []
    for size in range(shortest, min(LONGEST, length + 2) + 1):
        first = np.arange(-1, length + 2 - size, dtype=np.int32)
        starts.append(np.maximum(first, 0))
        ends.append(np.minimum(first + size, length))
    return np.concatenate(starts), np.concatenate(ends)


def _shape(text: str, codes: Codes, steps: int) -> npt.NDArray[np.uint32]:
    """Hashes of what the text looks like, apart from its words: length, separators, digits, script, disguise."""
    size = max(len(text), 1)
    separators = sum(text.count(mark) for mark in "_-|,/【·+#")
    digits = int(((codes >= 0x30) & (codes <= 0x39)).sum())
    latin = int(((codes >= 0x61) & (codes <= 0x7A)).sum())
    stops = sum(text.count(mark) for mark in "。?!,:、")
    facts = (
        64 + min(size.bit_length(), 8),
        128 + min(separators, 7),
        192 + min(10 * digits // size, 5),
        256 + min(10 * latin // size, 8),
        320 + min(stops, 4),
        384 + min(text.count(" "), 6),
        448 + bool(steps & _LOOKALIKE),
        512 + bool(steps & _INVISIBLE),
        576 + bool(steps & _OTHER_DISGUISE),
        640 + bool(steps & _TRADITIONAL),
    )
    return (np.array(facts, dtype=np.uint32) + np.uint32(1)) * _SHAPE_SEED


def extract(piece: str, steps: Step, sounds: bool = True) -> Features:
    """The features of a normalised text; `steps` are those that normalising it took.

    Only an ablation leaves the view of its sounds out.
    """
    piece = piece.rstrip("。. ")  # a full stop behind a title says nothing of it
    codes = codes_of(piece)
    ends = np.arange(1, len(codes) + 1, dtype=np.int32)
    views = [(1, ends - 1, ends)]
    hashes = [_hashes(codes)]
    squeezed = squeeze(Normalized.identity(piece))
    dense = piece
    if 0 < len(squeezed) < len(piece) and squeezed.starts is not None and squeezed.ends is not None:
        dense = squeezed.text
        views.append((1, squeezed.starts, squeezed.ends))
        hashes.append(_hashes(codes_of(dense)))
    written = sum(map(len, hashes))
    if dense and sounds:
        syllables, first, last = heard(dense)
        own = views[-1]
        views.append((_SHORTEST_SOUND, own[1][first], own[2][last - 1]))
        hashes.append(_hashes(syllables, _SHORTEST_SOUND) ^ _SOUND_SEED)
    buckets = _mixed(np.concatenate(hashes))
    shape = _mixed(_shape(piece, codes, int(steps)))
    values = np.concatenate((_values(buckets[:written]), _values(buckets[written:])))
    return Features(buckets, values, shape, tuple(views))


def _values(buckets: Buckets) -> Values:
    """What each occurrence counts: all of a view together have length one, a repeated n-gram counts at most thrice."""
    if not len(buckets):
        return np.zeros(0, dtype=np.float32)
    _, place, counts = np.unique(buckets, return_inverse=True, return_counts=True)
    counted = np.minimum(counts, _MOST_COUNTED)
    values: Values = (counted / counts / np.sqrt(counted.sum()))[place].astype(np.float32)
    return values


def features_of(raw: str, sounds: bool = True) -> Features:
    """The features of a raw text, normalised as the runtime does it."""
    text = normalize(raw)
    return extract(text.text, text.steps_in(0, len(text)), sounds)
