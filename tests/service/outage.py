"""Databases that go away and come back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import make_url


@contextmanager
def away(url: str) -> Iterator[None]:
    """The database cannot be written: a SQLite file is locked; PostgreSQL drops every connection and takes no new one."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        other = sqlite3.connect(str(address.database), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
        return
    _administer(url, f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS false")
    try:
        drop_connections(url)
        yield
    finally:
        _administer(url, f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS true")


def drop_connections(url: str) -> None:
    """End every connection to a PostgreSQL database, as a server that restarts does."""
    name = make_url(url).database
    _administer(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def _administer(url: str, statement: str) -> None:
    address = make_url(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)
