"""`POST /v1/score` and `POST /v1/score/batch`: the answer while one waits."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from moderation.renderers import report
from moderation.renderers.verdict_json import dumps
from service import problem, schema
from service.access import access
from service.answer import JsonResponse
from service.body import media_type_of
from service.engine import BusyError, TimedOutError
from service.idempotency import Made, once
from service.judging import MEDIA_TYPES, Beside, Judged, judge, read_json, reading_of, refusal, store
from service.parsing import parsed
from service.problem import Problem
from service.rates import Caller
from service.routes.verdicts import stored_verdict
from service.state import State, Worker
from service.store.idempotency import New

BATCH_AT_MOST = 256

router = APIRouter(tags=["score"])
Scorer = Annotated[Caller, Depends(access("score"))]
Profile = Annotated[str | None, Query(max_length=100, description="a site profile of the policy")]


@router.post(
    "/v1/score",
    summary="Judge one article before it is published",
    responses=schema.answers(schema.ScoreAnswer, 400, 401, 403, 408, 409, 413, 415, 422, 429, 503, page=True),
    openapi_extra=schema.article_body(),
)
async def score(
    request: Request,
    state: Worker,
    caller: Scorer,
    profile: Profile = None,
    identifier: Annotated[str, Query(alias="id", max_length=200, description="the id of a raw page or text")] = "-",
    title: Annotated[str | None, Query(max_length=10_000, description="the title of a raw page or text")] = None,
    url: Annotated[str | None, Query(max_length=10_000, description="the address of a raw page or text")] = None,
    with_report: Annotated[
        bool, Query(alias="report", description="send the report page beside the verdict, as `report`")
    ] = False,
) -> Response:
    """One article: a JSON record, or a page as it is (`text/html`, `text/markdown`, `text/plain`).

    With `Accept: text/html` the answer is the report page, which shows every finding in place. An answer that is
    given again to the same `Idempotency-Key` holds no report: the text it shows is not kept.
    """
    media_type = media_type_of(request, MEDIA_TYPES)
    await state.rates.take(caller)
    async with state.bodies.of(request, state.settings.body_limit) as body:
        reading = reading_of(body, media_type, Beside(identifier, title, url))

        async def produce(_: New | None) -> Made:
            judged = await judge(state, reading, profile, caller.id, patient=False)
            request.state.logged |= {"verdict": judged.id, "action": str(judged.verdict.action)}
            stored = await store(state, [judged])
            if _wants_page(request):
                headers = {"Content-Security-Policy": "frame-ancestors 'self'", "X-Frame-Options": "SAMEORIGIN"}
                return Made(Response(await _report(state, judged), media_type="text/html", headers=headers))
            page = await _report(state, judged) if with_report else None
            answer = Response(judged.envelope(stored, page), media_type="application/json")
            return Made(answer, judged.id if stored else None)

        async def again(memo: str) -> Response:
            return JsonResponse(schema.stored_score(await stored_verdict(state, memo)))

        return await once(state, caller, request, body, produce, again)


@router.post(
    "/v1/score/batch",
    summary=f"Judge up to {BATCH_AT_MOST} articles",
    responses=schema.answers(schema.BatchAnswer, 400, 401, 403, 408, 409, 413, 415, 422, 429, 503),
    openapi_extra=schema.batch_body(BATCH_AT_MOST),
)
async def score_batch(request: Request, state: Worker, caller: Scorer, profile: Profile = None) -> Response:
    """Each article gets its verdict or its problem, in the order of the request; one bad article harms no other."""
    media_type_of(request)
    async with state.bodies.of(request, state.settings.batch_body_limit) as body:
        records = articles_of(await asyncio.to_thread(parsed, body), BATCH_AT_MOST)
        await state.rates.take(caller, len(records))

        async def produce(_: New | None) -> Made:
            try:
                state.engine.admit(len(records))
            except BusyError as error:
                raise refusal(state, error) from None
            outcomes = await asyncio.gather(*(_outcome(state, record, profile, caller) for record in records))
            stored = await store(state, [outcome for outcome in outcomes if isinstance(outcome, Judged)])
            results = [_result(index, records[index], outcome, stored) for index, outcome in enumerate(outcomes)]
            answer = Response(f'{{"results": [{", ".join(results)}]}}', media_type="application/json")
            memo = [
                outcome.id if isinstance(outcome, Judged) else json.loads(result)
                for outcome, result in zip(outcomes, results, strict=True)
            ]
            return Made(answer, memo if stored else None)

        async def again(memo: list[Any]) -> Response:
            results = [
                {"index": index, **schema.stored_score(await stored_verdict(state, entry))}
                if isinstance(entry, str)
                else entry
                for index, entry in enumerate(memo)
            ]
            return JsonResponse({"results": results})

        return await once(state, caller, request, body, produce, again)


def articles_of(value: Any, at_most: int) -> list[Any]:
    """The records of a request for many. Raises Problem."""
    records = value.get("articles") if isinstance(value, dict) else None
    if not isinstance(records, list) or not records:
        raise Problem(problem.INVALID_REQUEST, "a list with at least one article is needed", field="articles")
    if len(records) > at_most:
        detail = f"{len(records)} articles are over the limit of {at_most}"
        raise Problem(problem.INVALID_REQUEST, detail, field="articles")
    return records


async def _outcome(state: State, record: Any, profile: str | None, caller: Caller) -> Judged | Problem:
    try:
        return await judge(state, lambda release: read_json(release, record), profile, caller.id, patient=True)
    except Problem as refusal:
        if refusal.field == "profile":
            raise  # the request's own mistake, not an article's
        return refusal


def _result(index: int, record: Any, outcome: Judged | Problem, stored: bool) -> str:
    if isinstance(outcome, Judged):
        return f'{{"index": {index}, {outcome.envelope(stored)[1:]}'
    identifier = record.get("id") if isinstance(record, dict) else None
    return dumps({"index": index, "article_id": identifier, "problem": outcome.body()})


async def _report(state: State, judged: Judged) -> str:
    results, specs, moment = [(judged.verdict, judged.article)], judged.release.specs, judged.record.created_at
    try:
        return await state.engine.run_patiently(lambda: report.render(results, (), specs, made_at=moment))
    except TimedOutError as error:
        raise refusal(state, error) from None


def _wants_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower()
    return "text/html" in accepted and "json" not in accepted
