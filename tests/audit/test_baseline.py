"""What changed between two audits, article by article."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select

from moderation.audit.baseline import compare, open_baseline, shadow
from moderation.audit.ledger import OUTCOME, LedgerError

from .ledgers import FACTS, ledger_of, outcome

EDITED = "1" * 64


def test_every_article_is_in_one_kind(tmp_path: Path) -> None:
    before = ledger_of(
        tmp_path / "a.sqlite",
        outcome("same"),
        outcome("poisoned"),
        outcome("cured", "reject"),
        outcome("worse", "review"),
        outcome("edited"),
        outcome("gone", "reject"),
        outcome("unread", "failed"),
    )
    now = ledger_of(
        tmp_path / "b.sqlite",
        outcome("新", "reject"),
        outcome("new"),
        outcome("unread", "reject"),
        outcome("worse", "reject"),
        outcome("cured", digest=EDITED),
        outcome("poisoned", "review", digest=EDITED),
        outcome("edited", digest=EDITED),
        outcome("same"),
    )
    changes = compare(before, now, tmp_path / "changes.csv")
    rows = list(csv.DictReader((tmp_path / "changes.csv").read_text("utf-8-sig").splitlines()))
    assert {row["key"]: (row["change"], row["before"], row["now"], row["text"]) for row in rows} == {
        "poisoned": ("newly flagged", "allow", "review", "changed"),
        "unread": ("newly flagged", "failed", "reject", "the same"),
        "新": ("new and flagged", "absent", "reject", ""),
        "cured": ("released", "reject", "allow", "changed"),
        "worse": ("changed verdict", "review", "reject", "the same"),
        "edited": ("changed text", "allow", "allow", "changed"),
        "new": ("new", "absent", "allow", ""),
        "gone": ("vanished", "reject", "absent", ""),
    }
    assert changes.kinds.total() == 8
    assert changes.matrix.total() == 9
    assert changes.edited["newly flagged"] == 1
    assert [change.key for change in changes.shown["newly flagged"]] == ["poisoned", "unread"]
    assert not changes.notes
    assert not changes.unfinished


def test_another_model_and_an_unfinished_audit_are_told(tmp_path: Path) -> None:
    before = ledger_of(tmp_path / "a.sqlite", outcome("1"), facts={**FACTS, "model": "other"}, finished=False)
    changes = compare(before, ledger_of(tmp_path / "b.sqlite", outcome("1")))
    assert changes.notes == {"model": ("other", "m")}
    assert changes.unfinished


def test_a_baseline_is_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "早 #1?&"
    folder.mkdir()
    ledger_of(folder / "ledger.sqlite", outcome("1")).close()
    before = hashlib.sha256((folder / "ledger.sqlite").read_bytes()).digest()
    opened = open_baseline(str(folder))
    assert [row.key for row in opened.rows(select(OUTCOME.key))] == ["1"]
    with pytest.raises(LedgerError, match="cannot be"):
        opened.finish()
    opened.close()
    assert hashlib.sha256((folder / "ledger.sqlite").read_bytes()).digest() == before


def test_a_folder_without_a_ledger_is_refused_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        open_baseline(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_shadow_matrix_and_its_articles(tmp_path: Path) -> None:
    ledger = ledger_of(
        tmp_path / "a.sqlite",
        outcome("1", shadow_action="allow"),
        outcome("2", shadow_action="reject"),
        outcome("3", "reject", shadow_action="review"),
        outcome("4", "failed"),
    )
    changes = shadow(ledger, tmp_path / "shadow.csv")
    assert changes is not None
    assert changes.matrix == {("allow", "allow"): 1, ("allow", "reject"): 1, ("reject", "review"): 1}
    assert {change.key for listed in changes.shown.values() for change in listed} == {"2", "3"}
    assert len((tmp_path / "shadow.csv").read_text("utf-8-sig").splitlines()) == 3


def test_no_shadow_was_asked(tmp_path: Path) -> None:
    assert shadow(ledger_of(tmp_path / "a.sqlite", outcome("1")), tmp_path / "shadow.csv") is None
    assert not (tmp_path / "shadow.csv").exists()
