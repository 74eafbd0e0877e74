"""What an operator watches, in Prometheus' form."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from moderation import Verdict

_SECONDS = (0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LIKELY = 0.5


class Telemetry:
    """The metrics of one worker; with several workers, prometheus_client adds them up over their files."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=self.registry), partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry, buckets=_SECONDS)
        self.requests = counter(
            "qingliu_requests", "Requests by route, method and status.", ("route", "method", "status")
        )
        self.request_seconds = histogram(
            "qingliu_request_seconds", "From the first byte read to the last written.", ("route",), buckets=_SECONDS
        )
        self.stage_seconds = histogram(
            "qingliu_stage_seconds",
            "Latency of an article by stage: wait (for a thread), read, judge, render, store.",
            ("stage",),
            buckets=_SECONDS,
        )
        self.verdicts = counter("qingliu_verdicts", "Verdicts by action.", ("action",))
        self.categories = counter(
            "qingliu_verdict_categories",
            "Verdicts by action and each category that gave a reason or is at least as likely as not.",
            ("action", "category"),
        )
        self.outages = counter("qingliu_outages", "Articles without a verdict, by reason.", ("reason",))
        self.texts = counter("qingliu_texts", "Short texts judged, by the model that had the last word.", ("model",))
        self.unstored = counter("qingliu_unstored_verdicts", "Verdicts answered though the store was away.")
        self.queue = gauge("qingliu_queue", "Articles at hand or waiting.", multiprocess_mode="livesum")
        self.queue_places = gauge("qingliu_queue_places", "Articles that fit.", multiprocess_mode="livesum")
        self.drift = gauge(
            "qingliu_score_drift",
            "Population stability index of the highest title probability against the model card's; above 0.25 look. "
            "-1 while too few articles came, or where the card has no reference.",
            multiprocess_mode="livemax",
        )
        self.generation = gauge("qingliu_release_generation", "Which reload is in use.", multiprocess_mode="livemin")
        self.shadow = counter("qingliu_shadow", "Verdicts a second model gave, too.", ("outcome",))
        self.job_articles = counter("qingliu_job_articles", "Articles of jobs finished, by outcome.", ("outcome",))
        self.callbacks = counter("qingliu_callbacks", "Tries to deliver a callback, by outcome.", ("outcome",))
        self.jobs_waiting = gauge(
            "qingliu_jobs_waiting",
            "Articles of jobs not finished, in the store.",
            multiprocess_mode="mostrecent",
        )
        self.dead_letters = gauge(
            "qingliu_dead_letters",
            "Callbacks given up, in the store.",
            multiprocess_mode="mostrecent",
        )

    def judged(self, verdict: Verdict) -> None:
        """Count a verdict."""
        action = str(verdict.action)
        self.verdicts.labels(action).inc()
        named = {reason.category for reason in verdict.reasons}
        named |= {score.category for score in verdict.categories if score.probability >= _LIKELY}
        for category in named:
            self.categories.labels(action, str(category)).inc()

    def texts_read(self, asked: int, read: int) -> None:
        """Count more texts: asked of the classifier, and read by the encoder, too."""
        self.texts.labels("encoder").inc(read)
        self.texts.labels("fast").inc(max(0, asked - read))

    def exposition(self) -> bytes:
        """The text that Prometheus reads: of this worker, or of all."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder is None:
            return generate_latest(self.registry)
        for number in {file.stem.rsplit("_", 1)[-1] for file in Path(folder).glob("gauge_live*_*.db")}:
            if _is_over(int(number)):
                mark_process_dead(int(number))  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _is_over(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False
