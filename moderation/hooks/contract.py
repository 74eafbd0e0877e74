"""The HTTP contract of the service: each call as bytes, each answer as what it means."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from moderation.article import Article
from moderation.hooks.exchange import Answer, Call, Trouble
from moderation.hooks.problem import Problem, decoded, refusal
from moderation.hooks.scores import Submitted
from moderation.hooks.sendable import as_record
from moderation.hooks.served import Job, JobResult, Outcome, ServedVerdict
from moderation.readers import InputError
from moderation.renderers.verdict_json import dumps, from_json
from moderation.taxonomy import CategoryId
from moderation.verdict import Action

T = TypeVar("T")

BATCH_AT_MOST = 256
_ID = re.compile(r"[\w-]{1,200}", re.ASCII)
_KEY = re.compile(r"[!-~]{1,255}")


def score(article: Submitted, profile: str | None) -> Call[ServedVerdict]:
    """Judge one article. Raises InputError for what is no JSON object, or an Article that no record describes."""
    record = _record(article)
    read = partial(_served, article_id=_named(record))
    return _post("/v1/score", record, read, profile=profile, about_articles=True)


def score_batch(articles: Iterable[Submitted], profile: str | None) -> Call[list[Outcome]]:
    """Judge up to 256 at once. Raises InputError as `score`, ValueError for more, or none."""
    records = [_record(article) for article in articles]
    if not 1 <= len(records) <= BATCH_AT_MOST:
        raise ValueError(f"a batch is 1 to {BATCH_AT_MOST} articles, not {len(records)}; for more, submit a job")
    read = partial(_batch, ids=[_named(record) for record in records])
    return _post("/v1/score/batch", {"articles": records}, read, profile=profile, about_articles=True)


def submit_job(
    articles: Iterable[Submitted], callback_url: str | None, profile: str | None, idempotency_key: str | None
) -> Call[str]:
    """Hand in many articles; the answer is the id of the job. Raises ValueError for a key that no header can hold."""
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise ValueError("idempotency_key is 1 to 255 visible ASCII characters")
    content = {
        "articles": [_record(article) for article in articles],
        "callback_url": callback_url,
        "profile": profile,
    }
    return _post("/v1/jobs", content, _id_of, success=202, about_articles=True, idempotency_key=idempotency_key)


def job(identifier: str, offset: int, limit: int) -> Call[Job]:
    """How far a job is, with some of its results."""
    query = {"offset": str(offset), "limit": str(limit)}
    return _get(f"/v1/jobs/{_checked_id(identifier)}", partial(_job, identifier=identifier), query)


def feedback(
    verdict_id: str, expected_action: Action | str, categories: Iterable[CategoryId | str] | None, because: str
) -> Call[str]:
    """Say that a verdict was wrong; the answer is the id of the feedback. Raises ValueError for unknown names."""
    action = expected_action if isinstance(expected_action, Action) else Action.parse(expected_action)
    content = {
        "verdict_id": _checked_id(verdict_id),
        "expected_action": str(action),
        "categories": None if categories is None else [str(CategoryId(category)) for category in categories],
        "because": because,
    }
    return _post("/v1/feedback", content, _id_of, success=201)


def verdict(identifier: str) -> Call[dict[str, Any]]:
    """What the service stored of a verdict: explicit text masked."""
    return _get(f"/v1/verdicts/{_checked_id(identifier)}", _object)


def _get(path: str, read: Callable[[Any], T], query: Mapping[str, str] | None = None) -> Call[T]:
    return Call("GET", path, _reader(read, success=200, about_articles=False), query or {}, headers=_request_id())


def _post(
    path: str,
    content: Any,
    read: Callable[[Any], T],
    *,
    success: int = 200,
    profile: str | None = None,
    about_articles: bool = False,
    idempotency_key: str | None = None,
) -> Call[T]:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": idempotency_key or uuid.uuid4().hex,
        **_request_id(),
    }
    query = {"profile": profile} if profile else {}
    reader = _reader(read, success=success, about_articles=about_articles)
    return Call("POST", path, reader, query, _encoded(content), headers)


def _request_id() -> dict[str, str]:
    return {"X-Request-ID": uuid.uuid4().hex}


def _reader(read: Callable[[Any], T], *, success: int, about_articles: bool) -> Callable[[Answer], T]:
    def meaning(answer: Answer) -> T:
        if answer.status != success:
            raise refusal(answer, about_articles=about_articles)
        try:
            return read(decoded(answer))
        except ValueError as error:
            text = f"the service's answer is not what it should be: {error}"
            raise Trouble(text, again=False, down=True) from None

    return meaning


def _record(article: Submitted) -> dict[str, Any]:
    if isinstance(article, Article):
        return as_record(article)
    if not isinstance(article, Mapping):
        raise InputError(f"a record is a JSON object, not {type(article).__name__}")
    return dict(article)


def _named(record: Mapping[str, Any]) -> str:
    """The id that the verdict on a record must bear: as it arrives, where two halves of a pair are one character."""
    return str(json.loads(_encoded(record.get("id"))))


def _encoded(content: Any) -> bytes:
    try:
        return dumps(content).encode()
    except (TypeError, ValueError, RecursionError) as error:
        # Not the error's text, which may quote a value.
        raise InputError(f"the record cannot be written as JSON ({type(error).__name__})") from None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"an object is needed, not {type(value).__name__}")
    return value


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"a list is needed, not {type(value).__name__}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a text is needed, not {type(value).__name__}")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number from zero is needed")
    return value


def _action(name: str) -> Action:
    for action in Action:
        if name == str(action):
            return action
    raise ValueError("an action is unknown")


def _id_of(value: Any) -> str:
    """An id that can be asked for."""
    found = _text(_object(value).get("id"))
    if not _ID.fullmatch(found):
        raise ValueError("its id is not plain")
    return found


def _checked_id(identifier: str) -> str:
    if not _ID.fullmatch(identifier):
        raise ValueError("an id of the service is letters, digits, _ and -")
    return identifier


def _served(value: Any, article_id: str) -> ServedVerdict:
    stored = _object(value).get("stored")
    if not isinstance(stored, bool):
        raise ValueError("stored is true or false")
    found = from_json(value.get("verdict"))
    if found.article_id != article_id:  # another article's verdict is none
        raise ValueError("the verdict is on another article")
    return ServedVerdict.of(found, _id_of(value), stored=stored)


def _outcome(value: Any, article_id: str) -> Outcome:
    if "problem" not in _object(value):
        return _served(value, article_id)
    problem = Problem.read(value["problem"])
    if problem is None:
        raise ValueError("a problem is none of the service's")
    return problem.error(about_articles=True)


def _batch(value: Any, ids: list[str]) -> list[Outcome]:
    results = _items(_object(value).get("results"))
    found = {_count(_object(item).get("index")): item for item in results}
    if len(results) != len(ids) or sorted(found) != list(range(len(ids))):
        raise ValueError("there is not one result for each article")
    return [_outcome(found[number], identifier) for number, identifier in enumerate(ids)]


def _job(value: Any, identifier: str) -> Job:
    content = _object(value)
    if _text(content.get("id")) != identifier:
        raise ValueError("the answer is on another job")
    status = _text(content.get("status"))
    if status not in ("queued", "running", "done"):
        raise ValueError("the status of the job is unknown")
    results = []
    for item in _items(content.get("results")):
        named = _object(item).get("article_id")
        article_id = "" if named is None else str(named)  # a record that cannot be read may have any, or none
        # A finished article is stored: that is where its verdict comes from.
        outcome = _outcome({"stored": True} | item, article_id)
        results.append(JobResult(_count(item.get("index")), article_id, outcome))
    following = content.get("next_offset")
    return Job(
        id=identifier,
        status=status,
        total=_count(content.get("total")),
        finished=_count(content.get("finished")),
        failed=_count(content.get("failed")),
        actions={_action(name): _count(number) for name, number in _object(content.get("actions")).items()},
        callback=_text(_object(content.get("callback")).get("status")),
        results=tuple(results),
        next_offset=None if following is None else _count(following),
    )
