"""What both clients are made of: where the service is, with which key, and how patient to be."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from moderation import __version__
from moderation.hooks.breaker import Breaker
from moderation.hooks.exchange import Answer, Patience, Trouble

_KEY = re.compile(r"[!-~]{1,500}")


class Remote:
    """A service at an address; `Client` and `AsyncClient` say what the options mean."""

    takes_records = True

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        profile: str | None = None,
        connect_timeout: float = 1.0,
        read_timeout: float = 12.0,
        deadline: float = 15.0,
        attempts: int = 3,
        breaker: Breaker | None = None,
        answer_limit: int = 32_000_000,
        ssl_context: ssl.SSLContext | None = None,
        transport: Any = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or set("?#") & set(url):
            # Not the address itself: what is wrong in it may be a password.
            raise ValueError("url is http(s)://host[:port][/path], without user, query or fragment")
        if key is not None and not _KEY.fullmatch(key):
            raise ValueError("key is one line of plain ASCII without blanks")
        self.url = url.rstrip("/")
        self.breaker = breaker or Breaker()
        self._patience = Patience(connect_timeout, read_timeout, deadline, attempts)
        self._profile = profile
        self._limit = answer_limit
        self._network = _network()
        # Made once: it takes as long as many calls, and an AsyncClient has connections on every event loop.
        self._ssl = ssl_context or self._network.httpx.create_ssl_context()
        self._transport = transport
        self._lock = Lock()
        self._sessions: dict[Any, Any] = {}
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"qingliu-client/{__version__}",
        } | ({"Authorization": f"Bearer {key}"} if key else {})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def _session(self, owner: Any, make: Callable[[], Any]) -> Any:
        """The httpx client of one owner, made at its first call."""
        with self._lock:
            if owner not in self._sessions:
                self._sessions[owner] = make()
            return self._sessions[owner]

    def _options(self) -> dict[str, Any]:
        """Of an httpx client: no redirects, and no proxy or credentials from the environment."""
        return {"base_url": self.url, "headers": self._headers, "trust_env": False, "follow_redirects": False}

    def _timeout(self, deadline: float) -> Any:
        left = max(0.001, deadline - monotonic())
        connect, read = min(left, self._patience.connect), min(left, self._patience.read)
        return self._network.httpx.Timeout(connect=connect, read=read, write=read, pool=connect)

    def _lost(self, error: Exception) -> Trouble:
        """What an error of httpx means."""
        httpx = self._network.httpx
        text = f"no answer of {self.url}: {type(error).__name__}"
        if isinstance(error, httpx.PoolTimeout):
            return Trouble(f"{text}, all connections are in use", again=False, down=False)
        # A connection that was never made, or broke before the answer was whole. Not what is merely slow: to ask again
        # what a busy service still works on makes it no faster.
        broken = isinstance(error, httpx.ConnectTimeout | httpx.NetworkError | httpx.RemoteProtocolError)
        return Trouble(text, again=broken, down=True)


class Collected:
    """An answer as it comes in, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._body = bytearray()

    def add(self, piece: bytes) -> None:
        """Take a piece. Raises Trouble over the limit."""
        self._body += piece
        if len(self._body) > self._limit:
            raise Trouble(f"the answer is over {self._limit} bytes", again=False, down=True)

    def answer(self, status: int, headers: Mapping[str, str]) -> Answer:
        """All of it."""
        return Answer(status, headers, bytes(self._body))


def _network() -> ModuleType:
    try:
        from moderation.hooks import transport
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "httpcore"):
            raise
        raise ModuleNotFoundError("the client needs httpx: pip install qingliu[client]", name=error.name) from error
    return transport
