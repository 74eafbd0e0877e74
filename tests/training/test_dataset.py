from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from moderation.taxonomy import CategoryId
from moderation.training.dataset import DatasetError, load_rows, parse_row, texts_of, write_rows

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
        ("family", None, "a text is needed"),
        ("hand", [], "a text is needed"),
        ("group", "bad", "'bad' is not one of abusive, hard, plain"),
        ("group", "plain", "'plain' does not fit categories"),
        ("split", "valid", "'valid' is not one of train, dev, test, test_unseen"),
        ("pair", 4, "a text or null is needed"),
        ("categories", "fraud", "a list of "),
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


@pytest.mark.parametrize("missing", sorted(set(GOOD) - {"pair"}))
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
