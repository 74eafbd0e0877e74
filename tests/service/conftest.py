"""Each test that asks for `database` runs on SQLite and on PostgreSQL, with empty tables."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the service is not installed: pip install 'qingliu[service]'")

import psycopg
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.state import State
from service.store.database import Database
from service.store.tables import Row

_SERVER = os.environ.get("MODERATION_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
DIALECTS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A new database on the server, dropped at the end; its tests are skipped where no server answers."""
    name = f"qingliu_test_{secrets.token_hex(6)}"
    try:
        _administer(f"CREATE DATABASE {name}")
    except OperationalError:
        pytest.skip(f"no PostgreSQL at {make_url(_SERVER)} (set MODERATION_TEST_POSTGRESQL)")
    yield make_url(_SERVER).set(database=name).render_as_string(hide_password=False)
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _administer(statement: str) -> None:
    engine = create_engine(_SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


@pytest.fixture(params=DIALECTS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    # A schema of its own: making and dropping a database takes a server seconds.
    url: str = request.getfixturevalue("postgresql_url")
    schema = f"empty_{secrets.token_hex(6)}"
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as session:
        session.execute(f"CREATE SCHEMA {schema}")
    return f"{url}?options=-csearch_path%3D{schema}"


@pytest.fixture(scope="session", params=DIALECTS)
def _migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    else:
        url = request.getfixturevalue("postgresql_url")
    database = Database(url)
    database.migrate()
    database.close()
    return url


@pytest.fixture
def database_url(_migrated: str) -> Iterator[str]:
    """The URL of a database with empty tables."""
    yield _migrated
    database = Database(_migrated)
    with database.session() as session:
        for table in reversed(Row.metadata.sorted_tables):
            session.execute(table.delete())
    database.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with empty tables."""
    database = Database(database_url)
    yield database
    database.close()


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
