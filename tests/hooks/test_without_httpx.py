"""The hooks work without httpx, and the client says what is missing."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(code: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", textwrap.dedent(code)], cwd=ROOT, check=True, timeout=120)


@pytest.mark.parametrize("missing", ["httpx", "httpcore"])
def test_the_gate_works_and_the_client_names_the_extra(missing: str) -> None:
    run(f"""
        import sys
        sys.modules["{missing}"] = None
        from moderation.hooks import AsyncClient, Client, Gate, verify_callback

        class Moderator:
            def score(self, article):
                return None

        assert Gate(Moderator(), on_unavailable="hold").check({{"id": 1, "title": "a"}}).action == "hold"
        for client in (Client, AsyncClient):
            try:
                client("http://127.0.0.1:8000")
            except ModuleNotFoundError as error:
                assert str(error) == "the client needs httpx: pip install qingliu[client]", error
            else:
                raise AssertionError("made without httpx")
    """)


def test_the_hooks_alone_load_no_httpx() -> None:
    run("""
        import sys
        from moderation.hooks import Client, Gate
        assert not {"httpx", "httpcore"} & set(sys.modules)
    """)
