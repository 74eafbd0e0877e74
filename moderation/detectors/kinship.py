"""Which paragraphs of an article speak of the same things: by the uncommon pairs of characters they share.

Paragraphs of one article share its names and terms. Those of another article, or an advertisement, share only what all
Chinese texts share, and pairs that are common everywhere are left out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from moderation.detectors.reading import Reading, keys_of
from moderation.normalize.bigrams import UNCOMMON, Seams
from moderation.normalize.text import Codes, codes_of

MOST_PARAGRAPHS = 80
"""So many are compared; an article that was mixed with another shows it by then."""
_OWNER_BITS = 7
_WORDS_AT_ONCE = 16
_LOWEST_HAN, _HAN = np.uint32(0x3400), np.uint32(0x9FFF - 0x3400)
Shares = npt.NDArray[np.float32]


def shared_pairs(title: str, body: Reading, model: Seams) -> Shares:
    """How many uncommon pairs each paragraph shares with each other, and with the title in the last row and column."""
    count = min(len(body.begins), MOST_PARAGRAPHS)
    last = int(body.ends[count - 1])
    told = _told(body.codes[:last], body.glance[: max(last - 1, 0)])
    bounds = np.empty(2 * count + 1, dtype=np.intp)
    bounds[:-1:2], bounds[1::2], bounds[-1] = body.begins[:count], body.ends[:count], last
    owners = np.repeat(np.arange(2 * count, dtype=np.int32), bounds[1:] - bounds[:-1]).take(told)
    keys = body.keys.take(told) << _OWNER_BITS
    keys += owners >> 1
    between = (owners & 1).astype(bool)  # no paragraph's own: another container's, that stands in the middle
    if between.any():
        keys = keys[~between]
    if title:
        codes = codes_of(title)
        own = keys_of(model.rows(codes))
        told = _told(codes, model.glances.take(own))
        keys = np.concatenate((keys, (own.take(told) << _OWNER_BITS) + np.int32(count)))
    return _products(keys, count + 1)


def _told(codes: Codes, glance: npt.NDArray[np.int16]) -> npt.NDArray[np.intp]:
    """Where uncommon pairs of Chinese characters begin."""
    han = codes - _LOWEST_HAN <= _HAN
    return np.flatnonzero(han[:-1] & han[1:] & (glance & UNCOMMON).astype(bool))


def _products(keys: npt.NDArray[np.int32], owners: int) -> Shares:
    """How many keys any two owners share; each key has its owner in the low bits."""
    keys.sort()
    pairs = keys >> _OWNER_BITS
    again = pairs[1:] == pairs[:-1]
    kept = np.zeros(len(keys), dtype=bool)
    kept[1:] = again
    kept[:-1] |= again
    keys, pairs = keys[kept], pairs[kept]
    shares: Shares = np.zeros((owners, owners), dtype=np.float32)
    if not len(keys):
        return shares
    new = np.empty(len(keys), dtype=np.int64)
    new[0] = 0
    new[1:] = pairs[1:] != pairs[:-1]
    numbers = np.cumsum(new)
    # One bit for each pair and owner: of so small a product the threads of a matrix library take the most time.
    holds = np.zeros((int(numbers[-1]) // 64 + 1, owners), dtype=np.uint64)
    bits = np.uint64(1) << (numbers & 63).astype(np.uint64)
    np.bitwise_or.at(holds.reshape(-1), (numbers >> 6) * owners + (keys & ((1 << _OWNER_BITS) - 1)), bits)
    for at in range(0, len(holds), _WORDS_AT_ONCE):
        part = holds[at : at + _WORDS_AT_ONCE]
        shares += np.bitwise_count(part[:, :, None] & part[:, None, :]).sum(axis=0, dtype=np.float32)
    np.fill_diagonal(shares, 0.0)
    return shares
