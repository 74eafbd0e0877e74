"""The verdicts of an audit as files: JSONL and Parquet for programs, CSV for editors."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from moderation.audit.ledger import Entry, Ledger
from moderation.audit.outcome import FAILED
from moderation.renderers.verdict_json import dumps
from moderation.taxonomy import CategoryId

_ROWS = 2_000
"""Rows written at once: memory stays flat."""
_PLAIN = (
    "key",
    "source",
    "position",
    "action",
    "error",
    "title",
    "url",
    "section",
    "author",
    "published_at",
    "modified_at",
    "digest",
    "shadow_action",
)
SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        *((name, pa.string()) for name in _PLAIN),
        *((str(category), pa.float32()) for category in CategoryId),
        ("rules", pa.list_(pa.string())),
        ("signals", pa.list_(pa.string())),
        ("hosts", pa.list_(pa.string())),
        ("repairable", pa.bool_()),
        ("model", pa.string()),
        ("policy", pa.string()),
        ("verdict", pa.string()),
    ]
)
"""The columns of `verdicts.parquet`; `verdict` is the published JSON, masked. Categories are probabilities."""
_FOR_EDITORS = (
    *("处置 action", "标题 title", "网址 url", "栏目 section", "作者 author", "发布 published"),
    *("理由 reasons", "链接 hosts", "可修复 repairable", "位置 place"),
)


def row_of(entry: Entry) -> dict[str, Any]:
    """One article as a flat row of SCHEMA."""
    outcome, verdict = entry.outcome, entry.outcome.verdict
    scores = verdict.get("categories", {})
    repair = verdict.get("repair")
    return {
        "number": entry.number,
        "key": outcome.key,
        "source": outcome.place.source,
        "position": outcome.place.position,
        "action": outcome.action,
        "error": outcome.error or None,
        "title": outcome.title,
        "url": outcome.url or None,
        "section": outcome.section or None,
        "author": outcome.author or None,
        "published_at": outcome.published_at or None,
        "modified_at": outcome.modified_at or None,
        "digest": outcome.digest or None,
        "shadow_action": outcome.shadow_action or None,
        **{str(category): scores.get(str(category)) for category in CategoryId},
        "rules": [reason["rule"] for reason in verdict.get("reasons", ())],
        "signals": [signal["name"] for signal in verdict.get("signals", ())],
        "hosts": list(outcome.traces.hosts),
        "repairable": repair["action_after"] == "allow" if repair else None,
        "model": verdict.get("versions", {}).get("model"),
        "policy": verdict.get("versions", {}).get("policy"),
        "verdict": dumps(dict(verdict)) if verdict else None,
    }


def write_results(ledger: Ledger, folder: Path) -> list[Path]:
    """Write `verdicts.parquet`, `verdicts.jsonl` and `flagged.csv`; the files that were written.

    Each is written beside its place and moved there whole.
    """
    names = ("verdicts.parquet", "verdicts.jsonl", "flagged.csv")
    drafts = [folder / f".{name}.draft" for name in names]
    rows = (row_of(entry) for entry in ledger.entries())
    with (
        pq.ParquetWriter(drafts[0], SCHEMA, compression="zstd") as parquet,
        drafts[1].open("w", encoding="utf-8", newline="\n") as lines,
        _editors(drafts[2]) as editors,
    ):
        while batch := list(islice(rows, _ROWS)):
            parquet.write_table(pa.Table.from_pylist([_storable(row) for row in batch], SCHEMA))
            for row in batch:
                lines.write(dumps(_line(row)) + "\n")
                if row["action"] != "allow":
                    editors.writerow(_for_editor(row))
    places = [folder / name for name in names]
    for draft, place in zip(drafts, places, strict=True):
        draft.replace(place)
    return places


@contextmanager
def _editors(path: Path) -> Iterator[Any]:
    stream: IO[str]
    # With a byte order mark: without one Excel takes UTF-8 for the local code page.
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_FOR_EDITORS)
        yield writer


def _for_editor(row: Mapping[str, Any]) -> list[str]:
    verdict = json.loads(row["verdict"]) if row["verdict"] else {}
    reasons = "；".join(reason["message_zh"] for reason in verdict.get("reasons", ())) or row["error"] or ""
    repairable = {True: "是 yes", False: "否 no", None: ""}[row["repairable"]]
    action = {"review": "待审 review", "reject": "拒绝 reject", FAILED: "无法读取 failed"}[row["action"]]
    place = f"{row['source']}:{row['position']}"
    cells = (
        *(action, row["title"], row["url"], row["section"], row["author"], row["published_at"]),
        *(reasons, " ".join(row["hosts"]), repairable, place),
    )
    return [harmless(cell or "") for cell in cells]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in ("number", *_PLAIN, "hosts")}
    return told | {"verdict": json.loads(row["verdict"]) if row["verdict"] else None}


def _storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Text that Parquet takes: half a surrogate pair becomes U+FFFD."""
    return {
        name: value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
        for name, value in row.items()
    }
