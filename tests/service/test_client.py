"""The client against the real service: the same verdicts and the same refusals as in process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moderation import Action, InputError, Moderator, Verdict, read_record
from moderation.article import Article
from moderation.hooks import (
    AsyncClient,
    Client,
    ClientError,
    Gate,
    ServedVerdict,
    Unavailable,
    contract,
    verify_callback,
)
from moderation.readers import read
from moderation.renderers.verdict_json import from_json, to_json
from service.jobs.signature import sign
from service.settings import Settings
from service.state import State
from service.store.database import StoreUnavailable
from tests.hooks.conftest import Asked

from .server import serving

RECORDS: list[dict[str, Any]] = [
    {"id": 1, "title": "社区图书馆周末开放时间调整"},
    {"id": "b", "title": "代开发票，先开票后付款"},
    {
        "id": "c",
        "html": "<title>茶</title><p>避光保存。<p hidden>领取彩金，加微信 vx123",
        "crawler_view": "<p>领取彩金",
    },
    {"id": "d", "title": "茶\ud800叶", "body": "<p>避光。", "links": ["https://tea.example"]},
]
BAD: list[Any] = [
    {},
    {"id": 1},
    {"id": True, "title": "茶"},
    {"id": 1, "title": 5},
    {"id": 1, "title": "茶", "links": [3]},
]
EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "articles").iterdir())


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, State]]:
    database = f"sqlite:///{tmp_path_factory.mktemp('live') / 'store.db'}"
    with serving(Settings(database=database)) as service:
        yield service


@pytest.fixture(params=[Client, AsyncClient])
def client(request: pytest.FixtureRequest, live: tuple[str, State]) -> Iterator[Any]:
    if request.param is Client:
        with Client(live[0]) as client:
            yield client
        return
    with asyncio.Runner() as runner:
        asked = Asked(AsyncClient(live[0]), runner)
        yield asked
        asked.aclose()


def plain(verdict: Verdict, article: Article) -> Verdict:
    """The verdict as exact as it is published, without how long it took."""
    return replace(from_json(to_json(verdict, article)), elapsed_ms=0.0)


def unserved(verdict: ServedVerdict) -> Verdict:
    parts = {name: getattr(verdict, name) for name in Verdict.__dataclass_fields__}
    return replace(Verdict(**parts), elapsed_ms=0.0)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_a_records_verdict_is_that_of_a_moderator(client: Any, moderator: Moderator, record: dict[str, Any]) -> None:
    article = read_record(record)
    if "crawler_view" in record:
        view = read_record({"id": record["id"], "html": record["crawler_view"]})
        article = replace(article, crawler_view=view)
    assert unserved(client.score(record)) == plain(moderator.score(article), article)
    assert unserved(client.score(article)) == plain(moderator.score(article), article)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_articles_verdict_is_that_of_a_moderator(client: Any, moderator: Moderator, path: Path) -> None:
    for article in read(path):
        assert isinstance(article, Article)
        expected = plain(moderator.score(article), article)
        served = unserved(client.score(article))
        assert replace(served, coverage=expected.coverage) == expected


@pytest.mark.parametrize("record", BAD, ids=str)
def test_a_bad_record_is_refused_as_in_process(client: Any, record: Any) -> None:
    with pytest.raises(InputError) as here:
        read_record(record)
    with pytest.raises(InputError) as there:
        client.score(record)
    assert (there.value.field, there.value.message) == (here.value.field, here.value.message)
    (outcome,) = client.score_batch([record])
    assert isinstance(outcome, InputError)
    assert outcome.field == here.value.field


def test_a_batch_is_judged_like_its_articles(client: Any) -> None:
    alone = [client.score(record) for record in RECORDS]
    together = client.score_batch([*RECORDS, BAD[1]])
    assert [unserved(verdict) for verdict in together[:-1]] == [unserved(verdict) for verdict in alone]
    assert isinstance(together[-1], InputError)


def test_a_job_is_done_once(client: Any, request: pytest.FixtureRequest) -> None:
    articles = [*RECORDS, {"id": 5}]
    job_id = client.submit_job(articles, idempotency_key=request.node.name)
    assert client.submit_job(articles, idempotency_key=request.node.name) == job_id
    for _ in range(600):
        job = client.job(job_id)
        if job.done:
            break
        asyncio.run(asyncio.sleep(0.05))
    assert (job.status, job.total, job.finished, job.failed, job.next_offset) == ("done", 5, 5, 1, None)
    assert [result.article_id for result in job.results] == ["1", "b", "c", "d", "5"]
    assert [type(result.outcome) for result in job.results] == [ServedVerdict] * 4 + [InputError]
    actions = [client.score(record).action for record in RECORDS]
    assert [result.outcome.action for result in job.results[:4]] == actions
    assert job.actions == {action: actions.count(action) for action in Action}
    assert [result.index for result in client.job(job_id, offset=1, limit=2).results] == [1, 2]


def test_a_call_sent_again_is_judged_once(live: tuple[str, State]) -> None:
    with Client(live[0]) as client:
        call = contract.score(RECORDS[1], None)
        first, second = client._ask(call), client._ask(call)
    assert first.id == second.id
    assert (first.action, first.reasons, first.categories) == (second.action, second.reasons, second.categories)


def test_feedback_and_the_stored_verdict(client: Any) -> None:
    verdict = client.score(RECORDS[1])
    assert verdict.stored
    assert client.feedback(verdict.id, "allow", categories=["fraud"], because="一则新闻")
    stored = client.verdict(verdict.id)
    assert stored["id"] == verdict.id
    assert from_json(stored["verdict"]).action is verdict.action
    with pytest.raises(ClientError, match="404 not-found"):
        client.verdict("0" * 32)
    with pytest.raises(ClientError, match="404 not-found"):
        client.feedback("0" * 32, "allow")


def test_what_is_wrong_with_the_call_is_no_fault_of_the_article(live: tuple[str, State]) -> None:
    with Client(live[0], profile="unheard-of") as client, pytest.raises(ClientError, match="field 'profile'"):
        client.score(RECORDS[0])
    with Client(live[0]) as client, pytest.raises(ClientError, match="field 'callback_url'"):
        client.submit_job(RECORDS, callback_url="https://cms.example/done")


def test_keys(live: tuple[str, State], caplog: pytest.LogCaptureFixture) -> None:
    url, state = live
    _, good = state.keys.create("site", ["score"])
    _, narrow = state.keys.create("desk", ["feedback"])
    with Client(url, good) as client:
        verdict = client.score(RECORDS[0])
        with pytest.raises(ClientError, match="403 forbidden"):
            client.feedback(verdict.id, "allow")
    for key, status in ((narrow, 403), (good[:-1] + "x", 401), ("nonsense", 401)):
        with Client(url, key) as client:
            with pytest.raises(ClientError) as error:
                client.score(RECORDS[0])
            assert error.value.status == status
            assert error.value.request_id
            decision = Gate(client, on_unavailable="hold").check(RECORDS[0])
        assert decision.action == "hold"
        assert decision.unavailable is not None
        assert str(status) in decision.unavailable
    ours = [record for record in caplog.records if record.name == "moderation.hooks.gate"]
    assert [record.levelno for record in ours] == [logging.CRITICAL] * 3
    assert not any(key in record.getMessage() for record in ours for key in (good, narrow))


def test_a_store_that_is_away_costs_no_verdict(live: tuple[str, State], monkeypatch: pytest.MonkeyPatch) -> None:
    url, state = live

    def away(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(state.verdicts, "submit", away)
    with Client(url, attempts=1) as client:
        assert not client.score(RECORDS[0]).stored
        monkeypatch.setattr(state.feedback, "add", away)
        monkeypatch.setattr(state.jobs, "create", away)
        with pytest.raises(Unavailable, match="503 unavailable"):
            client.submit_job(RECORDS)


def test_by_default_the_service_runs_out_of_time_first() -> None:
    limit = Settings.model_fields["time_limit"].default
    patience = Client("http://127.0.0.1:8000")._patience
    assert limit < patience.read < patience.deadline


def test_the_callbacks_of_the_service_are_believed() -> None:
    body = b'{"job_id": "j-1", "status": "done"}'
    headers = {"Qingliu-Timestamp": "1790000000", "Qingliu-Signature": sign("secret", 1790000000, body)}
    assert verify_callback(body, headers, "secret", now=1790000001)["job_id"] == "j-1"
