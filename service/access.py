"""Who may ask for what: API keys with scopes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service import problem
from service.problem import Problem
from service.rates import Caller
from service.state import State, state_of
from service.store.keys import SCOPES, KeyInfo

_bearer = HTTPBearer(auto_error=False, description="`ql_<id>_<secret>`, as `moderation keys create` prints it")


def access(scope: str) -> Callable[..., Awaitable[Caller]]:
    """The dependency of a route that needs a scope. Raises Problem 401 or 403."""
    if scope not in SCOPES:
        raise ValueError(f"no scope {scope!r}")

    async def caller(
        request: Request,
        state: Annotated[State, Depends(state_of)],
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        key: KeyInfo | None = None
        if credentials is not None:
            # A key that is sent is checked, also where none is needed: a wrong one is a mistake worth knowing of.
            verify = state.keys.verify
            presented = credentials.credentials
            key = verify(presented) if state.keys.fresh() else await asyncio.to_thread(verify, presented)
            if key is None:
                raise Problem(problem.UNAUTHORIZED, "this key is not known, has expired or was revoked")
        elif state.settings.keys_required or "ql_" in request.headers.get("authorization", ""):
            raise Problem(problem.UNAUTHORIZED, "send an API key: Authorization: Bearer ql_…")
        elif _of_another_site(request, state.settings.cors_origins):
            raise Problem(problem.FORBIDDEN, "a page of another site needs a key, or cors_origins that name it")
        found = Caller(key)
        if not found.may(scope):
            raise Problem(problem.FORBIDDEN, f"this key lacks the scope {scope!r}")
        request.scope.setdefault("state", {}).setdefault("logged", {})["key"] = found.id
        return found

    return caller


def _of_another_site(request: Request, named: tuple[str, ...]) -> bool:
    """Whether a page that is not ours sends what changes something. CORS keeps it from reading the answer only, and
    where no key is needed, nothing else would keep any page that somebody opens from using the service beside it.
    """
    if request.method == "GET" or request.headers.get("sec-fetch-site") not in ("cross-site", "same-site"):
        return False
    return not {"*", request.headers.get("origin", "")} & set(named)
