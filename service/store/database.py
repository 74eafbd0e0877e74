"""The connection to SQLite or PostgreSQL, its outages under one name, and its migrations."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

_TIMEOUT_S = 5.0
_CONNECT_TIMEOUT_S = 3
_MIGRATION_LOCK = 0x51494E474C4955
"""A number of our own ("QINGLIU") for PostgreSQL's advisory lock."""
_READS = "qingliu_reads"
_SQLITE_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
}


class StoreUnavailable(Exception):
    """The database cannot be reached, is locked, full or too slow. Its text quotes no stored value."""


class StoreTooNewError(Exception):
    """The tables are those of a newer version of the service."""


class Database:
    """One engine with its pool, for all threads of a process; make another one after a fork.

    `url` is `sqlite:///path` or `postgresql://…`; anything else raises ValueError. `pool` connections are kept and
    as many again opened under load; who gets none in `timeout` seconds sees StoreUnavailable, as does who waits that
    long for a lock or a statement.
    """

    def __init__(self, url: str, *, pool: int = 5, timeout: float = _TIMEOUT_S) -> None:
        address = _address(url)
        self.dialect = address.get_backend_name()
        self._engine = create_engine(
            address,
            pool_size=pool,
            max_overflow=pool,
            pool_timeout=timeout,
            pool_pre_ping=self.dialect != "sqlite",
            connect_args=_connect_args(address, timeout),
            # An error's text ends in logs, and parameters quote articles.
            hide_parameters=True,
        )
        if self.dialect == "sqlite":
            _tune_sqlite(self._engine)
        self._writers = sessionmaker(self._engine, expire_on_commit=False)
        self._readers = sessionmaker(self._engine.execution_options(**{_READS: True}), expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end, rolled back on an exception."""
        with _outages(), self._writers.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads; on SQLite it does not wait for a writer."""
        with _outages(), self._readers.begin() as session:
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """As `session`, without the ORM: half the cost of a small transaction."""
        with _outages(), self._engine.begin() as connection:
            yield connection

    def ping(self) -> None:
        """Raises StoreUnavailable unless the database answers."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def migrate(self) -> None:
        """Bring the tables to the newest form. Several processes may do so at once: one works, the others wait.

        Raises StoreTooNewError when a newer version of this package has changed them already.
        """
        from alembic import command  # 60 ms, and only the start needs it
        from alembic.config import Config
        from alembic.script.revision import ResolutionError
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", "service.store:migrations")
        with self.migrating() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                if isinstance(error.__cause__, ResolutionError):
                    raise StoreTooNewError("the database belongs to a newer version of qingliu: update it") from error
                raise

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction that no other migration runs beside."""
        with self.connection() as connection:
            if self.dialect == "postgresql":
                # Others may be at it for longer than a statement is usually allowed.
                connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
                connection.execute(text("SELECT set_config('lock_timeout', '60s', true)"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
            yield connection

    def close(self) -> None:
        """Close the idle connections; those in use close when they come back."""
        self._engine.dispose()


@contextmanager
def _outages() -> Iterator[None]:
    """Turns what the drivers raise when the database is away into StoreUnavailable."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable("no connection to the database came free in time") from error
    except DBAPIError as error:
        if not _is_outage(error):
            raise
        raise StoreUnavailable(f"the database is unavailable: {_first_line(error.orig)}") from error


def _is_outage(error: DBAPIError) -> bool:
    """Whether waiting may help: SQLite calls a missing table an operational error, too."""
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        return code is not None and (code & 0xFF) in _SQLITE_OUTAGES
    # 25006: a server that has become a read-only standby.
    return isinstance(error, OperationalError) or getattr(error.orig, "sqlstate", None) == "25006"


def _first_line(error: BaseException | None) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise ValueError("not a database URL; use sqlite:///path or postgresql://user@host/name") from None
    match address.get_backend_name():
        case "postgresql":
            return address.set(drivername="postgresql+psycopg")
        case "sqlite":
            if not address.database or address.database == ":memory:" or "mode=memory" in address.database:
                raise ValueError("SQLite needs a file here: sqlite:///path")
            _make_private(Path(address.database))
            return address.set(drivername="sqlite+pysqlite")
        case other:
            raise ValueError(f"no store for {other!r}; use sqlite:///path or postgresql://user@host/name")


def _make_private(path: Path) -> None:
    """Create the file for its owner alone, since it holds evidence; what exists is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _connect_args(address: URL, timeout: float) -> dict[str, Any]:
    """What the driver is told; on PostgreSQL the address may say otherwise."""
    if address.get_backend_name() == "sqlite":
        # isolation_level None: we say BEGIN ourselves, so that DDL and reads are in the transaction, too.
        return {"timeout": timeout, "isolation_level": None}
    milliseconds = round(timeout * 1000)
    limits = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        # A network that swallows packets must end as an error, not as a thread that waits for ever.
        "tcp_user_timeout": milliseconds * 2,
        "keepalives_idle": 10,
        "application_name": "qingliu",
    }
    options = f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} {_option(address)}"
    return {name: value for name, value in limits.items() if name not in address.query} | {"options": options}


def _option(address: URL) -> str:
    given = address.query.get("options", ())
    return given if isinstance(given, str) else " ".join(given)


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that reads first and asks for the lock later fails at once when another one writes in between.
        reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
