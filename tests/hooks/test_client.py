"""Both clients against a server that misbehaves: what is an outage, what a mistake, what is asked again."""

from __future__ import annotations

import logging
import pickle
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from moderation.hooks import (
    AsyncClient,
    Breaker,
    BreakerState,
    Client,
    ClientError,
    ServedVerdict,
    Unavailable,
    contract,
    exchange,
)
from moderation.readers import InputError
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Verdict

from .fake import RECORD
from .misbehaving import (
    Behaviour,
    Service,
    answer,
    cut,
    dripping_body,
    dripping_headers,
    endless,
    hang_up,
    judged,
    problem,
    published,
    reset,
    silent,
)

Connect = Callable[..., Any]
LURE = "国产精品久久久久人妻"
PROXY_PAGE = "<html><body><h1>502 Bad Gateway</h1><p>国产精品久久久久人妻</p></body></html>"
WRAPPED = {"id": "v-1", "stored": True, "verdict": published()}


def test_a_verdict_comes_as_the_dataclass_it_was(connect: Connect, service: Service) -> None:
    service.script = [judged(Action.REJECT)]
    verdict = connect(service.url).score(RECORD)
    assert isinstance(verdict, Verdict)
    assert verdict.action is Action.REJECT
    assert verdict.probability(CategoryId.EXPLICIT) == 0.98
    assert (verdict.id, verdict.stored, verdict.article_id) == ("v-a-1", True, "a-1")
    assert pickle.loads(pickle.dumps(verdict)) == verdict


def test_the_record_travels_as_it_is(connect: Connect, service: Service) -> None:
    record = {
        "id": 7,
        "title": "茶\ud800叶\u2028",
        "html": "<p>晴\x85。",
        "crawler_view": "<p>",
        "links": [{"href": "x"}],
    }
    connect(service.url, "ql_1_abc", profile="news").score(record)
    (request,) = service.requests
    assert request.content == record
    assert (request.method, request.path) == ("POST", "/v1/score?profile=news")
    assert request.headers["authorization"] == "Bearer ql_1_abc"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("identifier", [7, "7", "/news/茶", "\ud83d", "\ud83d\ude00", "\u2028"])
def test_any_id_comes_back(connect: Connect, service: Service, identifier: Any) -> None:
    service.script = [
        lambda request: answer(200, WRAPPED | {"verdict": published(article_id=str(request.content["id"]))})(request)
    ]
    connect(service.url).score({"id": identifier, "title": "茶"})


def test_a_service_below_a_path_is_found(connect: Connect, service: Service) -> None:
    connect(f"{service.url}/moderation/").score(RECORD)
    assert service.requests[0].path == "/moderation/v1/score"


# Each is one answer, or none, to every request.
ASKED_AGAIN: dict[str, Behaviour] = {
    "hangs up": hang_up,
    "resets": reset,
    "cut": cut,
    "busy": problem(503, "busy", retry="0"),
    "unavailable": problem(503, "unavailable"),
    "rate limited": problem(429, "rate-limited", retry="0"),
    "out of time": problem(503, "timed-out", retry="0"),
    "503 of a proxy": answer(503, PROXY_PAGE, "text/html"),
    "no HTTP": lambda request: request.socket.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
}
OUTAGES: dict[str, Behaviour] = {
    "error": problem(500, "internal"),
    "502 of a proxy": answer(502, PROXY_PAGE, "text/html"),
    "504 of a proxy": answer(504, PROXY_PAGE, "text/html"),
    "page of a proxy": answer(200, PROXY_PAGE, "text/html"),
    "first attempt at work": problem(409, "conflict", retry="1"),
    "body too slow": problem(408, "body-timed-out"),
    "404 of a proxy": answer(404, PROXY_PAGE, "text/html"),
    "403 of a proxy": answer(403, PROXY_PAGE, "text/html"),
    "400 of a proxy": answer(400, PROXY_PAGE, "text/html"),
    "problem of another service": answer(422, {"type": "about:blank", "status": 422}),
    "redirect": answer(307, b"", Location="/elsewhere"),
    "moved": answer(301, WRAPPED, Location="/elsewhere"),
    "nothing": answer(200, b""),
    "no content": answer(204, b""),
    "created": answer(201, WRAPPED),
    "garbage": answer(200, b'{"id": "v-1", "verdict": \xff'),
    "deep": answer(200, b"[" * 200_000),
    "list": answer(200, []),
    "null": answer(200, b"null"),
    "NaN": answer(200, b'{"id": "v-1", "stored": true, "verdict": {"elapsed_ms": NaN}}'),
    "bare verdict": answer(200, published()),
    "no verdict": answer(200, WRAPPED | {"verdict": None}),
    "unknown action": answer(200, WRAPPED | {"verdict": published() | {"action": LURE}}),
    "unknown field": answer(200, WRAPPED | {"verdict": published() | {"surprise": 1}}),
    "less": answer(200, WRAPPED | {"verdict": {"action": "allow", "article_id": "a-1"}}),
    "no id": answer(200, {"stored": True, "verdict": published()}),
    "odd id": answer(200, WRAPPED | {"id": "../admin"}),
    "perhaps stored": answer(200, WRAPPED | {"stored": "yes"}),
    "another article": answer(200, WRAPPED | {"verdict": published(article_id="a-2")}),
    "compressed": answer(200, WRAPPED, Content_Encoding="gzip"),
}


@pytest.mark.parametrize("name", [*ASKED_AGAIN, *OUTAGES])
def test_what_is_no_answer_is_an_outage(connect: Connect, service: Service, name: str) -> None:
    service.script = [(ASKED_AGAIN | OUTAGES)[name]]
    with pytest.raises(Unavailable) as error:
        connect(service.url).score({"id": "a-1", "title": LURE})
    assert str(error.value).isascii()
    assert len(service.requests) == (3 if name in ASKED_AGAIN else 1)
    assert len({request.headers["idempotency-key"] for request in service.requests}) == 1
    assert len({request.body for request in service.requests}) == 1


@pytest.mark.parametrize("name", ASKED_AGAIN)
def test_a_service_that_recovers_is_asked_again(connect: Connect, service: Service, name: str) -> None:
    service.script = [ASKED_AGAIN[name], ASKED_AGAIN[name], judged()]
    client = connect(service.url)
    assert client.score(RECORD).action is Action.ALLOW
    assert len(service.requests) == 3
    assert client.score(RECORD).action is Action.ALLOW
    keys = [request.headers["idempotency-key"] for request in service.requests]
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]


def test_a_refused_connection_is_an_outage_and_tried_again(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, exchange.__name__)
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(Unavailable, match=r"no answer of http://127\.0\.0\.1:\d+: ConnectError \(attempt 3\)"):
        connect(url).score(RECORD)
    assert [record.getMessage()[:28] for record in caplog.records] == [
        "attempt 1 at POST /v1/score:",
        "attempt 2 at POST /v1/score:",
    ]


@pytest.mark.parametrize("slow", [silent, dripping_headers, dripping_body])
def test_the_deadline_is_kept(connect: Connect, service: Service, slow: Behaviour) -> None:
    connect(service.url).score(RECORD)  # what is imported at a first call takes its time
    service.script = [slow]
    with pytest.raises(Unavailable, match=r"the deadline of 0\.3 s passed: no answer of .*\(attempt 1\)"):
        connect(service.url, deadline=0.3).score(RECORD)
    # The server would have gone on for half a minute; it saw the client leave.
    assert service.left.wait(20)


def test_a_pause_between_two_pieces_has_its_own_limit(connect: Connect, service: Service) -> None:
    service.script = [silent]
    with pytest.raises(Unavailable, match=r"^no answer of .*: ReadTimeout \(attempt 1\)"):
        connect(service.url, read_timeout=0.1, deadline=60.0).score(RECORD)


def test_the_deadline_holds_over_all_attempts(connect: Connect, service: Service) -> None:
    service.script = [problem(503, "busy", retry="1"), judged()]
    with pytest.raises(Unavailable, match=r"answered 503 busy \(attempt 1\)"):
        connect(service.url, deadline=0.9).score(RECORD)
    assert len(service.requests) == 1


def test_retry_after_is_waited_for(connect: Connect, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def asleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("moderation.hooks.client.sleep", slept.append)
    monkeypatch.setattr("moderation.hooks.async_client.sleep", asleep)
    service.script = [problem(429, "rate-limited", retry="3"), judged()]
    assert connect(service.url).score(RECORD).action is Action.ALLOW
    assert slept == [3.0]


def test_a_server_that_does_not_read_does_not_hold_the_client(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        client = connect(f"http://127.0.0.1:{deaf.getsockname()[1]}", deadline=0.5, read_timeout=60)
        with pytest.raises(Unavailable, match=r"the deadline of 0\.5 s passed"):
            client.score({"id": 1, "title": "天气", "text": "晴" * 9_000_000})


def test_a_huge_answer_is_not_read(connect: Connect, service: Service) -> None:
    service.script = [endless]
    with pytest.raises(Unavailable, match="the answer is over 1000000 bytes"):
        connect(service.url, answer_limit=1_000_000).score(RECORD)
    assert service.left.wait(20)


@pytest.mark.parametrize("retried", [hang_up, problem(503, "busy", retry="0")])
def test_a_call_of_one_attempt_is_not_repeated(connect: Connect, service: Service, retried: Behaviour) -> None:
    service.script = [retried]
    with pytest.raises(Unavailable):
        connect(service.url, attempts=1).score(RECORD)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("status", "slug"),
    [
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not-found"),
        (415, "unsupported-media-type"),
    ],
)
def test_a_refused_call_is_the_callers_mistake(connect: Connect, service: Service, status: int, slug: str) -> None:
    service.script = [problem(status, slug, request_id="r-1", detail=f"wrong {LURE}")]
    with pytest.raises(ClientError) as error:
        connect(service.url).score(RECORD)
    assert str(error.value) == f"the service refuses the call: {status} {slug}: wrong ... (request r-1)"
    assert (error.value.status, error.value.slug, error.value.request_id) == (status, slug, "r-1")
    again = pickle.loads(pickle.dumps(error.value))
    assert (str(again), again.status, again.slug) == (str(error.value), status, slug)
    assert len(service.requests) == 1


@pytest.mark.parametrize("field", ["profile", "Idempotency-Key"])
def test_an_unknown_profile_is_no_fault_of_the_article(connect: Connect, service: Service, field: str) -> None:
    service.script = [problem(422, "invalid-request", field=field)]
    with pytest.raises(ClientError, match=f"422 invalid-request: field '{field}'"):
        connect(service.url).score(RECORD)


@pytest.mark.parametrize(
    ("behaviour", "field", "message"),
    [
        (problem(422, "invalid-article", field="links[0].anchor", detail="a text is needed"), "links[0].anchor", "a text is needed"),
        (problem(422, "invalid-article", field=LURE, detail=f"wrong {LURE}"), None, "wrong ..."),
        (problem(422, "invalid-request", field="title"), "title", "it is invalid-request"),
        (problem(422, "invalid-request"), None, "it is invalid-request"),
        (problem(400, "malformed-json"), None, "it is malformed-json"),
        (problem(413, "too-large"), None, "it is too-large"),
        (answer(413, PROXY_PAGE, "text/html"), None, "the article is larger than a proxy before the service takes"),
    ],
)  # fmt: skip
def test_a_refused_article_is_bad_input(
    connect: Connect, service: Service, behaviour: Behaviour, field: str | None, message: str
) -> None:
    service.script = [behaviour]
    with pytest.raises(InputError) as error:
        connect(service.url).score(RECORD)
    assert (error.value.field, error.value.message) == (field, message)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "record",
    ["天气", None, ["天气"], {"id": 1, "title": {1, 2}}, {"id": float("nan")}, {"id": 10**5000}, {(1, 2): LURE}],
)
def test_what_is_no_json_is_bad_input_and_not_sent(connect: Connect, service: Service, record: Any) -> None:
    with pytest.raises(InputError, match=r"^[ -~]+$"):
        connect(service.url).score(record)
    assert not service.requests


def test_a_record_that_holds_itself_is_bad_input(connect: Connect, service: Service) -> None:
    record: dict[str, Any] = {"id": 1}
    record["title"] = record
    with pytest.raises(InputError, match="cannot be written as JSON"):
        connect(service.url).score(record)


class TestBreaker:
    def test_a_dead_service_is_left_alone_and_found_again(self, connect: Connect, service: Service) -> None:
        class Clock:
            now = 0.0

            def __call__(self) -> float:
                return self.now

        clock = Clock()
        client = connect(service.url, attempts=1, breaker=Breaker(3, 10.0, clock=clock))
        service.script = [reset]
        for _ in range(5):
            with pytest.raises(Unavailable):
                client.score(RECORD)
        assert len(service.requests) == 3
        service.script = [judged()]
        clock.now = 10.0
        assert client.score(RECORD).action is Action.ALLOW
        assert client.breaker.state == BreakerState.CLOSED

    @pytest.mark.parametrize("name", ["error", "404 of a proxy", "403 of a proxy"])
    def test_one_article_cannot_open_it(self, connect: Connect, service: Service, name: str) -> None:
        service.script = [OUTAGES[name]]
        client = connect(service.url, breaker=Breaker(2))
        for _ in range(4):
            with pytest.raises(Unavailable):
                client.score(RECORD)
        assert len(service.requests) == 4
        assert client.breaker.state == BreakerState.CLOSED

    @pytest.mark.parametrize("slug", ["timed-out", "unavailable"])
    def test_nor_one_that_takes_too_long_or_fails(self, connect: Connect, service: Service, slug: str) -> None:
        service.script = [problem(503, slug, retry="0")]
        client = connect(service.url, breaker=Breaker(2))
        with pytest.raises(Unavailable):
            client.score(RECORD)
        assert client.breaker.state == BreakerState.CLOSED

    @pytest.mark.parametrize("behaviour", [problem(503, "busy", retry="0"), answer(503, PROXY_PAGE, "text/html")])
    def test_too_much_at_once_does(self, connect: Connect, service: Service, behaviour: Behaviour) -> None:
        service.script = [behaviour]
        client = connect(service.url, breaker=Breaker(2))
        with pytest.raises(Unavailable):
            client.score(RECORD)
        assert client.breaker.state == BreakerState.OPEN

    def test_a_flapping_service_keeps_it_closed(self, connect: Connect, service: Service) -> None:
        client = connect(service.url, breaker=Breaker(3))
        for _ in range(6):
            service.script = [reset, reset, judged()]
            assert client.score(RECORD).action is Action.ALLOW
        assert client.breaker.state == BreakerState.CLOSED


class TestConnections:
    def test_one_is_kept_for_many_calls(self, connect: Connect, service: Service) -> None:
        client = connect(service.url)
        for _ in range(3):
            client.score(RECORD)
        assert {request.connection for request in service.requests} == {0}

    def test_another_process_has_its_own(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        with Client(service.url) as client:
            client.score(RECORD)
            with monkeypatch.context() as forked:
                forked.setattr("moderation.hooks.client.os.getpid", lambda: -1)
                client.score(RECORD)
                client.close()
            client.score(RECORD)
        assert [request.connection for request in service.requests] == [0, 1, 0]

    def test_an_idle_connection_that_the_server_closed_is_no_outage(self, connect: Connect, service: Service) -> None:
        client = connect(service.url)
        client.score(RECORD)
        service.connections[0].shutdown(socket.SHUT_RDWR)
        assert client.score(RECORD).action is Action.ALLOW

    def test_no_proxy_of_the_environment_sees_an_article(
        self, connect: Connect, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert connect(service.url).score(RECORD).action is Action.ALLOW

    def test_a_closed_client_opens_anew(self, service: Service) -> None:
        client = Client(service.url)
        for _ in range(2):
            client.score(RECORD)
            client.close()
        assert [request.connection for request in service.requests] == [0, 1]

    def test_tls_without_a_trusted_certificate_is_an_outage(self, connect: Connect, service: Service) -> None:
        url = service.url.replace("http://", "https://")
        context = ssl.create_default_context()
        with pytest.raises(Unavailable, match="ConnectError"):
            connect(url, ssl_context=context, attempts=1).score(RECORD)


def test_threads_get_each_their_own_verdict(service: Service) -> None:
    service.script = [judged()]
    with Client(service.url) as client, ThreadPoolExecutor(16) as pool:
        verdicts = list(pool.map(lambda number: client.score({"id": number, "title": "天气"}), range(64)))
    assert [verdict.article_id for verdict in verdicts] == [str(number) for number in range(64)]
    assert len({request.headers["idempotency-key"] for request in service.requests}) == 64


class TestOtherCalls:
    def test_a_batch_has_one_outcome_for_each(self, connect: Connect, service: Service) -> None:
        bad = {"type": "urn:qingliu:problem:invalid-article", "status": 422, "detail": "is missing", "field": "title"}
        late = {"type": "urn:qingliu:problem:timed-out", "status": 503, "detail": "too long"}
        odd = {"type": "urn:qingliu:problem:forbidden", "status": 403, "detail": "no"}
        results = [
            {"index": 3, "article_id": "d", "problem": odd},
            {"index": 1, "article_id": "b", "problem": bad},
            {"index": 0, "id": "v-1", "stored": True, "verdict": published(Action.REVIEW, "a")},
            {"index": 2, "article_id": "c", "problem": late},
        ]
        service.script = [answer(200, {"results": results})]
        records = [{"id": name, "title": "天气"} for name in "abcd"]
        good, refused, unavailable, forbidden = connect(service.url, profile="shop").score_batch(iter(records))
        assert isinstance(good, ServedVerdict)
        assert good.action is Action.REVIEW
        assert isinstance(refused, InputError)
        assert str(refused) == "field 'title': is missing"
        assert isinstance(unavailable, Unavailable)
        assert isinstance(forbidden, ClientError)
        (request,) = service.requests
        assert request.path == "/v1/score/batch?profile=shop"
        assert request.content == {"articles": records}

    @pytest.mark.parametrize(
        "results",
        [
            [],
            [{"index": 1, "id": "v-1", "stored": True, "verdict": published()}],
            [{"index": 0, "id": "v-1", "stored": True, "verdict": published(article_id="b")}],
            [{"index": 0, "id": "v-1", "stored": True, "verdict": published()}] * 2,
            [{"index": 0, "problem": {"type": "about:blank", "status": 422}}],
            [{"index": 0, "problem": None}],
            [{"index": True, "id": "v-1", "stored": True, "verdict": published()}],
            [None],
            None,
        ],
    )
    def test_a_batch_that_is_not_whole_is_an_outage(self, connect: Connect, service: Service, results: Any) -> None:
        service.script = [answer(200, {"results": results})]
        with pytest.raises(Unavailable):
            connect(service.url).score_batch([RECORD])

    def test_a_batch_has_an_end(self, connect: Connect, service: Service) -> None:
        for number in (0, 257):
            with pytest.raises(ValueError, match=f"1 to {contract.BATCH_AT_MOST} articles, not {number};"):
                connect(service.url).score_batch([RECORD] * number)
        assert not service.requests

    def test_a_job_is_handed_in(self, connect: Connect, service: Service) -> None:
        service.script = [reset, answer(202, {"id": "j-1", "status": "queued", "total": 1, "created_at": "x"})]
        client = connect(service.url, profile="news")
        assert client.submit_job([RECORD], callback_url="https://cms.example/done", idempotency_key="k") == "j-1"
        assert [request.headers["idempotency-key"] for request in service.requests] == ["k", "k"]
        assert service.requests[0].path == "/v1/jobs"
        assert service.requests[0].content == {
            "articles": [RECORD],
            "callback_url": "https://cms.example/done",
            "profile": "news",
        }

    @pytest.mark.parametrize("key", ["", "two\nlines", "钥匙", "k" * 256])
    def test_a_key_that_no_header_holds_is_refused(self, connect: Connect, service: Service, key: str) -> None:
        with pytest.raises(ValueError, match="idempotency_key"):
            connect(service.url).submit_job([RECORD], idempotency_key=key)
        assert not service.requests

    @pytest.mark.parametrize(
        ("slug", "field", "error"),
        [
            ("invalid-article", "title", InputError),
            ("invalid-request", "articles.3", InputError),
            ("invalid-request", "callback_url", ClientError),
            ("invalid-request", "profile", ClientError),
        ],
    )
    def test_a_job_may_be_refused(
        self, connect: Connect, service: Service, slug: str, field: str, error: type[Exception]
    ) -> None:
        service.script = [problem(422, slug, field=field)]
        with pytest.raises(error, match=f"field '{field}'"):
            connect(service.url).submit_job([RECORD])

    def test_a_job_is_asked_for(self, connect: Connect, service: Service) -> None:
        bad = {"type": "urn:qingliu:problem:invalid-article", "status": 422, "detail": "is missing", "field": "title"}
        content = {
            "id": "j-1",
            "status": "running",
            "total": 3,
            "finished": 2,
            "actions": {"reject": 1},
            "failed": 1,
            "callback": {"status": "pending", "attempts": 0},
            "results": [
                {"index": 10, "id": "v-1", "article_id": "a", "verdict": published(Action.REJECT, "a")},
                {"index": 11, "article_id": 5, "problem": bad},
                {"index": 12, "article_id": None, "problem": bad},
            ],
            "next_offset": 13,
        }
        service.script = [answer(200, content)]
        job = connect(service.url).job("j-1", offset=10, limit=2)
        assert (service.requests[0].method, service.requests[0].path) == ("GET", "/v1/jobs/j-1?offset=10&limit=2")
        assert (job.done, job.total, job.finished, job.failed, job.next_offset) == (False, 3, 2, 1, 13)
        assert job.actions == {Action.REJECT: 1}
        assert [(result.index, result.article_id) for result in job.results] == [(10, "a"), (11, "5"), (12, "")]
        assert job.results[0].outcome.action is Action.REJECT
        assert isinstance(job.results[1].outcome, InputError)
        for name, wrong in {"id": "j-2", "status": LURE, "actions": {LURE: 1}, "results": {}, "failed": -1}.items():
            service.script = [answer(200, content | {name: wrong})]
            with pytest.raises(Unavailable, match=r"^[ -~]+$"):
                connect(service.url).job("j-1")

    def test_feedback_is_given(self, connect: Connect, service: Service) -> None:
        service.script = [answer(201, {"id": "f-1"})]
        client = connect(service.url)
        assert client.feedback("v-1", "allow", categories=["fraud", CategoryId.GAMBLING], because="一则新闻") == "f-1"
        assert client.feedback("v-1", Action.REJECT) == "f-1"
        assert [request.content for request in service.requests] == [
            {
                "verdict_id": "v-1",
                "expected_action": "allow",
                "categories": ["fraud", "gambling"],
                "because": "一则新闻",
            },
            {"verdict_id": "v-1", "expected_action": "reject", "categories": None, "because": ""},
        ]
        for wrong in ({"expected_action": "hold"}, {"categories": ["porn"]}, {"verdict_id": "../x"}):
            with pytest.raises(ValueError, match=r"hold|porn|letters"):
                client.feedback(**{"verdict_id": "v-1", "expected_action": "allow"} | wrong)

    def test_a_stored_verdict_is_asked_for(self, connect: Connect, service: Service) -> None:
        service.script = [hang_up, answer(200, {"id": "v-1", "action": "allow"})]
        client = connect(service.url)
        assert client.verdict("v-1") == {"id": "v-1", "action": "allow"}
        assert [(request.method, request.path) for request in service.requests] == [("GET", "/v1/verdicts/v-1")] * 2
        service.script = [problem(404, "not-found")]
        with pytest.raises(ClientError, match="404 not-found"):
            client.verdict("v-2")
        for identifier in ("", "../healthz", "v 1", "版"):
            with pytest.raises(ValueError, match="letters"):
                client.verdict(identifier)


@pytest.mark.parametrize("client", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("url", "options", "name"),
    [
        ("ftp://service", {}, "url"),
        ("service:8000", {}, "url"),
        ("http://", {}, "url"),
        ("http://user:secret@service", {}, "url"),
        ("http://:secret@service", {}, "url"),
        ("http://service/?key=secret", {}, "url"),
        ("http://service", {"key": "two\nlines"}, "key"),
        ("http://service", {"key": ""}, "key"),
        ("http://service", {"key": "密钥"}, "key"),
        ("http://service", {"deadline": 0}, "deadline"),
        ("http://service", {"attempts": 0}, "attempts"),
    ],
)
def test_wrong_options_are_refused(client: Any, url: str, options: Any, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} ") as error:
        client(url, **options)
    assert "secret" not in str(error.value)


def test_the_key_is_not_shown(connect: Connect, service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    service.script = [reset, problem(401, "unauthorized")]
    client = connect(service.url, "ql_1_secret")
    with pytest.raises(ClientError) as error:
        client.score({"id": "a-1", "title": LURE})
    assert "secret" not in repr(client) + str(error.value)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("moderation")]
    assert ours
    assert not any("secret" in line or LURE in line for line in ours)
