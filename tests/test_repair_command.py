"""`moderation repair` as it is called, with the shipped model."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from moderation.cli import app

EXAMPLES = Path(__file__).parent.parent / "examples" / "articles"
HIDDEN = EXAMPLES / "hidden-links.html"
TITLED = EXAMPLES / "hacked-title.html"
CLEAN = EXAMPLES / "clinic-advice.html"
WORD = "久久精品国产视频"


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["repair", *(str(argument) for argument in arguments)], input=stdin)


def test_a_page_is_repaired_and_the_rest_of_its_bytes_stays(tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    result = run(HIDDEN, "-o", out)
    assert result.exit_code == 0
    before, after = HIDDEN.read_bytes(), out.read_bytes()
    start, end = before.index(b"<div style"), before.index(b"</body>")
    assert after == before[:start] + before[end:]
    assert f"{HIDDEN}: reject -> allow, 1 piece cut" in result.stdout
    assert "-<div style=" in result.stdout
    assert WORD not in result.stdout
    assert "久＊" in result.stdout
    again = CliRunner().invoke(app, ["score", str(out)])
    assert again.exit_code == 0


def test_unmasked_shows_it_all_and_nothing_is_written_unasked(tmp_path: Path) -> None:
    copy = tmp_path / "page.html"
    copy.write_bytes(HIDDEN.read_bytes())
    result = run(copy, "--unmasked")
    assert f"{WORD}</a>" in result.stdout
    assert copy.read_bytes() == HIDDEN.read_bytes()


def test_standard_output_holds_the_page_alone() -> None:
    result = run("-", "-o", "-", stdin=HIDDEN.read_bytes())
    assert (result.exit_code, result.stdout_bytes.startswith(b"<!DOCTYPE html>\n<html")) == (0, True)
    assert b"display:none" not in result.stdout_bytes
    assert "-: reject -> allow" in result.stderr


def test_a_title_that_offends_keeps_the_file_unwritten(tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    result = run(TITLED, "-o", out)
    assert result.exit_code == 4
    assert not out.exists()
    assert "so nothing was cut" in result.stdout
    assert "offends and cannot be cut: the title" in result.stdout
    assert "left: reject explicit" in result.stdout
    assert "无码" not in result.stdout
    partial = run(TITLED, "-o", out, "--partial")
    assert partial.exit_code == 4
    assert b"<h1>" in TITLED.read_bytes()
    assert b"<h1>" not in out.read_bytes()
    assert b"<title>" in out.read_bytes()


def test_a_clean_page_is_passed_on(tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    result = run(CLEAN, "-o", out)
    assert (result.exit_code, out.read_bytes()) == (0, CLEAN.read_bytes())
    assert "nothing to repair" in result.stdout


def test_in_place_only_where_asked(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(HIDDEN.read_bytes())
    page.chmod(0o640)
    assert run(page, "-o", page).exit_code == 2
    os.link(page, tmp_path / "same.html")
    assert run(page, "-o", tmp_path / "same.html").exit_code == 2
    assert page.read_bytes() == HIDDEN.read_bytes()
    assert run(page, "--in-place").exit_code == 0
    assert b"display:none" not in page.read_bytes()
    assert stat.S_IMODE(page.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "same.html"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none.html"], 1, "no such file"),
        (["."], 2, "cannot repair this"),
        (["a.pdf"], 2, "cannot repair this"),
        (["-", "--in-place"], 2, "--in-place"),
        ([str(HIDDEN), "--in-place", "-o", "x"], 2, "--in-place"),
        ([str(HIDDEN), "-o", "none/x.html"], 1, "no such file"),
        ([str(HIDDEN), "--profile", "bank"], 2, "no profile"),
        ([], 2, ""),
    ],
)
def test_what_goes_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == code
    assert message in result.stderr


def test_unreadable_bytes_are_1(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_bytes(b"\x00" * 100)
    result = run(tmp_path / "x.html")
    assert (result.exit_code, "binary data" in result.stderr) == (1, True)
