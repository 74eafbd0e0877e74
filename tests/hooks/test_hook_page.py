"""The snippets of docs/hook.md run, in order, as a reader would paste them."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from moderation.verdict import Action

from .fake import FakeModerator

PAGE = Path(__file__).parents[2] / "docs" / "hook.md"


@pytest.mark.parametrize("action", list(Action))
def test_the_snippets_run(monkeypatch, capsys, action):
    pipeline = ModuleType("moderation.pipeline")
    pipeline.Moderator = type("Moderator", (), {"load": staticmethod(lambda: FakeModerator(action))})
    monkeypatch.setitem(sys.modules, "moderation.pipeline", pipeline)
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(snippets) == 5
    names: dict[str, object] = {}
    for snippet in snippets:
        exec(compile(snippet, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out
    if action is Action.ALLOW:
        assert printed.split("\n") == ["online", "19 is in health", "this runs only if True", "allow", ""]
    else:
        assert "online" not in printed
        assert "is in health" not in printed
