from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import sleep

import httpx

from .conftest import Start, state_of
from .server import ROOT, service

ARTICLE = {"id": 1, "title": "校运会下周开幕"}


def value(text: str, name: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.rsplit(" ", 1)[1])


def test_texts_count_once_over_a_reload_with_requests_at_work(start: Start) -> None:
    client = start()
    state = state_of(client)
    old = state.release
    for _ in range(5):
        client.post("/v1/score", json=ARTICLE)
    before = value(client.get("/metrics").text, 'qingliu_texts_total{model="fast"}')
    assert client.post("/v1/reload", json={}).status_code == 200
    client.post("/v1/score", json=ARTICLE)
    state.telemetry.texts_read(*old.new_texts())  # as one does that was at work when the new one came
    client.post("/v1/score", json=ARTICLE)
    after = value(client.get("/metrics").text, 'qingliu_texts_total{model="fast"}')
    assert after - before == before / 5 * 2


def test_what_is_not_known_of_drift_is_no_number_it_may_have(start: Start) -> None:
    assert value(start().get("/metrics").text, "qingliu_score_drift") == -1


def test_a_worker_that_died_leaves_no_gauges(tmp_path: Path) -> None:
    script = (
        "from service.telemetry import Telemetry as T; t = T(); t.queue_places.set(66); print(t.exposition().decode())"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert value(run.stdout, "qingliu_queue_places") == 66


def test_every_worker_is_in_the_gauges_whoever_is_asked(tmp_path: Path) -> None:
    with service(tmp_path, QINGLIU_WORKERS="2") as (port, process):
        found = 0.0
        for _ in range(200):
            found = value(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text, "qingliu_queue_places")
            if found == 2 * 66:
                break
            sleep(0.1)
        process.terminate()
        process.wait(30)
    assert found == 2 * 66
