"""Who asks, and how often it may."""

from __future__ import annotations

import time

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from service import problem
from service.problem import Problem
from service.settings import Settings, SettingsError
from service.store.keys import KeyInfo


class Caller:
    """Who asks: a key, or nobody in particular where no keys are needed."""

    def __init__(self, key: KeyInfo | None) -> None:
        self._key = key

    @property
    def id(self) -> str | None:
        """The id of the key; None without one. What a caller stores belongs to it."""
        return self._key.id if self._key else None

    @property
    def sees(self) -> str | None:
        """Whose records the caller may read: its own, or those of all (None) for an administrator or without keys."""
        return self._key.id if self._key and "admin" not in self._key.scopes else None

    def may(self, scope: str) -> bool:
        """Whether the scope is allowed."""
        return self._key is None or scope in self._key.scopes


class Rates:
    """A moving window for each key. Without keys nothing is counted: a bounded queue protects the service."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for a storage that there is not."""
        address = settings.rate_storage.get_secret_value()
        try:
            storage = storage_from_string(
                address if address.startswith("async+") else f"async+{address}",
                implementation="redispy",  # the limits library's own choice, coredis, has outgrown it
                wrap_exceptions=True,
            )
        except ConfigurationError:  # whose text may quote a password
            storage = None
        if not isinstance(storage, Storage):
            raise SettingsError("rate_storage: no such storage here; redis:// needs the package redis")
        self._limiter = MovingWindowRateLimiter(storage)
        self._rate: RateLimitItem = parse(settings.rate)

    async def take(self, caller: Caller, cost: int = 1) -> None:
        """Count `cost` articles. Raises Problem over the rate, and another for what can never be within it."""
        if caller.id is None:
            return
        if cost > self._rate.amount:
            detail = f"{cost} articles at once are over the rate of {self._rate}"
            raise Problem(problem.INVALID_REQUEST, detail, field="articles")
        try:
            if await self._limiter.hit(self._rate, caller.id, cost=cost):
                return
            reset, _ = await self._limiter.get_window_stats(self._rate, caller.id)
        except StorageError:
            raise Problem(problem.UNAVAILABLE, "the storage of the rates is away", retry_after=5) from None
        wait = max(1.0, reset - time.time())
        raise Problem(problem.RATE_LIMITED, f"over the rate of {self._rate}", retry_after=wait)
