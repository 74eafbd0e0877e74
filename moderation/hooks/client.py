"""The client of the scoring service, for threads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from time import sleep
from typing import Any, Self, TypeVar, cast

from moderation.hooks import contract
from moderation.hooks.exchange import Answer, Attempt, Call, Trouble, exchange
from moderation.hooks.remote import Collected, Remote
from moderation.hooks.scores import Submitted
from moderation.hooks.served import Job, Outcome, ServedVerdict
from moderation.taxonomy import CategoryId
from moderation.verdict import Action

T = TypeVar("T")


class Client(Remote):
    """Asks the service at `url`; thread-safe and kept open between calls, so one serves the whole process.

    `key` is an API key of the service, `profile` a profile of its policy. Seconds: `connect_timeout` for a
    connection, `read_timeout` between two pieces of an answer (above the service's `time_limit`, or an article that
    takes long looks like a service that is gone), `deadline` for a whole call with its pauses. Of `attempts`, the
    later ones follow only a connection that was not made or broke, or 429 and 503, with full jitter and after what
    Retry-After asks; they carry the same Idempotency-Key. `breaker` stops calls after failures in a row. An answer
    over `answer_limit` bytes is not read. `ssl_context` is for a certificate authority of your own, `transport` an
    httpx transport of your own (a proxy, a Unix socket), whose waits are then its own.

    Every method raises Unavailable where the service gives no answer that is one, ClientError where it refuses the call
    (a wrong key), and InputError where it refuses an article.
    """

    def score(self, article: Submitted, /) -> ServedVerdict:
        """The verdict on one article. A record travels as it is; an Article as a record that reads to it."""
        return self._ask(contract.score(article, self._profile))

    def score_batch(self, articles: Iterable[Submitted]) -> list[Outcome]:
        """For each of up to 256 articles, in order, its verdict or the error that it alone would have raised.

        Raises ValueError for more, or none, and as every method does for what concerns the whole call.
        """
        return self._ask(contract.score_batch(articles, self._profile))

    def submit_job(
        self,
        articles: Iterable[Submitted],
        *,
        callback_url: str | None = None,
        profile: str | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """Hand in many articles and get the id of the job; the service calls `callback_url` when it is done.

        With an `idempotency_key` of your own the same job can be handed in again, after a crash, and is made once.
        """
        return self._ask(contract.submit_job(articles, callback_url, profile or self._profile, idempotency_key))

    def job(self, job_id: str, *, offset: int = 0, limit: int = 100) -> Job:
        """How far a job is, with up to `limit` results from `offset` on."""
        return self._ask(contract.job(job_id, offset, limit))

    def feedback(
        self,
        verdict_id: str,
        expected_action: Action | str,
        *,
        categories: Iterable[CategoryId | str] | None = None,
        because: str = "",
    ) -> str:
        """Say that a verdict was wrong, what it should have been and why; the answer is the id of the feedback."""
        return self._ask(contract.feedback(verdict_id, expected_action, categories, because))

    def verdict(self, verdict_id: str) -> dict[str, Any]:
        """What the service stored of a verdict, as decoded JSON; explicit text is masked in it."""
        return self._ask(contract.verdict(verdict_id))

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        session = self._sessions.pop(os.getpid(), None)
        if session is not None:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, call: Call[T]) -> T:
        steps = exchange(call, self._patience, self.breaker)
        outcome: Answer | Trouble | None = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Attempt):
                    outcome = self._attempt(call, step.deadline)
                else:
                    sleep(step.seconds)
        except StopIteration as end:
            return cast(T, end.value)
        finally:
            steps.close()

    def _attempt(self, call: Call[T], deadline: float) -> Answer | Trouble:
        # Of this process: after a fork, two must not talk over one connection.
        session = self._session(os.getpid(), self._connections)
        token = self._network.DEADLINE.set(deadline)
        try:
            with session.stream(
                call.method,
                call.path,
                params=call.query,
                content=call.body,
                headers=call.headers,
                timeout=self._timeout(deadline),
            ) as response:
                body = Collected(self._limit)
                for piece in response.iter_raw():
                    body.add(piece)
                return body.answer(response.status_code, response.headers)
        except Trouble as trouble:
            return trouble
        except self._network.httpx.HTTPError as error:
            return self._lost(error)
        finally:
            self._network.DEADLINE.reset(token)

    def _connections(self) -> Any:
        transport = self._transport or self._network.DeadlineTransport(self._ssl)
        return self._network.httpx.Client(transport=transport, **self._options())
