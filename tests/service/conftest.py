"""Each test that asks for `database` runs on SQLite and on PostgreSQL, with empty tables."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the service is not installed: pip install 'qingliu[service]'")

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from service.store.database import Database
from service.store.tables import Row

_SERVER = os.environ.get("QINGLIU_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
DIALECTS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def new_postgresql() -> Iterator[NewPostgresql]:
    """Makes empty databases, and drops them at the end."""
    made = NewPostgresql()
    yield made
    made.drop()


class NewPostgresql:
    """Call it for the URL of a new database; the test is skipped where no server answers."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def __call__(self) -> str:
        name = f"qingliu_test_{secrets.token_hex(6)}"
        try:
            _administer(f"CREATE DATABASE {name}")
        except OperationalError:
            pytest.skip(f"no PostgreSQL at {make_url(_SERVER)} (set QINGLIU_TEST_POSTGRESQL)")
        self._names.append(name)
        return make_url(_SERVER).set(database=name).render_as_string(hide_password=False)

    def drop(self) -> None:
        for name in self._names:
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
    new: NewPostgresql = request.getfixturevalue("new_postgresql")
    return new()


@pytest.fixture(scope="session", params=DIALECTS)
def _migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    else:
        new: NewPostgresql = request.getfixturevalue("new_postgresql")
        url = new()
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
