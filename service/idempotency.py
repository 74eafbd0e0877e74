"""A request that is sent again with the same `Idempotency-Key` does its work once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from service import problem
from service.problem import Problem
from service.rates import Caller
from service.state import State
from service.store.database import StoreUnavailable
from service.store.idempotency import InProgress, Mismatch, New, Stored

_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Made:
    """An answer, and what is kept to give it again: ids, no text of the article. None to keep nothing."""

    answer: Response
    memo: Any = None


async def once(
    state: State,
    caller: Caller,
    request: Request,
    body: bytes,
    produce: Callable[[New | None], Awaitable[Made]],
    again: Callable[[Any], Awaitable[Response]],
    *,
    required: bool = False,
) -> Response:
    """`produce` the answer, or give it `again` from what an earlier request with the same key left.

    Raises Problem 409 while the earlier one is at work, 422 where its body was another. A store that is away raises
    for what must not happen twice (`required`); judging twice harms nobody. `produce` is given the store's name for the
    request, where it has one.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return (await produce(None)).answer
    if not _KEY.fullmatch(key):
        detail = "1 to 255 visible ASCII characters are needed"
        raise Problem(problem.INVALID_REQUEST, detail, field="Idempotency-Key")

    def begin() -> New | Stored | InProgress | Mismatch:  # hashes what may be large, so not on the event loop
        return state.idempotency.begin(caller.id, key, request.url.path, _digest(request, body))

    try:
        found = await asyncio.to_thread(begin)
    except StoreUnavailable:
        if required:
            raise
        return (await produce(None)).answer
    if isinstance(found, InProgress):
        raise Problem(problem.CONFLICT, "the first request with this key is still at work", retry_after=1)
    if isinstance(found, Mismatch):
        raise Problem(problem.INVALID_REQUEST, "this key came with another request before", field="Idempotency-Key")
    if isinstance(found, Stored):
        answer = await again(json.loads(found.body))
        answer.status_code = found.status
        answer.headers["Idempotency-Replayed"] = "true"
        return answer
    return await _first(state, found, produce)


async def _first(state: State, new: New, produce: Callable[[New | None], Awaitable[Made]]) -> Response:
    made: Made | None = None
    try:
        made = await produce(new)
        return made.answer
    finally:
        try:
            if made is None or made.memo is None:
                await asyncio.to_thread(state.idempotency.abandon, new)
            else:
                memo = json.dumps(made.memo).encode("ascii")
                await asyncio.to_thread(state.idempotency.finish, new, made.answer.status_code, memo)
        except StoreUnavailable:
            pass  # the record ends by itself; until then a second request is told that the first is at work


def _digest(request: Request, body: bytes) -> str:
    hashed = hashlib.sha256(str(request.url.query).encode())
    hashed.update(request.headers.get("content-type", "").encode() + b"\0" + body)
    return hashed.hexdigest()
