"""The outcome of a run, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.quality.clock import Speed
from benchmarks.quality.metrics import OWN, RATE, RATES, Operating, Result


@dataclass(frozen=True, slots=True)
class Line:
    """One system. `missing` says what the machine lacks for it; nothing else is filled then.

    `benign` is the share of third-party titles flagged at RATE, by set.
    """

    name: str
    missing: str = ""
    results: dict[str, Result] = field(default_factory=dict)
    benign: dict[str, float] = field(default_factory=dict)
    speed: Speed | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. `facts` are sentences about what was run; the first line is the one others are compared with."""

    facts: tuple[str, ...]
    lines: tuple[Line, ...]

    def json(self) -> str:
        """Everything measured."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    def markdown(self) -> str:
        """A table for each split, and one for third-party titles and speed."""
        parts = ["\n".join(f"- {fact}" for fact in self.facts)]
        splits = dict.fromkeys(split for line in self.lines for split in line.results)
        parts += [f"### {split}\n\n" + _table(_split_rows(self.lines, split)) for split in splits]
        parts.append("### Third-party titles and speed\n\n" + _table(_other_rows(self.lines)))
        return "\n\n".join(parts) + "\n"


def _table(rows: Iterator[list[str]]) -> str:
    head, *body = rows
    body = [row + [""] * (len(head) - len(row)) for row in body]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body))


def _split_rows(lines: Sequence[Line], split: str) -> Iterator[list[str]]:
    names = [f"{rate:.0%}" for rate in RATES]
    chosen = f"{RATE:.0%}"
    yield [
        "system",
        *[f"recall at {name} (hard reached)" for name in names],
        f"95% interval at {chosen}",
        f"recall at {chosen} of this split's hard rows",
        f"plain flagged at {chosen}",
        f"pairs right at {chosen}",
        "macro-F1",
        f"above {OWN}: abusive / hard / plain",
    ]
    for line in lines:
        if line.missing:
            yield [line.name, line.missing]
            continue
        result = line.results[split]
        yield [
            line.name,
            *[f"{at.recall:.3f} ({at.hard:.1%})" for at in (result.at_rate[name] for name in names)],
            "{:.3f}-{:.3f}".format(*result.interval),
            f"{result.ranked.recall:.3f}",
            f"{result.at_rate[chosen].plain:.1%}",
            f"{result.pairs_right:.3f}",
            "-" if result.macro_f1 is None else f"{result.macro_f1:.3f}",
            _shares(result.own),
        ]


def _shares(at: Operating) -> str:
    return f"{at.recall:.3f} / {at.hard:.1%} / {at.plain:.1%}"


def _other_rows(lines: Sequence[Line]) -> Iterator[list[str]]:
    sets = list(dict.fromkeys(name for line in lines for name in line.benign))
    first = lines[0].speed
    yield [
        "system",
        *[f"{name} flagged at {RATE:.0%}" for name in sets],
        "µs a title, one by one (ratio)",
        "µs a title, all at once (ratio)",
    ]
    for line in lines:
        if line.missing or line.speed is None or first is None:
            yield [line.name, line.missing]
            continue
        pairs = ((line.speed.single, first.single), (line.speed.batch, first.batch))
        yield [
            line.name,
            *[f"{line.benign[name]:.2%}" for name in sets],
            *[f"{own:.1f} ({own / ours:.2f})" for own, ours in pairs],
        ]
