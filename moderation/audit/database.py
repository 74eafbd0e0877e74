"""A table or query of PostgreSQL, MariaDB, MySQL or SQLite: read-only, page by page, never one long transaction."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from moderation.audit.column import Columns
from moderation.audit.item import Bad, Item, Place, SourceError
from moderation.audit.preset import Preset, preset_of
from moderation.audit.source import Options

T = TypeVar("T")
_PAGE = 200
_TRIES = (1.0, 3.0, 10.0, 30.0)
"""Seconds between attempts when a database is locked or gone."""
_DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
_LINKS = "links"


class DatabaseSource:
    """The rows of a table, of a SELECT, or of a preset; `pause` is how it waits between attempts."""

    def __init__(self, address: str, options: Options, pause: Callable[[float], None] = time.sleep) -> None:
        self._options, self._pause = options, pause
        self._url = _url(address)
        self._engine = create_engine(self._url, pool_pre_ping=True, hide_parameters=True)
        event.listen(self._engine, "connect", _read_only(self._url.get_backend_name()))
        self._preset: Preset | None = preset_of(options.preset, options.table) if options.preset else None
        if self._preset is None and (options.table is None) == (options.query is None):
            raise SourceError("give --table, --query or --preset with a database; " + self._tables())
        self._select, self._key, names = self._retried(self._described)
        self._columns = Columns.chosen(options.columns, names, self._shown)

    @property
    def _shown(self) -> str:
        return self._options.table or self._options.preset or "the query"

    @property
    def name(self) -> str:
        """The address without its password, and the table."""
        return f"{self._url.render_as_string(hide_password=True)} {self._shown}"

    def fingerprint(self) -> str:
        """Address and options; rows come and go."""
        return self._options.fingerprint(self._url.render_as_string(hide_password=True))

    def total(self) -> int | None:
        """Counted by the database."""
        statement = text(f"SELECT COUNT(*) FROM ({self._select}) q {self._where('')}")
        return self._retried(lambda connection: int(connection.execute(statement).scalar_one()))

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Page by page in the order of the key; the cursor is the last row's key. At the end, the table of links."""
        last: Any = _value(after) if after and after != _LINKS else None
        while after != _LINKS and (rows := self._page(last)):
            for row in rows:
                last = row[self._key]
                yield _cursor(last), self._columns.item(row, Place(self._shown, str(last)), key=str(last))
        if self._preset is not None and self._preset.links and after != _LINKS:
            yield _LINKS, self._retried(self._links)

    def _page(self, last: Any) -> list[Mapping[str, Any]]:
        """The rows behind a key."""
        key = self._engine.dialect.identifier_preparer.quote(self._key)
        where = self._where(f"q.{key} > :last" if last is not None else "")
        statement = text(f"SELECT * FROM ({self._select}) q {where} ORDER BY q.{key} LIMIT {_PAGE}")
        values = {"last": last} if last is not None else {}
        return self._retried(lambda connection: [dict(row) for row in connection.execute(statement, values).mappings()])

    def _where(self, condition: str) -> str:
        parts = [f"({part})" for part in (condition, self._options.where) if part]
        return f"WHERE {' AND '.join(parts)}" if parts else ""

    def _links(self, connection: Connection) -> Item | Bad:
        """The site's own list of links as one article."""
        assert self._preset is not None
        place = Place(self._shown, "links")
        try:
            rows = connection.execute(text(self._preset.links)).mappings().all()
        except DBAPIError as error:
            return Bad("links", place, f"the table of links cannot be read: {_reason(error)}")
        links = [{"href": str(row["href"] or ""), "anchor": str(row["anchor"] or "")} for row in rows]
        return Item("links", place, record={"id": "links", "title": "", "links": links})

    def _described(self, connection: Connection) -> tuple[str, str, list[str]]:
        """The SELECT, its key and its columns."""
        quote = connection.dialect.identifier_preparer
        if self._options.table is not None and self._preset is None:
            schema, _, table = self._options.table.rpartition(".")
            try:
                looked = inspect(connection)
                columns = looked.get_columns(table, schema or None)
            except NoSuchTableError:
                raise SourceError(f"there is no table {self._options.table!r}; {self._tables()}") from None
            names = [column["name"] for column in columns]
            primary = looked.get_pk_constraint(table, schema or None)["constrained_columns"]
            full = f"{quote.quote(schema)}.{quote.quote(table)}" if schema else quote.quote(table)
            return f"SELECT * FROM {full}", self._chosen_key(names, primary), names
        select = self._preset.articles if self._preset else self._options.query or ""
        if not re.match(r"\s*(?:select|with)\b", select, re.I) or ";" in select.rstrip().rstrip(";"):
            raise SourceError("--query is one SELECT")
        select = select.rstrip().rstrip(";")
        names = list(connection.execute(text(f"SELECT * FROM ({select}) q LIMIT 0")).keys())
        return select, self._chosen_key(names, ["id"] if "id" in names else []), names

    def _chosen_key(self, names: list[str], likely: list[str]) -> str:
        key = self._options.key or (likely[0] if len(likely) == 1 else None)
        if key is None:
            raise SourceError(
                f"{self._shown}: say with --key which column names an article; there are: {', '.join(names)}"
            )
        if key not in names:
            raise SourceError(f"{self._shown}: there is no column {key!r}; there are: {', '.join(names)}")
        return key

    def _tables(self) -> str:
        try:
            names = self._retried(lambda connection: inspect(connection).get_table_names())
        except SourceError as error:
            return str(error)
        return f"it has: {', '.join(sorted(names)) or 'no tables'}"

    def _retried(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns on a connection of its own; an outage is waited out for a while. Raises SourceError."""
        for pause in (*_TRIES, None):
            try:
                with self._engine.connect() as connection:
                    return work(connection)
            except DBAPIError as error:
                # A mistake in the statement stays one; a lock, a restart or a cut wire may pass.
                if pause is None or not (error.connection_invalidated or _passing(error)):
                    raise SourceError(f"{self.name_without_table()}: {_reason(error)}") from error
                self._pause(pause)
            except SQLAlchemyError as error:
                raise SourceError(f"{self.name_without_table()}: {error}") from error
        raise AssertionError("the last attempt returns or raises")

    def name_without_table(self) -> str:
        """The address without its password."""
        return self._url.render_as_string(hide_password=True)


def _url(address: str) -> URL:
    try:
        url = make_url(address)
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SourceError(
            "this is no database address that can be read: postgresql://, mysql://, sqlite:///…"
        ) from None
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
        raise SourceError(f"{url.database}: no such file")
    if url.get_backend_name() in ("mysql", "mariadb") and "charset" not in url.query:
        url = url.update_query_dict({"charset": "utf8mb4"})
    return url


def _read_only(backend: str) -> Callable[[Any, Any], None]:
    """What a new connection is told, so that nothing can be written by mistake."""
    statement = {
        "sqlite": "PRAGMA query_only = ON",
        "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    }.get(backend, "SET SESSION TRANSACTION READ ONLY")

    def tell(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if backend == "postgresql":
            connection.commit()

    return tell


def _passing(error: DBAPIError) -> bool:
    """Whether it is worth another attempt: the database is locked, starts, or cannot be reached."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    told = str(error.orig).lower()
    return not any(
        sign in told for sign in ("no such", "unknown", "doesn't exist", "denied", "authentication", "syntax")
    )


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__


def _cursor(key: Any) -> str:
    if isinstance(key, (datetime, date)):
        return json.dumps(["moment", key.isoformat()])
    return json.dumps(["number" if isinstance(key, (int, Decimal)) else "text", str(key)])


def _value(cursor: str) -> Any:
    kind, value = json.loads(cursor)
    if kind == "number":
        return int(value) if re.fullmatch(r"-?\d+", value) else Decimal(value)
    return datetime.fromisoformat(value) if kind == "moment" else value
