"""Two small logistic regressions over `link_features`: is this block bought, is this anchor out of place.

Fitted by `python -m moderation.training.pages.fit_links`; the numbers are in `resources/link_blocks.npz`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.detectors.link_features import BLOCK, ENTRY, Description

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
_ABUSIVE = 0.5
_FEWEST_HARMLESS, _FEWEST_SCATTERED = 4, 6
_NAMED, _DEALS, _SCATTERED = 0.2, 0.5, 0.7
_HARMLESS, _MOSTLY_HARMLESS = 0.2, 0.8
_BLOCK_COLUMN = ENTRY.index("block")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities of blocks and of entries, calibrated on pages of the dev split."""

    blocks: Floats
    entries: Floats


@dataclass(frozen=True, slots=True)
class LinkModel:
    """Weights by column, the bias last; `levels` are the probabilities from which a block and an entry count as bad."""

    block: Floats
    entry: Floats
    levels: Floats

    def __post_init__(self) -> None:
        shapes = [array.shape for array in (self.block, self.entry, self.levels)]
        if shapes != [(len(BLOCK) + 1,), (len(ENTRY) + 1,), (2,)]:
            raise ValueError(f"weights {shapes} do not fit {len(BLOCK)} and {len(ENTRY)} columns")
        if not all(np.isfinite(array).all() for array in (self.block, self.entry, self.levels)):
            raise ValueError("weights or levels hold values that are not finite")

    @classmethod
    @cache
    def default(cls) -> LinkModel:
        """The shipped model."""
        with as_file(files("moderation.resources").joinpath("link_blocks.npz")) as path:
            return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> LinkModel:
        """The model in an `.npz` file. Raises ValueError for arrays that do not fit."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(stored["block"], stored["entry"], stored["levels"])

    def save(self, path: Path) -> None:
        """Write an `.npz` file with the names of the columns beside the numbers."""
        np.savez_compressed(
            path,
            block=self.block,
            entry=self.entry,
            levels=self.levels,
            block_columns=np.array(BLOCK),
            entry_columns=np.array(ENTRY),
        )

    def judge(self, description: Description) -> Judgement:
        """How likely each block is bought and each entry bad."""
        blocks = linear(self.block, description.block_rows)
        entries = linear(self.entry, with_block(description.entry_rows, blocks[description.owners]))
        return Judgement(sigmoid(blocks), sigmoid(entries))


def accused(description: Description, judgement: Judgement, levels: Floats) -> tuple[Bools, Bools]:
    """Which blocks are bad as a whole, and which entries of the others.

    Where few anchors read as abusive, the numbers alone are not believed: there must be many links, and they must deal
    in something, or be one anchor scattered over random sub-domains. An entry must read as abusive itself, be a brand
    that leads away, or stand apart with others that read so.
    """
    abuse = description.facts["abuse"]
    named = column(description, "some") >= _NAMED
    sizes = np.bincount(description.owners, minlength=len(description.blocks))
    scattered = (column(description, "scattered") >= _SCATTERED) & (column(description, "odd") >= 0.5)
    dealing = np.maximum(description.facts["grey"], description.facts["trade"])
    deals = np.add.reduceat(dealing, description.begins) / sizes
    thrown = np.maximum(column(description, "cheap"), column(description, "odd")) >= 0.5
    many = (sizes >= _FEWEST_HARMLESS) & ((deals >= _DEALS) | (thrown & (deals >= _DEALS / 2)))
    running = np.array([block.running for block in description.blocks])
    likely = (judgement.blocks >= levels[0]) & (named | many)
    whole: Bools = (likely | (scattered & (sizes >= _FEWEST_SCATTERED))) & ~running
    mixed = whole & _mixed(description)
    foreign = description.facts["foreign"] > 0
    alike = description.facts["apart"] * description.facts["company"] >= _ABUSIVE
    named_so = (abuse >= _ABUSIVE) | (foreign & (description.facts["brand"] > 0)) | alike
    entries: Bools = (judgement.entries >= levels[1]) & named_so & ~whole[description.owners]
    entries |= mixed[description.owners] & foreign & (judgement.entries >= levels[1])
    return whole & ~mixed, entries


def _mixed(description: Description) -> Bools:
    """The blocks of a site's own harmless links among which others stand: a pager, a menu, a trail of sections."""
    own = 1.0 - description.facts["foreign"]
    count = np.add.reduceat(own, description.begins)
    harmless = np.add.reduceat(own * (description.facts["abuse"] < _HARMLESS), description.begins)
    sizes = np.bincount(description.owners, minlength=len(description.blocks))
    result: Bools = (count >= 2) & (count < sizes) & (harmless >= _MOSTLY_HARMLESS * count)
    return result


def column(description: Description, name: str) -> Floats:
    """One feature of every block."""
    result: Floats = description.block_rows[:, BLOCK.index(name)]
    return result


def with_block(entry_rows: Floats, block_scores: Floats) -> Floats:
    """Rows of entries with the log-odds of their blocks filled in."""
    rows = entry_rows.copy()
    rows[:, _BLOCK_COLUMN] = np.clip(block_scores, -6, 6) / 3
    return rows


def linear(weights: Floats, rows: Floats) -> Floats:
    """The log-odds of rows."""
    result: Floats = rows @ weights[:-1] + weights[-1]
    return result


def sigmoid(scores: Floats) -> Floats:
    """Log-odds as probabilities."""
    result: Floats = (1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)
    return result
