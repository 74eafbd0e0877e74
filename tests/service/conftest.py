from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.state import State

Start = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def no_settings_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("QINGLIU_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an application with some settings; all are stopped at the end."""
    running: list[TestClient] = []

    def begin(**settings: Any) -> TestClient:
        settings.setdefault("database", f"sqlite:///{tmp_path / 'store.db'}")
        client = TestClient(create_app(Settings(**settings)), raise_server_exceptions=False)
        client.__enter__()
        running.append(client)
        return client

    yield begin
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application with default settings, for tests that leave it as it is."""
    database = f"sqlite:///{tmp_path_factory.mktemp('service') / 'store.db'}"
    with TestClient(create_app(Settings(database=database)), raise_server_exceptions=False) as client:
        yield client


def state_of(client: TestClient) -> State:
    state: State = client.app.state.worker  # type: ignore[attr-defined]
    return state
