"""A service on loopback that does to each request what its script says, and to the last ones what its last line says."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from moderation.article import Article
from moderation.renderers.verdict_json import dumps, to_json
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, CategoryScore

from .fake import verdict

# Only a client that does not keep its deadline sees the end of it.
_DRIPS, _DRIP_EVERY = 1500, 0.02


@dataclass
class Request:
    """What a client sent, and the connection to answer on."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    socket: socket.socket = field(repr=False)
    service: Service = field(repr=False)

    @property
    def content(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[Request], object]


class Service(socketserver.ThreadingTCPServer):
    """Runs in threads; `requests` holds what came, `left` is set when a client left in the middle of an answer."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.script: list[Behaviour] = [judged()]
        self.requests: list[Request] = []
        self.left = threading.Event()
        self.over = threading.Event()
        self.connections: list[socket.socket] = []
        self.lock = threading.Lock()

    def next_line(self, request: Request) -> Behaviour:
        with self.lock:
            self.requests.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error here."""


class _Connection(socketserver.StreamRequestHandler):
    server: Service

    def handle(self) -> None:
        with self.server.lock:
            number = len(self.server.connections)
            self.server.connections.append(self.connection)
        while line := self.rfile.readline():
            method, path, _ = line.decode().split()
            headers = {}
            while (header := self.rfile.readline().decode().strip()) != "":
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            request = Request(method, path, headers, body, number, self.connection, self.server)
            if self.server.next_line(request)(request) is STOP:
                return


@contextmanager
def serving() -> Iterator[Service]:
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.over.set()
            service.shutdown()
            thread.join()
            for connection in service.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


STOP = object()
"""What a behaviour returns that ends the connection."""


def answer(status: int, body: bytes | str | Any, kind: str = "application/json", **headers: str) -> Behaviour:
    """A whole answer."""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else dumps(body).encode()
    lines = {"Content-Type": kind, "Content-Length": str(len(content))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"HTTP/1.1 {status} x\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return lambda request: request.socket.sendall(head.encode() + b"\r\n" + content)


def problem(status: int, slug: str, *, retry: str | None = None, **fields: Any) -> Behaviour:
    """A problem as the service names it."""
    value = {"type": f"urn:qingliu:problem:{slug}", "title": slug, "status": status, "detail": f"it is {slug}"} | fields
    extra = {} if retry is None else {"Retry_After": retry}
    return answer(status, value, "application/problem+json", **extra)


def published(action: Action = Action.ALLOW, article_id: str = "a-1") -> dict[str, Any]:
    """A verdict in its published form."""
    found = verdict(action, article_id)
    named = {score.category: score for score in found.categories}
    whole = tuple(named.get(category, CategoryScore(category, 0.0)) for category in CategoryId)
    return to_json(replace(found, categories=whole), Article(article_id, ""))


def judged(action: Action = Action.ALLOW) -> Behaviour:
    """The verdict on the article that was sent."""

    def reply(request: Request) -> object:
        identifier = str(request.content["id"])
        value = {"id": f"v-{identifier}", "stored": True, "verdict": published(action, identifier)}
        return answer(200, value)(request)

    return reply


def hang_up(request: Request) -> object:
    """Close the connection without a word."""
    return STOP


def reset(request: Request) -> object:
    """Tear the connection down, as a crashed server's machine does."""
    request.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.socket.close()
    return STOP


def cut(request: Request) -> object:
    """End in the middle of an answer."""
    request.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{")
    return STOP


def silent(request: Request) -> object:
    """Say nothing until the client goes."""
    request.socket.settimeout(_DRIPS * _DRIP_EVERY)
    with suppress(OSError):
        if request.socket.recv(1) == b"":
            request.service.left.set()
    return STOP


def dripping_headers(request: Request) -> object:
    """Send the headers byte by byte, faster than any time-out for one read."""
    return _drip(request, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")


def dripping_body(request: Request) -> object:
    """Send blanks, which JSON allows, for ever."""
    return _drip(request, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


def endless(request: Request) -> object:
    """Send an answer without end, as fast as it goes."""
    return _drip(
        request, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n", 0.0
    )


def _drip(request: Request, start: bytes, piece: bytes, every: float = _DRIP_EVERY) -> object:
    try:
        request.socket.sendall(start)
        for _ in range(_DRIPS):
            request.socket.sendall(piece)
            if request.service.over.wait(every):
                break
    except OSError:
        request.service.left.set()
    return STOP
