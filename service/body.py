"""A request's body, within limits of size and time, so that large or slow senders take nothing from others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from service import problem
from service.problem import Problem


class Bodies:
    """Hands out bodies; `held` bytes at most are in memory at once, over all requests."""

    def __init__(self, held: int, time_limit: float) -> None:
        self._free = held
        self._time_limit = time_limit

    @asynccontextmanager
    async def of(self, request: Request, limit: int) -> AsyncIterator[bytes]:
        """The whole body, kept as long as the context. Raises Problem: too large, too slow, or no room for it now."""
        declared = _declared(request)
        if declared is not None and declared > limit:
            raise Problem(problem.TOO_LARGE, f"{declared} bytes are over the limit of {limit}")
        taken = 0
        parts: list[bytes] = []
        try:
            try:
                async with asyncio.timeout(self._time_limit):
                    async for part in request.stream():
                        taken += len(part)
                        self._free -= len(part)
                        if taken > limit:
                            raise Problem(problem.TOO_LARGE, f"over the limit of {limit} bytes")
                        if self._free < 0:
                            raise Problem(problem.BUSY, "too many large bodies are at hand", retry_after=2)
                        parts.append(part)
            except TimeoutError:
                raise Problem(problem.TOO_SLOW, f"the body did not arrive in {self._time_limit:g} s") from None
            except ClientDisconnect:
                raise Problem(problem.INVALID_REQUEST, "the sender left before the body was whole") from None
            body = b"".join(parts)
            parts.clear()
            yield body
        finally:
            self._free += taken


def media_type_of(request: Request, known: tuple[str, ...] = ("application/json",)) -> str:
    """The media type of a request's body, by default the first known. Raises Problem for others, and for a body that
    is compressed.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Problem(problem.MEDIA, f"send the body as it is, without Content-Encoding: {encoding[:40]}")
    media_type = request.headers.get("content-type", known[0]).split(";")[0].strip().lower()
    if media_type not in known:
        raise Problem(problem.MEDIA, f"send {' or '.join(known)}")
    return media_type


def _declared(request: Request) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None
