"""The outcome of a run, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.pages.cascade import Escalations
from benchmarks.pages.clock import Curve

WANTED_GROWTH = 2.2
"""Twice the page shall take at most so many times as long."""


@dataclass(frozen=True, slots=True)
class Line:
    """One system: milliseconds by page. `missing` says what the machine lacks for it; nothing else is filled then."""

    name: str
    times: dict[str, float] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. The first line is ours; `parts` are milliseconds by page and part of a verdict."""

    facts: tuple[str, ...]
    lines: tuple[Line, ...]
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    cascade: Escalations | None = None
    curves: tuple[Curve, ...] = ()

    def json(self) -> str:
        """Everything measured, the ratios with it."""
        found = asdict(self)
        for curve, own in zip(found["curves"], self.curves, strict=True):
            curve["ratios"] = own.ratios
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"

    def markdown(self) -> str:
        """A table of systems, one of parts, one of growth, and a sentence on the encoder."""
        sections = ["\n".join(f"- {fact}" for fact in self.facts)]
        sections.append("### From bytes to verdict\n\n" + _table(_systems(self.lines)))
        if self.parts:
            sections.append("### Parts of a verdict, milliseconds\n\n" + _table(_parts(self.parts)))
        if self.cascade:
            sections.append("### With the encoder\n\n" + _cascade(self.cascade))
        if self.curves:
            sections.append("### Growth\n\n" + _table(_growth(self.curves)))
        return "\n\n".join(sections) + "\n"


def _table(rows: Iterable[list[str]]) -> str:
    head, *body = rows
    body = [row + [""] * (len(head) - len(row)) for row in body]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body))


def _systems(lines: Sequence[Line]) -> list[list[str]]:
    pages = list(dict.fromkeys(page for line in lines for page in line.times))
    rows = [["system", *[f"{page}: ms (ratio)" for page in pages]]]
    for line in lines:
        if line.missing:
            rows.append([line.name, line.missing])
            continue
        ours = lines[0].times
        times = [(line.times[page], ours.get(page)) for page in pages]
        rows.append([line.name, *[f"{own:.2f} ({own / first:.1f})" if first else f"{own:.2f}" for own, first in times]])
    return rows


def _parts(parts: dict[str, dict[str, float]]) -> list[list[str]]:
    names = list(dict.fromkeys(name for found in parts.values() for name in found))
    rows = [["part", *parts]]
    rows += [[name, *[f"{found[name]:.3f}" for found in parts.values()]] for name in names]
    return [*rows, ["sum", *[f"{sum(found.values()):.3f}" for found in parts.values()]]]


def _cascade(found: Escalations) -> str:
    text = (
        f"Of {found.pages} pages the encoder read something on {found.share:.1%}, "
        f"{found.read:.0f} texts of such a page in the median. "
    )
    if not found.share:
        return text
    return text + (
        f"Mean over all pages: {found.alone:.2f} ms with the fast model alone, {found.with_encoder:.2f} ms with the "
        f"cascade ({found.with_encoder / found.alone:.2f} times as long); over the pages on which it read: "
        f"{found.asked_alone:.2f} and {found.asked_with_encoder:.2f} ms "
        f"({found.asked_with_encoder / found.asked_alone:.2f})."
    )


def _growth(curves: Sequence[Curve]) -> list[list[str]]:
    rows = [["doubled", "from", "to", "page, bytes", "ms", "time for each doubling", "steepest", f"<= {WANTED_GROWTH}"]]
    for curve in curves:
        first, last = curve.points[0], curve.points[-1]
        doublings = list(zip(curve.ratios, curve.turns, strict=True))
        steepest = max((ratio for ratio, turned in doublings if not turned), default=0.0)
        rows.append(
            [
                curve.name,
                f"{first.size:,}",
                f"{last.size:,}",
                f"{first.bytes:,} - {last.bytes:,}",
                f"{first.milliseconds:.1f} - {last.milliseconds:.1f}",
                " ".join(f"{ratio:.2f}{'*' * turned}" for ratio, turned in doublings),
                f"{steepest:.2f}",
                "yes" if steepest <= WANTED_GROWTH else "no",
            ]
        )
    return rows
