"""What keeps the service from starting is said in words, with no secret, and ends it with an error."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from moderation.cli import app

from .conftest import Start, state_of
from .server import ROOT


def start_and_fail(folder: Path, **settings: str) -> tuple[int, str]:
    """The exit code and the log of a service that cannot start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"PYTHONPATH": str(ROOT), "QINGLIU_PORT": str(port), "QINGLIU_DATABASE": f"sqlite:///{folder}/store.db"}
    command = [sys.executable, "-c", "from moderation.cli import app; app()", "serve"]
    run = subprocess.run(
        command, env=os.environ | own | settings, cwd=folder, capture_output=True, text=True, timeout=120
    )
    return run.returncode, run.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"QINGLIU_MODEL": "/nowhere"}, "/nowhere: no manifest.json here"),
        ({"QINGLIU_MODEL": "/nowhere", "QINGLIU_WORKERS": "2"}, "/nowhere: no manifest.json here"),
        ({"QINGLIU_RATE_STORAGE": "nothing://user:secret-word@host"}, "rate_storage: no such storage"),
        ({"QINGLIU_DATABASE": "sqlite:////proc/none/store.db"}, "database: [Errno 2]"),
        ({"QINGLIU_DATABASE": "sqlite://"}, "database: SQLite needs a file"),
    ],
)
def test_the_reason_is_told_in_one_line(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    code, log = start_and_fail(tmp_path, **settings)
    assert code not in (0, None)
    assert any('"cannot start"' in line and said in line for line in log.splitlines()), log
    assert "Traceback" not in log
    assert "secret-word" not in log


def test_a_store_that_is_away_at_the_start_is_told_and_not_called_ready(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    client = start(database=f"sqlite:///{broken}")
    assert "the store is away" in capsys.readouterr().out
    assert client.get("/readyz").json() == {"status": "degraded", "reasons": ["store unavailable"]}
    assert client.post("/v1/score", json={"id": 1, "title": "校运会下周开幕"}).json()["stored"] is False


def test_without_its_tables_a_database_that_answers_is_no_store(start: Start) -> None:
    client = start()
    state_of(client).has_tables = False
    assert client.get("/readyz").json() == {"status": "degraded", "reasons": ["store unavailable"]}


def test_idle_connections_outlive_those_of_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda *_, **options: given.update(options))
    monkeypatch.setattr("service.log.configure", lambda _: None)
    monkeypatch.setenv("QINGLIU_DRAIN", "0.4")
    monkeypatch.setattr("service.start.os.environ", os.environ | {})
    assert CliRunner().invoke(app, ["serve"]).exit_code == 0
    assert given["timeout_keep_alive"] > 60  # nginx: keepalive_timeout
    assert given["timeout_graceful_shutdown"] == 1  # 0 would be none
