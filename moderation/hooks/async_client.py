"""The client of the scoring service, for asyncio."""

from __future__ import annotations

import asyncio
from asyncio import sleep
from collections.abc import Iterable
from time import monotonic
from typing import Any, Self, TypeVar, cast

from moderation.hooks import contract
from moderation.hooks.exchange import Answer, Attempt, Call, Trouble, exchange
from moderation.hooks.remote import Collected, Remote
from moderation.hooks.scores import Submitted
from moderation.hooks.served import Job, Outcome, ServedVerdict
from moderation.taxonomy import CategoryId
from moderation.verdict import Action

T = TypeVar("T")


class AsyncClient(Remote):
    """The same as `Client`, and with the same options, for asyncio; nothing runs in a thread.

    It may be used on several event loops, each of which has its connections: close it on the loop that used it, or use
    it in `async with`. `transport` is an httpx.AsyncBaseTransport.
    """

    async def score(self, article: Submitted, /) -> ServedVerdict:
        """The verdict on one article. A record travels as it is; an Article as a record that reads to it."""
        return await self._ask(contract.score(article, self._profile))

    async def score_batch(self, articles: Iterable[Submitted]) -> list[Outcome]:
        """For each of up to 256 articles, in order, its verdict or the error that it alone would have raised.

        Raises ValueError for more, or none, and as every method does for what concerns the whole call.
        """
        return await self._ask(contract.score_batch(articles, self._profile))

    async def submit_job(
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
        return await self._ask(contract.submit_job(articles, callback_url, profile or self._profile, idempotency_key))

    async def job(self, job_id: str, *, offset: int = 0, limit: int = 100) -> Job:
        """How far a job is, with up to `limit` results from `offset` on."""
        return await self._ask(contract.job(job_id, offset, limit))

    async def feedback(
        self,
        verdict_id: str,
        expected_action: Action | str,
        *,
        categories: Iterable[CategoryId | str] | None = None,
        because: str = "",
    ) -> str:
        """Say that a verdict was wrong, what it should have been and why; the answer is the id of the feedback."""
        return await self._ask(contract.feedback(verdict_id, expected_action, categories, because))

    async def verdict(self, verdict_id: str) -> dict[str, Any]:
        """What the service stored of a verdict, as decoded JSON; explicit text is masked in it."""
        return await self._ask(contract.verdict(verdict_id))

    async def aclose(self) -> None:
        """Close the connections of this event loop; a later call opens new ones."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(self, call: Call[T]) -> T:
        steps = exchange(call, self._patience, self.breaker)
        outcome: Answer | Trouble | None = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Attempt):
                    outcome = await self._attempt(call, step.deadline)
                else:
                    await sleep(step.seconds)
        except StopIteration as end:
            return cast(T, end.value)
        finally:
            steps.close()

    async def _attempt(self, call: Call[T], deadline: float) -> Answer | Trouble:
        session = self._session(asyncio.get_running_loop(), self._connections)
        try:
            async with (
                asyncio.timeout(deadline - monotonic()),
                session.stream(
                    call.method,
                    call.path,
                    params=call.query,
                    content=call.body,
                    headers=call.headers,
                    timeout=self._timeout(deadline),
                ) as response,
            ):
                body = Collected(self._limit)
                async for piece in response.aiter_raw():
                    body.add(piece)
                return body.answer(response.status_code, response.headers)
        except Trouble as trouble:
            return trouble
        except TimeoutError as error:
            return self._lost(error)
        except self._network.httpx.HTTPError as error:
            return self._lost(error)

    def _connections(self) -> Any:
        for loop in [loop for loop in self._sessions if loop.is_closed()]:
            del self._sessions[loop]
        httpx = self._network.httpx
        transport = self._transport or httpx.AsyncHTTPTransport(
            verify=self._ssl, trust_env=False, limits=self._network.LIMITS
        )
        return httpx.AsyncClient(transport=transport, **self._options())
