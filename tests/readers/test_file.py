"""Files, folders and streams: everything is read, or said, and the rest goes on."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from moderation.article import Article
from moderation.readers import READERS, InputError, Limits, read, read_document, read_stream

SMALL = Limits(bytes=200)


def outcomes(path: Path | str, limits: Limits | None = None) -> list[Article | InputError]:
    return list(read(path, limits))


def told(path: Path | str, limits: Limits | None = None) -> list[str]:
    """Ids of articles, and messages of errors."""
    return [str(found) if isinstance(found, InputError) else found.id for found in outcomes(path, limits)]


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    return path


@pytest.mark.parametrize(
    ("name", "data", "blocks"),
    [
        ("a.html", "<p>一</p>", ["一"]),
        ("a.HTM", "<p>一</p>", ["一"]),
        ("a.md", "一\n", ["一"]),
        ("a.markdown", "一\n", ["一"]),
        ("a.txt", "标题\n一\n", ["一"]),
        ("a.json", '{"id":1,"title":"题","text":"一"}', ["一"]),
        ("a.jsonl", '{"id":1,"title":"题","text":"一"}\n', ["一"]),
    ],
)
def test_every_format(tmp_path: Path, name: str, data: str, blocks: list[str]) -> None:
    path = write(tmp_path / name, data)
    (article,) = outcomes(path)
    assert isinstance(article, Article)
    assert [block.text for block in article.blocks] == blocks
    assert article.id == ("1" if ".json" in name else str(path))
    (streamed,) = read_stream(io.BytesIO(data.encode()), path.suffix.lower()[1:])
    assert isinstance(streamed, Article)
    assert streamed.blocks == article.blocks
    assert path.suffix.lower() in READERS


def test_what_is_not_there(tmp_path: Path) -> None:
    for name in ("a.html", "a.jsonl", "a.xyz", "no/such/a.txt"):
        (error,) = outcomes(tmp_path / name)
        assert isinstance(error, InputError)
        assert error.source == str(tmp_path / name)
        assert "no such file" in str(error)


def test_unknown_endings(tmp_path: Path) -> None:
    assert "cannot read .pdf; use .html" in told(write(tmp_path / "a.pdf", "x"))[0]
    assert "cannot read a file without an ending" in told(write(tmp_path / "a", "x"))[0]


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "c.html").mkdir()
    for name in ("b/2.txt", "a.txt", "b/1.html", "z.md", "c.html/x.txt"):
        write(tmp_path / name, "一二三")
    write(tmp_path / "skip.pdf", "x")
    expected = [str(tmp_path / name) for name in ("a.txt", "b/1.html", "b/2.txt", "c.html/x.txt", "z.md")]
    assert told(tmp_path) == expected


def test_a_bad_file_in_a_folder_stops_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.html", b"\x89PNG\0\0\0")
    write(tmp_path / "b.md", "---\na: [\n---\n")
    write(tmp_path / "c.txt", "")
    write(tmp_path / "d.txt", "标题")
    first, second, third, last = told(tmp_path)
    assert first == f"{tmp_path / 'a.html'}: binary data (a null byte at 4)"
    assert second.startswith(f"{tmp_path / 'b.md'}:3: front matter is no YAML")
    assert third == f"{tmp_path / 'c.txt'}: the file is empty"
    assert last == str(tmp_path / "d.txt")


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert "no file here ends in .html" in told(tmp_path)[0]


def test_symlinks(tmp_path: Path) -> None:
    (tmp_path / "loop.html").symlink_to(tmp_path / "loop.html")
    (tmp_path / "gone.html").symlink_to(tmp_path / "nowhere.html")
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    write(tmp_path / "real.txt", "标题")
    (tmp_path / "to.txt").symlink_to(tmp_path / "real.txt")
    gone, loop, real, to = told(tmp_path)
    assert "no such file" in gone
    assert "symbolic links" in loop
    assert (real, to) == (str(tmp_path / "real.txt"), str(tmp_path / "to.txt"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    for name in ("a.txt", "b.jsonl"):
        write(tmp_path / name, "x").chmod(0)
    assert all("permission denied" in message for message in told(tmp_path))


@pytest.mark.parametrize("name", ["a.html", "a.txt", "a.md", "a.json", "a.jsonl"])
@pytest.mark.parametrize("data", [b"", b" \n\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \n"])
def test_empty_files(tmp_path: Path, name: str, data: bytes) -> None:
    if name == "a.jsonl" and data.strip():
        pytest.skip("a mark alone is a line that is no JSON")
    assert told(write(tmp_path / name, data)) == [f"{tmp_path / name}: the file is empty"]
    assert [str(found) for found in read_stream(io.BytesIO(data), name[2:])] == ["-: the file is empty"]


def test_files_over_the_limit(tmp_path: Path) -> None:
    for name in ("a.html", "a.txt", "a.md", "a.json"):
        path = write(tmp_path / name, "x" * 201)
        assert told(path, SMALL) == [f"{path}: 201 bytes are over the limit of 200"]
        assert "over the limit of 200 bytes" in str(next(read_stream(io.BytesIO(b"x" * 201), name[2:], SMALL)))
    assert told(write(tmp_path / "b.txt", "x" * 200), SMALL) == [str(tmp_path / "b.txt")]


def line(identifier: int, text: str = "一") -> str:
    return f'{{"id":{identifier},"title":"题","text":"{text}"}}'


BAD_LINES = {
    "no json": ("{", "no JSON: Expecting property name enclosed in double quotes"),
    "no object": ("[]", "a record is a JSON object, not list"),
    "no id": ('{"title":"题"}', "field 'id': a text or number is needed here"),
    "too deep": ("[" * 100_000, "JSON nests too deep"),
    "too many digits": ('{"id":' + "1" * 5000 + "}", "a number in the JSON has too many digits"),
    "binary": (b"\0\0\0", "binary data"),
    "markup too deep": ('{"id":9,"html":"' + "<div>" * 2100 + '"}', "elements nest more than 2000 deep"),
}


@pytest.mark.parametrize(("bad", "message"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_is_named_and_the_rest_goes_on(tmp_path: Path, bad: str | bytes, message: str) -> None:
    raw = bad if isinstance(bad, bytes) else bad.encode()
    path = write(tmp_path / "a.jsonl", line(1).encode() + b"\n\n" + raw + b"\r\n" + line(2).encode())
    first, error, last = outcomes(path)
    assert isinstance(error, InputError)
    assert (error.source, error.line) == (str(path), 3)
    assert message in str(error)
    assert str(error).startswith(f"{path}:3: ")
    assert [found.id for found in (first, last) if isinstance(found, Article)] == ["1", "2"]


def test_a_long_line_is_skipped_whole(tmp_path: Path) -> None:
    long = line(1, "x" * 1_000)
    path = write(tmp_path / "a.jsonl", f"{line(0)}\n{long}\n{line(2)}\n{long}")
    assert told(path, SMALL) == [
        "0",
        f"{path}:2: over the limit of 200 bytes",
        "2",
        f"{path}:4: over the limit of 200 bytes",
    ]


def test_lines_in_other_dress(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + line(1).encode() + b"\r\n" + line(2, "今天的天气很好").encode("gb18030") + b"\n"
    first, second = outcomes(write(tmp_path / "a.jsonl", data))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert [block.text for block in second.blocks] == ["今天的天气很好"]


def test_lone_surrogates_in_json(tmp_path: Path) -> None:
    for name in ("a.json", "a.jsonl"):
        (article,) = outcomes(write(tmp_path / name, '{"id":1,"title":"\\ud800题","html":"<p>一\\udfff"}'))
        assert isinstance(article, Article)
        assert article.title == "\ud800题"
        assert [block.text for block in article.blocks] == ["一"]


def test_json_lists_number_their_records(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", f'[{line(1)},{{"id":2}},[],{line(3)}]')
    assert told(path) == [
        "1",
        f"{path}[1]: field 'title': is missing",
        f"{path}[2]: a record is a JSON object, not list",
        "3",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('{"id":1,\n"title":}', ":2: no JSON: Expecting value (column 9)"),
        ("[" * 100_000, ": JSON nests too deep"),
        ('{"a":' * 100_000, ": JSON nests too deep"),
        ("1" * 5000, ": a number in the JSON has too many digits"),
        ('"x"', ": a record is a JSON object, not str"),
    ],
)
def test_bad_json(tmp_path: Path, data: str, message: str) -> None:
    path = write(tmp_path / "a.json", data)
    assert told(path) == [f"{path}{message}"]


def test_line_ends_of_other_systems(tmp_path: Path) -> None:
    text = "标题\r\n一\r\n\r\n二"
    for name in ("a.txt", "a.md", "a.html"):
        (article,) = outcomes(write(tmp_path / name, text))
        assert isinstance(article, Article)
        assert ("\r" in article.source) is (name == "a.html")
        for block in article.blocks:
            if block.source_start is not None:
                assert article.source[block.source_start :][: len(block.text)] == block.text


@pytest.mark.parametrize(("name", "form"), [("a.txt", "{}"), ("a.html", "<p>{}"), ("a.md", "{}")])
def test_damage_is_told(tmp_path: Path, name: str, form: str) -> None:
    (article,) = outcomes(write(tmp_path / name, form.format("今天的天气很好。").encode("gb18030")[:-1]))
    assert isinstance(article, Article)
    assert [(part.part, part.characters) for part in article.unread] == [("damaged bytes", 1)]


def test_damage_in_a_line_is_told(tmp_path: Path) -> None:
    data = line(1, "今天的天气很好。我们去公园，然后回家。").encode("gb18030").replace(b'\xa1\xa3"', b'\xa1"')
    found = outcomes(write(tmp_path / "a.jsonl", data))
    assert all(isinstance(one, InputError) or one.unread for one in found)


def test_an_error_keeps_the_place_it_has() -> None:
    error = InputError("bad", source="a", line=3, field="f")
    assert str(error) == "a:3: field 'f': bad"
    assert str(error.at("b", 4)) == "a:3: field 'f': bad"
    assert str(InputError("bad").at("b", 4)) == "b:4: bad"
    assert str(InputError("bad", field="f")) == "field 'f': bad"


@pytest.mark.parametrize(
    ("form", "data", "title"),
    [
        ("html", "<title>校运会</title><p>明天开幕。</p>".encode("gb18030"), "校运会"),
        ("md", "# 校运会\n\n明天开幕。".encode(), "校运会"),
        ("txt", "校运会\r\n\r\n明天开幕。".encode(), "校运会"),
    ],
)
def test_a_document_has_its_own_title_or_the_one_it_comes_with(form: str, data: bytes, title: str) -> None:
    assert read_document(data, form, identifier="7").title == title
    given = read_document(data, form, identifier="7", title="别的", url="https://a.example/")
    assert (given.id, given.title, given.url) == ("7", "别的", "https://a.example/")
    assert any("明天开幕" in block.text for block in given.blocks)


def test_a_document_without_text_or_over_the_limit_is_refused_and_damage_is_told() -> None:
    with pytest.raises(InputError, match="no text"):
        read_document(b" \n", "html", identifier="7")
    with pytest.raises(InputError, match="over the limit"):
        read_document("校运会".encode(), "txt", identifier="7", limits=Limits(bytes=8))
    damaged = read_document("校运会明天开幕，请按时到场。".encode() + b"\xff", "txt", identifier="7")
    assert damaged.unread
