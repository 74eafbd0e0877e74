from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from moderation import Article, Moderator, read_record
from moderation.renderers import verdict_json
from service.problem import MEDIA_TYPE
from service.store.database import StoreUnavailable
from service.store.retention import purge

from .conftest import Start, state_of

CLEAN = {"id": "draft-7", "title": "社区图书馆周末开放时间调整", "html": "<p>本周六起，阅览室延长到晚上九点。</p>"}
BAD = {"id": 8, "title": "澳门威尼斯人娱乐城注册送彩金"}
PAGE = "<html><head><title>校运会下周开幕</title></head><body><p>请各班按时到场。</p></body></html>"
SOURCE = Path(__file__).parents[2] / "examples" / "articles"


def without_time(verdict: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in verdict.items() if name != "elapsed_ms"}


def test_the_verdict_is_the_librarys_and_keeps_the_published_contract(client: TestClient) -> None:
    for record, action in ((CLEAN, "allow"), (BAD, "reject")):
        answer = client.post("/v1/score", json=record)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert body["stored"] is True
        jsonschema.validate(body["verdict"], verdict_json.schema())
        article = read_record(record)
        own = json.loads(verdict_json.dumps(verdict_json.to_json(Moderator.load().score(article), article)))
        assert without_time(body["verdict"]) == without_time(own)
        assert body["verdict"]["action"] == action


def test_the_examples_are_judged_as_pages(client: TestClient) -> None:
    for path in sorted(SOURCE.glob("*.html")):
        answer = client.post("/v1/score", content=path.read_bytes(), headers={"content-type": "text/html"})
        assert answer.status_code == 200, path


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html", PAGE.encode()),
        ("text/html; charset=gb2312", PAGE.encode("gb18030")),
        ("text/markdown", "# 校运会下周开幕\n\n请各班按时到场。".encode()),
        ("text/plain", "校运会下周开幕\n\n请各班按时到场。".encode()),
    ],
)
def test_a_raw_page_or_text_is_read_as_it_is(client: TestClient, media_type: str, body: bytes) -> None:
    answer = client.post("/v1/score?id=page-1", content=body, headers={"content-type": media_type})
    assert answer.status_code == 200
    verdict = answer.json()["verdict"]
    assert (verdict["article_id"], verdict["action"]) == ("page-1", "allow")
    other = client.post("/v1/score", params={"title": BAD["title"]}, content=body, headers={"content-type": media_type})
    assert other.json()["verdict"]["action"] == "reject"


@pytest.mark.parametrize(
    ("body", "status", "slug", "field"),
    [
        (b"{", 400, "malformed-json", None),
        (b"", 400, "malformed-json", None),
        (b"\xff\xfe", 400, "malformed-json", None),
        (b"[" * 100_000, 400, "malformed-json", None),
        (b'{"id": 1, "title": ' + b"9" * 5000 + b"}", 400, "malformed-json", None),
        (b"[]", 422, "invalid-article", None),
        (b"null", 422, "invalid-article", None),
        (b'{"id": 1}', 422, "invalid-article", "title"),
        (b'{"title": "x"}', 422, "invalid-article", "id"),
        (b'{"id": 1, "title": 5}', 422, "invalid-article", "title"),
        (b'{"id": 1, "title": "x", "html": "a", "text": "b"}', 422, "invalid-article", "text"),
        (b'{"id": 1, "title": "x", "links": [{}]}', 422, "invalid-article", "links[0]"),
        (b'{"id": 1, "title": "x", "crawler_view": 1}', 422, "invalid-article", "crawler_view"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_field(
    client: TestClient, body: bytes, status: int, slug: str, field: str | None
) -> None:
    answer = client.post("/v1/score", content=body, headers={"content-type": "application/json"})
    told = answer.json()
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert (answer.status_code, told["status"]) == (status, status)
    assert told["type"] == f"urn:qingliu:problem:{slug}"
    assert told.get("field") == field
    assert told["instance"] == "/v1/score"
    assert told["request_id"] == answer.headers["x-request-id"]


def test_other_media_types_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/score", content=b"x", headers={"content-type": "application/pdf"})
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:qingliu:problem:unsupported-media-type")
    batch = client.post("/v1/score/batch", content=b"x", headers={"content-type": "text/html"})
    assert batch.status_code == 415


def test_a_body_over_the_limit_is_refused_whether_its_size_is_told_or_not(start: Start) -> None:
    client = start(body_limit=2000)
    big = json.dumps({"id": 1, "title": "长" * 3000}).encode()
    assert client.post("/v1/score", content=big).status_code == 413
    assert client.post("/v1/score", content=iter([big[:1500], big[1500:]])).status_code == 413
    assert client.post("/v1/score", json=CLEAN).status_code == 200
    assert client.post("/v1/score/batch", json={"articles": [CLEAN] * 20}).status_code == 200


def test_a_browser_gets_the_report(client: TestClient) -> None:
    answer = client.post("/v1/score", json=BAD, headers={"accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "清流审核报告" in answer.text


def test_the_report_can_stand_beside_the_verdict_it_shows(client: TestClient) -> None:
    answer = client.post("/v1/score?report=true", json=BAD).json()
    assert answer["verdict"]["action"] == "reject"
    assert answer["report"].startswith("<!DOCTYPE html>")
    assert 'class="head reject"' in answer["report"]
    assert "report" not in client.post("/v1/score", json=BAD).json()


def test_a_profile_changes_the_verdict_and_an_unknown_one_is_refused(client: TestClient) -> None:
    profiles = client.get("/v1/models").json()["policy"]["profiles"]
    assert client.post("/v1/score", params={"profile": profiles[0]}, json=CLEAN).status_code == 200
    for path, body in (("/v1/score", CLEAN), ("/v1/score/batch", {"articles": [CLEAN]})):
        answer = client.post(path, params={"profile": "none"}, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "profile")


def test_what_only_a_crawler_is_shown_is_found(client: TestClient) -> None:
    shown = CLEAN | {"crawler_view": f"<title>{BAD['title']}</title><p>{BAD['title']}</p>"}
    verdict = client.post("/v1/score", json=shown).json()["verdict"]
    assert verdict["action"] == "reject"
    assert any(evidence["field"].startswith("crawler") for s in verdict["signals"] for evidence in s["evidence"])


def test_half_a_surrogate_pair_and_a_null_byte_are_text_like_any_other(client: TestClient) -> None:
    answer = client.post("/v1/score", content=rb'{"id": "\ud800", "title": "\u0000\udc00 x"}')
    assert answer.status_code == 200
    assert client.get(f"/v1/verdicts/{answer.json()['id']}").status_code == 200


def test_a_batch_answers_in_order_and_a_bad_article_harms_no_other(client: TestClient) -> None:
    articles = [CLEAN, {"id": 2}, BAD, "no record", {"id": 5, "title": "校运会下周开幕"}]
    results = client.post("/v1/score/batch", json={"articles": articles}).json()["results"]
    assert [result["index"] for result in results] == [0, 1, 2, 3, 4]
    assert [result["verdict"]["action"] if "verdict" in result else None for result in results] == [
        "allow",
        None,
        "reject",
        None,
        "allow",
    ]
    assert results[1]["problem"]["field"] == "title"
    assert results[1]["article_id"] == 2
    assert "id" not in results[1]


@pytest.mark.parametrize(
    "body", [{}, [], {"articles": []}, {"articles": "x"}, {"articles": [CLEAN] * 257}, 3, {"articles": {}}]
)
def test_a_batch_of_nothing_or_too_much_is_refused(client: TestClient, body: Any) -> None:
    answer = client.post("/v1/score/batch", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "articles")


def test_the_store_holds_no_explicit_text_and_no_article_unless_asked_for(start: Start, tmp_path: Path) -> None:
    title = "成人在线偷拍视频免费观看"
    client = start()
    answer = client.post("/v1/score", json={"id": 1, "title": title, "text": "别处没有的一句话。"}).json()
    assert title in json.dumps(answer, ensure_ascii=False)
    stored = client.get(f"/v1/verdicts/{answer['id']}").json()
    assert stored["text"] is None
    assert stored["verdict"]["action"] == answer["verdict"]["action"] == "reject"
    assert title not in json.dumps(stored, ensure_ascii=False)
    jsonschema.validate(stored["verdict"], verdict_json.schema())
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert title.encode() not in files
    assert json.dumps(title).strip('"').encode() not in files


def test_the_text_is_kept_where_the_operator_asks_for_it(start: Start) -> None:
    client = start(keep_text=True)
    identifier = client.post("/v1/score", json=CLEAN).json()["id"]
    assert json.loads(client.get(f"/v1/verdicts/{identifier}").json()["text"]) == CLEAN


def test_a_request_sent_again_is_answered_once(start: Start) -> None:
    client = start()
    again = {"idempotency-key": "draft-7/1"}
    first = client.post("/v1/score", json=CLEAN, headers=again)
    second = client.post("/v1/score", json=CLEAN, headers=again)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json() == second.json()
    other = client.post("/v1/score", json=BAD, headers=again)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")
    assert client.post("/v1/score", json=BAD, headers={"idempotency-key": "x" * 256}).status_code == 422
    batch = {"articles": [CLEAN, {"id": 2}]}
    answers = [client.post("/v1/score/batch", json=batch, headers=again).json() for _ in range(2)]
    assert answers[0] == answers[1]


def test_a_refused_request_may_be_mended_under_the_same_key(start: Start) -> None:
    client = start()
    again = {"idempotency-key": "k"}
    assert client.post("/v1/score", json={"id": 1}, headers=again).status_code == 422
    assert client.post("/v1/score", json=CLEAN, headers=again).status_code == 200


def test_while_the_first_is_at_work_the_second_is_told(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = start()
    begun, go_on, score = Event(), Event(), Moderator.score

    def slow(self: Moderator, article: Article, crawler_view: Article | None = None) -> Any:
        begun.set()
        go_on.wait(10)
        return score(self, article, crawler_view)

    monkeypatch.setattr(Moderator, "score", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/score", json=CLEAN, headers={"idempotency-key": "k"})
        begun.wait(10)
        second = client.post("/v1/score", json=CLEAN, headers={"idempotency-key": "k"})
        go_on.set()
        assert (second.status_code, second.json()["type"]) == (409, "urn:qingliu:problem:conflict")
        assert second.headers["retry-after"] == "1"
        assert first.result().status_code == 200


def test_without_its_store_the_service_still_judges_and_says_so(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    client = start()
    state = state_of(client)

    def away(*_: object, **__: object) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(state.verdicts, "submit", away)
    monkeypatch.setattr(state.idempotency, "begin", away)
    monkeypatch.setattr(type(state.database), "ping", away)
    answer = client.post("/v1/score", json=CLEAN, headers={"idempotency-key": "k"})
    assert (answer.status_code, answer.json()["stored"]) == (200, False)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "degraded", "reasons": ["store unavailable"]})
    assert "qingliu_unstored_verdicts_total 1.0" in client.get("/metrics").text
    monkeypatch.setattr(state.verdicts, "get", away)
    gone = client.get(f"/v1/verdicts/{'0' * 32}")
    assert (gone.status_code, gone.headers["retry-after"]) == (503, "5")


def test_an_outage_is_no_verdict_and_its_text_quotes_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = start()

    def fails(*_: object, **__: object) -> Any:
        raise RuntimeError(f"cannot score {BAD['title']}")

    monkeypatch.setattr(Moderator, "score", fails)
    answer = client.post("/v1/score", json=BAD)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:qingliu:problem:unavailable")
    assert answer.headers["retry-after"]
    results = client.post("/v1/score/batch", json={"articles": [BAD]}).json()["results"]
    assert results[0]["problem"]["status"] == 503
    assert str(BAD["title"]) not in answer.text + capsys.readouterr().out


def test_over_the_time_limit_there_is_no_verdict(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    client = start(time_limit=0.1, threads=1, waiting=1)
    gate = Event()
    monkeypatch.setattr(Moderator, "score", lambda *_: gate.wait(10))
    answer = client.post("/v1/score", json=CLEAN)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:qingliu:problem:timed-out")
    # The stuck thread keeps its place, a second article waits in vain, and a third is refused at once.
    assert client.post("/v1/score", json=CLEAN).status_code == 503
    gate.set()


def test_a_repeated_request_whose_verdict_is_gone_is_judged_anew(start: Start) -> None:
    client = start()
    headers = {"idempotency-key": "draft-7"}
    sent = [("/v1/score", CLEAN), ("/v1/score/batch", {"articles": [CLEAN]})]
    for path, body in sent:
        assert client.post(path, json=body, headers=headers).status_code == 200
        assert "idempotency-replayed" in client.post(path, json=body, headers=headers).headers
    purge(state_of(client).database, datetime.now(UTC), 0)
    for path, body in sent:
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert "idempotency-replayed" not in answer.headers


def test_batches_wait_in_a_queue_that_does_not_grow_without_end(start: Start) -> None:
    client = start()
    engine = state_of(client).engine
    engine._patiently = 1000
    answer = client.post("/v1/score/batch", json={"articles": [CLEAN] * 25})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:qingliu:problem:busy")
    assert answer.headers["retry-after"] == "1"
    assert client.post("/v1/score", json=CLEAN).status_code == 200
    engine._patiently = 0
    assert client.post("/v1/score/batch", json={"articles": [CLEAN] * 25}).status_code == 200


def test_more_than_can_wait_is_refused_with_a_time_to_come_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = start(threads=1, waiting=1)
    gate, score = Event(), Moderator.score

    def slow(self: Moderator, article: Article, crawler_view: Article | None = None) -> Any:
        gate.wait(10)
        return score(self, article, crawler_view)

    monkeypatch.setattr(Moderator, "score", slow)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(client.post, "/v1/score", json=CLEAN) for _ in range(2)]
        while state_of(client).engine.open < 2:
            pass
        answer = client.post("/v1/score", json=CLEAN)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:qingliu:problem:busy")
        assert answer.headers["retry-after"] == "1"
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        gate.set()
        assert [future.result().status_code for future in running] == [200, 200]
