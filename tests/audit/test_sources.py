from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from moderation.audit.column import Columns
from moderation.audit.item import Bad, Item, Place, SourceError
from moderation.audit.source import Options, open_source
from moderation.readers import Limits

from .made import write_jsonl


def entries(*where: object, after: str | None = None, **options: Any) -> list[tuple[str, Item | Bad]]:
    return list(open_source([str(name) for name in where], Options(**options)).items(after))


def keys(found: list[tuple[str, Item | Bad]]) -> list[str]:
    return [entry.key for _, entry in found]


def goes_on_anywhere(*where: object, **options: Any) -> None:
    """From every cursor the rest follows, no more and no less."""
    whole = entries(*where, **options)
    assert whole
    for place, (cursor, _) in enumerate(whole):
        assert keys(entries(*where, after=cursor, **options)) == keys(whole)[place + 1 :], cursor


# columns


@pytest.mark.parametrize(
    ("found", "mappings", "expected"),
    [
        (["id", "title", "content"], [], {"id": "id", "title": "title", "body": "content"}),
        (["ID", "post_title", "post_content"], [], {"id": "ID", "title": "post_title", "body": "post_content"}),
        (
            ["编号", "标题", "正文", "发布时间"],
            [],
            {"id": "编号", "title": "标题", "body": "正文", "published_at": "发布时间"},
        ),
        (["a", "b"], ["title=a", "html=b"], {"title": "a", "html": "b"}),
        (["title", "html", "content"], [], {"title": "title", "html": "html"}),
        (["title", "name"], [], {"title": "title"}),
    ],
)
def test_columns_are_known_by_name_or_named(found: list[str], mappings: list[str], expected: dict[str, str]) -> None:
    assert Columns.chosen(mappings, found, "here").of == expected


@pytest.mark.parametrize(
    ("found", "mappings", "said"),
    [
        (["a", "b"], [], "none of its columns is known.*a, b"),
        (["title"], ["title=headline"], "no column 'headline'; there are: title"),
        (["title"], ["headline=title"], "ours is one of"),
        (["title"], ["title"], "give ours=theirs"),
        ([], [], "none"),
    ],
)
def test_a_column_that_is_not_there_is_told_with_those_that_are(found: Any, mappings: Any, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        Columns.chosen(mappings, found, "here")


# files


def test_json_lines(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", 5)
    with path.open("ab") as stream:
        stream.write(b'{broken\n\n[1]\n{"id": 9, "title": "x", "content": 3}\n\xff\xfe\n{"other": 1}\n')
    found = entries(path)
    assert keys(found) == ["0", "1", "2", "3", "4", f"{path}:6", f"{path}:8", "9", f"{path}:10", f"{path}:11"]
    errors = [entry.error for _, entry in found if isinstance(entry, Bad)]
    assert errors[0].startswith("no JSON: Expecting property name")
    assert "not list" in errors[1]
    first = found[0][1]
    assert isinstance(first, Item)
    assert (first.published_at, first.place.position) == ("2026-01-05", "1")
    assert first.article(Limits()).title == "校运会下周开幕（0）"
    goes_on_anywhere(path)


def test_gzipped_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(write_jsonl(tmp_path / "a.jsonl", 5).read_bytes()))
    goes_on_anywhere(path)


def test_csv_in_gb18030_with_line_breaks_inside_and_rows_too_short(tmp_path: Path) -> None:
    path = tmp_path / "旧站.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["编号", "标题", "正文", "栏目"])
        for number in range(50):
            writer.writerow([number, f"校运会，第“{number}”日", '第一段。\n第二段，带"引号"。\r\n第三段', "新闻"])
        stream.write("51,只有两列\r\n")
        writer.writerow([52, "尾", "正文", "新闻"])
    found = entries(path)
    assert keys(found) == [*(str(number) for number in range(50)), f"{path}:row 51", "52"]
    item = found[3][1]
    assert isinstance(item, Item)
    assert item.record is not None
    assert item.record["body"] == '第一段。\n第二段，带"引号"。\r\n第三段'
    assert item.section == "新闻"
    bad = found[50][1]
    assert isinstance(bad, Bad)
    assert bad.error == "2 values under 4 columns"
    goes_on_anywhere(path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_other_separators_and_a_byte_order_mark(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id{separator}title\n1{separator}校运会下周开幕\n", "utf-8-sig")
    assert keys(entries(path)) == ["1"]


def test_csv_in_the_wrong_encoding_says_so_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,title\n1,校运会下周开幕\n2,ascii\n".encode("gb18030"))
    found = entries(path, encoding="utf-8")
    assert [type(entry) for _, entry in found] == [Bad, Item]
    with pytest.raises(SourceError, match="no such encoding"):
        entries(path, encoding="none")


def test_parquet_with_nulls_and_wrong_types(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "id": pa.array([1, 2, 3, 4], pa.int64()),
            "title": pa.array(["校运会", None, "开幕", "通知"]),
            "content": pa.array(["正文", "只有正文", None, "正文"]),
            "date": pa.array([1_750_000_000_000, None, 0, 1], pa.timestamp("ms")),
            "tags": pa.array([["a", "b"], None, [], ["c"]]),
        }
    )
    pq.write_table(table, path, row_group_size=2)
    found = entries(path)
    assert keys(found) == ["1", "2", "3", "4"]
    titles = [entry.article(Limits()).title for _, entry in found if isinstance(entry, Item)]
    assert titles == ["校运会", "", "开幕", "通知"]
    item = found[0][1]
    assert isinstance(item, Item)
    assert item.published_at.startswith("2025-06-15T")
    goes_on_anywhere(path)
    wrong = tmp_path / "b.parquet"
    pq.write_table(pa.table({"id": [1], "title": [{"zh": "校运会"}]}), wrong)
    bad = entries(wrong)[0][1]
    assert isinstance(bad, Item)
    with pytest.raises(Exception, match="a text is needed here"):
        bad.article(Limits())
    (tmp_path / "c.parquet").write_bytes(b"PAR1nothing")
    with pytest.raises(SourceError, match="no Parquet"):
        entries(tmp_path / "c.parquet")


def test_several_files_are_one_source(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_jsonl(tmp_path / f"{name}.jsonl", 3)
    found = entries(tmp_path / "*.jsonl")
    assert [entry.place.source for _, entry in found] == [str(tmp_path / f"{name}.jsonl") for name in "aaabbb"]
    goes_on_anywhere(tmp_path / "*.jsonl")


def test_since_and_a_sample_choose_always_the_same(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", 1000)
    recent = entries(path, since="2026-11-01")
    assert len(recent) == sum(1 + number % 12 >= 11 for number in range(1000))
    with pytest.raises(SourceError, match="give a day such as"):
        entries(path, since="last week")
    undated = tmp_path / "b.jsonl"
    undated.write_text('{"id": 1, "title": "x"}\n{"id": 2, "title": "x", "date": "Mon, 3 Mar 2008"}\n', "utf-8")
    assert keys(entries(undated, since="2026-11-01")) == ["1", "2"]
    some = keys(entries(path, sample=0.2))
    assert 150 < len(some) < 250
    assert some == keys(entries(path, sample=0.2))
    assert set(keys(entries(path, sample=0.1))) < set(some)


# folders


def test_a_hugo_site_and_a_jekyll_one(tmp_path: Path) -> None:
    files = {
        "content/news/校运会.md": "---\ntitle: 校运会下周开幕\ndate: 2026-03-01 10:00:00\nauthor: 王编辑\ntags: [运动]\n---\n请按时到场。",
        "content/posts/b.md": "+++\ntitle = '第二篇'\ndate = 2026-04-01T08:00:00+08:00\ncategories = ['通知']\n+++\n正文",
        "_posts/2026-05-02-c.md": "---\ntitle: 第三篇\ncategories:\n  - 公告\n---\n正文",
        "public/index.html": "<title>首页</title><meta property='article:published_time' content='2026-06-01T00:00:00'><p>正文",
        "themes/x/readme.md": "machinery",
        ".git/a.md": "machinery",
        "static/a.css": "machinery",
        "empty.html": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    found = {entry.key: entry for _, entry in entries(tmp_path)}
    assert set(found) == {
        *("content/news/校运会.md", "content/posts/b.md", "_posts/2026-05-02-c.md", "public/index.html", "empty.html")
    }
    facts = {
        key: (entry.published_at, entry.section, entry.author)
        for key, entry in found.items()
        if isinstance(entry, Item)
    }
    assert facts["content/news/校运会.md"] == ("2026-03-01T10:00:00", "news", "王编辑")
    assert facts["content/posts/b.md"] == ("2026-04-01T08:00:00+08:00", "通知", "")
    assert facts["_posts/2026-05-02-c.md"] == ("2026-05-02", "公告", "")
    assert facts["public/index.html"][:2] == ("2026-06-01T00:00:00", "public")
    goes_on_anywhere(tmp_path)


def test_a_folder_without_pages_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file here ends in"):
        entries(tmp_path)


# crawls


def warc(path: Path, compressed: bool) -> None:
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=compressed)
        page = "<title>校运会</title><p>请按时到场。</p>"
        for address, body, kind, status in (
            ("https://a.example/1", page.encode(), "text/html; charset=utf-8", "200 OK"),
            ("https://a.example/2", page.encode("gb18030"), "text/html; charset=gb2312", "200 OK"),
            ("https://a.example/x.png", b"png", "image/png", "200 OK"),
            ("https://a.example/gone", b"gone", "text/html", "404 Not Found"),
            ("https://a.example/1", page.encode(), "text/html", "200 OK"),
        ):
            headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                address,
                "response",
                payload=BytesIO(body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": "2026-03-01T00:00:00Z"},
            )
            writer.write_record(record)
            record.raw_stream.close()  # warcio's temporary file


@pytest.mark.parametrize("compressed", [False, True])
def test_the_pages_of_a_crawl(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / ("a.warc.gz" if compressed else "a.warc")
    warc(path, compressed)
    found = entries(path)
    assert keys(found)[:2] == ["https://a.example/1", "https://a.example/2"]
    assert keys(found)[2].startswith("https://a.example/1 ")
    assert len(found) == 3
    for _, entry in found:
        assert isinstance(entry, Item)
        assert entry.article(Limits()).title == "校运会"
        assert entry.modified_at == "2026-03-01T00:00:00Z"
    goes_on_anywhere(path)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_broken_crawl_is_told_and_what_came_before_is_judged(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / ("a.warc.gz" if compressed else "a.warc")
    warc(path, compressed)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 5] + b"\0garbage" * 20)
    found = [entry for _, entry in entries(path)]
    assert isinstance(found[0], Item)
    assert any(isinstance(entry, Bad) for entry in found)


# databases


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "site.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE article (aid INTEGER PRIMARY KEY, headline TEXT, content TEXT, made TEXT)")
        rows = ((number, f"校运会{number}", "正文", f"2026-{1 + number % 12:02}-01") for number in range(0, 1500, 3))
        connection.executemany("INSERT INTO article VALUES (?, ?, ?, ?)", rows)
        connection.execute("CREATE TABLE plain (a TEXT, b TEXT)")
    connection.close()
    return path


def test_a_table_is_read_by_its_key_in_pages(database: Path) -> None:
    address = f"sqlite:///{database}"
    source = open_source([address], Options(table="article"))
    assert source.total() == 500
    assert keys(list(source.items())) == [str(number) for number in range(0, 1500, 3)]
    whole = list(source.items())
    for place in (0, 199, 200, 499):
        assert keys(list(source.items(whole[place][0]))) == keys(whole)[place + 1 :]
    chosen = entries(address, table="article", where="made < '2026-02-01'")
    assert 0 < len(chosen) < 500
    query = entries(address, query="SELECT aid AS id, headline AS title FROM article WHERE aid < 30")
    assert keys(query) == ["0", "3", "6", "9", "12", "15", "18", "21", "24", "27"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give --table, --query or --preset.*article, plain"),
        ({"table": "none"}, "no table 'none'.*article, plain"),
        ({"table": "plain"}, "--key"),
        ({"table": "article", "key": "none"}, "no column 'none'; there are: aid"),
        ({"table": "article", "columns": ("title=none",)}, "no column 'none'; there are: aid, headline"),
        ({"query": "DELETE FROM article"}, "--query is one SELECT"),
        ({"query": "SELECT 1; DROP TABLE article"}, "--query is one SELECT"),
        ({"query": "SELECT missing FROM article"}, "no such column"),
        ({"preset": "none"}, "there are: wordpress"),
        ({"table": "article", "where": "nonsense("}, "syntax|incomplete"),
    ],
)
def test_what_is_wrong_with_a_database_is_said_at_once(database: Path, options: Any, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        entries(f"sqlite:///{database}", **options)


def test_nothing_can_be_written(database: Path) -> None:
    query = "WITH x AS (SELECT 1) SELECT * FROM article"
    assert len(entries(f"sqlite:///{database}", query=query, key="aid")) == 500
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    from moderation.audit.database import DatabaseSource

    source = DatabaseSource(f"sqlite:///{database}", Options(table="article"))
    with source._engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(text("DELETE FROM article"))


def test_a_locked_database_is_waited_for_and_then_given_up_with_a_reason(database: Path) -> None:
    from moderation.audit.database import DatabaseSource

    waits: list[float] = []
    source = DatabaseSource(f"sqlite:///{database}?timeout=0.05", Options(table="article"), waits.append)
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceError, match="locked"):
        list(source.items())
    assert len(waits) == 4
    holder.close()
    assert len(list(source.items())) == 500


def test_places_name_where_an_article_stands() -> None:
    assert str(Place("a.csv", "row 3")) == "a.csv:row 3"
    assert json.dumps(str(Place("表", "7")))
