"""Real database servers for tests, each test with a database of its own; skipped where no server answers."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

POSTGRESQL = os.environ.get("MODERATION_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("MODERATION_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/mysql")


def shown(url: URL) -> str:
    """The address as one writes it."""
    return url.render_as_string(hide_password=False)


@contextmanager
def database(server: str) -> Iterator[str]:
    """The address of a new database, dropped at the end."""
    name = f"qingliu_audit_{secrets.token_hex(6)}"
    more = " CHARACTER SET utf8mb4" if server.startswith("mysql") else ""
    try:
        administer(server, f"CREATE DATABASE {name}{more}")
    except OperationalError:
        pytest.skip(f"no server at {make_url(server)} (set MODERATION_TEST_POSTGRESQL, MODERATION_TEST_MARIADB)")
    yield shown(make_url(server).set(database=name))
    forced = " WITH (FORCE)" if server.startswith("postgresql") else ""
    administer(server, f"DROP DATABASE {name}{forced}")


def administer(server: str, statement: str) -> list[tuple[object, ...]]:
    """Run a statement on the server; its rows."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


class Wire:
    """A way to a server that can be cut and mended: behind it the server is down and up again."""

    def __init__(self, address: str) -> None:
        self._url = make_url(address)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._port = 0
        self.fuse: int | None = None
        """After how many bytes from the server it is cut."""
        self.mend()

    @property
    def address(self) -> str:
        """The database, over this wire."""
        return shown(self._url.set(host="127.0.0.1", port=self._port))

    def mend(self) -> None:
        """Take connections, always at the same port."""
        self._door = socket.create_server(("127.0.0.1", self._port))
        self._port = self._door.getsockname()[1]
        threading.Thread(target=self._answer, args=(self._door,), daemon=True).start()

    def cut(self) -> None:
        """Drop all connections and take no new ones."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for end in (end for pair in self._pairs for end in pair):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._pairs.clear()

    def _answer(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = door.accept()
                far = socket.create_connection((self._url.host or "127.0.0.1", self._url.port or 0))
                self._pairs.append((near, far))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other, one is far), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, inwards: bool) -> None:
        with suppress(OSError):
            while data := one.recv(4096):
                if inwards and self.fuse is not None:
                    self.fuse -= len(data)
                    if self.fuse < 0:
                        self.fuse = None
                        self.cut()
                        return
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
