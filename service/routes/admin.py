"""`POST /v1/reload`: another model or policy, without a restart."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from service import problem, schema
from service.access import access
from service.body import media_type_of
from service.parsing import parsed
from service.problem import Problem
from service.rates import Caller
from service.release import ReleaseError
from service.reload import reload
from service.state import Worker

router = APIRouter(tags=["admin"])
_BODY_LIMIT = 64 * 1024


@router.post(
    "/v1/reload",
    summary="Load a model or policy and judge with it from now on",
    responses=schema.answers(schema.ReloadAnswer, 400, 401, 403, 408, 413, 415, 422, 503),
    openapi_extra=schema.body_of(schema.Reload),
)
async def load(request: Request, state: Worker, caller: Annotated[Caller, Depends(access("admin"))]) -> dict[str, Any]:
    """Verified and tried beside the old one, then put in its place at once; a bad one is refused and the old one stays.

    Names are those of folders and files where the operator keeps models and policies. An empty object loads the
    present ones anew. The other workers follow within seconds.
    """
    media_type_of(request)
    async with state.bodies.of(request, _BODY_LIMIT) as body:
        given = schema.validated(schema.Reload, parsed(body))
    try:
        release = await reload(state, given.model, given.policy, caller.id)
    except ReleaseError as error:
        raise Problem(problem.INVALID_REQUEST, str(error)) from None
    return {
        "generation": release.generation,
        "model": release.artifact.label,
        "policy": release.policy.version,
    }
