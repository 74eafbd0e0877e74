"""One call of the service with all its attempts, without the network: what to send, how long to wait, when to give up.

The two clients drive this: they send what it yields as an `Attempt` and sleep what it yields as a `Pause`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from time import monotonic
from typing import Generic, TypeAlias, TypeVar

from moderation.hooks.breaker import Breaker, BreakerOpen
from moderation.hooks.failure import ClientError, Unavailable
from moderation.readers import InputError

T = TypeVar("T")

_logger = logging.getLogger(__name__)
_FIRST_BACK_OFF, _LONGEST_BACK_OFF = 0.1, 2.0
_EARLY = 0.001
"""Event loops let timers go off a little before their time."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a connection, between two pieces of an answer, and for everything; and how often to try."""

    connect: float
    read: float
    deadline: float
    attempts: int

    def __post_init__(self) -> None:
        limits = {"connect_timeout": self.connect, "read_timeout": self.read, "deadline": self.deadline}
        for name, value in limits.items():
            if not value > 0:
                raise ValueError(f"{name} is a number of seconds above zero, not {value!r}")
        if self.attempts < 1:
            raise ValueError(f"attempts is a number from one, not {self.attempts!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service sent, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """What to ask, and how to read the answer: `read` raises Trouble, ClientError or InputError.

    `headers` are the same in every attempt, and so is the Idempotency-Key among them, by which a repeated POST is safe.
    """

    method: str
    path: str
    read: Callable[[Answer], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class Trouble(Exception):
    """An attempt that brought no result. `again`: another may. `down`: it tells that the service is, and not only that
    this article met an obstacle, which an author could repeat at will."""

    def __init__(self, text: str, *, again: bool, down: bool, wait: float | None = None) -> None:
        super().__init__(text)
        self.again, self.down, self.wait = again, down, wait


@dataclass(frozen=True, slots=True)
class Attempt:
    """Send the call now; be back with what came by `deadline`, on the clock of `monotonic`."""

    deadline: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Sleep."""

    seconds: float


Steps: TypeAlias = Generator[Attempt | Pause, "Answer | Trouble | None", T]


def exchange(call: Call[T], patience: Patience, breaker: Breaker) -> Steps[T]:
    """The steps of a call; send the outcome of each attempt back in. Returns what `call.read` makes of the answer.

    Raises Unavailable when no attempt brought an answer of the service, ClientError and InputError as `call.read` does.
    """
    deadline = monotonic() + patience.deadline
    for number in count(1):
        try:
            permit = breaker.enter()
        except BreakerOpen:
            raise Unavailable("the service failed too often, and is left alone for a while") from None
        try:
            outcome = yield Attempt(deadline)
            if not isinstance(outcome, Answer):
                raise outcome or Trouble("nothing was sent", again=False, down=False)
            result = call.read(outcome)
        except Trouble as trouble:
            (breaker.fail if trouble.down else breaker.leave)(permit)
            pause = _pause(trouble, number)
            if not trouble.again or number == patience.attempts or monotonic() + pause >= deadline:
                late = monotonic() >= deadline - _EARLY
                passed = f"the deadline of {patience.deadline:g} s passed: " if late else ""
                raise Unavailable(f"{passed}{trouble} (attempt {number})") from None
            _logger.info("attempt %d at %s %s: %s; again in %.2f s", number, call.method, call.path, trouble, pause)
        except (ClientError, InputError):
            breaker.succeed(permit)
            raise
        except BaseException:
            breaker.leave(permit)
            raise
        else:
            breaker.succeed(permit)
            return result
        yield Pause(pause)
    raise AssertionError("count() ends never")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or a date; None without one that can be read."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _pause(trouble: Trouble, number: int) -> float:
    # Full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015), on top of what the
    # service asks for: it asks all its clients for the same.
    jitter = random.uniform(0.0, min(_LONGEST_BACK_OFF, _FIRST_BACK_OFF * 2.0**number))
    return jitter + (trouble.wait or 0.0)
