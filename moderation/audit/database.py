"""A table or query of PostgreSQL, MariaDB, MySQL or SQLite: read-only, page by page, never one long transaction."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    NoSuchTableError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool

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
_PATIENCE: dict[str, dict[str, Any]] = {
    "postgresql": {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 60_000},
    "mysql": {"connect_timeout": 10, "read_timeout": 600},
    "mariadb": {"connect_timeout": 10, "read_timeout": 600},
}
"""What a driver is told, so that a server which vanished without a word is noticed."""
_LASTING = (
    "no such",
    "unknown column",
    "unknown database",
    "exist",
    "denied",
    "authentication",
    "syntax",
    "incomplete",
)
"""Signs of a mistake that no waiting mends."""
_log = logging.getLogger(__name__)


class DatabaseSource:
    """The rows of a table, of a SELECT, or of a preset; `pause` is how it waits between attempts."""

    def __init__(self, address: str, options: Options, pause: Callable[[float], None] = time.sleep) -> None:
        self._options, self._pause = options, pause
        self._url = address_of(address)
        backend = self._url.get_backend_name()
        self._engine = create_engine(
            # No pool: between two pages of articles, which take seconds to judge, no connection is held.
            self._url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args=_PATIENCE.get(backend, {}),
        )
        event.listen(self._engine, "connect", _settled(backend))
        self._preset: Preset | None = preset_of(options.preset, options.table) if options.preset else None
        if self._preset is None and (options.table is None) == (options.query is None):
            raise SourceError("give --table, --query or --preset with a database; " + self._tables())
        self._rows = self._retried(self._described)
        self._columns = Columns.chosen(options.columns, self._rows.names, self._shown)
        if not self._rows.unique:
            self._retried(self._check_key)

    @property
    def _shown(self) -> str:
        return self._options.table or self._options.preset or "the query"

    @property
    def name(self) -> str:
        """The address without its password, and the table."""
        return f"{self._address} {self._shown}"

    @property
    def _address(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def fingerprint(self) -> str:
        """Address and options; rows come and go."""
        return self._options.fingerprint(self._address)

    def total(self) -> int | None:
        """Counted by the database."""
        statement = text(f"SELECT COUNT(*) FROM ({self._selected()}) q")
        return self._retried(lambda connection: int(connection.execute(statement).scalar_one()))

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Page by page in the order of the key; the cursor is the last row's key. At the end, the table of links."""
        last: Any = _value(after) if after and after != _LINKS else None
        while after != _LINKS and (rows := self._page(last)):
            for row in rows:
                last = row[self._rows.key]
                yield _cursor(last), self._item(row, _shown_key(last))
        if self._preset is not None and self._preset.links and after != _LINKS:
            yield _LINKS, self._retried(self._links)

    def _item(self, row: Mapping[str, Any], key: str) -> Item:
        item = self._columns.item(row, Place(self._shown, key), key=key)
        if self._preset is None or item.record is None:
            return item
        return replace(item, record=self._preset.read(item.record))

    def _page(self, last: Any) -> list[Mapping[str, Any]]:
        """The rows behind a key."""
        ordered = self._rows.ordered
        behind = f"{ordered} > :last" if last is not None else ""
        statement = text(f"{self._selected(behind)} ORDER BY {ordered} LIMIT {_PAGE}")
        values = {"last": last} if last is not None else {}
        return self._retried(lambda connection: [dict(row) for row in connection.execute(statement, values).mappings()])

    def _selected(self, behind: str = "") -> str:
        where = f"\n AND ({_literal(self._options.where)}\n)" if self._options.where else ""
        return f"{self._rows.select}{where}{f' AND {behind}' if behind else ''}"

    def _check_key(self, connection: Connection) -> None:
        """Rows with one key, or without, would be lost at the end of a page. Raises SourceError."""
        key = self._engine.dialect.identifier_preparer.quote(self._rows.key)
        counted = text(f"SELECT COUNT(*), COUNT(DISTINCT q.{key}) FROM ({self._selected()}) q")
        rows, different = connection.execute(counted).one()
        if rows != different:
            raise SourceError(
                f"{self._shown}: {self._rows.key!r} names no article: {rows} rows have {different} different values; "
                "choose a column with --key that has one for each row"
            )

    def _links(self, connection: Connection) -> Item | Bad:
        """The site's own list of links as one article."""
        assert self._preset is not None
        place = Place(self._shown, "links")
        try:
            rows = connection.execute(text(self._preset.links)).mappings().all()
        except DBAPIError as error:
            if _passing(error):
                raise
            return Bad("links", place, f"the table of links cannot be read: {_reason(error)}")
        links = [{"href": str(row["href"] or ""), "anchor": str(row["anchor"] or "")} for row in rows]
        return Item("links", place, record={"id": "links", "title": "", "links": links})

    def _described(self, connection: Connection) -> _Rows:
        """What is selected, by which key."""
        quote = connection.dialect.identifier_preparer
        if self._options.table is not None and self._preset is None:
            schema, _, table = self._options.table.rpartition(".")
            try:
                looked = inspect(connection)
                names = [column["name"] for column in looked.get_columns(table, schema or None)]
            except NoSuchTableError:
                raise SourceError(f"there is no table {self._options.table!r}; {self._tables()}") from None
            primary = looked.get_pk_constraint(table, schema or None)["constrained_columns"]
            key = self._chosen_key(names, primary)
            full = f"{quote.quote(schema)}.{quote.quote(table)}" if schema else quote.quote(table)
            select = f"SELECT q.* FROM {_literal(full)} q WHERE 1 = 1"
            return _Rows(select, key, f"q.{_literal(quote.quote(key))}", primary == [key], names)
        if self._preset is not None:
            found = connection.execute(text(f"{self._preset.articles} AND 1 = 0"))
            return _Rows(self._preset.articles, "id", self._preset.key, True, list(found.keys()))
        query = (self._options.query or "").strip().rstrip(";")
        if not re.match(r"(?:select|with)\b", query, re.I) or ";" in query:
            raise SourceError("--query is one SELECT")
        select = f"SELECT * FROM ({_literal(query)}\n) q WHERE 1 = 1"
        names = list(connection.execute(text(f"{select} AND 1 = 0")).keys())
        key = self._chosen_key(names, ["id"] if "id" in names else [])
        return _Rows(select, key, f"q.{_literal(quote.quote(key))}", False, names)

    def _chosen_key(self, names: list[str], likely: list[str]) -> str:
        key = self._options.key or (likely[0] if len(likely) == 1 else None)
        there = f"there are: {', '.join(names)}"
        if key is None and likely:
            raise SourceError(
                f"{self._shown}: its primary key is made of {' and '.join(likely)}; say with --key which single column "
                f"names an article, or join them in a --query; {there}"
            )
        if key is None:
            raise SourceError(f"{self._shown}: say with --key which column names an article; {there}")
        if key not in names:
            raise SourceError(f"{self._shown}: there is no column {key!r}; {there}")
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
                # Each piece of work is a transaction of its own, over when the connection is given back.
                with self._engine.connect() as connection:
                    return work(connection)
            except DBAPIError as error:
                # A mistake in the statement stays one; a lock, a restart or a cut wire may pass.
                if pause is None or not _passing(error):
                    raise SourceError(f"{self._address}: {_reason(error)}") from error
                _log.warning("%s: %s; trying again in %g s", self._address, _reason(error), pause)
                self._pause(pause)
            except SQLAlchemyError as error:
                raise SourceError(f"{self._address}: {error}") from error
        raise AssertionError("the last attempt returns or raises")


@dataclass(frozen=True, slots=True)
class _Rows:
    """A SELECT that ends in its WHERE, its column `key`, and how that is `ordered` by inside of it."""

    select: str
    key: str
    ordered: str
    unique: bool
    names: list[str]


def address_of(address: str) -> URL:
    """A database address with the driver that is installed for it. Raises SourceError."""
    try:
        url = make_url(address)
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        if url.get_backend_name() not in ("sqlite", *_DRIVERS):
            raise ValueError(url.get_backend_name())
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


def _settings(backend: str) -> tuple[str, ...]:
    """What a new connection is told: that nothing is written by mistake, and no lock is waited for all day."""
    return {
        "sqlite": ("PRAGMA query_only = ON",),
        "postgresql": ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET lock_timeout = '20s'"),
    }.get(backend, ("SET SESSION TRANSACTION READ ONLY", "SET SESSION lock_wait_timeout = 20"))


def _settled(backend: str) -> Callable[[Any, Any], None]:
    def tell(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for statement in _settings(backend):
            cursor.execute(statement)
        cursor.close()
        if backend == "postgresql":
            connection.commit()

    return tell


def _passing(error: DBAPIError) -> bool:
    """Whether it is worth another attempt: the database is locked, starts, or cannot be reached."""
    if error.connection_invalidated:
        return True
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    told = str(error.orig).lower()
    return not any(sign in told for sign in _LASTING)


def _literal(sql: str) -> str:
    """SQL in which no colon begins a parameter."""
    return sql.replace(":", "\\:")


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__


def _shown_key(key: Any) -> str:
    return key.hex() if isinstance(key, bytes) else str(key)


def _cursor(key: Any) -> str:
    if isinstance(key, (datetime, date)):
        return json.dumps(["moment", key.isoformat()])
    if isinstance(key, bytes):
        return json.dumps(["bytes", key.hex()])
    if isinstance(key, float):
        return json.dumps(["float", repr(key)])
    return json.dumps(["number" if isinstance(key, (int, Decimal)) else "text", str(key)])


def _value(cursor: str) -> Any:
    kind, value = json.loads(cursor)
    if kind == "number":
        return int(value) if re.fullmatch(r"-?\d+", value) else Decimal(value)
    return _KINDS[kind](value)


_KINDS: dict[str, Callable[[str], Any]] = {
    "moment": datetime.fromisoformat,
    "bytes": bytes.fromhex,
    "float": float,
    "text": str,
}
