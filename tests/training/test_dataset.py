from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from moderation.taxonomy import CategoryId
from moderation.training.benign import texts_of
from moderation.training.dataset import DatasetError, load_rows, parse_row, write_rows

from .corpus import row, rows

GOOD = json.loads(json.dumps(asdict(row("r1", categories=(CategoryId.FRAUD,), group="abusive"))))


def write(path: Path, *lines: str | bytes) -> Path:
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines) + b"\n")
    return path


def test_written_rows_are_read_back(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", rows())
    assert load_rows(tmp_path / "rows.jsonl") == rows()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", "", "a text is needed"),
        ("id", 3, "a text is needed"),
        ("text", " ", "a text is needed"),
        ("text", None, "a text is needed"),
        ("hand", [], "a text is needed"),
        ("group", "bad", "'bad' is not one of abusive, hard, plain"),
        ("group", "plain", "'plain' does not fit categories"),
        ("split", "valid", "'valid' is not one of train, dev, test, test_unseen"),
        ("pair", 4, "a text or null is needed"),
        ("categories", "fruad", "a list of "),
        ("categories", ["frauds"], "a list of "),
        ("categories", ["doorway"], "a list of "),
        ("categories", [["fraud"]], "a list of "),
        ("categories", [{}], "a list of "),
        ("categories", [1], "a list of "),
        ("categories", None, "a list of "),
    ],
)
def test_a_bad_field_is_named_with_its_file_and_line(tmp_path: Path, field: str, value: Any, message: str) -> None:
    path = write(tmp_path / "rows.jsonl", json.dumps({**GOOD, "id": "r0"}), json.dumps({**GOOD, field: value}))
    with pytest.raises(DatasetError) as caught:
        load_rows(path)
    assert str(caught.value).startswith(f"{path}:2: field '{field}': ")
    assert message in str(caught.value)


def test_an_abusive_row_needs_a_category() -> None:
    with pytest.raises(DatasetError, match=r"^here: field 'group': 'abusive' does not fit"):
        parse_row({**GOOD, "categories": []}, "here")


@pytest.mark.parametrize("missing", ["text", "categories"])
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(DatasetError, match=rf"^here: field '{missing}'"):
        parse_row({key: value for key, value in GOOD.items() if key != missing}, "here")


def test_an_id_stands_once(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", json.dumps(GOOD), json.dumps({**GOOD, "text": "别的"}))
    with pytest.raises(DatasetError, match=r"rows\.jsonl:2: field 'id': 'r1' stands twice"):
        load_rows(path)


@pytest.mark.parametrize("line", ["{", "", "[]", "3", b'{"id": "\xff"}', "图".encode("gb18030")])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str | bytes) -> None:
    path = write(tmp_path / "rows.jsonl", json.dumps(GOOD), line)
    with pytest.raises(DatasetError, match=r"rows\.jsonl:2: (no JSON|no UTF-8|a row is a JSON object)"):
        load_rows(path)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").touch()
    with pytest.raises(DatasetError, match="no rows"):
        load_rows(tmp_path / "rows.jsonl")


def test_third_party_titles_are_read_from_gzip(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "titles.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.write('{"text": "甲"}\n{"text": "乙", "more": 1}\n')
    assert list(texts_of(tmp_path / "titles.jsonl.gz")) == ["甲", "乙"]


def test_what_may_be_left_out_has_defaults() -> None:
    row = parse_row({"text": "代开发票", "categories": ["illicit_ad"]}, "mine.csv:7")
    assert (row.id, row.group, row.family, row.hand, row.split) == ("mine.csv:7", "abusive", "own.rows", "own", "")
    assert parse_row({"text": "图书馆", "categories": []}, "here").group == "plain"


def test_a_csv_with_embedded_newlines_and_joined_labels(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes('text,categories\n"代开\n发票",illicit_ad|keyword_stuffing\n图书馆,\n停水,-\n'.encode("gb18030"))
    rows = load_rows(path)
    assert [row.text for row in rows] == ["代开\n发票", "图书馆", "停水"]
    assert [len(row.categories) for row in rows] == [2, 0, 0]


def test_a_parquet_file(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"text": ["代开发票", None, "图书馆"], "categories": [["illicit_ad"], [], []]})
    parquet.write_table(table, tmp_path / "mine.parquet")
    with pytest.raises(DatasetError, match=r"mine\.parquet:2: field 'text'"):
        load_rows(tmp_path / "mine.parquet")


def test_each_bad_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,categories\n甲,porn\n乙,\n,fraud\n丙,a,b\n丁\n", "utf-8")
    with pytest.raises(DatasetError) as caught:
        load_rows(path)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{path}:{number}" for number in (2, 4, 5, 6)]
    assert "more fields than the header names" in lines[2]
    assert "fewer fields" in lines[3]


@pytest.mark.parametrize(("name", "message"), [("a.xlsx", "cannot read .xlsx"), ("a.csv", "no such file")])
def test_files_that_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        load_rows(tmp_path / name)


def test_broken_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DatasetError, match=r"a\.parquet"):
        load_rows(tmp_path / "a.parquet")
