"""Which paragraphs of an article speak of the same things: by the uncommon pairs of characters they share.

Paragraphs of one article share its names and terms. Those of another article, or an advertisement, share only what all
Chinese texts share, and pairs that are common everywhere are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from moderation.detectors.body import Paragraph
from moderation.normalize import Document
from moderation.normalize.bigrams import BREAK, COMMON, Seams
from moderation.normalize.text import codes_of

MOST_PARAGRAPHS = 80
"""So many are compared; an article that was mixed with another shows it by then."""
_MOST_COMMON = 400
"""Pairs seen more often, among 27 million, say nothing of a subject."""
Shares = npt.NDArray[np.float32]


def shared_pairs(document: Document, paragraphs: Sequence[Paragraph], model: Seams) -> Shares:
    """How many uncommon pairs each paragraph shares with each other, and with the title in the last row and column."""
    ranges = [
        *((paragraph.start, paragraph.end) for paragraph in paragraphs[:MOST_PARAGRAPHS]),
        document.range_of(document.fields[0]),
    ]
    text = "\n".join(document.text[start:end] for start, end in ranges)
    codes = codes_of(text)
    rows = model.rows(codes)
    owners = np.repeat(np.arange(len(ranges)), [end - start + 1 for start, end in ranges])[: len(rows)]
    first, second = rows[:-1], rows[1:]
    han = (codes >= 0x3400) & (codes <= 0x9FFF)
    told = han[:-1] & han[1:] & (first != BREAK) & (model.text.counts(first, second) <= _MOST_COMMON)
    keys = first[told].astype(np.int64) * COMMON + second[told]
    found = np.unique(keys * (MOST_PARAGRAPHS + 1) + owners[:-1][told])
    pairs, holders = found // (MOST_PARAGRAPHS + 1), found % (MOST_PARAGRAPHS + 1)
    new = np.flatnonzero(np.diff(pairs, prepend=-1))
    sizes = np.diff(np.append(new, len(pairs)))
    several = np.repeat(sizes > 1, sizes)
    numbers = np.repeat(np.cumsum(sizes > 1) - 1, sizes)[several]
    incidence = np.zeros((int((sizes > 1).sum()), len(ranges)), dtype=np.float32)
    incidence[numbers, holders[several]] = 1.0
    shares: Shares = incidence.T @ incidence
    np.fill_diagonal(shares, 0.0)
    return shares
