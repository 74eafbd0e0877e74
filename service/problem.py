"""Errors as RFC 9457 problem details. An outage is a 503, never a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from moderation import InputError
from moderation.renderers.verdict_json import dumps

MEDIA_TYPE = "application/problem+json"
_URN = "urn:qingliu:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its name in the type URN, its status and its title."""

    slug: str
    status: int
    title: str


MALFORMED = Kind("malformed-json", 400, "The body is not JSON")
UNAUTHORIZED = Kind("unauthorized", 401, "A valid API key is needed")
FORBIDDEN = Kind("forbidden", 403, "The key does not allow this")
NOT_FOUND = Kind("not-found", 404, "There is nothing here")
NOT_ALLOWED = Kind("method-not-allowed", 405, "This address does not take that method")
TOO_SLOW = Kind("body-timed-out", 408, "The body did not arrive in time")
CONFLICT = Kind("conflict", 409, "The idempotency key is in use")
TOO_LARGE = Kind("too-large", 413, "The body is over the limit")
MEDIA = Kind("unsupported-media-type", 415, "This media type cannot be read")
INVALID_REQUEST = Kind("invalid-request", 422, "The request is not valid")
INVALID_ARTICLE = Kind("invalid-article", 422, "The article cannot be read")
RATE_LIMITED = Kind("rate-limited", 429, "Too many requests for this key")
BUSY = Kind("busy", 503, "Too many articles are waiting")
TIMED_OUT = Kind("timed-out", 503, "The time limit passed")
UNAVAILABLE = Kind("unavailable", 503, "The service cannot answer now")

KINDS = tuple(value for value in list(globals().values()) if isinstance(value, Kind))
_BY_STATUS = {404: NOT_FOUND, 405: NOT_ALLOWED}


class Problem(Exception):
    """A refusal. `field` names what in the request is wrong; `retry_after` is in seconds."""

    def __init__(self, kind: Kind, detail: str, *, field: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.field, self.retry_after = kind, detail, field, retry_after

    def body(self) -> dict[str, Any]:
        """The members that do not depend on the request."""
        members = {"type": _URN + self.kind.slug, "title": self.kind.title, "status": self.kind.status}
        members["detail"] = self.detail
        return members | ({"field": self.field} if self.field else {})

    @classmethod
    def of_input(cls, error: InputError) -> Problem:
        """The problem of an article that cannot be read."""
        return cls(INVALID_ARTICLE, error.message, field=error.field)


def answer(problem: Problem, request: Request) -> Response:
    """The HTTP answer to a refused request."""
    members = problem.body() | {"instance": request.url.path, "request_id": request.scope.get("request_id", "")}
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if problem.kind is UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(dumps(members), problem.kind.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have the app answer every error it names as problem details; `Envelope` answers those it does not."""

    @app.exception_handler(Problem)
    async def _refused(request: Request, error: Problem) -> Response:
        return answer(error, request)

    @app.exception_handler(RequestValidationError)
    async def _by_parameter(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return answer(Problem(INVALID_REQUEST, first["msg"], field=str(first["loc"][-1])), request)

    @app.exception_handler(HTTPException)
    async def _by_framework(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code, Kind("invalid-request", error.status_code, "The request is not valid"))
        response = answer(Problem(kind, str(error.detail)), request)
        response.headers.update(error.headers or {})
        return response


def unforeseen(error: Exception) -> Problem:
    """An error that no code expected, noted in the log by type and place: its text may quote the article."""
    structlog.get_logger("service").error("unforeseen", error=type(error).__name__, place=place_of(error))
    return Problem(UNAVAILABLE, "an error that was not foreseen; this says nothing about the article", retry_after=1)


def place_of(error: BaseException) -> str:
    """File, line and function where an error arose: fit for a log, as it quotes nothing."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}"
