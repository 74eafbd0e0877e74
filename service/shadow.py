"""A second model that scores a share of the articles: what it would have said is recorded and never acted on."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import structlog

from moderation import Article, Verdict
from service.problem import place_of
from service.release import Release
from service.store.database import StoreUnavailable
from service.store.differences import DifferenceStore
from service.telemetry import Telemetry

_WAITING = 16


class Shadow:
    """Scores in one thread of its own; what comes while `_WAITING` wait is left out and counted as such."""

    def __init__(self, release: Release, share: float, store: DifferenceStore, telemetry: Telemetry) -> None:
        self.release, self._share, self._store, self._telemetry = release, share, store, telemetry
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._random = random.Random()
        self._places = BoundedSemaphore(_WAITING)

    def offer(self, identifier: str, article: Article, verdict: Verdict, profile: str | None) -> None:
        """Perhaps score the article, later."""
        if self._random.random() >= self._share:
            return
        if not self._places.acquire(blocking=False):
            self._telemetry.shadow.labels("left_out").inc()
            return
        self._pool.submit(self._compare, identifier, article, verdict, profile)

    def close(self) -> None:
        """Finish what waits."""
        self._pool.shutdown(wait=True)

    def _compare(self, identifier: str, article: Article, verdict: Verdict, profile: str | None) -> None:
        try:
            other = self.release.moderator(profile).score(article)
            same = other.action is verdict.action
            self._telemetry.shadow.labels("same" if same else "different").inc()
            self._store.add(
                identifier,
                current=verdict.action,
                shadow=other.action,
                categories={str(score.category): score.probability for score in other.categories},
                versions={"model": other.versions.model, "policy": other.versions.policy},
            )
        except StoreUnavailable:
            self._telemetry.shadow.labels("not_recorded").inc()
        except Exception as error:  # a shadow harms nobody
            self._telemetry.shadow.labels("failed").inc()
            structlog.get_logger("service.shadow").error("failed", error=type(error).__name__, place=place_of(error))
        finally:
            self._places.release()
