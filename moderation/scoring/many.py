"""The features of many short texts in one pass: what `features.extract` gives for each, as one sparse matrix.

A page has hundreds of anchors, and most of the time for one text goes into calling numpy, not into its n-grams. So
the texts are laid end to end between their marks, and n-grams that would cross an end are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from moderation.normalize import DISGUISE, Step, separates
from moderation.normalize.text import Codes, codes_of, text_of
from moderation.scoring import features as single
from moderation.scoring.features import LONGEST, Buckets, Values
from moderation.scoring.sound import heard

MOST_TEXTS = 1 << (31 - single.BUCKET_BITS)
"""So many fit into one pass: a text takes two groups of keys, and keys have 32 bits."""
_BEGIN, _END = chr(int(single.BEGIN)), chr(int(single.END))
_NARROW, _NO_SEED = 0x10000, np.uint32(0)
_FIELD = np.uint64(21)
_MASK = np.uint64((1 << 21) - 1)
_LOOKALIKE, _INVISIBLE, _TRADITIONAL = int(Step.LOOKALIKE), int(Step.INVISIBLE), int(Step.TRADITIONAL)
_OTHER_DISGUISE = int(DISGUISE) & ~_LOOKALIKE & ~_INVISIBLE

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ManyFeatures:
    """Features of texts: `buckets` with their `values`, those of text `i` from `begins[i]` on; `shape` is by text."""

    buckets: Buckets
    values: Values
    begins: Counts
    shape: Buckets


def extract_many(pieces: Sequence[str], steps: npt.NDArray[np.uint16]) -> ManyFeatures:
    """The features of normalised texts, at least one and at most `MOST_TEXTS`; `steps` are those each text took."""
    bare = [piece.rstrip("。. ") for piece in pieces]
    sizes = np.fromiter(map(len, bare), dtype=np.int64, count=len(bare))
    codes = codes_of(f"{_BEGIN}{f'{_END}{_BEGIN}'.join(bare)}{_END}")
    owners = np.repeat(np.arange(len(bare)), sizes + 2)
    ends = np.cumsum(sizes + 2)
    inner = np.ones(len(codes), dtype=bool)
    inner[ends - 1] = inner[ends - sizes - 2] = False
    dense, dense_owners, squeezed = _dense(codes, owners, sizes, inner)
    keys = [_keys(codes, owners, 2 * owners)]
    if squeezed.any():
        own = squeezed[dense_owners]
        keys.append(_keys(dense[own], dense_owners[own], 2 * dense_owners[own]))
    sounds, first, _ = heard(text_of(dense))
    heard_owners = dense_owners[first]
    spoken = sizes[heard_owners] > 0
    if not spoken.all():
        sounds, heard_owners = sounds[spoken], heard_owners[spoken]
    keys.append(_keys(sounds, heard_owners, 2 * heard_owners + 1, single.SHORTEST_SOUND, single.SOUND_SEED))
    buckets, values, begins = _counted(np.concatenate(keys), len(bare))
    return ManyFeatures(buckets, values, begins, _shape(codes, ends - sizes - 2, sizes, steps))


def _dense(
    codes: Codes, owners: Counts, sizes: Counts, inner: npt.NDArray[np.bool_]
) -> tuple[Codes, Counts, npt.NDArray[np.bool_]]:
    """The texts without separators, whose they are, and which have a view of their own for it.

    A text of nothing but separators stays as it is.
    """
    drop = separates(codes) & inner
    lost = np.bincount(owners[drop], minlength=len(sizes))
    squeezed = (lost > 0) & (lost < sizes)
    drop &= squeezed[owners]
    keep = ~drop
    return codes[keep], owners[keep], squeezed


def _keys(
    codes: Codes, owners: Counts, groups: Counts, shortest: int = 1, seed: np.uint32 = _NO_SEED
) -> npt.NDArray[np.uint32]:
    """The bucket of every n-gram that lies in one text, with its group in the bits above."""
    high = groups.astype(np.uint32) << np.uint32(single.BUCKET_BITS)
    running = codes * single.MULTIPLIERS[0]
    hashes, places = [], []
    for size in range(1, min(LONGEST, len(codes)) + 1):
        if size > 1:
            running = running[:-1] + codes[size - 1 :] * single.MULTIPLIERS[size - 1]
        if size >= shortest:
            whole = np.flatnonzero(owners[: len(running)] == owners[size - 1 :])
            hashes.append(running.take(whole) + single.SIZES[size - 1])
            places.append(high.take(whole))
    if not hashes:
        return np.zeros(0, dtype=np.uint32)
    keys: npt.NDArray[np.uint32] = single.mixed(np.concatenate(hashes) ^ seed) | np.concatenate(places)
    return keys


def _counted(keys: npt.NDArray[np.uint32], texts: int) -> tuple[Buckets, Values, Counts]:
    """Each bucket of a group once, with what it counts: a group has length one, as in `features`."""
    keys.sort()
    new = np.empty(len(keys), dtype=bool)
    new[0] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    places = np.flatnonzero(new)
    unique = keys.take(places)
    counts = np.minimum(np.diff(places, append=len(keys)), single.MOST_COUNTED)
    firsts = np.arange(2 * texts, dtype=np.uint32) << np.uint32(single.BUCKET_BITS)
    bounds = np.append(np.searchsorted(unique, firsts), len(unique))
    totals = np.append(0, np.cumsum(counts)).take(bounds)
    scale = 1.0 / np.sqrt(np.maximum(np.diff(totals), 1))
    values = counts.astype(np.float32) * np.repeat(scale.astype(np.float32), np.diff(bounds))
    return unique & np.uint32(single.BUCKETS - 1), values, bounds[:-1:2]


@cache
def _kinds() -> npt.NDArray[np.uint64]:
    """For code points, ones in the fields of what `_shape` counts: digits, Latin, separators; then stops, blanks."""
    low, high = np.zeros((2, _NARROW), dtype=np.uint64)
    low[0x30:0x3A] = 1
    low[0x61:0x7B] = np.uint64(1) << _FIELD
    low[codes_of(single.SEPARATORS)] = np.uint64(1) << (_FIELD * np.uint64(2))
    high[codes_of(single.STOPS)] = 1
    high[0x20] = np.uint64(1) << _FIELD
    return np.stack((low, high))


def _shape(codes: Codes, begins: Counts, sizes: Counts, steps: npt.NDArray[np.uint16]) -> Buckets:
    """The features of shape, `(texts, facts)`."""
    kinds = _kinds().take(np.where(codes < _NARROW, codes, 0), axis=1)
    low, high = np.add.reduceat(kinds, begins, axis=1)
    digits, latin, separators = low & _MASK, (low >> _FIELD) & _MASK, low >> (_FIELD * np.uint64(2))
    stops, blanks = high & _MASK, high >> _FIELD
    size = np.maximum(sizes, 1).astype(np.uint64)
    ten = np.uint64(10)
    facts = (
        64 + np.minimum(np.frexp(size.astype(np.float64))[1], 8),
        128 + np.minimum(separators, 7),
        192 + np.minimum(ten * digits // size, 5),
        256 + np.minimum(ten * latin // size, 8),
        320 + np.minimum(stops, 4),
        384 + np.minimum(blanks, 6),
        448 + ((steps & _LOOKALIKE) != 0),
        512 + ((steps & _INVISIBLE) != 0),
        576 + ((steps & _OTHER_DISGUISE) != 0),
        640 + ((steps & _TRADITIONAL) != 0),
    )
    return single.shape_buckets(np.stack([fact.astype(np.uint32) for fact in facts], axis=1))
