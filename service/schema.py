"""What goes in and out, as OpenAPI shows it and as requests are checked against."""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from moderation.renderers import verdict_json
from moderation.taxonomy import CategoryId
from service import problem
from service.problem import KINDS, MEDIA_TYPE, Problem
from service.store.verdicts import StoredVerdict

IDENTIFIER = "^[0-9a-f]{32}$"
_REF = "#/components/schemas/"
_BODIES = ("html", "markdown", "body", "text")
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
M = TypeVar("M", bound=BaseModel)

Schema = dict[str, Any]


class Feedback(BaseModel):
    """What a verdict should have been."""

    model_config = ConfigDict(extra="forbid", strict=True)

    verdict_id: Identifier
    expected_action: Literal["allow", "review", "reject"]
    categories: Annotated[list[Annotated[CategoryId, Field(strict=False)]], Field(max_length=11)] | None = None
    because: Annotated[str, StringConstraints(max_length=4000)] = ""


class Reload(BaseModel):
    """What to load; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: Annotated[str, StringConstraints(max_length=200)] | None = None
    policy: Annotated[str, StringConstraints(max_length=200)] | None = None


class JobOptions(BaseModel):
    """What a job says beside its articles."""

    model_config = ConfigDict(extra="forbid", strict=True)

    callback_url: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        None, description="Where to tell that the job is done; only a host that the operator allows."
    )
    profile: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="A site profile of the policy."
    )


def validated(model: type[M], value: Any) -> M:
    """A request's JSON as a model. Raises Problem naming the field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or None
        raise Problem(problem.INVALID_REQUEST, first["msg"], field=field) from None


def stored_answer(stored: StoredVerdict) -> dict[str, Any]:
    """A stored verdict as it is answered."""
    return {
        "id": stored.id,
        "created_at": stored.created_at.isoformat(),
        "text_hash": stored.text_hash,
        "text": stored.text,
        "verdict": stored.verdict,
    }


def stored_score(stored: StoredVerdict) -> dict[str, Any]:
    """A stored verdict in the place of the answer that gave it; its explicit quotes are masked."""
    return {"id": stored.id, "stored": True, "verdict": stored.verdict}


def _object(required: str = "", **properties: Schema) -> Schema:
    names = required.split() if required else list(properties)
    return {"type": "object", "required": names, "properties": properties, "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": _REF + name}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_ID: Schema = {"type": "string", "pattern": IDENTIFIER}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TIME: Schema = {"type": "string", "format": "date-time"}
_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_LOOSE: Schema = {"type": "object"}
_ANY: Schema = {}

ScoreAnswer = _object(
    "id stored verdict", id=_ID, stored={"type": "boolean"}, verdict=_ref("Verdict"), report={"type": "string"}
)
_Failed = _object(
    "index problem",
    index=_COUNT,
    id=_ID,
    article_id=_ANY,
    problem=_LOOSE,
)
_Done = _object(
    "index id verdict", index=_COUNT, id=_ID, article_id=_ANY, stored={"type": "boolean"}, verdict=_ref("Verdict")
)
BatchAnswer = _object(results={"type": "array", "items": {"anyOf": [_Done, _Failed]}})
StoredAnswer = _object(id=_ID, created_at=_TIME, text_hash=_TEXT, text=_MAYBE, verdict=_ref("Verdict"))
Created = _object(id=_ID)
_Clause = _object(id=_TEXT, publisher=_TEXT, name_zh=_TEXT, name_en=_TEXT, text_zh=_TEXT, text_en=_TEXT)
_Category = _object(
    id=_TEXT,
    group=_TEXT,
    name_zh=_TEXT,
    name_en=_TEXT,
    definition_zh=_TEXT,
    definition_en=_TEXT,
    clauses={"type": "array", "items": _Clause},
)
CategoriesAnswer = _object(categories={"type": "array", "items": _Category})
_Model = _object(
    "name in_use whole",
    name=_TEXT,
    in_use={"type": "boolean"},
    shadow={"type": "boolean"},
    whole={"type": "boolean"},
    kind=_TEXT,
    fingerprint=_TEXT,
    error=_TEXT,
)
ModelsAnswer = _object(
    models={"type": "array", "items": _Model}, policy=_object(version=_TEXT, profiles={"type": "array", "items": _TEXT})
)
_STATUS: Schema = {"type": "string", "enum": ["queued", "running", "done"]}
JobCreated = _object(id=_ID, status=_STATUS, total=_COUNT, created_at=_TIME)
_Callback = _object(
    status={"type": "string", "enum": ["none", "pending", "delivered", "dead"]},
    attempts=_COUNT,
)
JobAnswer = _object(
    id=_ID,
    status=_STATUS,
    total=_COUNT,
    finished=_COUNT,
    actions={"type": "object", "additionalProperties": _COUNT},
    failed=_COUNT,
    created_at=_TIME,
    finished_at=_nullable(_TIME),
    callback=_Callback,
    results={"type": "array", "items": {"anyOf": [_Done, _Failed]}},
    next_offset=_nullable(_COUNT),
)
ReloadAnswer = _object(generation=_COUNT, model=_TEXT, policy=_TEXT)
HealthAnswer = _object("status", status=_TEXT, reasons={"type": "array", "items": _TEXT})


def answers(success: Schema | None, *statuses: int, status: int = 200, page: bool = False) -> dict[int | str, Schema]:
    """The `responses` of a route: its success, and its problems by status."""
    content: Schema = {"application/json": {"schema": success}} if success else {}
    if page:
        content["text/html"] = {"schema": _TEXT}
    found: dict[int | str, Schema] = {status: {"description": "Done", "content": content}}
    for code in statuses:
        titles = " / ".join(kind.title for kind in KINDS if kind.status == code)
        found[code] = {"description": titles, "content": {MEDIA_TYPE: {"schema": _ref("Problem")}}}
    return found


def body_of(model: type[BaseModel]) -> Schema:
    """The `openapi_extra` of a route that reads its own JSON."""
    schema = model.model_json_schema(ref_template=_REF + "{model}")
    schema.pop("$defs", None)
    return _request({"application/json": {"schema": schema}})


def article_body() -> Schema:
    """The body of `POST /v1/score`."""
    raw = {"schema": {"pattern": "[^ \t\r\n]"}}
    example = {
        "id": "draft-7",
        "title": "社区图书馆周末开放时间调整",
        "html": "<p>本周六起，阅览室延长到晚上九点。</p>",
    }
    record = {"schema": _ref("Article"), "example": example}
    return _request({"application/json": record, "text/html": raw, "text/markdown": raw, "text/plain": raw})


def batch_body(at_most: int) -> Schema:
    """The body of `POST /v1/score/batch`."""
    articles = {"type": "array", "minItems": 1, "maxItems": at_most, "items": {}}
    articles["description"] = "Articles as `POST /v1/score` takes them; a bad one gets its own problem."
    example = {"articles": [{"id": 1, "title": "黄芪降血糖吗？听听药师怎么说"}, {"id": 2, "title": "校运会下周开幕"}]}
    schema = {"type": "object", "required": ["articles"], "properties": {"articles": articles}}
    return _request({"application/json": {"schema": schema, "example": example}})


def job_body() -> Schema:
    """The body of `POST /v1/jobs`."""
    articles = {"type": "array", "minItems": 1, "items": {"type": "object"}}
    articles["description"] = "Articles as `POST /v1/score` takes them, as many as the operator allows (10 000)."
    options = JobOptions.model_json_schema()
    schema = {
        "type": "object",
        "required": ["articles"],
        "properties": {"articles": articles} | options["properties"],
        "additionalProperties": False,
    }
    example = {"articles": [{"id": 1, "title": "黄芪降血糖吗？听听药师怎么说"}], "callback_url": None}
    return _request({"application/json": {"schema": schema, "example": example}})


def _request(content: Schema) -> Schema:
    return {"requestBody": {"required": True, "content": content}}


@cache
def components() -> str:
    """The named schemas, as JSON."""
    verdict = verdict_json.schema()
    definitions = verdict.pop("$defs", {})
    for name in ("$schema", "$id"):
        verdict.pop(name, None)
    named = {f"Verdict_{name}": value for name, value in definitions.items()}
    text = json.dumps({"Verdict": verdict} | named).replace('"#/$defs/', f'"{_REF}Verdict_')
    categories = {"type": "string", "enum": [str(category) for category in CategoryId]}
    return json.dumps(
        json.loads(text) | {"Article": _article(), "Problem": _problem(), "CategoryId": categories}, ensure_ascii=False
    )


def _article() -> Schema:
    link = {
        "type": "object",
        "required": ["href"],
        "properties": {"href": _TEXT, "anchor": _MAYBE, "text": _MAYBE, "rel": _MAYBE},
    }
    keyword = {"anyOf": [_TEXT, {"type": "integer"}]}
    properties: Schema = dict.fromkeys(("title", *_BODIES, "url", "description", "crawler_view"), _MAYBE)
    properties["id"] = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}
    properties["keywords"] = {"anyOf": [_MAYBE, {"type": "array", "items": keyword}]}
    properties["links"] = _nullable({"type": "array", "items": {"anyOf": [_TEXT, link]}})
    return {
        "type": "object",
        "description": "One article: its title and at most one of html, markdown, body and text.",
        "required": ["id"],
        "properties": properties,
        "oneOf": [_shape(body) for body in (*_BODIES, None)],
    }


def _shape(body: str | None) -> Schema:
    """An article with one kind of body, or none. A page or Markdown may bring its own title."""
    others: Schema = {name: {"type": "null"} for name in _BODIES if name != body}
    required = [body] if body else []
    if body:
        others[body] = _TEXT
    if body not in ("html", "markdown"):
        required.append("title")
        others["title"] = _TEXT
    return {"required": required, "properties": others}


def _problem() -> Schema:
    """RFC 9457."""
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "request_id"],
        "properties": {
            "type": {"type": "string", "examples": [f"urn:qingliu:problem:{kind.slug}" for kind in KINDS]},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "instance": _TEXT,
            "request_id": _TEXT,
            "field": _TEXT,
        },
    }


def not_ready() -> dict[int | str, Schema]:
    """The other answer of `/readyz`."""
    return {503: {"description": "Not now", "content": {"application/json": {"schema": HealthAnswer}}}}
