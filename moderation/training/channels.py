"""Sound and shape of characters: the tables behind the encoder's second and third channel.

A character that stands in for another one usually shares its sound (菠菜 for 博彩) or its parts (亻言 for 信).
The encoder therefore adds to each character's own vector one for its toneless syllable, one for the first letter of
that syllable (which the Latin letter itself shares) and one for its parts. Sounds are the runtime's own table, parts
those of the chaizi tables in `../shared/data` (CC BY 3.0); both end as constants inside the trained network.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.scoring.sound import syllable_of

Table = npt.NDArray[np.int64]
PARTS = 4
"""So many parts of a character are kept."""
_FEWEST = 3
"""A part of fewer characters says nothing and gets no code."""


@dataclass(frozen=True, slots=True)
class Channels:
    """Codes of every character of a vocabulary; 0 is "none" in each.

    `syllables` and `letters` are `(characters,)`, `parts` is `(characters, PARTS)`.
    """

    syllables: Table
    letters: Table
    parts: Table

    def sizes(self) -> tuple[int, int, int]:
        """How many codes each table uses, with 0."""
        return int(self.syllables.max()) + 1, 27, int(self.parts.max()) + 1


def parts_of(path: Path) -> dict[str, list[str]]:
    """The parts of every character in a chaizi file, over all its decompositions; empty where there is no file.

    信 is 人言 and 亻言 there: both ways of writing it apart should meet it.
    """
    if not path.exists():
        return {}
    found: dict[str, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            parts = [part for way in row["parts"] for part in way.split()]
            found.setdefault(row["char"], []).extend(dict.fromkeys(parts))
    return found


def build_channels(characters: Sequence[str], decompositions: dict[str, list[str]]) -> Channels:
    """The channels of a vocabulary. Entries longer than one character (marks such as [MASK]) have none."""
    syllables = np.zeros(len(characters), dtype=np.int64)
    letters = np.zeros(len(characters), dtype=np.int64)
    parts = np.zeros((len(characters), PARTS), dtype=np.int64)
    known: dict[str, int] = {}
    used = Counter(part for character in characters for part in set(decompositions.get(character, ())))
    codes = {part: number for number, (part, count) in enumerate(used.most_common(), 1) if count >= _FEWEST}
    for index, character in enumerate(characters):
        if len(character) != 1:
            continue
        if "a" <= character <= "z":
            letters[index] = ord(character) - ord("a") + 1
            continue
        syllable = syllable_of(character)
        if syllable and "a" <= syllable[0] <= "z":
            syllables[index] = known.setdefault(syllable, len(known) + 1)
            letters[index] = ord(syllable[0]) - ord("a") + 1
        own = [character] if character in codes else decompositions.get(character, [])
        found = [codes[part] for part in own if part in codes][:PARTS]
        parts[index, : len(found)] = found
    return Channels(syllables, letters, parts)


def same_sound_table(channels: Channels, common: int, width: int = 16) -> Table:
    """For every character, `width` others of its syllable (or itself, where there are none), the commonest first.

    `common`: only the first so many characters of the vocabulary, which is sorted by frequency, stand in for others.
    """
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for index, code in enumerate(channels.syllables[:common].tolist()):
        if code:
            groups[code].append(index)
    table = np.repeat(np.arange(len(channels.syllables))[:, None], width, axis=1)
    for index, code in enumerate(channels.syllables.tolist()):
        others = [other for other in groups.get(code, ()) if other != index]
        if others:
            table[index] = np.resize(np.array(others[:width]), width)
    return table
