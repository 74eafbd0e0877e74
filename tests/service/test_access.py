from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from limits.errors import StorageError
from starlette.testclient import TestClient

from .conftest import Start, state_of

ARTICLE = {"id": 1, "title": "校运会下周开幕"}


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def key(client: TestClient, *scopes: str, expires_at: datetime | None = None) -> tuple[str, str]:
    info, secret = state_of(client).keys.create("test", scopes, expires_at=expires_at)
    return info.id, secret


def test_on_loopback_no_key_is_needed_but_a_wrong_one_is_told(start: Start) -> None:
    client = start()
    assert client.post("/v1/score", json=ARTICLE).status_code == 200
    for wrong in ("Bearer nonsense", f"Bearer ql_{'0' * 12}_{'x' * 43}"):
        answer = client.post("/v1/score", json=ARTICLE, headers={"authorization": wrong})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_elsewhere_every_address_but_health_and_the_page_wants_one(start: Start) -> None:
    client = start(host="0.0.0.0")
    document = client.get("/openapi.json").json()
    asked = 0
    for path, methods in document["paths"].items():
        for method in methods:
            if path in ("/healthz", "/readyz"):
                continue
            asked += 1
            answer = client.request(method, path.replace("{id}", "0" * 32), json={})
            assert answer.status_code == 401, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
    assert asked >= 8
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("scopes", "allowed"), [(["score"], "/v1/score"), (["feedback"], "/v1/feedback"), (["admin"], "/v1/reload")]
)
def test_a_key_opens_what_its_scopes_name_and_no_more(start: Start, scopes: list[str], allowed: str) -> None:
    client = start(keys="always")
    _, secret = key(client, *scopes)
    for path in ("/v1/score", "/v1/feedback", "/v1/reload"):
        answer = client.post(path, json={"model": "none"}, headers=bearer(secret))
        assert (answer.status_code == 403) == (path != allowed), path
        if path != allowed:
            assert "scope" in answer.json()["detail"]


def test_revoked_expired_and_rotated_keys(start: Start) -> None:
    client = start(keys="always")
    keys = state_of(client).keys
    identifier, secret = key(client, "score")
    assert client.post("/v1/score", json=ARTICLE, headers=bearer(secret)).status_code == 200
    new = keys.rotate(identifier, timedelta(hours=1))
    for works in (secret, new):
        assert client.post("/v1/score", json=ARTICLE, headers=bearer(works)).status_code == 200
    keys.revoke(identifier)
    for dead in (secret, new):
        assert client.post("/v1/score", json=ARTICLE, headers=bearer(dead)).status_code == 401
    _, over = key(client, "score", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert client.post("/v1/score", json=ARTICLE, headers=bearer(over)).status_code == 401


def test_one_key_does_not_see_anothers_verdicts_and_an_administrator_does(start: Start) -> None:
    client = start(keys="always")
    secrets = [key(client, *scopes)[1] for scopes in (["score"], ["score"], ["score", "admin"])]
    identifier = client.post("/v1/score", json=ARTICLE, headers=bearer(secrets[0])).json()["id"]
    found = [client.get(f"/v1/verdicts/{identifier}", headers=bearer(secret)).status_code for secret in secrets]
    assert found == [200, 404, 200]


def test_feedback_is_for_ones_own_verdicts(start: Start) -> None:
    client = start(keys="always")
    mine, other = (key(client, "score", "feedback")[1] for _ in range(2))
    identifier = client.post("/v1/score", json=ARTICLE, headers=bearer(mine)).json()["id"]
    said = {"verdict_id": identifier, "expected_action": "allow", "categories": ["fraud"], "because": "校运会"}
    assert client.post("/v1/feedback", json=said, headers=bearer(other)).status_code == 404
    assert client.post("/v1/feedback", json=said, headers=bearer(mine)).status_code == 201


def test_over_its_rate_a_key_is_told_when_to_come_again_and_others_are_not_touched(start: Start) -> None:
    client = start(keys="always", rate="3/minute")
    one, other = (key(client, "score")[1] for _ in range(2))
    statuses = [client.post("/v1/score", json=ARTICLE, headers=bearer(one)).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    answer = client.post("/v1/score", json=ARTICLE, headers=bearer(one))
    assert answer.json()["type"] == "urn:qingliu:problem:rate-limited"
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert client.post("/v1/score", json=ARTICLE, headers=bearer(other)).status_code == 200


def test_feedback_counts_for_the_rate_or_one_key_could_fill_the_store(start: Start) -> None:
    client = start(keys="always", rate="2/minute")
    _, secret = key(client, "feedback")
    statuses = [client.post("/v1/feedback", json={}, headers=bearer(secret)).status_code for _ in range(3)]
    assert statuses == [422, 422, 429]


def test_a_batch_counts_its_articles(start: Start) -> None:
    client = start(keys="always", rate="5/minute")
    _, secret = key(client, "score")
    batch = {"articles": [ARTICLE] * 3}
    statuses = [client.post("/v1/score/batch", json=batch, headers=bearer(secret)).status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_no_log_holds_a_key(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    client = start(keys="always")
    identifier, secret = key(client, "score")
    client.post("/v1/score", json=ARTICLE, headers=bearer(secret))
    client.post("/v1/score", json=ARTICLE, headers=bearer(secret[:-1] + "x"))
    logged = capsys.readouterr()
    assert identifier in logged.out + logged.err
    assert secret[16:30] not in logged.out + logged.err


def test_rates_that_cannot_be_counted_are_an_outage_with_a_time_to_come_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start(keys="always")
    _, secret = key(client, "score")

    async def fails(*_: object, **__: object) -> bool:
        raise StorageError(ConnectionError("redis://:secret-word@r"))

    monkeypatch.setattr(state_of(client).rates._limiter, "hit", fails)
    answer = client.post("/v1/score", json=ARTICLE, headers=bearer(secret))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "rates" in answer.json()["detail"]
