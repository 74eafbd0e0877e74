"""What changed: against an earlier audit of the same site, and against another model or policy."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, func, select

from moderation.audit.ledger import OUTCOME, Ledger, LedgerError
from moderation.audit.result import harmless

ABSENT: Final = "absent"
KINDS: Final = ("newly flagged", "new and flagged", "released", "changed verdict", "changed text", "new", "vanished")
"""What may have become of an article; the first that fits."""
_FLAGGED = ("review", "reject")
_HEAD = ("change", "before", "now", "text", "key", "title", "url", "published_at", "place")
MOST_SHOWN = 20
"""Articles of each kind that a report lists; the file has all."""


@dataclass(frozen=True, slots=True)
class Change:
    """One article, before and now; `text_changed` where it was edited in between."""

    kind: str
    before: str
    now: str
    text_changed: bool
    key: str
    title: str
    url: str
    published_at: str
    place: str

    def cells(self) -> list[str]:
        """For a table."""
        text = "changed" if self.text_changed else "the same" if ABSENT not in (self.before, self.now) else ""
        cells = (self.kind, self.before, self.now, text, self.key, self.title, self.url, self.published_at, self.place)
        return [harmless(cell) for cell in cells]


@dataclass(slots=True)
class Changes:
    """How many articles went from which action to which, and the first few of each kind."""

    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    edited: Counter[str] = field(default_factory=Counter)
    """Of each kind, how many texts were edited in between."""
    shown: dict[str, list[Change]] = field(default_factory=dict)
    notes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """What else differs between the two audits: model, policy; before and now."""
    unfinished: bool = False
    """The earlier audit did not reach the end of its source."""

    def add(self, change: Change) -> None:
        """Count one."""
        self.kinds[change.kind] += 1
        self.edited[change.kind] += change.text_changed
        listed = self.shown.setdefault(change.kind, [])
        if len(listed) < MOST_SHOWN:
            listed.append(change)


def open_baseline(where: str) -> Ledger:
    """The ledger of an earlier audit, by its folder or PostgreSQL address, to read only. Raises LedgerError."""
    if "://" in where:
        return Ledger(where, write=False)
    place = Path(where) / "ledger.sqlite"
    if not place.is_file():
        raise LedgerError(f"{where}: no ledger.sqlite; a ledger in PostgreSQL is given by its address")
    return Ledger(place, write=False)


def compare(before: Ledger, now: Ledger, table: Path | None = None) -> Changes:
    """The changes from one audit to another, by key; all of them also into a CSV file. Memory stays flat."""
    changes = Changes(unfinished=not before.dates()[1])
    facts = before.facts(), now.facts()
    for name in ("model", "policy", "profile"):
        if facts[0].get(name) != facts[1].get(name):
            changes.notes[name] = facts[0].get(name), facts[1].get(name)
    _tell(_changes(_by_key(before), _by_key(now), changes.matrix), changes, table)
    return changes


def shadow(ledger: Ledger, table: Path | None = None) -> Changes | None:
    """What another model or policy would change; None where none was asked."""
    changes = Changes()
    asked = select(OUTCOME.action, OUTCOME.shadow_action, func.count()).where(OUTCOME.shadow_action != "")
    for action, second, count in ledger.rows(asked.group_by(OUTCOME.action, OUTCOME.shadow_action)):
        changes.matrix[action, second] = count
    if not changes.matrix:
        return None
    differing = _lines().where(OUTCOME.shadow_action != "", OUTCOME.shadow_action != OUTCOME.action)
    rows = ledger.rows(differing.order_by(OUTCOME.number))
    _tell((_change(row, row.action, row.shadow_action, False) for row in rows), changes, table)
    return changes


def _tell(found: Iterable[Change], changes: Changes, table: Path | None) -> None:
    if table is None:
        for change in found:
            changes.add(change)
        return
    draft = table.with_name(f".{table.name}.draft")
    with draft.open("w", encoding="utf-8-sig", errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEAD)
        for change in found:
            changes.add(change)
            writer.writerow(change.cells())
    draft.replace(table)


def _changes(before: Iterator[Any], now: Iterator[Any], matrix: Counter[tuple[str, str]]) -> Iterator[Change]:
    """Both in the order of their keys, side by side."""
    old, new = next(before, None), next(now, None)
    while old is not None or new is not None:
        if old is not None and (new is None or old.key < new.key):
            matrix[old.action, ABSENT] += 1
            yield _change(old, old.action, ABSENT, False)
            old = next(before, None)
        elif new is not None and (old is None or new.key < old.key):
            matrix[ABSENT, new.action] += 1
            yield _change(new, ABSENT, new.action, False)
            new = next(now, None)
        elif old is not None and new is not None:
            matrix[old.action, new.action] += 1
            edited = bool(old.digest and new.digest) and old.digest != new.digest
            if edited or old.action != new.action:
                yield _change(new, old.action, new.action, edited)
            old, new = next(before, None), next(now, None)


def _change(row: Any, before: str, now: str, edited: bool) -> Change:
    kind = _kind(before, now)
    place = f"{row.source}:{row.position}"
    return Change(kind, before, now, edited, row.key, row.title, row.url, row.published_at, place)


def _kind(before: str, now: str) -> str:
    if now == ABSENT:
        return "vanished"
    if before == ABSENT:
        return "new and flagged" if now in _FLAGGED else "new"
    if now in _FLAGGED and before not in _FLAGGED:
        return "newly flagged"
    if before in _FLAGGED and now == "allow":
        return "released"
    return "changed text" if before == now else "changed verdict"


def _lines() -> Select[Any]:
    """What a comparison needs of each article."""
    columns = (OUTCOME.key, OUTCOME.action, OUTCOME.shadow_action, OUTCOME.digest, OUTCOME.title, OUTCOME.url)
    return select(*columns, OUTCOME.published_at, OUTCOME.source, OUTCOME.position)


def _by_key(ledger: Ledger) -> Iterator[Any]:
    """Every article in the order of code points, which is Python's own."""
    key = OUTCOME.key.collate("C") if ledger.is_postgresql else OUTCOME.key
    return ledger.rows(_lines().order_by(key))
