from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import jsonschema
import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from service.app import create_app
from service.jobs.runner import Runner
from service.settings import Settings
from service.store.database import StoreUnavailable
from service.store.tables import IdempotencyRow, JobRow, VerdictRow, now
from tests.service.conftest import Start, state_of
from tests.service.jobs.conftest import articles

HOSTS: Any = {"callback_hosts": ("cms.example",), "callback_secret": "geheim"}


def _done(client: TestClient, identifier: str, **parameters: Any) -> dict[str, Any]:
    for _ in range(600):
        page: dict[str, Any] = client.get(f"/v1/jobs/{identifier}", params=parameters).json()
        if page["status"] == "done":
            return page
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def _problem(answer: Any) -> tuple[int, str, str | None]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    return answer.status_code, body["type"].removeprefix("urn:qingliu:problem:"), body.get("field")


def _jobs(client: TestClient) -> int:
    with state_of(client).database.reading() as session:
        return session.scalar(select(func.count()).select_from(JobRow)) or 0


@pytest.fixture
def idle(start: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts an application that accepts jobs and does none."""

    async def nothing(_: Runner) -> None:
        return None

    monkeypatch.setattr(Runner, "run", nothing)
    return start


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application with narrow limits."""
    database = f"sqlite:///{tmp_path_factory.mktemp('narrow') / 'store.db'}"
    settings = Settings(database=database, job_articles=3, batch_body_limit=4096, **HOSTS)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def test_a_job_is_accepted_done_and_answered_page_by_page(client: TestClient) -> None:
    records = [*articles(4), {"id": "bad"}, {"id": "澳门", "title": "澳门威尼斯人娱乐城注册送彩金"}]
    accepted = client.post("/v1/jobs", json={"articles": records})
    assert accepted.status_code == 202
    created = accepted.json()
    assert (created["status"], created["total"]) == ("queued", 6)
    assert accepted.headers["location"] == f"/v1/jobs/{created['id']}"
    page = _done(client, created["id"])
    assert (page["total"], page["finished"], page["failed"], page["next_offset"]) == (6, 6, 1, None)
    assert page["actions"] == {"allow": 4, "review": 0, "reject": 1}
    assert page["callback"] == {"status": "none", "attempts": 0}
    assert [result["index"] for result in page["results"]] == list(range(6))
    assert [result["article_id"] for result in page["results"]] == ["0", "1", "2", "3", "bad", "澳门"]
    assert page["results"][4]["problem"]["type"] == "urn:qingliu:problem:invalid-article"
    for result in page["results"]:
        if "verdict" in result:
            kept = client.get(f"/v1/verdicts/{result['id']}").json()
            assert kept["verdict"] == result["verdict"]
    pieces = [client.get(f"/v1/jobs/{created['id']}?offset={offset}&limit=4").json() for offset in (0, 4, 8)]
    assert [piece["next_offset"] for piece in pieces] == [4, None, None]
    assert pieces[0]["results"] + pieces[1]["results"] == page["results"]
    assert pieces[2]["results"] == []


def test_the_answers_are_what_the_document_says(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    def check(path: str, method: str, status: str, value: Any) -> None:
        content = document["paths"][path][method]["responses"][status]["content"]["application/json"]
        jsonschema.validate(value, {**content["schema"], "components": document["components"]})

    created = client.post("/v1/jobs", json={"articles": [*articles(1), {"id": 1}]}).json()
    check("/v1/jobs", "post", "202", created)
    check("/v1/jobs/{id}", "get", "200", _done(client, created["id"]))
    with pytest.raises(jsonschema.ValidationError):
        check("/v1/jobs", "post", "202", created | {"total": "2"})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "malformed-json", None)),
        (b"[]", (422, "invalid-request", "articles")),
        ({}, (422, "invalid-request", "articles")),
        ({"articles": []}, (422, "invalid-request", "articles")),
        ({"articles": {"id": 1}}, (422, "invalid-request", "articles")),
        ({"articles": [{"id": 1}, "x"]}, (422, "invalid-request", "articles.1")),
        ({"articles": articles(4)}, (422, "invalid-request", "articles")),
        ({"articles": articles(1), "profile": "none-such"}, (422, "invalid-request", "profile")),
        ({"articles": articles(1), "profile": 1}, (422, "invalid-request", "profile")),
        ({"articles": articles(1), "callback": "x"}, (422, "invalid-request", "callback")),
        ({"articles": articles(1), "callback_url": "http://cms.example/"}, (422, "invalid-request", "callback_url")),
        ({"articles": articles(1), "callback_url": "https://other.example/"}, (422, "invalid-request", "callback_url")),
        ({"articles": articles(1), "callback_url": "javascript:alert(1)"}, (422, "invalid-request", "callback_url")),
        ({"articles": articles(1), "callback_url": "https://a:b@cms.example/"}, (422, "invalid-request", "callback_url")),
        ({"articles": articles(1), "callback_url": 5}, (422, "invalid-request", "callback_url")),
        (b'{"articles": [{"id": 1, "title": "x", "deep": ' + b"[" * 500 + b"]" * 500 + b"}]}", (422, "invalid-request", "articles.0")),
        (b'{"articles": [{"id": 1, "title": "x", "number": NaN}]}', (400, "malformed-json", None)),
        (b'{"articles": [{"id": 1, "title": "' + b"x" * 5000 + b'"}]}', (413, "too-large", None)),
    ],
)  # fmt: skip
def test_what_is_no_job_is_refused_and_leaves_nothing_behind(narrow: TestClient, body: Any, expected: Any) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body)
    assert _problem(narrow.post("/v1/jobs", content=content)) == expected
    assert _jobs(narrow) == 0


def test_it_takes_json_alone(narrow: TestClient) -> None:
    answer = narrow.post("/v1/jobs", content=b"<p>", headers={"content-type": "text/html"})
    assert _problem(answer) == (415, "unsupported-media-type", None)


def test_without_callback_hosts_no_callback_can_be_asked_for(idle: Start) -> None:
    body = {"articles": articles(1), "callback_url": "https://cms.example/"}
    assert _problem(idle().post("/v1/jobs", json=body)) == (422, "invalid-request", "callback_url")
    client = idle(**HOSTS)
    accepted = client.post("/v1/jobs", json=body)
    assert accepted.status_code == 202
    page = client.get(accepted.headers["location"]).json()
    assert page["callback"] == {"status": "pending", "attempts": 0}


def test_the_queue_does_not_grow_for_ever(idle: Start) -> None:
    client = idle(jobs_waiting=3)
    assert client.post("/v1/jobs", json={"articles": articles(5)}).status_code == 202  # by itself, one always fits
    refused = client.post("/v1/jobs", json={"articles": articles(1)})
    assert _problem(refused) == (503, "busy", None)
    assert int(refused.headers["retry-after"]) > 0
    assert _jobs(client) == 1


def test_a_key_sees_its_own_jobs_and_an_administrator_all(idle: Start) -> None:
    client = idle(keys="always")
    keys = state_of(client).keys
    headers = [
        {"Authorization": f"Bearer {keys.create(name, scopes)[1]}"}
        for name, scopes in (("one", ["score"]), ("two", ["score"]), ("root", ["admin", "score"]), ("f", ["feedback"]))
    ]
    body = {"articles": articles(1)}
    place = client.post("/v1/jobs", json=body, headers=headers[0]).headers["location"]
    assert [client.get(place, headers=header).status_code for header in headers] == [200, 404, 200, 403]
    assert client.get(place).status_code == 401
    assert client.post("/v1/jobs", json=body).status_code == 401
    assert client.post("/v1/jobs", json=body, headers=headers[3]).status_code == 403


@pytest.mark.parametrize(("path", "status"), [("0" * 32, 404), ("x", 422), ("0" * 32 + "?limit=0", 422), ("0" * 32 + "?offset=-1", 422)])  # fmt: skip
def test_what_is_not_there_is_a_problem(client: TestClient, path: str, status: int) -> None:
    assert _problem(client.get(f"/v1/jobs/{path}"))[0] == status


def test_a_request_that_is_sent_again_makes_one_job(idle: Start) -> None:
    client = idle()
    body, headers = {"articles": articles(2)}, {"Idempotency-Key": "a"}
    first, second = (client.post("/v1/jobs", json=body, headers=headers) for _ in range(2))
    assert second.status_code == 202
    assert second.json() == first.json()
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotency-replayed"] == "true"
    other = client.post("/v1/jobs", json={"articles": articles(1)}, headers=headers)
    assert _problem(other) == (422, "invalid-request", "Idempotency-Key")
    assert client.post("/v1/jobs", json=body).json()["id"] != first.json()["id"]
    assert _jobs(client) == 2


def test_a_worker_that_dies_between_the_job_and_its_answer_leaves_one_job(
    idle: Start, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = idle(database=database_url)
    state = state_of(client)

    def dies(*_: Any) -> bool:
        raise StoreUnavailable("gone")

    body, headers = {"articles": articles(2)}, {"Idempotency-Key": "a"}
    with monkeypatch.context() as patched:
        patched.setattr(state.idempotency, "finish", dies)
        first = client.post("/v1/jobs", json=body, headers=headers)
    assert _problem(client.post("/v1/jobs", json=body, headers=headers)) == (409, "conflict", None)
    with state.database.session() as session:
        session.execute(update(IdempotencyRow).values(started_at=now() - timedelta(minutes=2)))
    again = client.post("/v1/jobs", json=body, headers=headers)
    assert again.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    assert _jobs(client) == 1


def test_a_store_that_is_away_accepts_no_job(idle: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    client = idle()

    def away(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("away")

    for name in ("create", "get"):
        monkeypatch.setattr(state_of(client).jobs, name, away)
    refused = client.post("/v1/jobs", json={"articles": articles(1)})
    assert _problem(refused) == (503, "unavailable", None)
    assert "retry-after" in refused.headers
    assert _problem(client.get(f"/v1/jobs/{'0' * 32}")) == (503, "unavailable", None)


def test_any_text_that_json_can_hold_can_be_stored(start: Start, database_url: str) -> None:
    client = start(database=database_url)
    title = "校运会\\u0000下周\\ud800开幕\\u202e"
    body = f'{{"articles": [{{"id": "\\u0000\\udc00", "title": "{title}", "x": {"9" * 4000}}}]}}'
    accepted = client.post("/v1/jobs", content=body)
    assert accepted.status_code == 202
    page = _done(client, accepted.json()["id"])
    assert page["failed"] == 0
    assert page["results"][0]["article_id"] == "\x00\udc00"


def test_a_verdict_that_retention_took_is_told_as_such(client: TestClient) -> None:
    identifier = client.post("/v1/jobs", json={"articles": articles(1)}).json()["id"]
    _done(client, identifier)
    with state_of(client).database.session() as session:
        session.query(VerdictRow).delete()
    (result,) = client.get(f"/v1/jobs/{identifier}").json()["results"]
    assert result["problem"]["type"] == "urn:qingliu:problem:not-found"


def test_the_backlog_is_in_the_metrics(client: TestClient) -> None:
    identifier = client.post("/v1/jobs", json={"articles": articles(1)}).json()["id"]
    _done(client, identifier)
    text = client.get("/metrics").text
    for name in ("qingliu_jobs_waiting", "qingliu_dead_letters", 'qingliu_job_articles_total{outcome="finished"}'):
        assert any(line.startswith(name) for line in text.splitlines()), name


def test_no_address_is_called_while_a_job_is_accepted(idle: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: Any, **__: Any) -> Any:
        raise AssertionError("a request went out")

    monkeypatch.setattr(httpx.AsyncClient, "send", called)
    client = idle(**HOSTS)
    body = {"articles": articles(1), "callback_url": "https://cms.example/"}
    assert client.post("/v1/jobs", json=body).status_code == 202
