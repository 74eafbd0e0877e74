from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import Span
from moderation.renderers.change import unified


def spans_of(edges: list[int]) -> list[Span]:
    return [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]


def without(text: str, cuts: list[Span]) -> str:
    for cut in reversed(cuts):
        text = text[: cut.start] + text[cut.end :]
    return text


def patched(folder: Path, text: str, lines: list[str]) -> str:
    (folder / "f").write_text(text, "utf-8", newline="")
    (folder / "d").write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="")
    if lines:
        subprocess.run(
            ["patch", "--binary", "-s", "-F0", "f", "d"], cwd=folder, check=True, capture_output=True, timeout=30
        )
    return (folder / "f").read_bytes().decode("utf-8")


needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="the command patch is not here")
LONG = "".join(f"第{number}行\n" for number in range(40))


@needs_patch
@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("一\n二\n三\n", [2, 4]),
        ("一\n二\n三", [4, 5]),
        ("一\n二\n三", [3, 5]),
        ("一\n二\n三\n", [1, 4]),
        ("一二三", [1, 2]),
        ("一\n", [0, 2]),
        ("一\r\n二\r\n三\r\n", [3, 6]),
        ("一\n二\n三\n四\n", [0, 1, 2, 3, 4, 5, 6, 7]),
        (LONG, [4, 5, 30, 40, 100, 101]),
        (LONG, [0, len(LONG)]),
    ],
)
def test_an_unmasked_diff_is_a_patch(tmp_path: Path, text: str, edges: list[int]) -> None:
    cuts = spans_of(edges)
    assert patched(tmp_path, text, list(unified(text, cuts, "f"))) == without(text, cuts)


@needs_patch
@settings(max_examples=40, deadline=None)
@given(text=st.text(st.sampled_from("甲乙\n\n"), min_size=1, max_size=60), data=st.data())
def test_any_diff_is_a_patch(text: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    cuts = spans_of(sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8))))
    folder = tmp_path_factory.mktemp("patch")
    assert patched(folder, text, list(unified(text, cuts, "f"))) == without(text, cuts)


def test_nothing_cut_is_no_diff() -> None:
    assert list(unified("一\n", [], "f")) == []


def test_a_screen_shows_masked_lines_and_of_long_ones_what_changed() -> None:
    text = "前" * 1000 + "坏词" + "后" * 1000 + "\x1b\r\n"
    shown = list(unified(text, [Span(1000, 1002)], "f", lambda line: line.replace("坏词", "坏＊")))
    assert shown[:3] == ["--- f", "+++ f", "@@ -1,1 +1,1 @@"]
    assert shown[3] == "-…" + "前" * 60 + "坏＊" + "后" * 60 + "…"
    assert shown[4] == "+…" + "前" * 60 + "后" * 60 + "…"
    assert list(unified("\x1b一\n", [Span(1, 2)], "f", str))[3] == "-\\x1b一"
