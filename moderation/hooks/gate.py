"""The in-process hook: asks the moderator before an article is published, and says what to do if it cannot answer."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
import logging
import re
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import wraps
from pathlib import PurePath
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic
from typing import Any, Literal, ParamSpec, Protocol, TypeAlias, TypeVar, cast, get_args

from moderation.article import Article
from moderation.readers import InputError, read_record
from moderation.verdict import Action, Verdict

P = ParamSpec("P")
R = TypeVar("R")

GateAction: TypeAlias = Literal["allow", "hold", "reject"]
Submitted: TypeAlias = Article | Mapping[str, Any]

_ACTIONS: dict[Action, GateAction] = {Action.ALLOW: "allow", Action.REVIEW: "hold", Action.REJECT: "reject"}
# Everything else is an outage, also what is no Exception: a panic in a Rust extension derives from BaseException.
_PASS_ON = (InputError, KeyboardInterrupt, SystemExit, GeneratorExit)
# A thread that overran its time limit cannot be stopped; the bound keeps stuck ones from piling up.
_RUNNING_AT_MOST = 64
_LONGEST_BACK_OFF = 60.0
_PLAIN_ID = re.compile(r"[\w.:/-]{1,100}", re.ASCII)
_PLAIN_VALUE = re.compile(r"[\w.,:/+-]+", re.ASCII)


class Scores(Protocol):
    """What the gate needs of a moderator. It is called from several threads at once."""

    def score(self, article: Article, /) -> Verdict:
        """Judge one article."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What the site should do with an article, and why.

    `verdict` is None exactly when `unavailable` says why there is none. `would_have_been` is the action an
    enforcing gate takes; it differs from `action` only when `observed_only`.
    """

    article_id: str
    action: GateAction
    would_have_been: GateAction
    observed_only: bool
    # Left out of the repr, because the verdict quotes the article and a repr ends in logs.
    verdict: Verdict | None = field(default=None, repr=False)
    unavailable: str | None = None

    @property
    def publish(self) -> bool:
        """True when the article may be published now."""
        return self.action == "allow"


class PublicationBlocked(Exception):
    """The gate held or rejected the article; `decision` says why. Its text quotes nothing of the article."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision)
        self.decision = decision

    def __str__(self) -> str:
        decision = self.decision
        cause = decision.unavailable or ", ".join(_rules(decision.verdict)) or "no rule named"
        return f"article {_loggable_id(decision.article_id)} is not published: {decision.action} ({cause})"


class Gate:
    """The pre-publish check of one site; thread-safe, so one gate serves the whole process.

    A verdict of review holds the article (or publishes it, with `hold_reviews=False`). An outage (scoring failed,
    `time_limit` seconds passed, the model cannot be loaded) is no verdict: `on_unavailable` decides, and it has no
    default because only the site can choose. `observe_only` publishes everything and logs what would have been.
    `on_decision` is called with every decision, where `check` or `acheck` was called; what it raises is logged.
    """

    def __init__(
        self,
        moderator: Scores,
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
            _LazyModerator(loader, retry_after),
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
        the article, so no fail policy covers it.
        """
        started = monotonic()
        return self._settle(article, self._outcome(article, started), started)

    async def acheck(self, article: Submitted) -> Decision:
        """The same as `check`, without blocking the event loop: reading and scoring run in a worker thread."""
        started = monotonic()
        try:
            # Here as well as in the worker: the wait for a thread of a busy executor counts too.
            async with asyncio.timeout(self._time_limit):
                outcome = await asyncio.to_thread(self._outcome, article, started)
        except TimeoutError:
            outcome = self._too_late()
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

    def _outcome(self, article: Submitted, started: float) -> Verdict | str:
        """The verdict, or the reason why there is none."""
        try:
            if self._time_limit is None:
                return self._verdict(article)
            return self._verdict_by(started + self._time_limit, article)
        except _PASS_ON:
            raise
        except BaseException as error:
            return _reason(error)

    def _verdict(self, article: Submitted) -> Verdict:
        verdict = self._moderator.score(article if isinstance(article, Article) else read_record(article))
        if not isinstance(verdict, Verdict):
            raise _UnavailableError(f"the moderator answered with {type(verdict).__name__}, not with a verdict")
        return verdict

    def _verdict_by(self, deadline: float, article: Submitted) -> Verdict:
        """Score in a thread of its own and stop waiting at the deadline.

        A daemon thread and no executor: an executor joins its threads when the process ends, and so would wait for
        a stuck one for ever.
        """
        if not self._slots.acquire(timeout=max(0.0, deadline - monotonic())):
            raise _UnavailableError(self._too_late())
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
            raise _UnavailableError(self._too_late())
        return future.result()

    def _too_late(self) -> str:
        return f"the time limit of {self._time_limit:g} s passed"

    def _settle(self, article: Submitted, outcome: Verdict | str, started: float) -> Decision:
        unavailable = outcome if isinstance(outcome, str) else None
        verdict = None if isinstance(outcome, str) else outcome
        enforced = self._on_unavailable if verdict is None else _ACTIONS[verdict.action]
        if verdict is not None and enforced == "hold" and not self._hold_reviews:
            enforced = "allow"
        decision = Decision(
            article_id=_id_of(article),
            action="allow" if self._observe_only else enforced,
            would_have_been=enforced,
            observed_only=self._observe_only,
            verdict=verdict,
            unavailable=unavailable,
        )
        self._log(_level(decision), _fields(decision) | {"elapsed_ms": round((monotonic() - started) * 1000, 1)})
        if self._on_decision is not None:
            try:
                self._on_decision(decision)
            except Exception as error:  # a broken counter must not decide what is published
                fields = {"article_id": _loggable_id(decision.article_id), "on_decision_failed": _reason(error)}
                self._log(logging.ERROR, fields)
        return decision

    def _log(self, level: int, fields: dict[str, Any]) -> None:
        line = " ".join(f"{name}={_value(value)}" for name, value in fields.items())
        self._logger.log(level, "gate %s", line, extra={"moderation": fields})


class _UnavailableError(Exception):
    """An outage whose text is ours and may be logged."""


class _LazyModerator:
    """A moderator loaded at the first article, and after a failed load not before a pause that doubles."""

    def __init__(self, loader: Callable[[], Scores], retry_after: float) -> None:
        if not retry_after > 0:
            raise ValueError(f"retry_after is a number of seconds above zero, not {retry_after!r}")
        self._loader = loader
        self._pause = retry_after
        self._lock = Lock()
        self._moderator: Scores | None = None
        self._failure: str | None = None
        self._retry_at = 0.0

    def score(self, article: Article, /) -> Verdict:
        # Read without the lock: once loaded, checks must not queue for it.
        return (self._moderator or self._load()).score(article)

    def _load(self) -> Scores:
        with self._lock:
            if self._moderator is not None:
                return self._moderator
            if self._failure is not None and monotonic() < self._retry_at:
                raise _UnavailableError(self._failure)
            try:
                self._moderator = self._loader()
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # InputError too: whatever fails here is not the caller's article
                self._failure = f"the model cannot be loaded: {type(error).__name__}: {_without_chinese(str(error))}"
                self._retry_at = monotonic() + self._pause
                self._pause = min(2 * self._pause, _LONGEST_BACK_OFF)
                raise _UnavailableError(self._failure) from error
            return self._moderator


def _demand(decision: Decision) -> Decision:
    if not decision.publish:
        raise PublicationBlocked(decision)
    return decision


def _id_of(article: Submitted) -> str:
    # As read_record names it, but also at hand when the record was never read, because time ran out first.
    if isinstance(article, Article):
        return article.id
    return str(article.get("id", "")) if isinstance(article, Mapping) else ""


def _rules(verdict: Verdict | None) -> list[str]:
    return [reason.rule for reason in verdict.reasons] if verdict else []


def _level(decision: Decision) -> int:
    if decision.verdict is None:
        return logging.ERROR
    return logging.INFO if decision.verdict.action is Action.ALLOW else logging.WARNING


def _fields(decision: Decision) -> dict[str, Any]:
    """What is logged of a decision: names, numbers and rules, nothing that quotes the article."""
    fields: dict[str, Any] = {
        "article_id": _loggable_id(decision.article_id),
        "action": decision.action,
        "would_have_been": decision.would_have_been,
        "observed_only": decision.observed_only,
    }
    verdict = decision.verdict
    if verdict is None:
        return fields | {"unavailable": decision.unavailable}
    fields["verdict"] = str(verdict.action)
    if verdict.categories:
        top = max(verdict.categories, key=lambda score: score.probability)
        fields |= {"category": str(top.category), "probability": round(top.probability, 4)}
    return fields | {"rules": ",".join(_rules(verdict)), "model": verdict.versions.model}


def _loggable_id(identifier: str) -> str:
    """The id where it is plain, else its digest: a site may use titles or slugs as ids, and those can be explicit."""
    if _PLAIN_ID.fullmatch(identifier):
        return identifier
    return f"sha256:{hashlib.sha256(identifier.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _value(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if _PLAIN_VALUE.fullmatch(text) else json.dumps(text)


def _reason(error: BaseException) -> str:
    """What failed and where. Not the error's own text: it may quote the article."""
    if isinstance(error, _UnavailableError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"


def _without_chinese(text: str) -> str:
    # A loader's error names a file, which an operator needs; it may also quote the lexicon, which no log should.
    return re.sub(r"[^ -~]+", "…", text)
