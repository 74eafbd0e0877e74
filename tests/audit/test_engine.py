from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from moderation.audit import judge
from moderation.audit.cluster import DaskEngine
from moderation.audit.engine import Feed, LocalEngine, in_order
from moderation.audit.item import SourceError
from moderation.audit.judge import Chunk, ChunkResult, JudgeSpec, judge_chunk, spec_of

from .made import BAD, item


@pytest.fixture(scope="module")
def spec() -> JudgeSpec:
    return spec_of(None, None, None)


def chunks(count: int) -> list[Chunk]:
    return [
        Chunk(number, tuple((number * 4 + place, item(number * 4 + place, BAD)) for place in range(4)))
        for number in range(count)
    ]


def actions(results: list[ChunkResult]) -> list[tuple[int, str, str]]:
    return sorted((number, out.key, out.action) for result in results for number, out in result.outcomes)


@pytest.mark.slow
def test_processes_and_a_cluster_say_what_this_process_says(spec: JudgeSpec) -> None:
    expected = actions([judge_chunk(spec, chunk) for chunk in chunks(8)])
    assert actions(list(LocalEngine(spec, 2).run(chunks(8)))) == expected
    assert actions(list(DaskEngine(spec, 2).run(chunks(8)))) == expected


def test_results_come_in_order_however_they_are_done() -> None:
    results = [ChunkResult(number, ()) for number in (2, 0, 1, 4, 3)]
    assert [[one.number for one in ready] for ready in in_order(results)] == [[], [0], [1, 2], [], [3, 4]]


def test_one_slow_chunk_does_not_let_results_pile_up() -> None:
    feed = Feed((Chunk(number, ()) for number in range(10_000)), 4)
    taken = 0
    while (chunk := feed.take()) is not None:
        taken += 1
        if chunk.number == 0:
            feed.flying["slow"] = chunk
    assert 10 < taken < 1_000
    feed.flying.clear()
    assert feed.take() is not None


@pytest.mark.slow
@pytest.mark.parametrize("engine", [LocalEngine, DaskEngine])
def test_an_article_that_kills_its_worker_is_set_aside_and_the_rest_is_judged(
    engine: Any, spec: JudgeSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The workers are spawned and import this: a site-wide hook is how a test reaches into them.
    hook = tmp_path / "sitecustomize.py"
    hook.write_text(
        "import os, signal\n"
        "from moderation.audit import item\n"
        "whole = item.Item.article\n"
        "def article(self, limits):\n"
        "    if self.key == '9': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return whole(self, limits)\n"
        "item.Item.article = article\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    found = actions(list(engine(spec, 2).run(chunks(6))))
    assert [entry for entry in found if entry[2] == "failed"] == [(9, "9", "failed")]
    assert len(found) == 24


@pytest.mark.slow
def test_a_cluster_that_is_lost_stops_the_run_with_a_reason(spec: JudgeSpec) -> None:
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        results = DaskEngine(spec, scheduler=cluster.scheduler_address).run(chunks(60))
        next(results)
        cluster.close()
        with pytest.raises(SourceError, match="connection to the Dask cluster is lost"):
            list(results)


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_told(spec: JudgeSpec) -> None:
    with pytest.raises(SourceError, match="no Dask scheduler answers"):
        next(DaskEngine(spec, scheduler="tcp://127.0.0.1:1").run(chunks(1)))


def test_an_error_that_quotes_the_article_is_kept_without_its_words(
    spec: JudgeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        policy = judge._moderators(spec)[0].policy

        def score(self, article: object) -> None:
            raise RuntimeError(BAD)

    monkeypatch.setattr(judge, "_moderators", lambda _: (Broken(), None))
    outcome = judge.judge(spec, item(1, BAD))
    assert (outcome.action, outcome.error) == ("failed", "could not be judged: RuntimeError")


def test_a_model_that_changed_since_the_audit_began_is_refused(spec: JudgeSpec) -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="is not the model"):
        judge_chunk(replace(spec, fingerprint="sha256:other"), chunks(1)[0])
