from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from moderation import Moderator
from moderation.artifacts import default_model
from moderation.verdict import Action
from service.store.differences import DifferenceStore

from .conftest import Start, state_of

ARTICLE = {"id": 1, "title": "校运会下周开幕"}


@pytest.mark.parametrize(
    ("sent", "kept"), [("abc-1.2:3_Z", True), ("x" * 65, False), ("a b", False), ("漢".encode(), False), ("", False)]
)
def test_a_plain_request_id_is_kept_and_another_replaced(client: TestClient, sent: str | bytes, kept: bool) -> None:
    answer = client.get("/healthz", headers={"x-request-id": sent})
    found = answer.headers["x-request-id"]
    assert (found == sent) is kept
    assert re.fullmatch(r"[\w.:-]{1,64}", found)


@pytest.mark.parametrize("path", ["/healthz", "/none", "/v1/categories", "/openapi.json"])
def test_every_answer_is_safe_in_a_browser(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert "access-control-allow-origin" not in client.get(path, headers={"origin": "https://a.example"}).headers


def test_other_origins_are_let_in_only_where_they_are_named(start: Start) -> None:
    client = start(cors_origins=("https://cms.example",))
    for origin, allowed in (("https://cms.example", True), ("https://evil.example", False)):
        answer = client.post("/v1/score", json=ARTICLE, headers={"origin": origin})
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


def test_what_nobody_foresaw_is_a_503_with_every_header_and_counts(
    start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = start()

    def fails(*_: object) -> None:
        raise ZeroDivisionError("校运会")

    monkeypatch.setattr(state_of(client).verdicts, "get", fails)
    answer = client.get(f"/v1/verdicts/{'0' * 32}")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:qingliu:problem:unavailable")
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    logged = capsys.readouterr().out
    assert "ZeroDivisionError" in logged
    assert "校运会" not in logged
    assert 'route="/v1/verdicts/{id}",status="503"' in client.get("/metrics").text


def test_the_log_has_the_action_and_not_the_article(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    title = "澳门威尼斯人娱乐城注册送彩金"
    client.post("/v1/score", json={"id": "澳门-id", "title": title}, headers={"x-request-id": "find-me"})
    client.get("/漢字/澳门")
    logged = capsys.readouterr().out
    assert "find-me" in logged
    assert "reject" in logged
    assert "澳门" not in logged
    assert "漢" not in logged


def test_the_metrics_tell_stages_actions_queue_and_the_encoders_share(start: Start) -> None:
    client = start()
    model = state_of(client).release.moderator(None)
    tried = model.texts  # when it was loaded
    client.post("/v1/score", json=ARTICLE)
    client.post("/v1/score", json={"id": 2, "title": "澳门威尼斯人娱乐城注册送彩金"})
    client.post("/v1/score", json={"id": 2})
    text = client.get("/metrics").text
    for stage in ("wait", "read", "judge", "render", "store"):
        assert f'qingliu_stage_seconds_count{{stage="{stage}"}}' in text
    assert 'qingliu_verdicts_total{action="allow"} 1.0' in text
    assert 'qingliu_verdict_categories_total{action="reject",category="gambling"} 1.0' in text
    assert "qingliu_queue 0.0" in text
    assert "qingliu_queue_places 66.0" in text
    asked, read = (now - before for now, before in zip(model.texts, tried, strict=True))
    shares = dict(re.findall(r'qingliu_texts_total\{model="(\w+)"\} ([\d.]+)', text))
    assert float(shares["fast"]) + float(shares["encoder"]) == asked > 0
    assert float(shares["encoder"]) == read
    assert "qingliu_score_drift -1.0" in text


def test_a_shadow_model_scores_a_share_and_its_differences_are_kept_and_never_acted_on(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start(shadow_model=default_model(), shadow_share=1.0)
    shadow = state_of(client).shadow
    assert shadow is not None
    score = shadow.release.moderator(None).score
    other = shadow.release.moderator(None)
    monkeypatch.setattr(other, "score", lambda article: replace(score(article), action=Action.REJECT), raising=False)
    assert isinstance(other, Moderator)
    answer = client.post("/v1/score", json=ARTICLE)
    assert answer.json()["verdict"]["action"] == "allow"
    shadow.close()
    assert 'qingliu_shadow_total{outcome="different"} 1.0' in client.get("/metrics").text
    (pair,) = DifferenceStore(state_of(client).database).summary(datetime.now(UTC) - timedelta(hours=1))
    assert (pair.current, pair.shadow, pair.count) == ("allow", "reject", 1)
