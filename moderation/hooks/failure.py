"""Why there is no verdict, in words that may be logged: none of these texts quotes an article or an answer."""

from __future__ import annotations

import traceback
from pathlib import PurePath


class Unavailable(Exception):
    """No verdict could be had: an outage, which says nothing about the article."""


class ClientError(Exception):
    """The service refuses the call, and will again: a wrong key, a missing scope, an unknown id.

    `status` is the HTTP status, `slug` the kind of problem (`unauthorized`), `request_id` what the service's log
    knows the call by.
    """

    def __init__(self, message: str, *, status: int, slug: str, request_id: str | None = None) -> None:
        super().__init__(message)
        self.status, self.slug, self.request_id = status, slug, request_id

    def __reduce__(self) -> tuple[object, ...]:
        return _refused, (str(self), self.status, self.slug, self.request_id)


def _refused(message: str, status: int, slug: str, request_id: str | None) -> ClientError:
    return ClientError(message, status=status, slug=slug, request_id=request_id)


def reason(error: BaseException) -> str:
    """What failed. Of a foreign error only its type and where: its own text may quote the article."""
    if isinstance(error, Unavailable | ClientError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"
