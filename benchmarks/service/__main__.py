"""python -m benchmarks.service [--json FILE]

Requests per second of the scoring service beside an empty FastAPI and pydantic echo of the same articles, on one core
while the other sends; the latency where a tenth of the articles need the encoder; and pages of 50 KB. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.service.articles import escalating, pages, plain
from benchmarks.service.load import send
from benchmarks.service.server import Server, running

_SERVICE = "service.app:from_environment"


@dataclass(frozen=True, slots=True)
class Run:
    """One row. `per_core_second` counts the server's own processor time, so a busy machine changes it little."""

    name: str
    requests: int
    per_second: float
    per_core_second: float
    p50_ms: float
    p99_ms: float
    memory_mib: float
    ready_s: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run everything, print the table, write the JSON where asked."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m benchmarks.service", description=details, epilog=summary)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    parser.add_argument("--requests", type=int, default=2000, metavar="N", help="articles of 3 KB in a run")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of which the best counts")
    chosen = parser.parse_args(arguments)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, set(cores[:-1]))  # what sends stays off the server's core
    runs = measured(chosen.requests, chosen.rounds, cores[-1] if len(cores) > 1 else None)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(run) for run in runs], indent=2), "utf-8")
    print(table(runs), end="")


def measured(requests: int, rounds: int, core: int | None) -> list[Run]:
    """All rows; the echo first."""
    articles, doubtful, large = plain(requests), escalating(requests // 10), pages(max(20, requests // 10))
    mixed = [body for number, body in enumerate(articles) if number % 10] + doubtful
    mixed = [mixed[number * 7919 % len(mixed)] for number in range(len(mixed))]
    runs = []
    with running("benchmarks.service.echo:app", core, {}) as server:
        runs.append(_run("echo, 3 KB", server, articles, 8, rounds))
    with TemporaryDirectory() as folder:
        never = Path(folder) / "never.toml"
        never.write_text(_without_encoder(), "utf-8")
        environment = {"QINGLIU_DATABASE": f"sqlite:///{folder}/store.db", "QINGLIU_LOG_LEVEL": "warning"}
        with running(_SERVICE, core, environment | {"QINGLIU_POLICY": str(never)}, factory=True) as server:
            runs.append(_run("service, 3 KB, encoder off", server, articles, 8, rounds))
            runs.append(_run("service, 50 KB pages, encoder off", server, large, 8, rounds))
        with running(_SERVICE, core, environment, factory=True) as server:
            runs.append(_run("service, 3 KB, a tenth for the encoder", server, mixed, 8, rounds))
    return runs


def _run(name: str, server: Server, bodies: list[bytes], connections: int, rounds: int) -> Run:
    send(server.port, bodies[: len(bodies) // 10], connections)  # warms connections and code, not texts
    best: Run | None = None
    size = len(bodies) * 9 // 10 // rounds
    for number in range(rounds):
        own = bodies[len(bodies) // 10 + number * size :][:size]  # no text twice
        before = server.cpu_seconds()
        sent = send(server.port, own, connections)
        used = server.cpu_seconds() - before
        if set(sent.statuses) != {200}:
            raise RuntimeError(f"{name}: answers were {sent.statuses}")
        run = Run(
            name,
            len(own),
            len(own) / sent.seconds,
            len(own) / used,
            sent.percentile(0.5) * 1000,
            sent.percentile(0.99) * 1000,
            server.memory(),
            server.started_in,
        )
        if best is None or run.per_core_second > best.per_core_second:
            best = run
    assert best is not None
    return best


def _without_encoder() -> str:
    from importlib.resources import files

    text = files("moderation.resources").joinpath("policy.toml").read_text("utf-8")
    return text.replace('use = "uncertain"', 'use = "never"')


def table(runs: Sequence[Run]) -> str:
    """Markdown."""
    echo = runs[0].per_core_second
    lines = [
        f"{platform.machine()}, Python {platform.python_version()}, 8 connections on loopback, one worker on one core",
        "",
        "| server | requests/s | requests per core-second | of the echo's | p50 ms | p99 ms | memory MiB | ready s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {run.name} | {run.per_second:.0f} | {run.per_core_second:.0f} | {run.per_core_second / echo:.3f} |"
        f" {run.p50_ms:.1f} | {run.p99_ms:.1f} | {run.memory_mib:.0f} | {run.ready_s:.1f} |"
        for run in runs
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
