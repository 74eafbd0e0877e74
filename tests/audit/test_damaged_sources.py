"""What real exports, folders and crawls look like when something went wrong: all of it is told, the rest is judged."""

from __future__ import annotations

import csv
import gzip
import json
import os
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from moderation.audit import files
from moderation.audit.item import Bad, Item, SourceError, key_of
from moderation.audit.source import Options, open_source
from moderation.readers import Limits

from .made import write_jsonl
from .test_sources import entries, goes_on_anywhere, keys


def errors(*where: object, **options: Any) -> list[str]:
    return [entry.error for _, entry in entries(*where, **options) if isinstance(entry, Bad)]


# JSON lines


def test_lines_that_end_as_windows_ends_them_and_a_last_one_that_does_not_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": 1, "title": "x"}\r\n\r\n{"id": 2, "title": "y"}\r\n{"id": 3, "title": "z"}')
    assert keys(entries(path)) == ["1", "2", "3"]
    goes_on_anywhere(path)


def test_a_line_without_end_is_told_and_the_next_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LONGEST_LINE", 100)
    path = tmp_path / "a.jsonl"
    rows = [json.dumps({"id": number, "title": "x" * (300 if number == 1 else 3)}) for number in range(3)]
    path.write_text("\n".join(rows), "utf-8")
    assert errors(path) == ["a line over the limit of 100 bytes"]
    assert keys(entries(path)) == ["0", f"{path}:2", "2"]
    goes_on_anywhere(path)


def test_json_lines_in_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"id": 1, "title": "校运会"}\n'.encode("gb18030"))
    assert errors(path) == ["no JSON: UnicodeDecodeError"]
    (item,) = (entry for _, entry in entries(path, encoding="gb18030"))
    assert isinstance(item, Item)
    assert item.article(Limits()).title == "校运会"
    with pytest.raises(SourceError, match="no such encoding"):
        entries(path, encoding="none")
    path.write_text('{"id": 1}\n', "utf-16")
    with pytest.raises(SourceError, match="UTF-16"):
        entries(path)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
def test_a_gzip_file_that_was_cut_gives_what_it_has(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows = [{"id": number, "title": os.urandom(40).hex()} for number in range(3000)]
    text = "id,title\n" + "".join(f"{row['id']},{row['title']}\n" for row in rows)
    if "jsonl" in name:
        text = "".join(json.dumps(row) + "\n" for row in rows)
    packed = gzip.compress(text.encode())
    path.write_bytes(packed[: len(packed) // 2])
    found = entries(path)
    assert len(found) > 1000
    assert "damaged from here on" in errors(path)[-1]
    path.write_bytes(packed[: len(packed) // 2] + b"\xff" * 50 + packed[len(packed) // 2 + 50 :])
    assert "damaged" in errors(path)[-1]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_an_estimate_of_how_much_there_is(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_SNIFFED", 5000)
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("id,title\n" + "".join(f'{number},"两\n行"\n' for number in range(1000)), "utf-8")
    else:
        write_jsonl(path, 1000)
    total = open_source([str(path)], Options()).total()
    assert total is not None
    assert 900 < total < 1150


# CSV


def test_csv_in_utf_16_and_with_characters_that_were_lost_before(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id\ttitle\r\n1\t校运会\r\n2\t坏\ufffd字\r\n".encode("utf-16"))
    found = [entry for _, entry in entries(path)]
    assert [entry.key for entry in found] == ["1", "2"]
    assert not errors(path)
    assert isinstance(found[1], Item)
    assert found[1].article(Limits()).title == "坏\ufffd字"


@pytest.mark.parametrize("place", [0, 1])
def test_a_quote_that_is_never_closed_is_told_with_what_it_swallowed(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.csv"
    rows = [["1", "甲"], ["2", "乙"]]
    rows[1][place] = '"' + rows[1][place]
    lines = ["id,title", *(",".join(row) for row in rows), *(f"{n},丙" for n in range(3, 40))]
    path.write_text("\n".join(lines), "utf-8")
    assert keys(entries(path))[0] == "1"
    assert errors(path) == ["a quote is not closed: lines 3 to 40"]


def test_a_quote_that_is_closed_late_says_which_lines_it_took(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,title\n1,"甲\n2,乙\n3,丙"丁\n4,戊,己\n5,庚\n', "utf-8")
    assert keys(entries(path))[-1] == "5"
    assert errors(path) == ["3 values under 2 columns"]
    path.write_text('id,title,body\n1,"甲\n2,乙\n3,丙"\n4,戊,己\n', "utf-8")
    assert errors(path) == ["2 values under 3 columns, in lines 2 to 4"]


def test_a_field_that_is_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LONGEST_FIELD", 1000)
    path = tmp_path / "a.csv"
    path.write_text(f"id,title\n1,{'x' * 5000}\n2,y\n", "utf-8")
    assert "field larger than field limit" in errors(path)[0]
    assert keys(entries(path))[-1] == "2"
    monkeypatch.undo()
    csv.field_size_limit(files._LONGEST_FIELD)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.html", "a.warc"])
def test_empty_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    if name in ("a.csv", "a.parquet"):
        with pytest.raises(SourceError, match=r"empty|no Parquet"):
            entries(path)
    else:
        assert len(entries(path)) == (name == "a.html")


# Parquet


def test_parquet_with_values_in_values_and_dates_that_python_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "id": ["1", "2", "3"],
            "title": ["甲", "乙", "丙"],
            "keywords": [["a", "b"], None, ["c"]],
            "links": [[{"href": "http://a.example/", "anchor": "时时彩"}], [], None],
            "meta": [{"deep": [1]}, None, {"deep": []}],
            "date": pa.array([0, 3 * 10**17, 1], pa.timestamp("us")),
        }
    )
    pq.write_table(table, path)
    (error,) = errors(path)
    assert error.startswith("a value that cannot be read: ")
    found = [entry for _, entry in entries(path) if isinstance(entry, Item)]
    assert [entry.key for entry in found] == ["1", "3"]
    assert [link.anchor for link in (one for _, one in found[0].article(Limits()).links())] == ["时时彩"]
    goes_on_anywhere(path)


def test_a_damaged_group_of_rows_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    titles = [os.urandom(50).hex() for _ in range(3000)]
    pq.write_table(pa.table({"id": list(range(3000)), "title": titles}), path, row_group_size=1000, compression="zstd")
    data = bytearray(path.read_bytes())
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(1)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(data)
    assert errors(path) == ["rows 1001 to 2000 are damaged"]
    assert len(entries(path)) == 2001
    for cursor in ("999", "1000", "2000", "2001"):
        assert len(entries(path, after=cursor)) == {"999": 1002, "1000": 1001, "2000": 1000, "2001": 999}[cursor]


# folders


def test_a_folder_of_many_files_in_one_order_and_links_in_a_circle(tmp_path: Path) -> None:
    for number in range(20_000):
        place = tmp_path / ("a-b" if number % 3 else "a") / f"{number // 500}"
        if number % 500 < 3:
            place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.html").touch()
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    (tmp_path / "gone.html").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "big.html").write_bytes(b"x" * (Limits().bytes + 1))
    source = open_source([str(tmp_path)], Options())
    assert source.total() == 20_002
    whole = list(source.items())
    assert [cursor for cursor, _ in whole] == sorted(cursor for cursor, _ in whole)
    for place in (0, 6_000, 7_000, 20_000):
        assert keys(list(source.items(whole[place][0]))) == keys(whole)[place + 1 :]
    told = {entry.key: entry.error for _, entry in whole if isinstance(entry, Bad)}
    assert told == {
        "gone.html": "No such file or directory",
        "big.html": f"{Limits().bytes + 1} bytes are over the limit of {Limits().bytes}",
    }


def test_what_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    for name in ("a.html", "b.html"):
        (tmp_path / name).write_text("<p>正文", "utf-8")
    scan, read = os.scandir, Path.read_bytes

    def closed(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    def refused(path: Path) -> bytes:
        if path.name == "b.html":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(os, "scandir", closed)
    monkeypatch.setattr(Path, "read_bytes", refused)
    found = {entry.key: getattr(entry, "error", None) for _, entry in entries(tmp_path)}
    assert found == {
        "a.html": None,
        "b.html": "Permission denied",
        "closed": "the folder cannot be read: Permission denied",
    }


def test_names_in_another_encoding_are_kept_apart(tmp_path: Path) -> None:
    for name in ("校.html".encode("gb18030"), "校.html".encode()):
        (tmp_path / os.fsdecode(name)).write_text("<p>正文", "utf-8")
    found = keys(entries(tmp_path))
    assert len(set(found)) == 2
    for key in found:
        key.encode("utf-8")
    goes_on_anywhere(tmp_path)


def test_keys_that_no_index_takes_are_shortened_and_stay_apart() -> None:
    long = "https://a.example/" + "x" * 5000
    assert len({key_of(long), key_of(long + "y"), key_of("x\0"), key_of("x\ud800"), key_of("x")}) == 5
    assert max(len(key_of(name)) for name in (long, "校" * 5000)) < 500
    assert key_of("校") == "校"


# crawls


def crawl(path: Path, *pages: tuple[str, bytes, list[tuple[str, str]]]) -> Path:
    """A WARC file of pages: address, the body as it was sent, more headers."""
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=path.suffix == ".gz")
        for address, body, more in pages:
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *more], protocol="HTTP/1.1")
            record = writer.create_warc_record(address, "response", payload=BytesIO(body), http_headers=headers)
            writer.write_record(record)
            record.raw_stream.close()
    return path


PAGE = "<title>校运会</title><p>请按时到场。</p>".encode()


def test_pages_as_servers_pack_them(tmp_path: Path) -> None:
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PAGE[:20], PAGE[20:])) + b"0\r\n\r\n"
    path = crawl(
        tmp_path / "a.warc.gz",
        ("https://a.example/plain", PAGE, []),
        ("https://a.example/gzip", gzip.compress(PAGE), [("Content-Encoding", "gzip")]),
        ("https://a.example/deflate", zlib.compress(PAGE), [("Content-Encoding", "deflate")]),
        ("https://a.example/chunked", chunked, [("Transfer-Encoding", "chunked")]),
        ("https://a.example/unknown", PAGE, [("Content-Encoding", "zstd")]),
        ("https://a.example/cut", gzip.compress(PAGE * 2000)[:-3], [("Content-Encoding", "gzip")]),
        ("https://a.example/big", gzip.compress(b"x" * (Limits().bytes + 1)), [("Content-Encoding", "gzip")]),
    )
    found = [entry for _, entry in entries(path)]
    for entry in found[:4]:
        assert isinstance(entry, Item)
        assert entry.article(Limits()).title == "校运会", entry.key
    told = {entry.key.rsplit("/", 1)[1]: entry.error for entry in found if isinstance(entry, Bad)}
    assert told["unknown"] == "the page is packed as 'zstd', which cannot be unpacked here"
    assert told["big"] == f"over the limit of {Limits().bytes} bytes"
    goes_on_anywhere(path)


def test_a_page_that_had_not_changed_since_the_last_crawl_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=False)
        address = "https://a.example/1"
        writer.write_record(writer.create_revisit_record(address, "sha1:X", address, "2026-01-01T00:00:00Z"))
    assert path.stat().st_size > 100
    assert entries(path) == []


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
@pytest.mark.parametrize("share", [0.31, 0.53, 0.75, 0.908, 0.97])
def test_a_crawl_that_was_cut_anywhere_says_so_once(tmp_path: Path, name: str, share: float) -> None:
    pages = [(f"https://a.example/{number}", PAGE + os.urandom(2000).hex().encode(), []) for number in range(10)]
    path = crawl(tmp_path / name, *pages)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    found = entries(path)
    whole = [entry for _, entry in found if isinstance(entry, Item)]
    assert int(share * 10) - 1 <= len(whole) < 10
    assert len(errors(path)) == 1
    assert len(set(keys(found))) == len(found)
    goes_on_anywhere(path)


def test_a_crawl_packed_as_one_piece_is_read(tmp_path: Path) -> None:
    plain = crawl(tmp_path / "a.warc", *((f"https://a.example/{number}", PAGE, []) for number in range(5)))
    packed = tmp_path / "b.warc.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert len([entry for _, entry in entries(packed) if isinstance(entry, Item)]) == 5


def test_a_length_that_is_wrong_is_told_without_printing_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = crawl(tmp_path / "a.warc", *((f"https://a.example/{number}", PAGE, []) for number in range(3)))
    data = path.read_bytes()
    place = data.index(b"Content-Length: ") + len(b"Content-Length: ")
    size = int(data[place : data.index(b"\r", place)])
    path.write_bytes(data[:place] + str(size - 9).encode() + data[data.index(b"\r", place) :])
    assert "what stands behind this record is none" in errors(path)
    assert len([entry for _, entry in entries(path) if isinstance(entry, Item)]) == 3
    assert capsys.readouterr().err == ""
