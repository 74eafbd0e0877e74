"""Telling who asked that a job is done: signed, tried again with longer and longer pauses, and never lost silently."""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import structlog

from moderation import __version__
from service.jobs.destination import allowed
from service.jobs.persistence import keep_at
from service.jobs.signature import sign
from service.state import State
from service.store.callbacks import Delivery

_AT_ONCE = 8
_LOOK_EVERY = 1.0
_PATIENCE = httpx.Timeout(5.0, connect=3.0)
_WHOLE_ATTEMPT = 10.0
"""Seconds; far below the store's lease on a callback, so that no second worker takes it meanwhile."""
_LONGEST_WAIT = 86_400.0
"""Seconds at most that a receiver may ask us to wait."""
_JITTER = 0.25
_GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt; delivered where there is no `error`. `wait` is what the receiver asks for, in
    seconds; `hopeless` ends the tries.
    """

    status: int | None = None
    error: str | None = None
    wait: float = 0.0
    hopeless: bool = False


class Courier:
    """Delivers what the store holds as due. Several workers may each have one: the store leases a callback to one."""

    def __init__(
        self, state: State, *, clock: Callable[[], datetime] | None = None, chance: random.Random | None = None
    ) -> None:
        self._state = state
        self._clock = clock or (lambda: datetime.now(UTC))
        self._chance = chance or random.Random()
        self._log = structlog.get_logger("service.callbacks")
        self._client = httpx.AsyncClient(
            timeout=_PATIENCE,
            follow_redirects=False,  # a redirect would leave the hosts that the operator allowed
            verify=ssl.create_default_context(),  # the system's authorities, a company's own among them
            trust_env=False,
            limits=httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"Content-Type": "application/json", "User-Agent": f"qingliu/{__version__}"},
        )

    async def run(self) -> None:
        """Deliver for ever."""
        async with self._client:
            await keep_at("callbacks", self.round, idle=_LOOK_EVERY)

    async def round(self) -> bool:
        """Try once each of what is due; whether anything was. Raises StoreUnavailable.

        An attempt whose outcome cannot be stored is made again when its lease ends, under the same delivery id.
        """
        due = await asyncio.to_thread(self._state.callbacks.due, _AT_ONCE)
        ended = await asyncio.gather(*map(self._attempt, due), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return bool(due)

    async def _attempt(self, delivery: Delivery) -> None:
        outcome = await self._send(delivery)
        told = {"job": delivery.job_id, "delivery": delivery.id, "attempt": delivery.attempt, "status": outcome.status}
        if outcome.error is None:
            await asyncio.to_thread(self._state.callbacks.delivered, delivery, outcome.status or 0)
            self._count("delivered")
            self._log.info("delivered", **told)
            return
        next_at = self._next(delivery.attempt, outcome)
        kept = await asyncio.to_thread(
            self._state.callbacks.failed, delivery, status=outcome.status, error=outcome.error, next_at=next_at
        )
        if next_at is None and kept:
            self._count("dead")
            self._log.error("given up", error=outcome.error, **told)
        else:
            self._count("failed")
            self._log.warning("not delivered", error=outcome.error, **told)

    def _next(self, attempt: int, outcome: Outcome) -> datetime | None:
        schedule = self._state.settings.callback_schedule
        if outcome.hopeless or attempt > len(schedule):
            return None
        pause = schedule[attempt - 1] * self._chance.uniform(1 - _JITTER, 1 + _JITTER)
        return self._clock() + timedelta(seconds=max(pause, outcome.wait))

    def _count(self, outcome: str) -> None:
        self._state.telemetry.callbacks.labels(outcome).inc()

    async def _send(self, delivery: Delivery) -> Outcome:
        settings = self._state.settings
        if settings.callback_secret is None or not allowed(delivery.url, settings.callback_hosts):
            return Outcome(error="this host is not allowed any more", hopeless=True)
        body = json.dumps(message(delivery)).encode("ascii")
        timestamp = int(self._clock().timestamp())
        headers = {
            "Qingliu-Timestamp": str(timestamp),
            "Qingliu-Delivery": delivery.id,
            "Qingliu-Signature": sign(settings.callback_secret.get_secret_value(), timestamp, body),
        }
        try:
            async with (
                asyncio.timeout(_WHOLE_ATTEMPT),
                self._client.stream("POST", delivery.url, content=body, headers=headers) as answer,
            ):
                return self._outcome(answer)  # whose body is never read, however long it is
        except TimeoutError:
            return Outcome(error="no answer in time")
        except Exception as error:  # whatever a receiver makes the client stumble over is its failure
            return Outcome(error=type(error).__name__)

    def _outcome(self, answer: httpx.Response) -> Outcome:
        status = answer.status_code
        if answer.is_success:
            return Outcome(status)
        error = "redirects are not followed" if answer.is_redirect else f"answered {status}"
        wait = waiting_time(answer.headers.get("retry-after", ""), self._clock())
        return Outcome(status, error, wait, hopeless=status == _GONE)


def message(delivery: Delivery) -> dict[str, Any]:
    """What a callback says: how the job ended, and no word of the articles."""
    return {
        "job_id": delivery.job_id,
        "status": "done",
        "total": delivery.total,
        "actions": delivery.actions,
        "failed": delivery.failed,
        "finished_at": delivery.finished_at.isoformat(),
    }


def waiting_time(header: str, now: datetime) -> float:
    """Seconds that a `Retry-After` asks for, a number or a date (RFC 9110, 10.2.3); 0 where it cannot be read."""
    if header.isascii() and header.isdigit():
        return min(float(header[:10]), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT)
