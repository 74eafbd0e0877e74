"""What an audit has done so far: every article exactly once, and where to go on.

SQLite in the audit's folder, or PostgreSQL. Results and progress are committed together, so that a run which is killed
at any moment goes on where it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from moderation.audit.database import address_of
from moderation.audit.item import Bad, Place, SourceError
from moderation.audit.outcome import FAILED, Outcome
from moderation.audit.traces import Traces

_metadata = MetaData()
_outcome = Table(
    "outcome",
    _metadata,
    Column("key", String, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("action", String(8), nullable=False),
    Column("error", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("published_at", String, nullable=False),
    Column("modified_at", String, nullable=False),
    Column("section", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("traces", LargeBinary, nullable=False),
    Column("shadow_action", String(8), nullable=False),
    Index("outcome_action", "action"),
)
_mended = Table(
    "mended",
    _metadata,
    Column("key", String, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("removals", BigInteger, nullable=False),
    Column("failed", Text, nullable=False),
    Column("record", Text, nullable=False),
)
_run = Table("run", _metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))
_CURSOR, _READ, _FACTS, _BEGUN, _FINISHED = "cursor", "read", "facts", "begun", "finished"
OUTCOME, MENDED = _outcome.c, _mended.c
"""The columns, for `Ledger.rows`."""
_LOCK = 0x4C45444745525F51


class LedgerError(Exception):
    """A ledger that cannot be used or written; the message says why. What is in it is whole."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where to go on: behind `cursor`, with article number `read`. `finished` when nothing is left."""

    cursor: str | None
    read: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One article of the ledger, with its number in the source."""

    number: int
    outcome: Outcome


class Ledger:
    """The ledger of one audit; one process at a time writes it."""

    def __init__(self, where: Path | str, *, write: bool = True) -> None:
        """Open or begin a ledger: a file's path, or a PostgreSQL address. Without `write` nothing is changed in it.

        Raises LedgerError.
        """
        address = _address(where, write)
        try:
            options = {} if write else {"postgresql_readonly": True}
            self._engine = create_engine(address, hide_parameters=True, execution_options=options)
            self.is_postgresql = self._engine.dialect.name == "postgresql"
            if not self.is_postgresql:
                event.listen(self._engine, "connect", _settle if write else _settle_to_read)
            self._held: Connection | None = self._lock() if write and self.is_postgresql else None
            if write:
                _metadata.create_all(self._engine)
        except SQLAlchemyError as error:
            raise LedgerError(f"{address.render_as_string(hide_password=True)}: {_reason(error)}") from error

    def begin(self, facts: Mapping[str, Any]) -> Progress:
        """Note what this audit is of, or check that it is the same. Raises LedgerError naming what differs."""
        with self._transaction() as connection:
            before = self._value(connection, _FACTS)
            if before is None:
                self._set(connection, _FACTS, json.dumps(facts))
                self._set(connection, _BEGUN, _now())
            else:
                known = json.loads(before)
                changed = sorted(name for name in {*known, *facts} if known.get(name) != facts.get(name))
                if changed:
                    raise LedgerError(f"this folder's audit has another {', '.join(changed)}; choose a new --out")
            return self._progress(connection)

    def facts(self) -> dict[str, Any]:
        """What the audit was begun with. Raises LedgerError for a folder without one."""
        with self._transaction() as connection:
            value = self._value(connection, _FACTS)
        if value is None:
            raise LedgerError("this folder holds no audit")
        found: dict[str, Any] = json.loads(value)
        return found

    def known(self, keys: Sequence[str]) -> dict[str, Place]:
        """Which of these keys are done, and where they came from."""
        columns = (_outcome.c.key, _outcome.c.source, _outcome.c.position)
        with self._transaction() as connection:
            rows = connection.execute(select(*columns).where(_outcome.c.key.in_(keys)))
            return {key: Place(source, position) for key, source, position in rows}

    def add(self, entries: Sequence[Entry], cursor: str | None = None, read: int | None = None) -> None:
        """Keep outcomes, and with them the place to go on, in one transaction. What is there already stays."""
        insert = insert_postgresql if self.is_postgresql else insert_sqlite
        with self._transaction() as connection:
            if entries:
                rows = [_row(entry) for entry in entries]
                connection.execute(insert(_outcome).on_conflict_do_nothing(), rows)
            if cursor is not None:
                self._set(connection, _CURSOR, cursor)
                self._set(connection, _READ, str(read))

    def finish(self) -> None:
        """Note that the source was read to its end."""
        with self._transaction() as connection:
            self._set(connection, _FINISHED, _now())

    def dates(self) -> tuple[str, str]:
        """When it was begun and finished, ISO 8601; empty for what has not happened."""
        with self._transaction() as connection:
            return self._value(connection, _BEGUN) or "", self._value(connection, _FINISHED) or ""

    def rows(self, query: Select[Any]) -> Iterator[Any]:
        """The rows of a query over OUTCOME or MENDED, a thousand at a time: for reports, which need few columns."""
        with self._reading() as connection:
            yield from connection.execute(query)

    def mended(self) -> dict[str, str]:
        """The articles whose repair was tried, and the file that was written for each; empty where there is none."""
        return {row.key: row.file for row in self.rows(select(MENDED.key, MENDED.file))}

    def keep_mended(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note what came of repairs, by the names of MENDED; what is there already is replaced."""
        with self._transaction() as connection:
            connection.execute(_mended.delete().where(MENDED.key.in_([row["key"] for row in rows])))
            connection.execute(_mended.insert(), list(rows))

    def entries(self, *actions: str) -> Iterator[Entry]:
        """Everything, or what has one of these actions, in the order of the source; memory stays flat."""
        query = select(_outcome).order_by(_outcome.c.number)
        if actions:
            query = query.where(_outcome.c.action.in_(actions))
        with self._reading() as connection:
            for row in connection.execute(query).mappings():
                yield _entry(row)

    def counts(self) -> dict[str, int]:
        """How many articles have each action."""
        with self._transaction() as connection:
            rows = connection.execute(select(_outcome.c.action, func.count()).group_by(_outcome.c.action))
            return {row[0]: row[1] for row in rows}

    def close(self) -> None:
        """Let go of it."""
        if self._held is not None:
            self._held.close()
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise LedgerError(f"the ledger cannot be read or written: {_reason(error)}") from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(yield_per=1000) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise LedgerError(f"the ledger cannot be read: {_reason(error)}") from error

    def _lock(self) -> Connection:
        """Hold PostgreSQL's advisory lock as long as this ledger is open."""
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not connection.execute(text("SELECT pg_try_advisory_lock(:number)"), {"number": _LOCK}).scalar():
            connection.close()
            self._engine.dispose()
            raise LedgerError("another audit writes this ledger")
        return connection

    def _progress(self, connection: Connection) -> Progress:
        read = self._value(connection, _READ)
        return Progress(
            self._value(connection, _CURSOR), int(read) if read else 0, self._value(connection, _FINISHED) is not None
        )

    @staticmethod
    def _value(connection: Connection, name: str) -> str | None:
        value: str | None = connection.execute(select(_run.c.value).where(_run.c.name == name)).scalar()
        return value

    @staticmethod
    def _set(connection: Connection, name: str, value: str) -> None:
        if connection.execute(update(_run).where(_run.c.name == name).values(value=value)).rowcount == 0:
            connection.execute(_run.insert().values(name=name, value=value))


def set_aside(number: int, bad: Bad) -> Entry:
    """What a source could not cut out, as an entry."""
    return Entry(number, Outcome(bad.key, bad.place, FAILED, bad.error))


def _address(where: Path | str, write: bool) -> URL:
    if isinstance(where, Path):
        return _of_file(where, write)
    try:
        address = address_of(where)
    except SourceError as error:
        raise LedgerError(f"--ledger: {error}") from None
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise LedgerError(f"a ledger is SQLite or PostgreSQL, not {address.get_backend_name()}")
    return address


def _settle(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 10000")


def _settle_to_read(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA busy_timeout = 10000")


def _of_file(path: Path, write: bool) -> URL:
    if write:
        return URL.create("sqlite", database=str(path))
    if not path.is_file():
        raise LedgerError(f"{path}: there is no ledger")
    # Beside a ledger that was left in the middle SQLite makes files to read it; where it cannot, nothing is pending.
    still = {} if os.access(path.parent, os.W_OK) else {"immutable": "1"}
    return URL.create(
        "sqlite", database=f"file:{quote(str(path.resolve()))}", query={"mode": "ro", "uri": "true", **still}
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _reason(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).splitlines()[0]


def _row(entry: Entry) -> dict[str, Any]:
    outcome = entry.outcome
    told = {
        "key": outcome.key,
        "number": entry.number,
        "source": outcome.place.source,
        "position": outcome.place.position,
        "action": outcome.action,
        "error": outcome.error,
        "title": outcome.title,
        "published_at": outcome.published_at,
        "modified_at": outcome.modified_at,
        "section": outcome.section,
        "author": outcome.author,
        "url": outcome.url,
        "digest": outcome.digest,
        "verdict": json.dumps(outcome.verdict),
        "traces": outcome.traces.packed(),
        "shadow_action": outcome.shadow_action,
    }
    return {name: _storable(value) if isinstance(value, str) else value for name, value in told.items()}


def _storable(text: str) -> str:
    """Without NUL, which PostgreSQL refuses, and half surrogate pairs, which nothing encodes."""
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _entry(row: Any) -> Entry:
    return Entry(
        row["number"],
        Outcome(
            key=row["key"],
            place=Place(row["source"], row["position"]),
            action=row["action"],
            error=row["error"],
            title=row["title"],
            published_at=row["published_at"],
            modified_at=row["modified_at"],
            section=row["section"],
            author=row["author"],
            url=row["url"],
            digest=row["digest"],
            verdict=json.loads(row["verdict"]),
            traces=Traces.unpacked(row["traces"]),
            shadow_action=row["shadow_action"],
        ),
    )
