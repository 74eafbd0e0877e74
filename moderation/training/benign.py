"""Third-party headlines: clean rows of little weight for training, and two parts that no training ever sees.

A twentieth of all texts is for solving thresholds (`tuning`), another for measuring alone (`held_out`). The parts are
told apart by a hash of the normalised text: the same headline in two sets falls into one part.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from moderation.normalize import normalize

HELD_OUT_SHARE = 0.1


def texts_of(path: Path) -> Iterator[str]:
    """The `text` of every row of a gzipped JSONL file, as the third-party sets have it."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)["text"]


def part_of(text: str) -> str:
    """`training`, `tuning` or `held_out`."""
    key = normalize(text).text.replace(" ", "")
    first = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[0]
    if first >= 256 * HELD_OUT_SHARE:
        return "training"
    return "tuning" if first % 2 else "held_out"


def is_held_out(text: str) -> bool:
    """True for the tenth of all texts that training must not see."""
    return part_of(text) != "training"


def for_training(path: Path) -> Iterator[str]:
    """The texts of a set that training may use."""
    return (text for text in texts_of(path) if part_of(text) == "training")


def tuning(paths: Sequence[Path], most: int) -> list[str]:
    """Distinct texts kept back for thresholds, at most `most` of each set that exists."""
    return _part(paths, "tuning", most)


def held_out(paths: Sequence[Path], most: int) -> list[str]:
    """Distinct texts kept back for measuring alone, at most `most` of each set that exists."""
    return _part(paths, "held_out", most)


def _part(paths: Sequence[Path], part: str, most: int) -> list[str]:
    found: list[str] = []
    for path in paths:
        if path.exists():
            found += list(dict.fromkeys(text for text in texts_of(path) if part_of(text) == part))[:most]
    return found
