"""The OpenAPI document: FastAPI's, with the named schemas, and with what can be chosen now."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service import schema
from service.jobs.destination import named_origin
from service.state import State


def document(app: FastAPI) -> dict[str, Any]:
    """The document of a running application; profiles, models and policies are those there are at this moment."""
    # Everything else is made once: it takes the event loop tens of milliseconds, and nobody needs a key to ask for it.
    fixed: str | None = getattr(app.state, "document", None)
    if fixed is None:
        app.state.document = fixed = _fixed(app)
    found: dict[str, Any] = json.loads(fixed)
    state: State | None = getattr(app.state, "worker", None)
    if state is not None:
        _name_choices(found, state)
    return found


def _fixed(app: FastAPI) -> str:
    found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    found.setdefault("components", {}).setdefault("schemas", {}).update(json.loads(schema.components()))
    return json.dumps(found)


def _name_choices(found: dict[str, Any], state: State) -> None:
    profiles = [*sorted(state.release.policy.profiles), None]
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "profile":
                    parameter["schema"] = {"enum": profiles}
    reload, jobs = (_properties(found, path) for path in ("/v1/reload", "/v1/jobs"))
    reload["model"] = {"enum": [*(path.name for path in state.shelf.models()), None]}
    reload["policy"] = {"enum": [*state.shelf.policies(), None]}
    jobs["profile"] = {"enum": profiles}
    origins = [re.escape(named_origin(host)) for host in state.settings.callback_hosts]
    address = {
        "type": ["string", "null"],
        "maxLength": 2000,
        "pattern": f"^({'|'.join(origins)})([/?#][^\\x00-\\x1f\\x7f]*)?$",
    }
    jobs["callback_url"] = address if origins else {"type": "null"}


def _properties(found: dict[str, Any], path: str) -> dict[str, Any]:
    content = found["paths"][path]["post"]["requestBody"]["content"]
    properties: dict[str, Any] = content["application/json"]["schema"]["properties"]
    return properties
