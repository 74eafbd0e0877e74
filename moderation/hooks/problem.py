"""What an answer that is no success means: whose mistake, and whether another attempt may help."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moderation.hooks.exchange import Answer, Trouble, retry_after
from moderation.hooks.failure import ClientError, Unavailable
from moderation.readers import InputError

_TYPE = re.compile(r"urn:qingliu:problem:([a-z-]{1,40})")
_FIELD = re.compile(r"[\w.\[\]-]{1,100}", re.ASCII)
_REQUEST_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_LONGEST_DETAIL = 200
_NOT_OF_AN_ARTICLE = ("profile", "callback_url", "Idempotency-Key")
_NO_MISTAKE = (408, 409, 429)
"""A body that came too slowly, a first attempt that is still at work, too many calls."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem that the service itself names (RFC 9457). `detail` is plain ASCII: it ends in logs and exceptions."""

    status: int
    slug: str
    detail: str
    field: str | None
    request_id: str | None

    @classmethod
    def read(cls, value: Any) -> Problem | None:
        """The problem in decoded JSON, or None where it is none of the service's."""
        if not isinstance(value, Mapping):
            return None
        kind, status = _TYPE.fullmatch(str(value.get("type"))), value.get("status")
        if kind is None or not isinstance(status, int):
            return None
        detail = re.sub(r"[^ -~]+", "...", str(value.get("detail") or value.get("title") or ""))
        return cls(
            status,
            kind[1],
            detail[:_LONGEST_DETAIL],
            _plain(_FIELD, value.get("field")),
            _plain(_REQUEST_ID, value.get("request_id")),
        )

    def error(self, *, about_articles: bool) -> InputError | ClientError | Unavailable:
        """The error to raise; `about_articles` where the call carries some, and what is wrong in it may be theirs."""
        if self.slug == "invalid-article" or (about_articles and self._may_be_an_articles()):
            return InputError(self.detail or self.slug, field=self.field)
        asked = f" (request {self.request_id})" if self.request_id else ""
        place = f"field {self.field!r}: " if self.field else ""
        text = f"{self.status} {self.slug}: {place}{self.detail}{asked}"
        if self.status in _NO_MISTAKE or self.status >= 500:
            return Unavailable(f"the service cannot answer: {text}")
        message = f"the service refuses the call: {text}"
        return ClientError(message, status=self.status, slug=self.slug, request_id=self.request_id)

    def _may_be_an_articles(self) -> bool:
        # In doubt it is: a gate that fails open must not publish what the service finds unreadable.
        return self.status in (400, 413, 422) and self.field not in _NOT_OF_AN_ARTICLE


def refusal(answer: Answer, *, about_articles: bool) -> Exception:
    """What to raise for an answer without success: Trouble, ClientError or InputError.

    Only the service itself can say that a call or an article is bad. A page of some proxy is trouble, whatever its
    status, but for 413: too large for a proxy is too large, and no outage that an author could bring about.
    """
    status = answer.status
    problem = _problem_in(answer)
    said = f"the service answered {status}" + (f" {problem.slug}" if problem else "")
    if status in (429, 503):
        # That it ran out of time or failed is said of one article, which its author could send over and over.
        down = status == 503 and (problem is None or problem.slug == "busy")
        return Trouble(said, again=True, down=down, wait=retry_after(answer.headers))
    if 400 <= status < 500 and problem:
        error = problem.error(about_articles=about_articles)
        return Trouble(str(error), again=False, down=False) if isinstance(error, Unavailable) else error
    if status == 413 and about_articles:
        return InputError("the article is larger than a proxy before the service takes")
    if 400 <= status < 500:
        text = f"{status} came, and no problem of the service: something else answers at its address"
        return Trouble(text, again=False, down=False)
    if 300 <= status < 400:
        return Trouble(f"{said}, a redirect, which is not followed", again=False, down=True)
    return Trouble(said, again=False, down=status != 500)


def decoded(answer: Answer) -> Any:
    """The JSON of an answer. Raises ValueError."""
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ValueError("it is compressed, which was not asked for")
    try:
        return json.loads(answer.body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None


def _problem_in(answer: Answer) -> Problem | None:
    try:
        return Problem.read(decoded(answer))
    except ValueError:
        return None


def _plain(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _no_number(name: str) -> float:
    raise ValueError(name)
