"""`GET /v1/verdicts/{id}` and `POST /v1/feedback`: what was answered, and what people say of it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from moderation import Action
from service import problem, schema
from service.access import access
from service.answer import JsonResponse
from service.body import media_type_of
from service.idempotency import Made, once
from service.parsing import parsed
from service.problem import Problem
from service.rates import Caller
from service.state import State, Worker
from service.store.idempotency import New
from service.store.verdicts import StoredVerdict

router = APIRouter(tags=["verdicts"])
_BODY_LIMIT = 64 * 1024


async def stored_verdict(state: State, identifier: str, owner: str | None = None) -> StoredVerdict:
    """A verdict from the store. Raises Problem 404."""
    found = await asyncio.to_thread(state.verdicts.get, identifier, owner)
    if found is None:
        raise Problem(problem.NOT_FOUND, "no such verdict, or it has passed its days")
    return found


@router.get(
    "/v1/verdicts/{id}",
    summary="A verdict that was given before",
    responses=schema.answers(schema.StoredAnswer, 401, 403, 404, 422, 503),
)
async def verdict(
    state: Worker,
    caller: Annotated[Caller, Depends(access("score"))],
    identifier: Annotated[str, Path(alias="id", pattern=schema.IDENTIFIER)],
) -> Response:
    """As it is stored: explicit quotes masked, no text of the article unless the operator keeps it."""
    return JsonResponse(schema.stored_answer(await stored_verdict(state, identifier, caller.sees)))


@router.post(
    "/v1/feedback",
    status_code=201,
    summary="This verdict was wrong, or right, because",
    responses=schema.answers(schema.Created, 400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503, status=201),
    openapi_extra=schema.body_of(schema.Feedback),
)
async def feedback(request: Request, state: Worker, caller: Annotated[Caller, Depends(access("feedback"))]) -> Response:
    """What the verdict should have been. It is kept beside the verdict, for the next training."""
    media_type_of(request)
    await state.rates.take(caller)
    async with state.bodies.of(request, _BODY_LIMIT) as body:
        given = schema.validated(schema.Feedback, parsed(body))

        async def produce(_: New | None) -> Made:
            await stored_verdict(state, given.verdict_id, caller.sees)
            try:
                kept = await asyncio.to_thread(
                    state.feedback.add,
                    given.verdict_id,
                    owner=caller.id,
                    expected_action=Action.parse(given.expected_action),
                    categories=given.categories,
                    because=given.because,
                )
            except KeyError:  # it passed its days in between
                raise Problem(problem.NOT_FOUND, "no such verdict", field="verdict_id") from None
            created = {"id": kept.id}
            return Made(JsonResponse(created, 201), created)

        async def again(memo: dict[str, str]) -> Response:
            return JsonResponse(memo)

        return await once(state, caller, request, body, produce, again, required=True)
