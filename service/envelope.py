"""Around every request: an id, headers that keep browsers safe, a line in the log, and its time."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problem import answer, unforeseen
from service.telemetry import Telemetry

_PLAIN_ID = re.compile(rb"[\w.:-]{1,64}", re.ASCII)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_NO_CONTENT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE = (b"cache-control", b"no-store")


class Envelope:
    """ASGI middleware. An `X-Request-ID` that is plain is kept, else one is made; every answer carries it."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app, self._telemetry = app, telemetry
        self._log = structlog.get_logger("service.request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other kinds of connection pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, _without_traceback(send))
            return
        started = time.perf_counter()
        identifier = _request_id(scope)
        scope["request_id"] = identifier
        method = scope["method"]
        if method == "HEAD":  # the same as GET (RFC 9110, 9.3.2), and of a copy: the server goes by its own
            scope = {**scope, "method": "GET"}
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, identifier)
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=identifier):
            try:
                await self._app(scope, receive, with_headers)
            except Exception as error:
                refusal = unforeseen(error)
                if status:  # half an answer is out: the connection must break, or the caller takes it for a whole one
                    raise
                await answer(refusal, Request(scope))(scope, receive, with_headers)
            finally:
                self._finish(scope, method, status, time.perf_counter() - started)

    def _finish(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        # The route's pattern and not the path: a path is the caller's own text, and a label must not grow without end.
        route = getattr(scope.get("route"), "path", "none")
        method = method if method in ("GET", "POST", "HEAD", "OPTIONS") else "other"
        self._telemetry.requests.labels(route, method, str(status)).inc()
        self._telemetry.request_seconds.labels(route).observe(seconds)
        if route in ("/healthz", "/readyz", "/metrics") and status < 400:
            return
        fields: dict[str, Any] = {"route": route, "method": method, "status": status, "ms": round(seconds * 1000, 2)}
        fields |= scope.get("state", {}).get("logged", {})
        self._log.info("request", **fields)


def _without_traceback(send: Send) -> Send:
    """The framework tells the server of an error at start in full, and that logs it: a text may quote a password."""

    async def told(message: Message) -> None:
        await send({**message, "message": ""} if message["type"].endswith(".failed") else message)

    return told


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _PLAIN_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)


def _add_headers(message: Message, identifier: str) -> None:
    headers = message.setdefault("headers", [])
    present = {name for name, _ in headers}
    headers.append((b"x-request-id", identifier.encode("ascii")))
    headers += (header for header in (*_HEADERS, _NO_CONTENT, _NO_STORE) if header[0] not in present)
