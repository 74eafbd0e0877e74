"""One article from the request's bytes to an answer: read, judged, rendered, stored."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from moderation import Article, InputError, Verdict
from moderation.policy import PolicyError
from moderation.readers import read_document, read_html
from moderation.renderers import verdict_json
from service import problem
from service.engine import BusyError, TimedOutError
from service.parsing import parsed
from service.problem import Problem, place_of
from service.release import Release
from service.state import State
from service.store.database import StoreUnavailable
from service.store.verdicts import StoredVerdict, stored_form

STORE_PATIENCE = 3.0
"""Seconds an answer waits to be stored."""
_FORMATS = {"text/html": "html", "text/markdown": "md", "text/plain": "txt"}
MEDIA_TYPES = ("application/json", *_FORMATS)

Reading = Callable[[Release], tuple[Article, Mapping[str, Any]]]
"""Reads an article, and names the record it was read from."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, its article and what judged it; `published` is its JSON text, `record` what the store keeps."""

    id: str
    article: Article
    verdict: Verdict
    release: Release
    profile: str | None
    published: str
    record: StoredVerdict

    def envelope(self, stored: bool, report: str | None = None) -> str:
        """The JSON answer for this article, with the report page where there is one."""
        page = "" if report is None else f', "report": {json.dumps(report)}'
        return f'{{"id": "{self.id}", "stored": {json.dumps(stored)}, "verdict": {self.published}{page}}}'


@dataclass(frozen=True, slots=True)
class Beside:
    """What a raw page or text does not say of itself."""

    id: str = "-"
    title: str | None = None
    url: str | None = None


def reading_of(body: bytes, media_type: str, beside: Beside) -> Reading:
    """How to read a body of one of MEDIA_TYPES."""
    if media_type == "application/json":
        return lambda release: read_json(release, parsed(body))

    def raw(release: Release) -> tuple[Article, Mapping[str, Any]]:
        article = read_document(
            body,
            _FORMATS[media_type],
            identifier=beside.id,
            title=beside.title,
            url=beside.url,
            limits=release.limits,
        )
        return article, {"id": beside.id, "title": article.title, "url": article.url, "body": article.source}

    return raw


def read_json(release: Release, record: Any) -> tuple[Article, Mapping[str, Any]]:
    """A record's article, with the crawler's view where it has one, and the record. Raises InputError."""
    article = release.read(record)
    view = record.get("crawler_view")
    if view is None:
        return article, record
    if not isinstance(view, str):
        raise InputError(f"a text is needed here, not {type(view).__name__}", field="crawler_view")
    return replace(article, crawler_view=read_html(view, identifier=article.id, limits=release.limits)), record


async def judge(state: State, reading: Reading, profile: str | None, owner: str | None, *, patient: bool) -> Judged:
    """Judge one article in a scoring thread. Raises Problem; whatever fails unforeseen is an outage."""
    release = state.release
    queued = time.perf_counter()
    stage, keep_text = state.telemetry.stage_seconds, state.settings.keep_text

    def work() -> Judged:
        started = time.perf_counter()
        stage.labels("wait").observe(started - queued)
        article, record = reading(release)
        read = time.perf_counter()
        stage.labels("read").observe(read - started)
        verdict = release.moderator(profile).score(article)
        scored = time.perf_counter()
        stage.labels("judge").observe(scored - read)
        kept = stored_form(verdict, article, record, owner=owner, keep_text=keep_text)
        published = verdict_json.dumps(verdict_json.to_json(verdict, article))
        judged = Judged(kept.id, article, verdict, release, profile, published, kept)
        stage.labels("render").observe(time.perf_counter() - scored)
        return judged

    run = state.engine.run_patiently if patient else state.engine.run
    try:
        judged = await run(work)
    except (Problem, InputError, PolicyError, BusyError, TimedOutError) as error:
        raise refusal(state, error) from None
    except Exception as error:
        state.telemetry.outages.labels("failed").inc()
        log = structlog.get_logger("service.judging")
        log.error("scoring failed", error=type(error).__name__, place=place_of(error))
        detail = "scoring failed; this says nothing about the article"
        raise Problem(problem.UNAVAILABLE, detail, retry_after=5) from None
    state.telemetry.judged(judged.verdict)
    state.telemetry.texts_read(*release.new_texts())
    if release is state.release:  # else the card it would be held against is another model's
        state.drift.saw(judged.verdict)
    return judged


def refusal(state: State, error: Exception) -> Problem:
    """What the caller is told of an article that was not judged, or not shown."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InputError):
        return Problem.of_input(error)
    if isinstance(error, PolicyError):
        return Problem(problem.INVALID_REQUEST, str(error), field="profile")
    if isinstance(error, BusyError):
        state.telemetry.outages.labels("busy").inc()
        return Problem(problem.BUSY, "too many articles are at hand", retry_after=1)
    state.telemetry.outages.labels("timed_out").inc()
    detail = f"the article took longer than {state.settings.time_limit:g} s; this says nothing about it"
    return Problem(problem.TIMED_OUT, detail, retry_after=5)


async def store(state: State, judged: Sequence[Judged]) -> bool:
    """Keep verdicts, with whatever else waits; whether they are safe now. A store that is away costs no verdict."""
    started = time.perf_counter()
    try:
        if not state.has_tables:
            raise StoreUnavailable("the tables are not made yet")
        # All handed in before one is awaited: should one be refused, the others are nobody's to hear of.
        submitted = [state.verdicts.submit(one.record) for one in judged]
        futures = [asyncio.wrap_future(future) for future in submitted]
        async with asyncio.timeout(STORE_PATIENCE):
            await asyncio.gather(*futures)
    except (StoreUnavailable, TimeoutError):
        state.telemetry.unstored.inc(len(judged))
        return False
    state.telemetry.stage_seconds.labels("store").observe(time.perf_counter() - started)
    compare(state, judged)
    return True


def compare(state: State, judged: Iterable[Judged]) -> None:
    """Offer verdicts that are stored to the shadow, where there is one."""
    if state.shadow is not None:
        for one in judged:
            state.shadow.offer(one.id, one.article, one.verdict, one.profile)
