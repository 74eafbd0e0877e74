"""The snippets of docs/client.md run, in order, against the real service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="the service is not installed: pip install 'qingliu[service]'")

from service.settings import Settings
from tests.service.server import serving

PAGE = Path(__file__).parents[2] / "docs" / "client.md"


def test_the_snippets_run(tmp_path: Path) -> None:
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(snippets) == 7
    lines: list[str] = []
    # Not the standard output: the service in the same process logs there.
    names: dict[str, object] = {"print": lambda *values: lines.append(" ".join(map(str, values)))}
    with serving(Settings(database=f"sqlite:///{tmp_path / 'store.db'}")) as (url, _):
        for snippet in snippets:
            exec(compile(snippet.replace("http://127.0.0.1:8000", url), str(PAGE), "exec"), names)
    assert lines[0] == "allow"
    assert re.fullmatch(r"allow [0-9a-f]{32} True", lines[1])
    assert lines[2:] == [
        "['allow', 'allow', 'allow']",
        "ServedVerdict",
        "InputError",
        "0 a-17 ServedVerdict",
        "1 a-18 ServedVerdict",
        "401",
        "allow",
    ]
