"""The slices that an evaluation is cut into."""

from __future__ import annotations

from collections.abc import Callable

from moderation.normalize import DISGUISE, Step, normalize
from moderation.training.dataset import Row


def length_of(row: Row) -> str:
    """How long a text is."""
    size = len(row.text)
    return "up to 12" if size <= 12 else "13 to 30" if size <= 30 else "31 to 60" if size <= 60 else "over 60"


def script_of(row: Row) -> str:
    """Traditional when at least a tenth of the Chinese characters are."""
    text = normalize(row.text)
    han = sum("\u3400" <= character <= "\u9fff" for character in text.text)
    changed = len(text.touched(Step.TRADITIONAL))
    return "none" if not han else "traditional" if changed >= 0.1 * han else "simplified"


def difficulty_of(row: Row) -> str:
    """Disguised, one side of a minimal pair, or neither."""
    text = normalize(row.text)
    if text.steps_in(0, len(text)) & DISGUISE or "disguise" in row.family:
        return "disguised"
    return "paired" if row.pair else "single"


SLICES: dict[str, Callable[[Row], str]] = {
    "group": lambda row: row.group,
    "hand": lambda row: row.hand,
    "length": length_of,
    "script": script_of,
    "difficulty": difficulty_of,
    "family": lambda row: row.family,
}
SMALLEST = 20
"""A family with fewer rows tells nothing and is left out; the other slices are always shown."""
