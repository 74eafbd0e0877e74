from __future__ import annotations

from pathlib import Path

import pytest

from moderation.audit.item import Bad, Place, SourceError
from moderation.audit.judge import JudgeSpec, spec_of
from moderation.audit.ledger import Ledger, LedgerError, Progress
from moderation.audit.runner import CHUNK, Run, Tally

from .made import Here, Made, item


@pytest.fixture(scope="module")
def spec() -> JudgeSpec:
    return spec_of(None, None, None)


def run(source: Made, spec: JudgeSpec, ledger: Ledger, limit: int | None = None) -> tuple[bool, Here, Tally]:
    engine = Here(spec)
    going = Run(source, engine, ledger, lambda tally: None)
    return going.go(ledger.begin({"source": source.fingerprint()}), limit), engine, going.tally


def told(ledger: Ledger) -> list[tuple[int, str, str]]:
    return [(entry.number, entry.outcome.key, entry.outcome.action) for entry in ledger.entries()]


def test_every_article_is_kept_once_in_the_order_of_its_source(tmp_path: Path, spec: JudgeSpec) -> None:
    ledger = Ledger(tmp_path / "l.sqlite")
    whole, engine, tally = run(Made(150), spec, ledger)
    assert whole
    assert engine.judged == 150
    assert told(ledger) == [(n, str(n), "reject" if n % 10 == 9 else "allow") for n in range(150)]
    assert tally.counts == ledger.counts() == {"allow": 135, "reject": 15}
    again, engine, _ = run(Made(150), spec, ledger)
    assert again
    assert engine.judged == 0


def test_a_run_that_broke_goes_on_and_ends_like_an_unbroken_one(tmp_path: Path, spec: JudgeSpec) -> None:
    one, other = Ledger(tmp_path / "one"), Ledger(tmp_path / "other")
    run(Made(200), spec, one)
    source = Made(200, breaks=130)
    with pytest.raises(SourceError, match="gone"):
        run(source, spec, other)
    before = len(told(other))
    assert 0 < before <= 130
    whole, engine, _ = run(source, spec, other)
    assert whole
    assert engine.judged == 200 - before
    assert told(one) == told(other)


def test_a_stop_keeps_what_is_at_work_and_the_next_run_goes_on(tmp_path: Path, spec: JudgeSpec) -> None:
    ledger = Ledger(tmp_path / "l.sqlite")
    source = Made(16 * CHUNK)
    going = Run(source, Here(spec), ledger, lambda tally: going.stop() if tally.kept >= 3 * CHUNK else None)
    assert not going.go(ledger.begin({"source": source.fingerprint()}))
    kept = len(told(ledger))
    assert 3 * CHUNK <= kept < 10 * CHUNK
    assert run(source, spec, ledger)[0]
    assert len(told(ledger)) == 16 * CHUNK


def test_heavy_articles_travel_in_small_chunks(spec: JudgeSpec, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite")
    heavy = {number: item(number, "重" * 300_000) for number in range(6)}
    going = Run(Made(20, heavy), Here(spec), ledger, lambda tally: None)
    chunks = list(going._chunks(Progress(None, 0, finished=False), None))
    assert [len(chunk.items) for chunk in chunks] == [2, 2, 2, 14]
    ledger.close()


def test_what_is_broken_is_set_aside_in_its_place_and_the_rest_goes_on(tmp_path: Path, spec: JudgeSpec) -> None:
    bad = Bad("made:7", Place("made", "7"), "no JSON")
    unreadable = item(8)
    object.__setattr__(unreadable, "record", {"id": 8})
    ledger = Ledger(tmp_path / "l.sqlite")
    run(Made(20, {7: bad, 8: unreadable}), spec, ledger)
    failed = {entry.outcome.key: entry.outcome.error for entry in ledger.entries("failed")}
    assert failed == {"made:7": "no JSON", "8": "field 'title': is missing"}
    assert len(told(ledger)) == 20


def test_two_articles_with_one_key_are_both_judged_the_second_under_its_place(tmp_path: Path, spec: JudgeSpec) -> None:
    near, far = item(3), item(3)
    object.__setattr__(near, "place", Place("made", "line 4"))
    object.__setattr__(far, "place", Place("made", "line 171"))
    ledger = Ledger(tmp_path / "l.sqlite")
    run(Made(200, {4: near, 170: far}), spec, ledger)
    assert not list(ledger.entries("failed"))
    keys = {number: key for number, key, _ in told(ledger)}
    assert (keys[3], keys[4], keys[170]) == ("3", "3@made:line 4", "3@made:line 171")
    assert len(keys) == 200


def test_a_limit_counts_all_runs_together(tmp_path: Path, spec: JudgeSpec) -> None:
    ledger = Ledger(tmp_path / "l.sqlite")
    run(Made(200), spec, ledger, limit=70)
    assert len(told(ledger)) == 70


def test_another_source_or_model_is_refused_by_name(tmp_path: Path, spec: JudgeSpec) -> None:
    ledger = Ledger(tmp_path / "l.sqlite")
    ledger.begin({"source": "a", "model": "m", "policy": None})
    with pytest.raises(LedgerError, match="another model, source"):
        ledger.begin({"source": "b", "model": "n", "policy": None})


def test_a_folder_without_an_audit_and_an_address_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no audit"):
        Ledger(tmp_path / "l.sqlite").facts()
    with pytest.raises(LedgerError, match="SQLite or PostgreSQL"):
        Ledger("mysql+pymysql://root@127.0.0.1/test")
    with pytest.raises(LedgerError, match="unable to open"):
        Ledger(tmp_path / "none" / "l.sqlite")


def test_a_full_disk_stops_with_a_reason_and_what_was_kept_is_whole(tmp_path: Path, spec: JudgeSpec) -> None:
    from sqlalchemy import text

    ledger = Ledger(tmp_path / "l.sqlite")
    run(Made(64), spec, ledger, limit=64)
    with ledger._engine.begin() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    source = Made(5000)
    with pytest.raises(LedgerError, match="full"):
        Run(source, Here(spec), ledger, lambda tally: None).go(Progress("63", 64, finished=False))
    assert told(Ledger(tmp_path / "l.sqlite"))[:64] == [
        (n, str(n), "reject" if n % 10 == 9 else "allow") for n in range(64)
    ]


def test_explicit_text_is_masked_and_the_ledger_gives_back_what_it_took(tmp_path: Path, spec: JudgeSpec) -> None:
    title = "成人在线偷拍视频免费观看"
    ledger = Ledger(tmp_path / "l.sqlite")
    run(Made(2, {1: item(1, title)}), spec, ledger)
    (entry,) = ledger.entries("reject")
    assert title not in str(entry.outcome.verdict) + entry.outcome.title
    assert entry.outcome.verdict["action"] == "reject"
    assert entry.outcome.traces.text
    ledger.close()
    assert "偷拍视频" not in (tmp_path / "l.sqlite").read_bytes().decode("utf-8", "ignore")
