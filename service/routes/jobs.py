"""`POST /v1/jobs` and `GET /v1/jobs/{id}`: large batches that nobody waits for."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from moderation.policy import PolicyError
from service import problem, schema
from service.access import access
from service.answer import JsonResponse
from service.body import media_type_of
from service.idempotency import Made, once
from service.jobs.destination import allowed, origin_of
from service.parsing import parsed
from service.problem import Problem
from service.rates import Caller
from service.routes.score import articles_of
from service.state import State, Worker
from service.store.idempotency import New
from service.store.jobs import Job, Result

_PAGE_AT_MOST = 500
_DEEPEST = 16
"""An article nests three levels; a database may refuse what nests thousands."""

router = APIRouter(tags=["jobs"])
Scorer = Annotated[Caller, Depends(access("score"))]


@router.post(
    "/v1/jobs",
    status_code=202,
    summary="Have many articles judged, and look for the verdicts later",
    responses=schema.answers(schema.JobCreated, 400, 401, 403, 408, 409, 413, 415, 422, 429, 503, status=202),
    openapi_extra=schema.job_body(),
)
async def create(request: Request, state: Worker, caller: Scorer) -> Response:
    """An accepted job is stored and finishes, also after a restart; a bad article gets its own problem.

    Send an `Idempotency-Key`, so that a request that is sent again makes no second job. A callback goes only to hosts
    that the operator allows; it is signed, and tried again for hours.
    """
    media_type_of(request)
    async with state.bodies.of(request, state.settings.batch_body_limit) as body:
        records, options = await asyncio.to_thread(_read, state, body)
        await state.rates.take(caller)

        async def produce(new: New | None) -> Made:
            await _have_room(state, len(records))
            job = await asyncio.to_thread(
                state.jobs.create,
                caller.id,
                records,
                callback_url=options.callback_url,
                profile=options.profile,
                request=new,
            )
            state.work.set()
            request.state.logged |= {"job": job.id, "articles": job.total}
            created = {"id": job.id, "status": "queued", "total": job.total, "created_at": job.created_at.isoformat()}
            return Made(_accepted(created), created)

        async def again(memo: dict[str, Any]) -> Response:
            return _accepted(memo)

        return await once(state, caller, request, body, produce, again, required=True)


@router.get(
    "/v1/jobs/{id}",
    summary="How far a job is, and its verdicts",
    responses=schema.answers(schema.JobAnswer, 401, 403, 404, 422, 503),
)
async def job(
    state: Worker,
    caller: Scorer,
    identifier: Annotated[str, Path(alias="id", pattern=schema.IDENTIFIER)],
    offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="the first article's index")] = 0,
    limit: Annotated[int, Query(ge=1, le=_PAGE_AT_MOST, description="how many articles to look at")] = 100,
) -> Response:
    """The articles from `offset` on that are finished, as verdicts are stored: explicit quotes masked.

    `next_offset` is null on the last page; a page of a job at work may have gaps.
    """

    def answer() -> Response | None:
        found = state.jobs.get(identifier, caller.sees)
        if found is None:
            return None
        results = [_result(item) for item in state.jobs.results(identifier, offset, limit)]
        following = offset + limit
        page = {"results": results, "next_offset": following if following < found.total else None}
        return JsonResponse(_summary(found) | page)

    made = await asyncio.to_thread(answer)
    if made is None:
        raise Problem(problem.NOT_FOUND, "no such job, or it has passed its days")
    return made


def _read(state: State, body: bytes) -> tuple[list[Any], schema.JobOptions]:
    value = parsed(body)
    records = articles_of(value, state.settings.job_articles)
    options = schema.validated(schema.JobOptions, {name: value[name] for name in value if name != "articles"})
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            raise Problem(problem.INVALID_REQUEST, "an article is a JSON object", field=f"articles.{index}")
        if not _shallow(record, _DEEPEST):
            raise Problem(problem.INVALID_REQUEST, f"nests deeper than {_DEEPEST} levels", field=f"articles.{index}")
    if options.callback_url is not None:
        _check_callback(state, options.callback_url)
    try:
        state.release.moderator(options.profile)
    except PolicyError as error:
        raise Problem(problem.INVALID_REQUEST, str(error), field="profile") from None
    return records, options


def _check_callback(state: State, url: str) -> None:
    try:
        origin = origin_of(url)
    except ValueError as error:
        raise Problem(problem.INVALID_REQUEST, str(error), field="callback_url") from None
    if not allowed(url, state.settings.callback_hosts):
        detail = f"callbacks to {origin} are not allowed here"
        raise Problem(problem.INVALID_REQUEST, detail, field="callback_url")


def _shallow(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    if not levels:
        return False
    return all(_shallow(part, levels - 1) for part in (value.values() if isinstance(value, dict) else value))


async def _have_room(state: State, articles: int) -> None:
    waiting = await asyncio.to_thread(state.jobs.queue_length)
    if waiting and waiting + articles > state.settings.jobs_waiting:
        raise Problem(problem.BUSY, f"{waiting} articles of other jobs wait", retry_after=30)


def _accepted(created: dict[str, Any]) -> Response:
    return JsonResponse(created, 202, {"Location": f"/v1/jobs/{created['id']}"})


def _summary(found: Job) -> dict[str, Any]:
    callback = {"status": found.callback, "attempts": found.callback_attempts}
    return {
        "id": found.id,
        "status": found.status,
        "total": found.total,
        "finished": found.finished,
        "actions": found.actions,
        "failed": found.failed,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
        "callback": callback,
    }


def _result(item: Result) -> dict[str, Any]:
    named = {"index": item.place, "article_id": item.article_id}
    if item.verdict is not None:
        return named | {"id": item.verdict_id, "verdict": item.verdict}
    gone = Problem(problem.NOT_FOUND, "the verdict has passed its days")
    return named | {"problem": item.problem or gone.body()}
