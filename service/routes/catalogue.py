"""`GET /v1/categories` and `GET /v1/models`: what may be found, by which rules, and with what."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from moderation import taxonomy
from moderation.artifacts import ArtifactError, load_artifact
from service import schema
from service.access import access
from service.rates import Caller
from service.state import State, Worker

router = APIRouter(tags=["catalogue"])


@router.get(
    "/v1/categories",
    summary="The categories and the published rules they cite",
    responses=schema.answers(schema.CategoriesAnswer, 401, 403, 503),
)
async def categories(_: Annotated[Caller, Depends(access("score"))]) -> dict[str, Any]:
    """Every category with its definition and clauses, in Chinese and English."""
    clauses = taxonomy.clauses()
    found = [
        asdict(category) | {"clauses": [asdict(clauses[clause]) for clause in category.clauses]}
        for category in taxonomy.categories()
    ]
    return {"categories": found}


@router.get(
    "/v1/models",
    summary="The models that can be loaded, and the one that judges",
    responses=schema.answers(schema.ModelsAnswer, 401, 403, 503),
)
async def models(state: Worker, _: Annotated[Caller, Depends(access("score"))]) -> dict[str, Any]:
    """Each model folder, whether it is whole, and the policy in use with its profiles."""
    policy = state.release.policy
    found = await asyncio.to_thread(lambda: [_model(path, state) for path in state.shelf.models()])
    return {"models": found, "policy": {"version": policy.version, "profiles": sorted(policy.profiles)}}


def _model(path: Path, state: State) -> dict[str, Any]:
    shadow = state.shadow is not None and path.samefile(state.shadow.release.artifact.path)
    in_use = path.samefile(state.release.artifact.path)
    try:
        artifact = load_artifact(path)
    except ArtifactError:
        return {"name": path.name, "in_use": in_use, "whole": False, "error": "it is not what its manifest says"}
    return {
        "name": path.name,
        "in_use": in_use,
        "shadow": shadow,
        "whole": True,
        "kind": str(artifact.details.get("kind", "")),
        "fingerprint": artifact.fingerprint,
    }
