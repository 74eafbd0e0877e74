"""The audit itself: source to engine to ledger, in order, resumable at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from moderation.audit.engine import in_order
from moderation.audit.item import Bad, Item, Place, Source, apart, key_of
from moderation.audit.judge import Chunk, ChunkResult
from moderation.audit.ledger import Entry, Ledger, Progress, set_aside

CHUNK = 64
"""Articles that travel together: a worker's answer costs little beside them, and little is lost when it dies."""
_HEAVY = 500_000
"""Bytes or characters from which on no further article joins a chunk: what is at work must fit into memory."""


class Engine(Protocol):
    """What judges chunks."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    def run(self, chunks: Iterator[Chunk]) -> Iterator[ChunkResult]:
        """The result of every chunk, in any order."""
        ...


@dataclass(slots=True)
class Tally:
    """How far a run is: articles kept since its start and all in all, and by action."""

    kept: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, entries: list[Entry]) -> None:
        """Count what was kept."""
        self.kept += len(entries)
        for entry in entries:
            self.counts[entry.outcome.action] = self.counts.get(entry.outcome.action, 0) + 1


class Run:
    """One run over a source; `advance` is called after each step with the tally."""

    def __init__(self, source: Source, engine: Engine, ledger: Ledger, advance: Callable[[Tally], None]) -> None:
        self._source, self._engine, self._ledger, self._advance = source, engine, ledger, advance
        self.tally = Tally(counts=ledger.counts())
        self._cursors: dict[int, tuple[str, int]] = {}
        self._bad: dict[int, list[Entry]] = {}
        self._flying: dict[str, Place] = {}
        self._stopped = False

    def stop(self) -> None:
        """Read no further; what is at work still comes into the ledger."""
        self._stopped = True

    def go(self, progress: Progress, limit: int | None = None) -> bool:
        """Judge what is left, at most `limit` articles all in all. True when the source was read to its end.

        Raises SourceError and LedgerError; what came before is kept, and another run goes on from there.
        """
        if progress.finished:
            return True
        for results in in_order(self._engine.run(self._chunks(progress, limit))):
            for result in results:
                self._keep(result)
        if self._stopped:
            return False
        self._ledger.finish()
        return True

    def _chunks(self, progress: Progress, limit: int | None) -> Iterator[Chunk]:
        items = self._source.items(progress.cursor)
        if limit is not None:
            items = islice(items, max(0, limit - progress.read))
        number, read = 0, progress.read
        while not self._stopped:
            taken = _some(items)
            if not taken:
                return
            done = self._ledger.known([entry.key for _, entry in taken])
            fresh = [self._checked(read + place, entry, done) for place, (_, entry) in enumerate(taken)]
            read += len(taken)
            self._cursors[number] = (taken[-1][0], read)
            self._bad[number] = [set_aside(place, entry) for place, entry in fresh if isinstance(entry, Bad)]
            yield Chunk(number, tuple((place, entry) for place, entry in fresh if isinstance(entry, Item)))
            number += 1

    def _checked(self, number: int, entry: Item | Bad, done: dict[str, Place]) -> tuple[int, Item | Bad | None]:
        """The entry, under a key of its own where another article has it already; None where an earlier run has it."""
        known = done.get(entry.key) or self._flying.get(entry.key)
        if known is None:
            self._flying[entry.key] = entry.place
            return number, entry
        if known == entry.place:
            return number, None
        if isinstance(entry, Bad):
            return number, Bad(key_of(f"{entry.key}@{entry.place}"), entry.place, entry.error)
        return number, apart(entry)

    def _keep(self, result: ChunkResult) -> None:
        cursor, read = self._cursors.pop(result.number)
        entries = [Entry(number, outcome) for number, outcome in result.outcomes]
        entries = sorted([*entries, *self._bad.pop(result.number)], key=lambda entry: entry.number)
        self._ledger.add(entries, cursor, read)
        for entry in entries:
            self._flying.pop(entry.outcome.key, None)
        self.tally.add(entries)
        self._advance(self.tally)


def _some(items: Iterator[tuple[str, Item | Bad]]) -> list[tuple[str, Item | Bad]]:
    """The next articles for one chunk."""
    taken: list[tuple[str, Item | Bad]] = []
    weight = 0
    while len(taken) < CHUNK and weight < _HEAVY and (following := next(items, None)) is not None:
        taken.append(following)
        weight += following[1].weight if isinstance(following[1], Item) else 0
    return taken
