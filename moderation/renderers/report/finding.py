"""What a report numbers: the evidence of one signal in one field, in the order of the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moderation.article import FieldName, FieldRef, Span
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId

MOST_PIECES = 1_000
"""Pieces of one finding that are marked; more are only counted, so that no page grows beyond reading."""
MOST_FINDINGS = 2_000
"""Findings of one article that are shown; of the others only the first of each signal is."""

_ORDER = (
    FieldName.TITLE,
    FieldName.BLOCK,
    FieldName.DESCRIPTION,
    FieldName.KEYWORDS,
    FieldName.LINK,
    FieldName.SOURCE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One evidence; `number` is that of its finding, and its own after a point."""

    number: str
    evidence: Evidence
    times: int = 1

    @property
    def span(self) -> Span:
        """Where it stands in its field."""
        return self.evidence.span


@dataclass(frozen=True, slots=True)
class Finding:
    """All evidence of one signal in one field. `first` is the number of the signal's first finding."""

    number: int
    first: int
    signal: str
    category: CategoryId
    field: FieldRef
    pieces: tuple[Piece, ...]
    left_out: int = 0

    @property
    def total(self) -> int:
        """How many evidences it stands for."""
        return sum(piece.times for piece in self.pieces) + self.left_out


class Findings:
    """The findings of a verdict, by field and by signal. `total` counts all evidence, `left_out` what is not shown."""

    def __init__(self, signals: Iterable[Signal]) -> None:
        gathered: defaultdict[tuple[FieldRef, str], list[Evidence]] = defaultdict(list)
        categories: dict[str, CategoryId] = {}
        for signal in signals:
            categories[signal.name] = signal.category
            for evidence in signal.evidence:
                gathered[evidence.field, signal.name].append(evidence)
        self.all: list[Finding] = []
        self.by_field: defaultdict[FieldRef, list[Finding]] = defaultdict(list)
        self.by_signal: defaultdict[str, list[Finding]] = defaultdict(list)
        self.total = sum(map(len, gathered.values()))
        self.left_out = 0
        for field, name in sorted(gathered, key=lambda key: _place(key, gathered[key])):
            number = len(self.all) + 1
            if number > MOST_FINDINGS and name in self.by_signal:
                self.left_out += len(gathered[field, name])
                continue
            pieces, left_out = _pieces(number, gathered[field, name])
            known = self.by_signal[name]
            first = known[0].number if known else number
            finding = Finding(number, first, name, categories[name], field, pieces, left_out)
            self.all.append(finding)
            self.by_field[field].append(finding)
            known.append(finding)


def _place(key: tuple[FieldRef, str], evidence: Sequence[Evidence]) -> tuple[int, int, int, str]:
    field, name = key
    return _ORDER.index(field.name), field.index, min(item.span.start for item in evidence), name


def _pieces(number: int, evidence: Sequence[Evidence]) -> tuple[tuple[Piece, ...], int]:
    """The distinct evidences in order, each with how often it is told, and how many more there are."""
    told: defaultdict[tuple[Span, str, str], list[Evidence]] = defaultdict(list)
    for item in evidence:
        told[item.span, item.normalized, item.note].append(item)
    distinct = [told[key] for key in sorted(told)]
    pieces = tuple(
        Piece(f"{number}.{place}", same[0], len(same)) for place, same in enumerate(distinct[:MOST_PIECES], 1)
    )
    return pieces, sum(len(same) for same in distinct[MOST_PIECES:])
