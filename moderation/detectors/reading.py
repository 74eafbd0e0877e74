"""A body read once: the codes of its characters, their rows, and what every pair of neighbours says at a glance.

Everything that looks for foreign text asks the same of every character, and most pages are clean: the answers are
arrays over the whole body, made once for each page, from which cheap bounds tell where a closer look is worth it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.detectors.body import Paragraph
from moderation.normalize import Document
from moderation.normalize.bigrams import COMMON, Rows, Seams
from moderation.normalize.text import Codes, codes_of

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Reading:
    """The body from its first paragraph to its last; `glance[i]` is the model's for characters `i` and `i + 1`."""

    start: int
    end: int
    codes: Codes
    rows: Rows
    keys: npt.NDArray[np.int32]
    glance: npt.NDArray[np.int16]
    begins: Places
    """Where each paragraph begins, counted from the body's start."""
    ends: Places


def keys_of(rows: Rows) -> npt.NDArray[np.int32]:
    """The number of each pair of neighbours, as the models' tables count."""
    keys = rows[:-1].astype(np.int32)
    keys *= COMMON
    keys += rows[1:]
    return keys


def read_body(document: Document, paragraphs: Sequence[Paragraph], model: Seams) -> Reading:
    """Read the body of at least one paragraph, which stand in reading order."""
    start, end = paragraphs[0].start, paragraphs[-1].end
    codes = codes_of(document.text[start:end])
    rows = model.rows(codes)
    keys = keys_of(rows)
    begins = np.array([paragraph.start for paragraph in paragraphs], dtype=np.intp)
    ends = np.array([paragraph.end for paragraph in paragraphs], dtype=np.intp)
    begins -= start
    ends -= start
    return Reading(start, end, codes, rows, keys, model.glances.take(keys), begins, ends)
