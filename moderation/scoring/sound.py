"""How a text sounds: the toneless syllable of each character, and of pinyin spelt out in Latin letters.

菠菜 and 博彩, 约炮 and yuepao meet in one sequence of codes; tone and near sounds (zh and z) are not told apart from
what they are. The table is `resources/sounds.json`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from moderation.normalize.text import Codes, codes_of

Positions = npt.NDArray[np.int32]
_CODE_POINTS = 0x110000
_FIRST = 0x110000
"""Codes of syllables begin where code points end."""
_LONGEST_SYLLABLE, _LONGEST_RUN = 6, 32
_RUN = re.compile(r"[a-z]{2,}")


class _Sounds:
    """Syllables with their codes, and the code of every character that has one."""

    def __init__(self) -> None:
        raw = json.loads(files("moderation.resources").joinpath("sounds.json").read_text("utf-8"))
        self.codes = {syllable: _FIRST + number for number, syllable in enumerate(sorted(raw))}
        self.of = np.arange(_CODE_POINTS, dtype=np.uint32)
        self.syllables: dict[str, str] = {}
        for syllable, characters in raw.items():
            self.of[codes_of(characters)] = self.codes[syllable]
            self.syllables |= dict.fromkeys(characters, syllable)


@cache
def _sounds() -> _Sounds:
    return _Sounds()


def syllable_of(character: str) -> str:
    """The toneless pinyin of a Chinese character, nothing for any other."""
    return _sounds().syllables.get(character, "")


def spelt(run: str) -> list[str]:
    """The syllables that a run of Latin letters spells out in full, nothing where it does not.

    Of several readings the one with the fewest syllables is taken. Single vowels (a, e, o) are no
    pinyin: too many English words would be.
    """
    if len(run) > _LONGEST_RUN:
        return []
    known = _sounds().codes
    best: list[list[str] | None] = [[]] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for size in range(min(_LONGEST_SYLLABLE, end), 1, -1):
            before = best[end - size]
            piece = run[end - size : end]
            if before is not None and piece in known:
                shorter = best[end]
                if shorter is None or len(before) + 1 < len(shorter):
                    best[end] = [*before, piece]
    return best[-1] or []


def heard(text: str) -> tuple[Codes, Positions, Positions]:
    """The sounds of a normalised text: a code for each syllable or other character, and the range it stands for."""
    codes = codes_of(text)
    sounds = _sounds().of[codes]
    ends = np.arange(1, len(codes) + 1, dtype=np.int32)
    pieces = [(match.span(), spelt(match.group())) for match in _RUN.finditer(text)]
    pieces = [piece for piece in pieces if piece[1]]
    starts = ends - 1
    if not pieces:
        return sounds, starts, ends
    parts: list[tuple[Codes, Positions, Positions]] = []
    last = 0
    for (start, end), syllables in pieces:
        parts.append((sounds[last:start], starts[last:start], ends[last:start]))
        spelling = np.array([_sounds().codes[syllable] for syllable in syllables], dtype=np.uint32)
        stops = start + np.cumsum([len(syllable) for syllable in syllables]).astype(np.int32)
        parts.append((spelling, np.append(np.int32(start), stops[:-1]).astype(np.int32), stops))
        last = end
    parts.append((sounds[last:], starts[last:], ends[last:]))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return joined[0], joined[1], joined[2]
