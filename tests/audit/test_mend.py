"""Repairable articles are written without what offends, each once, whatever happens in between."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from moderation.audit.item import Item, Place
from moderation.audit.judge import Chunk, ChunkResult, JudgeSpec, judge, spec_of
from moderation.audit.ledger import Ledger
from moderation.audit.mend import Mending, RepairFolderError, file_name
from moderation.audit.runner import Run

from .ledgers import FACTS, Here, Listed, ledger_of, outcome

_TEXT = "<p>社区图书馆周末照常开放，读者凭证入馆，三楼自习室需要提前预约。</p>"
_SPAM = (
    '<div style="display:none"><a href="http://aomen88.top/">澳门新葡京平台</a> '
    '<a href="http://aomen88.top/1">百家乐在线开户</a> <a href="http://aomen88.top/2">真人棋牌下载</a></div>'
)
_PAGE = f"<!doctype html><title>图书馆开放时间</title><body>{_TEXT}{{}}</body>"


@pytest.fixture(scope="module")
def spec() -> JudgeSpec:
    return spec_of(None, None, None)


def page(key: str, spam: str = _SPAM, encoding: str = "utf-8") -> Item:
    return Item(key, Place("site", key), data=_PAGE.format(spam).encode(encoding), form="html", url="http://site.cn/")


def record(key: str, spam: str = _SPAM) -> Item:
    return Item(key, Place("t", key), record={"id": key, "title": "图书馆开放时间", "html": _TEXT + spam})


def audited(folder: Path, spec: JudgeSpec, source: Listed) -> Ledger:
    ledger = Ledger(folder / "ledger.sqlite")
    assert Run(source, Here(spec), ledger, lambda tally: None).go(ledger.begin(FACTS))
    return ledger


def mending(spec: JudgeSpec, source: Listed, ledger: Ledger, folder: Path) -> Mending:
    return Mending(source, Here(replace(spec, mend=True)), ledger, folder)


def manifest(folder: Path) -> dict[str, dict[str, str]]:
    rows = csv.DictReader((folder / "manifest.csv").read_text("utf-8-sig").splitlines())
    return {row["key"]: row for row in rows}


def test_mended_pages_and_records_score_allow(tmp_path: Path, spec: JudgeSpec) -> None:
    clean = page("news/clean.html", "")
    source = Listed(page("news/a.html"), clean, page("old/b.html", encoding="gb18030"), record("7"), record("8", ""))
    ledger = audited(tmp_path, spec, source)
    assert ledger.counts() == {"reject": 3, "allow": 2}
    fixed = tmp_path / "fixed"
    assert mending(spec, source, ledger, fixed).go()
    assert {path.relative_to(fixed).as_posix() for path in fixed.rglob("*") if path.is_file()} == {
        *("news/a.html", "old/b.html", "manifest.csv", "repaired.jsonl")
    }
    assert (fixed / "old/b.html").read_bytes() == _PAGE.format("").encode("gb18030")
    (line,) = (fixed / "repaired.jsonl").read_text().splitlines()
    assert json.loads(line) == record("7", "").record
    for item in (
        replace(page("news/a.html"), data=(fixed / "news/a.html").read_bytes()),
        replace(record("7"), record=json.loads(line)),
    ):
        assert judge(spec, item).action == "allow"
    told = manifest(fixed)
    assert [told[key]["file"] for key in ("news/a.html", "old/b.html", "7")] == [
        "news/a.html",
        "old/b.html",
        "repaired.jsonl",
    ]
    assert all(row["result"] == "mended" and int(row["removals"]) >= 1 for row in told.values())
    ledger.close()


class Killed(Exception):
    pass


class Dying(Here):
    """An engine that dies after its first chunk was noted."""

    def run(self, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        yield next(super().run(chunks))
        raise Killed


def test_a_killed_run_goes_on_and_comes_to_the_same(
    tmp_path: Path, spec: JudgeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.audit.mend.CHUNK", 2)
    source = Listed(*(page(f"{number}.html") for number in range(5)), record("r"))
    ledger = audited(tmp_path, spec, source)
    fixed, judged = tmp_path / "fixed", []
    with pytest.raises(Killed):
        Mending(source, Dying(replace(spec, mend=True)), ledger, fixed).go()
    assert len(ledger.mended()) == 2

    class Counting(Here):
        def run(self, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
            for result in super().run(chunks):
                judged.extend(one.key for _, one in result.outcomes)
                yield result

    (fixed / "0.html").unlink()
    again = Mending(source, Counting(replace(spec, mend=True)), ledger, fixed)
    assert again.go()
    assert judged == ["0.html", "2.html", "3.html", "4.html", "r"]
    assert (again.written, again.failed) == (6, 0)
    assert sorted(manifest(fixed)) == sorted([*(f"{number}.html" for number in range(5)), "r"])
    reads = source.reads
    assert mending(spec, source, ledger, fixed).go()
    assert source.reads == reads
    ledger.close()


def test_what_cannot_be_mended_is_in_the_manifest_with_the_reason(tmp_path: Path, spec: JudgeSpec) -> None:
    there = Listed(page("a.html"), page("b.html"), page("c.html"))
    ledger = audited(tmp_path, spec, there)
    offending = replace(page("b.html"), data="<title>澳门新葡京百家乐真人棋牌下载开户送彩金</title>".encode())
    fixed = tmp_path / "fixed"
    assert mending(spec, Listed(page("a.html"), offending), ledger, fixed).go()
    told = manifest(fixed)
    assert told["a.html"]["result"] == "mended"
    assert told["b.html"]["result"].startswith("it would still get")
    assert told["c.html"]["result"] == "it is no longer in its source"
    assert not (fixed / "b.html").exists()
    ledger.close()


def test_a_folder_with_other_files_is_refused(tmp_path: Path, spec: JudgeSpec) -> None:
    ledger = ledger_of(tmp_path / "ledger.sqlite", outcome("1"))
    (tmp_path / "fixed").mkdir()
    (tmp_path / "fixed" / "index.html").write_text("mine")
    with pytest.raises(RepairFolderError, match="other files"):
        mending(spec, Listed(), ledger, tmp_path / "fixed").go()
    assert [path.name for path in (tmp_path / "fixed").iterdir()] == ["index.html"]
    ledger.close()


@pytest.mark.parametrize(
    "key",
    [
        *(
            "../../etc/passwd",
            "/etc/passwd",
            "a/../b.html",
            "a//b.html",
            "C:\\x.html",
            "a\\b.html",
            ".ssh/x.html",
            "-rf.html",
        ),
        *(
            "https://site.cn/新闻/?id=1&x=../..",
            "con.html",
            "a/NUL",
            "tail.",
            "a\0b",
            "换\n行",
            "half \ud800",
            "字" * 300,
            "",
        ),
    ],
)
def test_no_key_leads_out_of_the_folder(key: str, tmp_path: Path) -> None:
    name = file_name(key, "html", set())
    assert "/" not in name
    assert "\\" not in name
    assert name.isprintable()
    assert name.endswith(".html")
    (tmp_path / name).write_bytes(b"")
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()


def test_names_are_unique_also_where_case_does_not_count() -> None:
    taken: set[str] = set()
    for key in ("news/a.html", "news/A.html", "news/a?.html", "news/a*.html", "新闻/a.html", "manifest.csv"):
        name = file_name(key, "html", taken | {"manifest.csv"})
        assert name.casefold() not in taken
        taken.add(name.casefold())
    assert {"news/a.html", "新闻/a.html"} <= taken
    assert "manifest.csv" not in taken
