"""The features of many short texts in one pass: what `features.extract` gives for each, added up by a table.

A page has hundreds of anchors, and most of the time for one text goes into calling numpy, not into its n-grams. So
all views of all texts are laid end to end between their marks; n-grams that would cross an end are none.
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
from moderation.scoring.features import BUCKET_BITS, BUCKETS, LONGEST, MOST_COUNTED, Buckets, Values
from moderation.scoring.sound import heard

NONE = BUCKETS
"""The bucket of what is no n-gram: a table must hold zeros there."""
MOST_TEXTS = 1 << (30 - BUCKET_BITS)
"""So many fit into one pass: a text takes two groups of keys, and keys have 32 bits."""
LONGEST_TEXT = 1_000
"""A longer one gains nothing from company, and what is counted of its shape might not fit its field."""
_BEGIN, _END = chr(int(single.BEGIN)), chr(int(single.END))
_FIELD = np.uint64(12)
_FIELDS = _FIELD * np.arange(5, dtype=np.uint64)[:, None]
_MASK = np.uint64((1 << 12) - 1)
_OTHER_DISGUISE = DISGUISE & ~Step.LOOKALIKE & ~Step.INVISIBLE
_STEPS = np.array([[Step.LOOKALIKE], [Step.INVISIBLE], [_OTHER_DISGUISE], [Step.TRADITIONAL]], dtype=np.uint16)
_MOST = np.array([[8], [7], [5], [8], [4], [6], [1], [1], [1], [1]], dtype=np.uint32)
_FACTS = np.arange(64, 704, 64, dtype=np.uint32)[:, None]
"""What the shape's facts are counted up to, and from which number on, in the order of `features`."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ManyFeatures:
    """The features of texts, whose views stand end to end: all as written, those `squeezed`, the sounds of all.

    `buckets[k, i]` is the bucket of the `k+1` characters from place `i` on, `begins` is where each view begins. What is
    written in text `i` is group `i`, what is heard of it group `texts + i`: `counts` is how many n-grams count in each,
    `surplus` are the buckets of what repeats too often to count, in the groups `surplus_groups`. `shape` are the
    buckets of the facts of shape, `(facts, texts)`.
    """

    buckets: Buckets
    begins: Counts
    squeezed: Counts
    counts: Counts
    surplus: Buckets
    surplus_groups: Counts
    shape: Buckets

    def sums(self, table: Values) -> Values:
        """What the features of each text add up to, by a table of a row for each bucket and one of zeros."""
        places = table.take(self.buckets[0], axis=0)
        for buckets in self.buckets[1:]:
            places += table.take(buckets, axis=0)
        views = np.add.reduceat(places, self.begins, axis=0)
        texts = self.shape.shape[1]
        groups = np.concatenate((views[:texts], views[-texts:]))
        groups[self.squeezed] += views[texts:-texts]
        if len(self.surplus):
            np.subtract.at(groups, self.surplus_groups, table.take(self.surplus, axis=0))
        # All n-grams of a group together have length one, as in `features`.
        groups /= np.sqrt(np.maximum(self.counts, 1)).astype(np.float32)[:, None]
        result: Values = groups[:texts] + groups[texts:] + table.take(self.shape, axis=0).sum(axis=0)
        return result


def extract_many(pieces: Sequence[str], steps: npt.NDArray[np.uint16]) -> ManyFeatures:
    """The features of normalised texts, at least one and at most `MOST_TEXTS`; `steps` are those each text took.

    None is longer than `LONGEST_TEXT`.
    """
    bare = [piece.rstrip("。. ") for piece in pieces]
    lengths = np.fromiter(map(len, bare), dtype=np.int64, count=len(bare))
    codes = codes_of(f"{_BEGIN}{f'{_END}{_BEGIN}'.join(bare)}{_END}")
    sizes = lengths + 2
    begins = sizes.cumsum() - sizes
    dense, dense_sizes, squeezed = _dense(codes, begins, sizes)
    sounds, first, _ = heard(text_of(dense))
    sound_sizes = np.diff(first.searchsorted(dense_sizes.cumsum()), prepend=0)
    squeezes = np.zeros(len(bare), dtype=bool)
    squeezes[squeezed] = True
    views = (codes, dense[squeezes.repeat(dense_sizes)], sounds)
    shape = _shape(codes, begins, lengths, steps)
    return _counted(views, np.concatenate((sizes, dense_sizes[squeezed], sound_sizes)), squeezed, shape)


def _dense(codes: Codes, begins: Counts, sizes: Counts) -> tuple[Codes, Counts, Counts]:
    """The texts without separators, their sizes with marks, and which of them have a view of their own for it.

    A text of nothing but separators stays as it is.
    """
    drop = separates(codes)
    lost = np.add.reduceat(drop, begins, dtype=np.int64)
    squeezes = (lost > 0) & (lost < sizes - 2)
    keep = ~(drop & squeezes.repeat(sizes))
    return codes[keep], sizes - lost * squeezes, np.flatnonzero(squeezes)


def _counted(views: tuple[Codes, Codes, Codes], sizes: Counts, squeezed: Counts, shape: Buckets) -> ManyFeatures:
    """Every n-gram that lies in one view: of texts as written, of those squeezed, of all sounds."""
    texts = shape.shape[1]
    places = sum(map(len, views))
    silent = places - len(views[-1])
    laid = np.concatenate((*views, np.zeros(LONGEST - 1, dtype=np.uint32)))
    running = np.zeros(places, dtype=np.uint32)
    hashes = np.empty((LONGEST, places), dtype=np.uint32)
    for size in range(LONGEST):
        running += laid[size : size + places] * single.MULTIPLIERS[size]
        np.add(running, single.SIZES[size], out=hashes[size])
    hashes[:, silent:] ^= single.SOUND_SEED
    buckets = single.mixed(hashes)
    ends = sizes.cumsum()
    for size in range(1, LONGEST):
        for back in range(1, size + 1):
            buckets[size, ends - back] = NONE
    counts = np.maximum(sizes - np.arange(LONGEST)[:, None], 0)
    counts[: single.SHORTEST_SOUND - 1, -texts:] = 0
    buckets[: single.SHORTEST_SOUND - 1, silent:] = NONE
    empty = sizes == 2
    empty[:-texts] = False
    counts[:, empty] = 0  # an empty text has no sound, not even of its marks
    buckets[:, ends[empty] - 2] = NONE
    groups = np.concatenate((np.arange(texts), squeezed, np.arange(texts, 2 * texts)))
    surplus, surplus_groups = _surplus(buckets, groups.repeat(sizes))
    total: Counts = np.bincount(groups, counts.sum(axis=0)).astype(np.int64)
    total -= np.bincount(surplus_groups, minlength=2 * texts)
    return ManyFeatures(buckets, ends - sizes, squeezed, total, surplus, surplus_groups, shape)


def _surplus(buckets: Buckets, groups: Counts) -> tuple[Buckets, Counts]:
    """The occurrences of a bucket in one group beyond those that count, with their groups."""
    keys = (buckets | (groups.astype(np.uint32) << np.uint32(BUCKET_BITS + 1))).ravel()
    keys.sort()
    later = keys[MOST_COUNTED:]
    found = later[later == keys[:-MOST_COUNTED]]
    found = found[found & np.uint32(NONE) == 0]
    return found & np.uint32(NONE - 1), (found >> np.uint32(BUCKET_BITS + 1)).astype(np.int64)


@cache
def _kinds() -> npt.NDArray[np.uint64]:
    """For code points, ones in the fields of what `_shape` counts: separators, digits, Latin, stops, blanks."""
    marks = codes_of(single.SEPARATORS + single.STOPS)
    kinds = np.zeros(int(marks.max()) + 2, dtype=np.uint64)
    one = np.uint64(1) << _FIELDS.ravel()
    kinds[codes_of(single.SEPARATORS)] = one[0]
    kinds[0x30:0x3A] = one[1]
    kinds[0x61:0x7B] = one[2]
    kinds[codes_of(single.STOPS)] += one[3]
    kinds[0x20] += one[4]
    return kinds


def _shape(codes: Codes, begins: Counts, sizes: Counts, steps: npt.NDArray[np.uint16]) -> Buckets:
    """The features of shape, `(facts, texts)`."""
    kinds = _kinds()
    packed = np.add.reduceat(kinds.take(codes, mode="clip"), begins)  # the last of the table stands for all beyond it
    facts = np.empty((len(_FACTS), len(sizes)), dtype=np.uint32)
    facts[1:6] = (packed >> _FIELDS) & _MASK
    size = np.maximum(sizes, 1)
    facts[0] = np.frexp(size)[1]
    facts[2:4] = 10 * facts[2:4] // size.astype(np.uint32)
    facts[6:] = (steps & _STEPS) != 0
    return single.shape_buckets(_FACTS + np.minimum(facts, _MOST))
