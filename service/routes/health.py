"""`/healthz`, `/readyz` and `/metrics`: for what watches the service."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from service import schema
from service.access import access
from service.answer import JsonResponse
from service.measuring import measure
from service.rates import Caller
from service.state import Worker
from service.store.database import StoreUnavailable

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="The process answers", responses=schema.answers(schema.HealthAnswer))
async def health() -> JsonResponse:
    """Always, as long as the event loop turns."""
    return JsonResponse({"status": "alive"})


@router.get(
    "/readyz", summary="Articles can be judged", responses=schema.answers(schema.HealthAnswer) | schema.not_ready()
)
async def ready(state: Worker) -> JsonResponse:
    """503 while the service ends or has no room. A store that is away is told, but verdicts go on without it."""
    reasons = []
    if state.stopping:
        reasons.append("stopping")
    if state.engine.open >= state.engine.places:
        reasons.append("busy")
    closed = bool(reasons)
    try:
        await asyncio.to_thread(state.database.ping)
        away = not state.has_tables
    except StoreUnavailable:
        away = True
    if away:
        reasons.append("store unavailable")
    status = "closed" if closed else "degraded" if reasons else "ready"
    return JsonResponse({"status": status, "reasons": reasons}, 503 if closed else 200)


@router.get(
    "/metrics",
    summary="For Prometheus",
    response_class=PlainTextResponse,
    responses=schema.answers(None, 401, 403, 503),
)
async def metrics(state: Worker, _: Annotated[Caller, Depends(access("admin"))]) -> Response:
    """Prometheus' text form. Where keys are needed, one with the scope admin."""
    measure(state)
    text = await asyncio.to_thread(state.telemetry.exposition)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
