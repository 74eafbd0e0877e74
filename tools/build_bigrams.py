"""Count which character follows which, for `moderation/resources/bigrams.npz`: see `moderation/normalize/bigrams.py`.

Reads the third-party sets of a folder (news, statutes, novels, headlines; nothing that is held out) for ordinary text;
the training split of this project's titles and its lexicon for what is sold. Only counts ship.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from moderation.lexicon import Lexicon
from moderation.normalize import normalize
from moderation.normalize.bigrams import COMMON, RESOURCE
from moderation.normalize.text import codes_of
from moderation.taxonomy import CategoryId
from moderation.training.dataset import load_rows
from moderation.training.running_text import Source, lines_of

_SOURCES = (
    ("pretrain_news", 12_000_000),
    ("pretrain_laws", 4_000_000),
    ("pretrain_novels", 5_000_000),
    ("zhihu_hot_titles", 0),
    ("website_hot_titles", 0),
    ("weibo_hot_titles", 0),
)
_FEWEST = 2
"""A pair seen once is as good as unseen."""


_SOLD = {CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD}
_LONGEST_PHRASE = 24
_SURE_TERM = 0.5


def ordinary(folder: Path) -> list[str]:
    """Lines of ordinary text."""
    lines: list[str] = []
    for name, most in _SOURCES:
        lines += lines_of(Source(folder / f"{name}.jsonl.gz", 1.0, most))
        print(name, sum(map(len, lines)))
    return lines


def sold() -> list[str]:
    """What is pasted into other people's text: short abusive titles of the training split, and terms."""
    rows = load_rows(Path("data/titles.jsonl"))
    titles = [row.text for row in rows if row.split == "train" and _SOLD & {*row.categories}]
    terms = [term.text for term in Lexicon.load().terms if term.category in _SOLD and term.weight >= _SURE_TERM]
    lines = [normalize(text).text for text in (*titles, *terms)]
    return [line for line in lines if len(line) <= _LONGEST_PHRASE]


def counted(lines: list[str], numbers: npt.NDArray[np.int64], fewest: int) -> dict[str, npt.NDArray[Any]]:
    """Counts of characters, and of pairs as levels: eight steps to a factor of e, zero for pairs not seen."""
    ids = numbers[codes_of("\n" + "\n".join(lines) + "\n")]
    counts = np.bincount(ids[:-1] * COMMON + ids[1:], minlength=COMMON * COMMON).reshape(COMMON, COMMON)
    counts[counts < fewest] = 0
    levels = np.where(counts > 0, np.minimum(np.rint(8 * np.log(np.maximum(counts, 1))) + 1, 255), 0).astype(np.uint8)
    print(f"{(counts > 0).sum():,} pairs of {len(ids):,} characters")
    return {"levels": levels, "singles": np.bincount(ids, minlength=COMMON)}


def main(folder: Path) -> None:
    """Write the resource."""
    text, phrases = ordinary(folder), sold()
    codes, counts = np.unique(codes_of("".join(text) + 20 * "".join(phrases)), return_counts=True)
    order = np.argsort(-counts, kind="stable")[: COMMON - 2]
    common = np.concatenate((np.array([ord("\n")], dtype=np.uint32), codes[order]))
    numbers = np.full(0x110000, COMMON - 1, dtype=np.int64)
    numbers[common] = np.arange(len(common))
    tables = {"text": counted(text, numbers, _FEWEST), "sold": counted(phrases, numbers, 1)}
    np.savez_compressed(
        RESOURCE,
        characters=common,
        text_levels=tables["text"]["levels"],
        text_singles=tables["text"]["singles"],
        sold_levels=tables["sold"]["levels"],
        sold_singles=tables["sold"]["singles"],
    )
    print(f"{RESOURCE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
