"""Running text for pre-training: read once as a stream, normalised, and stored as ids with the places of its lines."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.normalize import normalize
from moderation.scoring.vocabulary import BEGIN, END, MARKS, PAD, Vocabulary
from moderation.training.benign import for_training, is_held_out

Progress = Callable[[str], None]
Ids = npt.NDArray[np.int64]
_ALWAYS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Source:
    """One set of texts. `share` is its part of every batch; at most `most` characters of it are read (0: all)."""

    path: Path
    share: float
    most: int = 0


def lines_of(source: Source) -> Iterator[str]:
    """The normalised lines of a source, without what is held out, until its limit."""
    taken = 0
    for text in for_training(source.path):
        for line in normalize(text).text.split("\n"):
            line = line.strip()
            if len(line) < 2 or is_held_out(line):
                continue
            yield line
            taken += len(line)
        if source.most and taken >= source.most:
            return


def build_vocabulary(sources: Sequence[Source], own: Sequence[str], fewest: int, most: int) -> Vocabulary:
    """The commonest characters of all sources and of the project's own texts, which count a hundredfold."""
    counts: Counter[str] = Counter()
    for source in sources:
        for line in lines_of(source):
            counts.update(line)
    for text in own:
        for character in normalize(text).text:
            counts[character] += 100
    for character in _ALWAYS:
        counts[character] += 1_000_000
    for blank in ("\n", "\r", "\u2028", "\u2029", "\x85"):
        counts.pop(blank, None)
    common = [character for character, count in counts.most_common(most) if count >= fewest]
    return Vocabulary([*MARKS, *common])


@dataclass(frozen=True, slots=True)
class Store:
    """The ids of one source end to end, each line closed by an end mark, and where the lines begin."""

    ids: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.int64]

    @classmethod
    def build(cls, source: Source, vocabulary: Vocabulary, folder: Path, progress: Progress) -> Store:
        """Encode a source into `folder`, or take what an earlier run left there for the same source."""
        facts = json.dumps([source.path.name, source.path.stat().st_size, source.most, vocabulary.entries])
        name = f"{source.path.name.split('.')[0]}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"
        ids_file, starts_file = folder / f"{name}.ids.npy", folder / f"{name}.starts.npy"
        if not starts_file.exists():
            progress(f"encode {source.path.name}")
            pieces = [np.append(vocabulary.encode(line), END).astype(np.uint16) for line in lines_of(source)]
            if not pieces:
                raise ValueError(f"{source.path}: no line to learn from")
            sizes = np.array([len(piece) for piece in pieces], dtype=np.int64)
            np.save(ids_file, np.concatenate(pieces))
            draft = starts_file.with_suffix(".draft.npy")  # a kill must not leave half a file that looks whole
            np.save(draft, np.concatenate(([0], np.cumsum(sizes)[:-1])))
            draft.replace(starts_file)
        return cls(np.load(ids_file, mmap_mode="r"), np.load(starts_file))

    def draw(self, draw: np.random.Generator, rows: int, length: int) -> Ids:
        """`rows` sequences that begin at the beginning of a line, each with a begin mark in front."""
        result = np.full((rows, length), PAD, dtype=np.int64)
        result[:, 0] = BEGIN
        for row, start in enumerate(draw.choice(self.starts, rows).tolist()):
            piece = self.ids[start : start + length - 1]
            result[row, 1 : 1 + len(piece)] = piece
        return result
