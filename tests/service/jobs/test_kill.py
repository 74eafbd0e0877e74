"""The real service, killed in the middle of its jobs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select, update

from service.store.database import Database
from service.store.tables import IdempotencyRow, ItemRow, JobRow, VerdictRow, now
from tests.service.server import service

JOBS, ARTICLES = 3, 80
TEXT = "社区图书馆周末开放时间调整，阅览室延长到晚上九点，欢迎带孩子来参加读书会。" * 40
PATIENCE = 120


@contextmanager
def _service(url: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    with (
        service(folder, QINGLIU_DATABASE=url) as (port, process),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        yield process, client


def _until(reached: Any, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _post(client: httpx.Client, number: int) -> str:
    body = {"articles": [{"id": f"{number}/{place}", "title": "校运会", "text": TEXT} for place in range(ARTICLES)]}
    answer = client.post("/v1/jobs", json=body, headers={"Idempotency-Key": f"job-{number}"})
    assert answer.status_code == 202, answer.text
    identifier: str = answer.json()["id"]
    assert answer.headers["location"] == f"/v1/jobs/{identifier}"
    return identifier


def _finished(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(ItemRow.finished_at.is_not(None))) or 0


def test_each_accepted_article_is_finished_once_though_the_service_was_killed(
    database_url: str, tmp_path: Path
) -> None:
    database = Database(database_url)
    total = JOBS * ARTICLES

    with _service(database_url, tmp_path) as (process, client), ThreadPoolExecutor(1) as aside:
        accepted = [_post(client, number) for number in range(JOBS - 1)]
        _until(lambda: _finished(database) > 10, process)
        last = aside.submit(_post, client, JOBS - 1)
        process.kill()
        process.wait()
    if last.exception() is None:  # else its answer was lost, and perhaps the job is there
        accepted.append(last.result())
    assert 10 < _finished(database) < total

    with database.session() as session:  # a minute later, leases are over, and so is what was begun and not answered
        session.execute(update(ItemRow).where(ItemRow.lease_until.is_not(None)).values(lease_until=now()))
        session.execute(update(IdempotencyRow).values(started_at=now() - timedelta(minutes=1)))

    with _service(database_url, tmp_path) as (process, client):
        # Whoever lost the answer asks again, and makes no second job.
        repeated = [_post(client, number) for number in range(JOBS)]
        assert repeated[: len(accepted)] == accepted
        _until(lambda: _finished(database) == total, process)
        for number, identifier in enumerate(repeated):
            page = client.get(f"/v1/jobs/{identifier}", params={"limit": 500}).json()
            assert (page["status"], page["finished"], page["failed"]) == ("done", ARTICLES, 0)
            assert sum(page["actions"].values()) == ARTICLES
            assert [result["article_id"] for result in page["results"]] == [
                f"{number}/{place}" for place in range(ARTICLES)
            ]
        process.terminate()
        process.wait(PATIENCE)

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JobRow)) == JOBS
        assert session.scalar(select(func.count()).select_from(VerdictRow)) == total
        assert session.scalar(select(func.count(ItemRow.verdict_id.distinct()))) == total
    database.close()
