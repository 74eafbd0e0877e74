"""A circuit breaker: after failures in a row the service is left alone for a while, then tried with one request."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from time import monotonic

_logger = logging.getLogger(__name__)


class BreakerState(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    """Requests pass."""
    OPEN = "open"
    """None passes."""
    HALF_OPEN = "half-open"
    """One passes, and decides."""


class BreakerOpen(Exception):
    """The breaker lets nothing pass now."""


class Breaker:
    """Opens after `failures` in a row, and after `cooldown` seconds lets one request try: its end closes or opens it.

    For threads and for asyncio alike: nothing here waits. Each request asks `enter` for a permit and hands it back with
    `succeed`, `fail`, or `leave` when it ended without telling anything of the service. What comes back with a permit
    from before the last change of state is not counted. `clock` gives seconds that never run backwards.
    """

    def __init__(self, failures: int = 5, cooldown: float = 10.0, *, clock: Callable[[], float] = monotonic) -> None:
        if failures < 1:
            raise ValueError(f"failures is a number from one, not {failures!r}")
        if not cooldown > 0:
            raise ValueError(f"cooldown is a number of seconds above zero, not {cooldown!r}")
        self._limit, self._cooldown, self._clock = failures, cooldown, clock
        self._lock = Lock()
        self._in_a_row = 0
        self._era = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> BreakerState:
        """Where it stands now."""
        with self._lock:
            if self._opened_at is None:
                return BreakerState.CLOSED
            return BreakerState.HALF_OPEN if self._trying or self._cooled() else BreakerState.OPEN

    def enter(self) -> int:
        """A permit for one request. Raises BreakerOpen."""
        with self._lock:
            if self._opened_at is None:
                return self._era
            if self._trying or not self._cooled():
                raise BreakerOpen
            self._trying = True
            self._era += 1
            return self._era

    def succeed(self, permit: int) -> None:
        """The service answered."""
        with self._lock:
            if permit != self._era:
                return
            if self._opened_at is not None:
                _logger.warning("breaker closed: the service answers again")
            self._in_a_row, self._opened_at, self._trying = 0, None, False

    def fail(self, permit: int) -> None:
        """The service did not answer, or not as itself."""
        with self._lock:
            if permit != self._era:
                return
            self._in_a_row += 1
            if self._opened_at is None and self._in_a_row < self._limit:
                return
            _logger.warning("breaker open for %g s, after %d failures in a row", self._cooldown, self._in_a_row)
            self._opened_at, self._trying = self._clock(), False
            self._era += 1

    def leave(self, permit: int) -> None:
        """The request was given up before it told anything: another may try."""
        with self._lock:
            if permit == self._era:
                self._trying = False

    def _cooled(self) -> bool:
        return self._opened_at is not None and self._clock() - self._opened_at >= self._cooldown
