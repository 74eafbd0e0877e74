from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from moderation.audit.folder_lock import FolderLock
from moderation.audit.ledger import Ledger

from .made import BAD, write_jsonl

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from moderation.cli import app; app()", "audit"]


def audit(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


def told(out: Path) -> list[tuple[int, str, str, str]]:
    return [
        (entry.number, entry.outcome.key, entry.outcome.action, entry.outcome.digest)
        for entry in Ledger(out / "ledger.sqlite", write=False).entries()
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    """A source of 400 articles, and its audit in one piece."""
    folder = tmp_path_factory.mktemp("audit")
    source = write_jsonl(folder / "site.jsonl", 400)
    return source, folder / "out", audit(source, "--out", folder / "out", "--workers", 1)


@pytest.mark.slow
def test_an_audit_writes_its_results_and_says_what_it_found(whole: Any) -> None:
    source, out, done = whole
    assert done.returncode == 4, done.stderr
    table = pq.read_table(out / "verdicts.parquet").to_pylist()
    lines = [json.loads(line) for line in (out / "verdicts.jsonl").read_text("utf-8").splitlines()]
    assert [row["key"] for row in table] == [line["key"] for line in lines] == [str(number) for number in range(400)]
    assert sum(row["action"] == "reject" for row in table) == 40
    assert table[9]["gambling"] > 0.5
    assert table[9]["published_at"] == "2026-10-05"
    assert table[9]["position"] == "10"
    with (out / "flagged.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 41
    assert rows[1][0] == "拒绝 reject"
    assert f"{source}:10" in rows[1]


@pytest.mark.slow
def test_a_second_run_on_a_finished_audit_judges_nothing_anew(whole: Any) -> None:
    source, out, _ = whole
    before = told(out)
    again = audit(source, "--out", out, "--workers", 1)
    assert again.returncode == 4
    assert told(out) == before


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_with_the_same_result(whole: Any, tmp_path: Path) -> None:
    source, finished, _ = whole
    out = tmp_path / "out"
    for most in (1, 100, 250):
        process = subprocess.Popen(
            [*COMMAND, str(source), "--out", str(out), "--workers", "1"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while process.poll() is None and kept(out) < most:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert kept(out) < 400
    done = audit(source, "--out", out, "--workers", 1)
    assert "going on behind article" in done.stderr
    assert told(out) == told(finished)
    assert pq.read_table(out / "verdicts.parquet").num_rows == 400


def kept(out: Path) -> int:
    if not (out / "ledger.sqlite").exists():
        return 0
    try:
        return sum(Ledger(out / "ledger.sqlite", write=False).counts().values())
    except Exception:  # the tables are being made
        return 0


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(whole: Any, tmp_path: Path) -> None:
    source, finished, _ = whole
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*COMMAND, str(source), "--out", str(out), "--workers", "1"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and kept(out) < 1:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "run the same command again to go on" in said
    assert 0 < kept(out) < 400
    audit(source, "--out", out, "--workers", 1)
    assert told(out) == told(finished)


def test_a_second_run_on_one_folder_is_refused(tmp_path: Path) -> None:
    source, out = write_jsonl(tmp_path / "site.jsonl", 3), tmp_path / "out"
    out.mkdir()
    with FolderLock(out):
        second = audit(source, "--out", out)
    assert second.returncode == 2
    assert "another audit is at work here" in second.stderr
    assert audit(source, "--out", out, "--workers", 1).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.jsonl"], "no such file"),
        (["site.jsonl", "--column", "title=headline"], "there are: id, title, content, date"),
        (["site.jsonl", "--column", "headline=title"], "ours is one of"),
        (["site.jsonl", "--where", "id > 3"], "--where is for databases"),
        (["site.jsonl", "--model", "none"], "manifest"),
        (["site.jsonl", "--profile", "none"], "no profile"),
        (["site.pdf"], "cannot read this kind of file"),
        (["sqlite:///none.db", "--table", "x"], "no such file"),
        (["oracle://x/y", "--table", "x"], "no database address"),
        (["*.csv"], "no file matches"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: list[str], said: str) -> None:
    write_jsonl(tmp_path / "site.jsonl", 3)
    (tmp_path / "site.pdf").touch()
    done = audit(*arguments, "--out", "out", cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_formulas_stay_text_for_a_spreadsheet() -> None:
    from moderation.audit.result import harmless

    assert [harmless(cell) for cell in ("=1+1", "+86", "-1", "@x", "文", "")] == [
        "'=1+1",
        "'+86",
        "'-1",
        "'@x",
        "文",
        "",
    ]
    assert BAD
