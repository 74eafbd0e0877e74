"""The pre-publish hook: asks a moderator before an article is published, and says what to do if it cannot answer."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager, contextmanager
from contextvars import copy_context
from functools import wraps
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast, get_args

from moderation.article import Article
from moderation.hooks.decision import Decision, GateAction, PublicationBlocked, log_fields, log_line, loggable_id
from moderation.hooks.failure import ClientError, Unavailable, reason
from moderation.hooks.loader import LazyModerator
from moderation.hooks.scores import Scores, ScoresAsync, Submitted, as_taken, is_async
from moderation.readers import InputError
from moderation.verdict import Action, Verdict

P = ParamSpec("P")
R = TypeVar("R")

_ACTIONS: dict[Action, GateAction] = {Action.ALLOW: "allow", Action.REVIEW: "hold", Action.REJECT: "reject"}
# Everything else is an outage, also what is no Exception: a panic in a Rust extension derives from BaseException.
_PASS_ON = (InputError, KeyboardInterrupt, SystemExit, GeneratorExit)
# A thread that overran its time limit cannot be stopped; the bound keeps stuck ones from piling up.
_RUNNING_AT_MOST = 64


class _Outage(NamedTuple):
    """Why there is no verdict, and how loud the log says so."""

    reason: str
    level: int = logging.ERROR


class Gate:
    """The pre-publish check of one site; thread-safe, so one gate serves the whole process.

    `moderator` is a Moderator, or a Client of the service; an AsyncClient is asked by the async forms alone.

    A verdict of review holds the article (or publishes it, with `hold_reviews=False`). An outage (scoring failed,
    `time_limit` seconds passed, the model cannot be loaded, the service does not answer or refuses the key) is no
    verdict: `on_unavailable` decides, and it has no default because only the site can choose. `observe_only` publishes
    everything and logs what would have been. `on_decision` is called with every decision, where `check` or `acheck` was
    called; what it raises is logged.
    """

    def __init__(
        self,
        moderator: Scores | ScoresAsync,
        *,
        on_unavailable: GateAction,
        observe_only: bool = False,
        hold_reviews: bool = True,
        time_limit: float | None = None,
        on_decision: Callable[[Decision], None] | None = None,
        logger: logging.Logger | logging.LoggerAdapter[Any] | None = None,
    ) -> None:
        if on_unavailable not in get_args(GateAction):
            raise ValueError(f"on_unavailable is one of {', '.join(get_args(GateAction))}, not {on_unavailable!r}")
        if time_limit is not None and not time_limit > 0:
            raise ValueError(f"time_limit is a number of seconds above zero, or None, not {time_limit!r}")
        self._moderator = moderator
        self._async = is_async(moderator)
        self._on_unavailable: GateAction = on_unavailable
        self._observe_only = observe_only
        self._hold_reviews = hold_reviews
        self._time_limit = time_limit
        self._on_decision = on_decision
        self._logger = logger or logging.getLogger(__name__)
        self._slots = BoundedSemaphore(_RUNNING_AT_MOST)

    @classmethod
    def from_loader(
        cls,
        loader: Callable[[], Scores],
        *,
        on_unavailable: GateAction,
        observe_only: bool = False,
        hold_reviews: bool = True,
        time_limit: float | None = None,
        on_decision: Callable[[Decision], None] | None = None,
        logger: logging.Logger | logging.LoggerAdapter[Any] | None = None,
        retry_after: float = 1.0,
    ) -> Gate:
        """A gate that loads its moderator at the first check, so that a failing load is an outage and not a crash.

        A failed load is tried again `retry_after` seconds later, then after twice that, up to a minute.
        """
        return cls(
            LazyModerator(loader, retry_after),
            on_unavailable=on_unavailable,
            observe_only=observe_only,
            hold_reviews=hold_reviews,
            time_limit=time_limit,
            on_decision=on_decision,
            logger=logger,
        )

    def check(self, article: Submitted) -> Decision:
        """Decide on an article, or on a record as `readers.read_record` takes it. Never raises for an outage.

        Raises InputError for a record that cannot be read: that is a mistake in the call and says nothing about
        the article, so no fail policy covers it. Raises TypeError for a gate with an AsyncClient.
        """
        if self._async:
            raise TypeError(
                "this gate asks an asynchronous client: use acheck, apublishing, or guard an async function"
            )
        started = monotonic()
        return self._settle(article, self._outcome(article, started), started)

    async def acheck(self, article: Submitted) -> Decision:
        """The same as `check`, without blocking the event loop: reading and scoring run in a worker thread.

        An AsyncClient is awaited where it is called, without a thread.
        """
        started = monotonic()
        try:
            # Here as well as in the worker: the wait for a thread of a busy executor counts too.
            async with asyncio.timeout(self._time_limit):
                if self._async:
                    outcome = await self._awaited(article)
                else:
                    outcome = await asyncio.to_thread(self._outcome, article, started)
        except TimeoutError:
            outcome = _Outage(self._too_late())
        return self._settle(article, outcome, started)

    @contextmanager
    def publishing(self, article: Submitted) -> Iterator[Decision]:
        """Run the body only if the article may be published, else raise PublicationBlocked before it."""
        yield _demand(self.check(article))

    @asynccontextmanager
    async def apublishing(self, article: Submitted) -> AsyncIterator[Decision]:
        """The same as `publishing`, for `async with`."""
        yield _demand(await self.acheck(article))

    def guard(self, article: Callable[..., Submitted]) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Decorate a function, sync or async, so that it runs only if what it would publish may be published.

        `article` gets the arguments of the call and returns the article or record. A blocked call raises
        PublicationBlocked.
        """

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            if inspect.iscoroutinefunction(function):

                @wraps(function)
                async def guarded_async(*args: P.args, **kwargs: P.kwargs) -> Any:
                    async with self.apublishing(article(*args, **kwargs)):
                        return await function(*args, **kwargs)

                return cast("Callable[P, R]", guarded_async)

            @wraps(function)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
                with self.publishing(article(*args, **kwargs)):
                    return function(*args, **kwargs)

            return guarded

        return decorate

    def _outcome(self, article: Submitted, started: float) -> Verdict | _Outage:
        """The verdict, or the reason why there is none."""
        try:
            if self._time_limit is None:
                return self._verdict(article)
            return self._verdict_by(started + self._time_limit, article)
        except _PASS_ON:
            raise
        except BaseException as error:
            return _outage(error)

    async def _awaited(self, article: Submitted) -> Verdict | _Outage:
        """The same, of a moderator that is awaited."""
        try:
            moderator = cast(ScoresAsync, self._moderator)
            return _checked(await moderator.score(as_taken(moderator, article)))
        except (*_PASS_ON, asyncio.CancelledError):
            raise
        except BaseException as error:
            return _outage(error)

    def _verdict(self, article: Submitted) -> Verdict:
        moderator = cast(Scores, self._moderator)
        return _checked(moderator.score(as_taken(moderator, article)))

    def _verdict_by(self, deadline: float, article: Submitted) -> Verdict:
        """Score in a thread of its own and stop waiting at the deadline.

        A daemon thread and no executor: an executor joins its threads when the process ends, and so would wait for
        a stuck one for ever.
        """
        if not self._slots.acquire(timeout=max(0.0, deadline - monotonic())):
            raise Unavailable(self._too_late())
        future: Future[Verdict] = Future()

        def work() -> None:
            try:
                future.set_result(self._verdict(article))
            except BaseException as error:
                future.set_exception(error)
            finally:
                self._slots.release()

        try:
            Thread(target=copy_context().run, args=(work,), name="moderation-gate", daemon=True).start()
        except RuntimeError:
            self._slots.release()
            raise
        # Not future.result(timeout): its TimeoutError could not be told from one that scoring raised.
        if not wait((future,), timeout=max(0.0, deadline - monotonic())).done:
            raise Unavailable(self._too_late())
        return future.result()

    def _too_late(self) -> str:
        return f"the time limit of {self._time_limit:g} s passed"

    def _settle(self, article: Submitted, outcome: Verdict | _Outage, started: float) -> Decision:
        outage = outcome if isinstance(outcome, _Outage) else None
        verdict = None if isinstance(outcome, _Outage) else outcome
        enforced = self._on_unavailable if verdict is None else _ACTIONS[verdict.action]
        if verdict is not None and enforced == "hold" and not self._hold_reviews:
            enforced = "allow"
        decision = Decision(
            article_id=_id_of(article),
            action="allow" if self._observe_only else enforced,
            would_have_been=enforced,
            observed_only=self._observe_only,
            verdict=verdict,
            unavailable=outage.reason if outage else None,
        )
        level = _level(outcome)
        self._log(level, log_fields(decision) | {"elapsed_ms": round((monotonic() - started) * 1000, 1)})
        if self._on_decision is not None:
            try:
                self._on_decision(decision)
            except Exception as error:  # a broken counter must not decide what is published
                fields = {"article_id": loggable_id(decision.article_id), "on_decision_failed": reason(error)}
                self._log(logging.ERROR, fields)
        return decision

    def _log(self, level: int, fields: dict[str, Any]) -> None:
        self._logger.log(level, "gate %s", log_line(fields), extra={"moderation": fields})


def _demand(decision: Decision) -> Decision:
    if not decision.publish:
        raise PublicationBlocked(decision)
    return decision


def _id_of(article: Submitted) -> str:
    # As read_record names it, but also at hand when the record was never read, because time ran out first.
    if isinstance(article, Article):
        return article.id
    return str(article.get("id", "")) if isinstance(article, Mapping) else ""


def _checked(answer: object) -> Verdict:
    if not isinstance(answer, Verdict):
        raise Unavailable(f"the moderator answered with {type(answer).__name__}, not with a verdict")
    return answer


def _outage(error: BaseException) -> _Outage:
    # A refused key does not get well by itself, and a gate that fails open would screen nothing until somebody looks.
    return _Outage(reason(error), logging.CRITICAL if isinstance(error, ClientError) else logging.ERROR)


def _level(outcome: Verdict | _Outage) -> int:
    if isinstance(outcome, _Outage):
        return outcome.level
    return logging.INFO if outcome.action is Action.ALLOW else logging.WARNING
