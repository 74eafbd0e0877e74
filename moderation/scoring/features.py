"""Features of a short text: hashed character n-grams of two views, and a few of its shape.

Training and serving both call `extract`; there is no other path from text to features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.normalize import DISGUISE, Normalized, Step, normalize, squeeze
from moderation.normalize.text import codes_of

BUCKET_BITS = 18
BUCKETS = 1 << BUCKET_BITS
LONGEST = 4
_MOST_COUNTED = 3
"""An n-gram counts at most so often, or a repeated word would outweigh everything. Chosen on dev among 1, 3, 6."""
_BEGIN, _END = "\x02", "\x03"
_MULTIPLIERS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], dtype=np.uint32)
_SHAPE_SEED = np.uint32(0x5BD1E995)

Buckets = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.int32]
Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """The hashed features of one text.

    `buckets[i]` is the column of feature `i`; `starts[i]:ends[i]` is the range of the normalised text it covers,
    empty for a shape feature. `values[i]` is what occurrence `i` counts: the occurrences of one n-gram share its value.
    """

    buckets: Buckets
    values: Values
    starts: Positions
    ends: Positions
    shape: Buckets


def _mixed(hashes: npt.NDArray[np.uint32]) -> Buckets:
    """Finalise 32-bit hashes (the mixing steps of MurmurHash3) and keep the top bits."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes = hashes * np.uint32(0x85EBCA6B)
    hashes = hashes ^ (hashes >> np.uint32(13))
    hashes = hashes * np.uint32(0xC2B2AE35)
    return hashes >> np.uint32(32 - BUCKET_BITS)


def _ngrams(text: str) -> tuple[Buckets, Positions, Positions]:
    """Buckets and ranges of all 1- to 4-grams of a text with marks at both ends."""
    codes = codes_of(f"{_BEGIN}{text}{_END}")
    running = np.zeros(len(codes), dtype=np.uint32)
    buckets, starts, ends = [], [], []
    for size in range(1, LONGEST + 1):
        count = len(codes) - size + 1
        if count <= 0:
            break
        running = running[:count] + codes[size - 1 :][:count] * _MULTIPLIERS[size - 1]
        buckets.append(_mixed(running + np.uint32(size * 0x1000193)))
        first = np.arange(-1, count - 1, dtype=np.int32)
        starts.append(np.maximum(first, 0))
        ends.append(np.minimum(first + size, len(text)))
    return np.concatenate(buckets), np.concatenate(starts), np.concatenate(ends)


def _shape(text: str, steps: Step) -> Buckets:
    """What the text looks like, apart from its words: length, separators, digits, script, disguise."""
    size = max(len(text), 1)
    separators = sum(text.count(mark) for mark in "_-|,/【·+#")
    digits = sum(character.isdigit() for character in text)
    latin = sum("a" <= character <= "z" for character in text)
    stops = sum(text.count(mark) for mark in "。？！?!，：:、")
    facts = (
        (1, min(size.bit_length(), 8)),
        (2, min(separators, 7)),
        (3, min(int(10 * digits / size), 5)),
        (4, min(int(10 * latin / size), 8)),
        (5, min(stops, 4)),
        (6, min(text.count(" "), 6)),
        (7, int(bool(steps & Step.LOOKALIKE))),
        (8, int(bool(steps & Step.INVISIBLE))),
        (9, int(bool(steps & (DISGUISE & ~Step.LOOKALIKE & ~Step.INVISIBLE)))),
        (10, int(bool(steps & Step.TRADITIONAL))),
    )
    hashes = np.array([kind * 64 + value + 1 for kind, value in facts], dtype=np.uint32)
    return _mixed(hashes * _SHAPE_SEED)


def extract(piece: str, steps: Step) -> Features:
    """The features of a normalised text; `steps` are those that normalising it took.

    Two views are read: the text as it stands, and, where it holds separators, the text without them, since
    久.久 and 久久 should meet in the same features.
    """
    piece = piece.rstrip("。. ")  # a full stop behind a title says nothing of it
    buckets, starts, ends = _ngrams(piece)
    squeezed = squeeze(Normalized.identity(piece))
    if len(squeezed) < len(piece) and squeezed.starts is not None and squeezed.ends is not None and len(squeezed):
        more, more_starts, more_ends = _ngrams(squeezed.text)
        last = len(squeezed) - 1
        buckets = np.concatenate((buckets, more))
        starts = np.concatenate((starts, squeezed.starts[np.minimum(more_starts, last)]))
        ends = np.concatenate((ends, squeezed.ends[np.clip(more_ends - 1, 0, last)]))
    shape = _shape(piece, steps)
    _, place, counts = np.unique(buckets, return_inverse=True, return_counts=True)
    counted = np.minimum(counts, _MOST_COUNTED)
    values = (counted / counts / np.sqrt(counted.sum()))[place].astype(np.float32)
    return Features(buckets, values, starts, ends, shape)


def features_of(raw: str) -> Features:
    """The features of a raw text, normalised as the runtime does it."""
    text = normalize(raw)
    return extract(text.text, text.steps_in(0, len(text)))
