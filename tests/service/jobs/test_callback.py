from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from moderation.hooks.callback import verify_callback
from service.jobs import callback
from service.jobs.callback import Courier, waiting_time
from service.state import State
from service.store.callbacks import LEASE
from service.store.database import StoreUnavailable
from service.store.jobs import Job, Outcome
from tests.service.jobs.conftest import NewState, articles
from tests.service.jobs.receiver import receiving, reply

SECRET = "秘密-only-for-tests"
START = datetime(2026, 1, 1, tzinfo=UTC)
DEAD_PORT = "http://127.0.0.1:9"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The store's clock and the couriers', moved by hand."""
    clock = Clock()
    for module in ("callbacks", "jobs"):
        monkeypatch.setattr(f"service.store.{module}.now", clock)
    return clock


def _courier(state: State, clock: Clock) -> Courier:
    return Courier(state, clock=clock, chance=random.Random(1))


def _done(state: State, url: str) -> str:
    """The id of a job that has just been done."""
    job = state.jobs.create("owner", articles(2), callback_url=url)
    items = state.jobs.claim("somebody", 10)
    state.jobs.finish_items([Outcome(item, problem={"title": "none"}) for item in items])
    return job.id


def _job(state: State, identifier: str) -> Job:
    found = state.jobs.get(identifier, None)
    assert found is not None
    return found


def _count(state: State, outcome: str) -> float:
    value: float = state.telemetry.callbacks.labels(outcome)._value.get()
    return value


def _settings(*origins: str, schedule: tuple[float, ...] = (10, 100)) -> dict[str, object]:
    return {"callback_hosts": origins, "callback_secret": SECRET, "callback_schedule": schedule}


def test_a_receiver_learns_that_the_job_is_done_and_can_check_who_says_so(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(204)) as receiver:
            state = new_state(**_settings(receiver.origin))
            job = _done(state, f"{receiver.origin}/done?token=1")
            clock.forward(5)
            courier = _courier(state, clock)
            assert await courier.round()
            assert not await courier.round()
        (received,) = receiver.received
        assert received.target == "/done?token=1"
        timestamp = received.headers["qingliu-timestamp"]
        assert int(timestamp) == START.timestamp() + 5
        signed = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + received.body, hashlib.sha256).hexdigest()
        assert received.headers["qingliu-signature"] == f"v1={signed}"
        assert received.headers["content-type"] == "application/json"
        told = verify_callback(received.body, received.headers, SECRET, now=clock.now.timestamp())
        assert told == json.loads(received.body)
        assert told == {
            "job_id": job,
            "status": "done",
            "total": 2,
            "actions": {"allow": 0, "review": 0, "reject": 0},
            "failed": 2,
            "finished_at": START.isoformat(),
        }
        assert (_job(state, job).callback, _job(state, job).callback_attempts) == ("delivered", 1)
        assert _count(state, "delivered") == 1

    asyncio.run(scenario())


def test_a_flapping_receiver_gets_it_once_it_is_up(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(500)) as receiver:
            state = new_state(**_settings(receiver.origin, schedule=(10, 100, 1000)))
            job = _done(state, receiver.origin)
            courier = _courier(state, clock)
            await courier.round()
            assert _job(state, job).callback == "pending"
            assert not await courier.round()  # not before the pause is over
            clock.forward(20)
        await courier.round()  # nobody listens
        assert not await courier.round()
        clock.forward(200)
        async with receiving(reply(200), port=receiver.port) as again:
            await courier.round()
            clock.forward(100_000)
            assert not await courier.round()
        (first,), (last,) = receiver.received, again.received
        assert first.headers["qingliu-delivery"] == last.headers["qingliu-delivery"]
        assert first.body == last.body
        assert first.headers["qingliu-signature"] != last.headers["qingliu-signature"]
        verify_callback(last.body, last.headers, SECRET, now=START.timestamp() + 220)
        assert (_job(state, job).callback, _job(state, job).callback_attempts) == ("delivered", 3)
        assert (_count(state, "failed"), _count(state, "delivered"), _count(state, "dead")) == (2, 1, 0)

    asyncio.run(scenario())


def test_what_a_dead_receiver_never_took_is_there_to_see(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        state = new_state(**_settings(DEAD_PORT))
        job = _done(state, f"{DEAD_PORT}/?token=geheim")
        courier = _courier(state, clock)
        with capture_logs() as logs:
            for _ in range(3):
                assert await courier.round()
                clock.forward(1000)
            assert not await courier.round()
        assert [entry["event"] for entry in logs] == ["not delivered", "not delivered", "given up"]
        assert (logs[-1]["log_level"], logs[-1]["job"], logs[-1]["attempt"]) == ("error", job, 3)
        assert "geheim" not in str(logs)
        (letter,) = state.callbacks.dead_letters()
        assert (letter.job_id, letter.attempts, letter.last_error) == (job, 3, "ConnectError")
        assert state.callbacks.count_dead() == 1
        assert (_job(state, job).callback, _job(state, job).callback_attempts) == ("dead", 3)
        assert (_count(state, "failed"), _count(state, "dead")) == (2, 1)

    asyncio.run(scenario())


def test_a_dead_letter_can_be_sent_again(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(410), reply(200)) as receiver:
            state = new_state(**_settings(receiver.origin, schedule=()))
            job = _done(state, receiver.origin)
            courier = _courier(state, clock)
            await courier.round()
            (letter,) = state.callbacks.dead_letters()
            state.callbacks.retry(letter.id)
            assert await courier.round()
            assert _job(state, job).callback == "delivered"
            assert state.callbacks.count_dead() == 0

    asyncio.run(scenario())


def test_pauses_follow_the_schedule_give_or_take_a_quarter(state: State, clock: Clock) -> None:
    courier = _courier(state, clock)
    for attempt, pause in enumerate(state.settings.callback_schedule, start=1):
        drawn = [courier._next(attempt, callback.Outcome(error="none")) for _ in range(200)]
        pauses = [(moment - START).total_seconds() for moment in drawn if moment is not None]
        assert len(pauses) == 200
        assert 0.75 * pause <= min(pauses) < 0.85 * pause < 1.15 * pause < max(pauses) <= 1.25 * pause
    assert courier._next(len(state.settings.callback_schedule) + 1, callback.Outcome(error="none")) is None


def test_a_redirect_is_not_followed(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(200)) as inner, receiving(reply(307, f"Location: {inner.origin}/")) as outer:
            state = new_state(**_settings(outer.origin, inner.origin))
            _done(state, outer.origin)
            await _courier(state, clock).round()
            assert len(outer.received) == 1
            assert inner.received == []
            assert _count(state, "failed") == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 200",
        lambda writer: writer.write(b"HTTP/1.1 100 Continue\r\n\r\n"),
        lambda writer: writer.write(b"HTTP/1.1 200 OK\r\nX-Header: " + b"a" * 60_000 + b"\r\n"),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"",
    ],
    ids=["hangs", "half a line", "goes on and on", "endless headers", "another protocol", "closes"],
)
def test_an_answer_that_is_none_costs_one_attempt_and_no_more(
    database_url: str, new_state: NewState, clock: Clock, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    monkeypatch.setattr(callback, "_WHOLE_ATTEMPT", 0.3)
    if not database_url.startswith("sqlite"):
        pytest.skip("the store has no part in it")

    async def scenario() -> None:
        async with receiving(answer) as receiver:  # type: ignore[arg-type]
            state = new_state(**_settings(receiver.origin))
            job = _done(state, receiver.origin)
            async with asyncio.timeout(30):
                await _courier(state, clock).round()
            assert _job(state, job).callback == "pending"
            assert _count(state, "failed") == 1

    asyncio.run(scenario())


def test_an_endless_body_is_not_read(new_state: NewState, clock: Clock) -> None:
    sent = 0

    def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        head = b"" if sent else b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
        writer.write(head + b"a" * 65_536)
        sent += 65_536

    async def scenario() -> None:
        async with receiving(endless) as receiver:
            state = new_state(**_settings(receiver.origin))
            job = _done(state, receiver.origin)
            await _courier(state, clock).round()
            assert _job(state, job).callback == "delivered"

    asyncio.run(scenario())
    assert sent < 50_000_000


def test_gone_means_never_again(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(410)) as receiver:
            state = new_state(**_settings(receiver.origin))
            job = _done(state, receiver.origin)
            await _courier(state, clock).round()
            assert _job(state, job).callback == "dead"
            (letter,) = state.callbacks.dead_letters()
            assert (letter.last_status, letter.attempts) == (410, 1)

    asyncio.run(scenario())


@pytest.mark.parametrize("asked", ["3600", "Thu, 01 Jan 2026 01:00:00 GMT"])
def test_a_receiver_may_ask_for_a_longer_pause(new_state: NewState, clock: Clock, asked: str) -> None:
    async def scenario() -> None:
        async with receiving(reply(503, f"Retry-After: {asked}"), reply(200)) as receiver:
            state = new_state(**_settings(receiver.origin))
            job = _done(state, receiver.origin)
            courier = _courier(state, clock)
            await courier.round()
            clock.forward(3599)
            assert not await courier.round()
            clock.forward(1)
            assert await courier.round()
            assert _job(state, job).callback == "delivered"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 0),
        ("120", 120),
        ("0", 0),
        ("-5", 0),
        ("1e9", 0),
        ("9" * 5000, 86_400),
        ("²", 0),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Thu, 01 Jan 2026 00:02:00 -0000", 120),
        ("Thu, 01 Jan 2026 08:02:00 +0800", 120),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("Thu, 01 Jan 2099 00:00:00 GMT", 86_400),
        ("Thu, 99 Jan 2026 00:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 00:00:00 +9999999999", 0),
        ("soon", 0),
    ],
)
def test_retry_after(header: str, seconds: float) -> None:
    assert waiting_time(header, START) == seconds


def test_a_host_that_the_operator_took_back_is_not_called(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(200)) as receiver:
            state = new_state(**_settings("https://cms.example"))
            job = _done(state, receiver.origin)
            await _courier(state, clock).round()
            assert receiver.received == []
            assert _job(state, job).callback == "dead"

    asyncio.run(scenario())


def test_no_proxy_of_the_environment_sees_it(
    new_state: NewState, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, DEAD_PORT)

    async def scenario() -> None:
        async with receiving(reply(200)) as receiver:
            state = new_state(**_settings(receiver.origin))
            job = _done(state, receiver.origin)
            await _courier(state, clock).round()
            assert _job(state, job).callback == "delivered"

    asyncio.run(scenario())


def test_two_workers_do_not_deliver_the_same(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(200)) as receiver:
            first, second = (new_state(**_settings(receiver.origin)) for _ in range(2))
            for _ in range(20):
                _done(first, receiver.origin)

            async def all_of(courier: Courier) -> None:
                while await courier.round():
                    pass

            await asyncio.gather(all_of(_courier(first, clock)), all_of(_courier(second, clock)))
            deliveries = [received.headers["qingliu-delivery"] for received in receiver.received]
            assert len(deliveries) == len(set(deliveries)) == 20

    asyncio.run(scenario())


def test_a_delivery_whose_outcome_was_lost_comes_again_under_the_same_id(new_state: NewState, clock: Clock) -> None:
    async def scenario() -> None:
        async with receiving(reply(200)) as receiver:
            state = new_state(**_settings(receiver.origin))
            job = _done(state, receiver.origin)
            courier, delivered = _courier(state, clock), state.callbacks.delivered

            def away(*_: object) -> None:
                raise StoreUnavailable("away")

            state.callbacks.delivered = away  # type: ignore[method-assign]
            with pytest.raises(StoreUnavailable):
                await courier.round()
            state.callbacks.delivered = delivered  # type: ignore[method-assign]
            assert not await courier.round()
            clock.forward(LEASE.total_seconds() + 1)
            assert await courier.round()
            assert len({received.headers["qingliu-delivery"] for received in receiver.received}) == 1
            assert _job(state, job).callback == "delivered"

    asyncio.run(scenario())
