"""A gate in front of the service: the same promises as in front of a moderator in process."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from moderation.article import Article
from moderation.hooks import AsyncClient, Client, Decision, Gate, PublicationBlocked
from moderation.readers import InputError
from moderation.verdict import Action

from .conftest import Asked
from .fake import RECORD
from .misbehaving import Behaviour, Service, answer, judged, problem, reset, silent

LURE = "国产精品久久久久人妻"
Open = Callable[..., Any]


@pytest.fixture(params=["Client.check", "Client.acheck", "AsyncClient.acheck"])
def gate(
    request: pytest.FixtureRequest, service: Service, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Opens a gate before the service; `check` asks it, in each way there is."""
    kind, _, way = request.param.partition(".")
    monkeypatch.setattr("moderation.hooks.exchange._FIRST_BACK_OFF", 0.0)
    clients: list[Any] = []

    def opened(client_options: Any = None, **options: Any) -> Callable[[Any], Decision]:
        client = (Client if kind == "Client" else AsyncClient)(service.url, **client_options or {})
        clients.append(client)
        made: Gate = Gate(client, **{"on_unavailable": "hold"} | options)
        return made.check if way == "check" else Asked(made, runner).acheck  # type: ignore[no-any-return]

    yield opened
    for client in clients:
        client.close() if kind == "Client" else Asked(client, runner).aclose()


@pytest.mark.parametrize(
    ("verdict", "action"), [(Action.ALLOW, "allow"), (Action.REVIEW, "hold"), (Action.REJECT, "reject")]
)
@pytest.mark.parametrize("observe_only", [False, True])
@pytest.mark.parametrize("time_limit", [None, 30.0])
def test_a_verdict_becomes_an_action(
    gate: Open, service: Service, verdict: Action, action: str, observe_only: bool, time_limit: float | None
) -> None:
    service.script = [judged(verdict)]
    decision = gate(observe_only=observe_only, time_limit=time_limit)(RECORD)
    assert decision.action == ("allow" if observe_only else action)
    assert decision.would_have_been == action
    assert decision.verdict.action is verdict
    assert decision.verdict.id == "v-a-1"
    assert service.requests[0].content == RECORD


OUTAGES: dict[str, Behaviour] = {
    "the service answered 503 busy": problem(503, "busy", retry="0"),
    "no answer of http": reset,
    "the service answered 500": answer(500, "<h1>oops"),
    "the service's answer is not what it should be: it is no JSON": answer(200, f"<h1>{LURE}"),
}
REFUSALS: dict[str, Behaviour] = {
    "the service refuses the call: 401 unauthorized": problem(401, "unauthorized"),
    "the service refuses the call: 403 forbidden": problem(403, "forbidden"),
    "the service refuses the call: 404 not-found": problem(404, "not-found"),
}


@pytest.mark.parametrize("why", [*OUTAGES, *REFUSALS])
@pytest.mark.parametrize("on_unavailable", ["allow", "hold", "reject"])
@pytest.mark.parametrize("observe_only", [False, True])
def test_no_verdict_is_an_outage_and_loud(
    gate: Open, service: Service, caplog: pytest.LogCaptureFixture, why: str, on_unavailable: str, observe_only: bool
) -> None:
    service.script = [(OUTAGES | REFUSALS)[why]]
    decision = gate(on_unavailable=on_unavailable, observe_only=observe_only)({"id": "a-1", "title": LURE})
    assert decision.verdict is None
    assert decision.unavailable.startswith(why)
    assert decision.action == ("allow" if observe_only else on_unavailable)
    assert decision.would_have_been == on_unavailable
    (line,) = [record for record in caplog.records if record.name == "moderation.hooks.gate"]
    assert line.levelno == (logging.CRITICAL if why in REFUSALS else logging.ERROR)
    assert why in line.getMessage()
    assert LURE not in caplog.text


@pytest.mark.parametrize(
    "behaviour",
    [problem(422, "invalid-article", field="title"), problem(422, "invalid-request"), answer(413, "<h1>too large")],
)
@pytest.mark.parametrize("observe_only", [False, True])
def test_bad_input_is_the_callers_mistake(
    gate: Open, service: Service, behaviour: Behaviour, observe_only: bool
) -> None:
    service.script = [behaviour]
    heard: list[Decision] = []
    with pytest.raises(InputError):
        gate(on_unavailable="allow", observe_only=observe_only, on_decision=heard.append)(RECORD)
    assert not heard


def test_the_gates_own_time_limit_holds(gate: Open, service: Service) -> None:
    service.script = [silent]
    decision = gate({"deadline": 60.0, "read_timeout": 60.0}, time_limit=0.2)(RECORD)
    assert decision.unavailable == "the time limit of 0.2 s passed"
    assert decision.article_id == "a-1"


def test_an_article_goes_as_a_record(gate: Open, service: Service) -> None:
    assert gate()(Article("7", "天气")).publish
    assert service.requests[0].content == {"id": "7", "title": "天气"}


def test_an_open_breaker_is_an_outage(gate: Open, service: Service) -> None:
    service.script = [reset]
    check = gate({"attempts": 1})
    reasons = [check(RECORD).unavailable for _ in range(6)]
    assert reasons[5] == "the service failed too often, and is left alone for a while"
    assert len(service.requests) == 5


def test_an_asynchronous_client_uses_no_thread(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> Decision:
        async with AsyncClient(service.url) as client:
            gate = Gate(client, on_unavailable="hold", time_limit=30.0)
            with monkeypatch.context() as alone:
                alone.setattr(asyncio, "to_thread", None)
                alone.setattr(asyncio.get_running_loop(), "run_in_executor", None)
                alone.setattr("moderation.hooks.gate.Thread", None)
                return await gate.acheck(RECORD)

    decision = asyncio.run(main())
    assert decision.publish, decision


def test_many_checks_wait_together(service: Service) -> None:
    together = threading.Barrier(8, timeout=30)

    def all_at_once(request: Any) -> object:
        together.wait()
        return judged()(request)

    service.script = [all_at_once]

    async def main() -> list[Decision]:
        async with AsyncClient(service.url) as client:
            gate = Gate(client, on_unavailable="hold")
            return await asyncio.gather(*(gate.acheck({"id": number, "title": "天气"}) for number in range(8)))

    assert [decision.verdict.article_id for decision in asyncio.run(main())] == [str(number) for number in range(8)]  # type: ignore[union-attr]


def test_a_cancelled_check_is_cancelled_and_no_outage(service: Service) -> None:
    service.script = [silent]
    heard: list[Decision] = []

    async def main() -> None:
        async with AsyncClient(service.url) as client:
            gate = Gate(client, on_unavailable="hold", time_limit=30.0, on_decision=heard.append)
            task = asyncio.create_task(gate.acheck(RECORD))
            while not service.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert service.left.wait(20)
    assert not heard


def test_one_client_serves_several_event_loops(service: Service) -> None:
    client = AsyncClient(service.url)
    gate = Gate(client, on_unavailable="hold")

    async def main() -> Decision:
        async with client:
            return await gate.acheck(RECORD)

    assert [asyncio.run(main()).publish for _ in range(3)] == [True] * 3


def test_connections_are_forgotten_with_their_event_loop(service: Service) -> None:
    client = AsyncClient(service.url)

    async def main() -> int:
        await client.score(RECORD)
        (session,) = client._sessions.values()
        await session.aclose()  # only so that no socket is reported as leaked: the client does not know
        return len(client._sessions)

    assert [asyncio.run(main()) for _ in range(3)] == [1] * 3


def test_a_gate_with_an_asynchronous_client_is_not_asked_without_waiting(service: Service) -> None:
    gate = Gate(AsyncClient(service.url), on_unavailable="allow")
    with pytest.raises(TypeError, match="acheck"):
        gate.check(RECORD)
    with pytest.raises(TypeError, match="acheck"), gate.publishing(RECORD):
        pass


def test_a_guarded_function_runs_only_if_the_service_says_so(service: Service) -> None:
    async def main() -> None:
        async with AsyncClient(service.url) as client:
            gate = Gate(client, on_unavailable="hold")

            @gate.guard(article=lambda record: record)
            async def publish(record: Any) -> str:
                return "online"

            assert await publish(RECORD) == "online"
            service.script = [judged(Action.REJECT)]
            with pytest.raises(PublicationBlocked, match=r"reject \(explicit\.reject\)"):
                await publish(RECORD)

    asyncio.run(main())


def test_a_loader_may_return_a_client_and_no_asynchronous_one(service: Service) -> None:
    with Client(service.url) as client:
        record = {"id": 1, "title": "天气", "unknown": "travels too"}
        assert Gate.from_loader(lambda: client, on_unavailable="hold").check(record).publish
        assert service.requests[0].content == record
    asynchronous: Any = AsyncClient(service.url)
    decision = Gate.from_loader(lambda: asynchronous, on_unavailable="hold").check(RECORD)
    assert decision.unavailable is not None
    assert "an asynchronous client is given to Gate itself" in decision.unavailable


def test_an_asynchronous_moderator_of_the_sites_own_is_given_articles() -> None:
    class Own:
        async def score(self, article: Article) -> Any:
            return article.title

    decision = asyncio.run(Gate(Own(), on_unavailable="hold").acheck(RECORD))
    assert decision.unavailable == "the moderator answered with str, not with a verdict"
