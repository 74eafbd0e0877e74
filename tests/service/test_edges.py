"""What the edges of HTTP and JSON let through, and what they must not."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from .conftest import Start, state_of

CLEAN = {"id": 1, "title": "校运会下周开幕"}
EVIL = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


def slug(answer: Any) -> str:
    kind: str = answer.json()["type"]
    return kind.rsplit(":", 1)[-1]


def test_no_address_is_made_up_from_the_host_that_a_caller_names(client: TestClient) -> None:
    answer = client.post("/v1/score/", json=CLEAN, headers={"host": "evil.example"}, follow_redirects=False)
    assert (answer.status_code, slug(answer)) == (404, "not-found")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v1/categories", "/v1/models", "/metrics", "/", "/page.css"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert client.head("/v1/score").status_code == 405


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch", "/v1/jobs", "/v1/feedback", "/v1/reload"])
def test_a_compressed_body_is_refused_and_not_read_as_what_it_is_not(client: TestClient, path: str) -> None:
    body = gzip.compress(json.dumps(CLEAN).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = client.post(path, content=body, headers=headers)
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")
    assert "gzip" in answer.json()["detail"]
    plain = client.post("/v1/score", json=CLEAN, headers={"content-encoding": "identity"})
    assert plain.status_code == 200


@pytest.mark.parametrize("path", ["/v1/feedback", "/v1/reload"])
def test_json_is_wanted_where_no_page_can_be_sent(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b"{}", headers={"content-type": "text/plain"})
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [
        '{"id": 1, "title": "校运会下周开幕", "title": "澳门威尼斯人娱乐城注册送彩金"}',
        '{"id": 1, "title": "x", "links": [{"href": "/a", "href": "/b"}]}',
    ],
)
def test_a_name_that_stands_twice_is_refused_since_others_may_read_the_other_one(client: TestClient, body: str) -> None:
    answer = client.post("/v1/score", content=body.encode())
    assert (answer.status_code, slug(answer)) == (400, "malformed-json")
    assert "twice" in answer.json()["detail"]


@pytest.mark.parametrize("value", [b"[]", b"{}", b'"ab"', b"1.5"])
def test_small_values_without_number_are_refused_before_they_fill_the_memory(client: TestClient, value: bytes) -> None:
    body = b'{"id": 1, "title": "x", "more": [' + (value + b",") * 1_100_000 + b"1]}"
    for path in ("/v1/score", "/v1/score/batch", "/v1/jobs"):
        answer = client.post(path, content=body)
        assert (answer.status_code, slug(answer)) == (413, "too-large"), path
    text = json.dumps({"id": 1, "title": "校运会下周开幕", "text": '[{\\",' * 400_000}).encode()
    assert slug(client.post("/v1/score", content=b"[" + text)) == "malformed-json"  # read as far as the missing end


@pytest.mark.parametrize(
    ("body", "said"), [(b"\xff", "UTF-8"), (b'{"id": NaN}', "number"), (b'{"id": 1e999}', "number")]
)
def test_what_is_no_json_is_told_in_words(client: TestClient, body: bytes, said: str) -> None:
    assert said in client.post("/v1/score", content=body).json()["detail"]


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch", "/v1/jobs", "/v1/feedback", "/v1/reload"])
def test_a_page_of_another_site_cannot_use_the_keyless_service_of_its_reader(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b"{}", headers=EVIL)
    assert (answer.status_code, slug(answer)) == (403, "forbidden")


def test_pages_that_the_operator_names_and_callers_with_a_key_are_no_strangers(start: Start) -> None:
    client = start(cors_origins=("https://cms.example",))
    named = {"origin": "https://cms.example", "sec-fetch-site": "cross-site"}
    assert client.post("/v1/score", json=CLEAN, headers=named).status_code == 200
    own = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert client.post("/v1/score", json=CLEAN, headers=own).status_code == 200
    _, secret = state_of(client).keys.create("page", ["score"])
    headers = EVIL | {"authorization": f"Bearer {secret}"}
    assert client.post("/v1/score", json=CLEAN, headers=headers).status_code == 200


def test_a_key_without_bearer_is_a_mistake_and_not_nobody(start: Start) -> None:
    client = start()
    _, secret = state_of(client).keys.create("cms", ["score"])
    answer = client.post("/v1/score", json=CLEAN, headers={"authorization": secret})
    assert (answer.status_code, slug(answer)) == (401, "unauthorized")
    assert secret not in answer.text


def test_an_empty_name_is_no_name_for_a_reload(client: TestClient) -> None:
    for name in ("model", "policy"):
        answer = client.post("/v1/reload", json={name: ""})
        assert (answer.status_code, slug(answer)) == (422, "invalid-request")


def test_what_never_fits_a_rate_is_no_matter_of_time(start: Start) -> None:
    client = start(keys="always", rate="5/minute")
    _, secret = state_of(client).keys.create("cms", ["score"])
    headers = {"authorization": f"Bearer {secret}"}
    answer = client.post("/v1/score/batch", json={"articles": [CLEAN] * 6}, headers=headers)
    assert (answer.status_code, slug(answer), answer.json()["field"]) == (422, "invalid-request", "articles")
