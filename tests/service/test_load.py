"""The real process under load: 64 clients with good, bad and huge bodies, reloads, slow senders, and its end."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil
import pytest

from .server import service

GOOD = {"id": 1, "title": "校运会下周开幕", "text": "请各班按时到场，带好号码布。" * 20}
BAD = {"id": 2, "title": "澳门威尼斯人娱乐城注册送彩金"}
BODIES = [
    (json.dumps(GOOD).encode(), {200}),
    (json.dumps(BAD).encode(), {200}),
    (json.dumps({"id": 3, "html": "<div><p>操场</p></div>" * 3000}).encode(), {200, 422}),
    (json.dumps({"articles": [GOOD, BAD, {"id": 4}]}).encode(), {422}),
    (b'{"id": 5, "title": "', {400}),
    (b"\xff" * 1000, {400}),
    (b"[" * 50_000, {400}),
    (b"x" * 3_000_000, {413}),
]


async def hammer(port: int, seconds: float, clients: int) -> Counter[tuple[int, int]]:
    """How often each body got each status."""
    found: Counter[tuple[int, int]] = Counter()
    end = time.monotonic() + seconds

    async def work(client: httpx.AsyncClient, seed: int) -> None:
        generator = random.Random(seed)
        while time.monotonic() < end:
            number = generator.randrange(len(BODIES))
            try:
                answer = await client.post("/v1/score", content=BODIES[number][0])
            except httpx.TransportError:
                # A body over the limit is refused before it is read, and the connection with it.
                assert BODIES[number][1] == {413}
                continue
            found[number, answer.status_code] += 1

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, limits=limits) as client:
        await asyncio.gather(*(work(client, seed) for seed in range(clients)))
    return found


@pytest.mark.parametrize("seconds", [4.0, pytest.param(60.0, marks=pytest.mark.soak)])
def test_sixty_four_clients_with_anything(tmp_path: Path, seconds: float) -> None:
    with service(tmp_path) as (port, process):
        asyncio.run(hammer(port, seconds / 4, 64))
        before = psutil.Process(process.pid).memory_info().rss
        found = asyncio.run(hammer(port, seconds, 64))
        grown = psutil.Process(process.pid).memory_info().rss - before
    for number, status in found:
        # 503 is deliberate: the queue is bounded.
        assert status in BODIES[number][1] | {503}, (number, status)
    assert {status for _, status in found} >= {200, 400, 422}
    assert grown < 60 * 1024 * 1024, f"{grown / 1e6:.0f} MB more"
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize("seconds", [4.0, pytest.param(60.0, marks=pytest.mark.soak)])
def test_a_reload_every_second_fails_no_request_and_mixes_no_versions(tmp_path: Path, seconds: float) -> None:
    from importlib.resources import files

    policies = tmp_path / "policies"
    policies.mkdir()
    shipped = files("moderation.resources").joinpath("policy.toml").read_text("utf-8")
    version = next(line for line in shipped.splitlines() if line.startswith("version"))
    for name in ("one", "two"):
        (policies / f"{name}.toml").write_text(shipped.replace(version, f'version = "{name}"'), "utf-8")
    with service(tmp_path, QINGLIU_POLICIES_FOLDER=str(policies)) as (port, _):
        seen = asyncio.run(_reloading(port, seconds))
    assert set(seen) >= {("title-0.2.0", "one"), ("title-0.2.0", "two")}
    assert {policy for _, policy in seen} <= {"one", "two", version.split('"')[1]}


async def _reloading(port: int, seconds: float) -> Counter[tuple[str, str]]:
    seen: Counter[tuple[str, str]] = Counter()
    end = time.monotonic() + seconds
    done = asyncio.Event()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:

        async def reload() -> None:
            turn = 0
            while turn < 4 or time.monotonic() < end:
                answer = await client.post("/v1/reload", json={"policy": ("one.toml", "two.toml")[turn % 2]})
                assert answer.status_code == 200
                turn += 1
                await asyncio.sleep(min(1.0, seconds / 8))
            done.set()

        async def score() -> None:
            while not done.is_set():
                answer = await client.post("/v1/score", json=GOOD)
                assert answer.status_code == 200
                versions = answer.json()["verdict"]["versions"]
                seen[versions["model"], versions["policy"]] += 1

        await asyncio.gather(reload(), *(score() for _ in range(8)))
    return seen


def test_slow_senders_starve_nobody_and_are_sent_away(tmp_path: Path) -> None:
    with service(tmp_path, QINGLIU_BODY_TIME_LIMIT="2") as (port, _):
        asyncio.run(_slow_senders(port))


async def _slow_senders(port: int) -> None:
    slow = []
    for _ in range(100):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        slow.append((reader, writer))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        assert [(await client.post("/v1/score", json=GOOD)).status_code for _ in range(5)] == [200] * 5
    for reader, writer in slow:
        assert b" 408 " in await asyncio.wait_for(reader.readline(), 30)
        writer.close()


def test_at_its_end_it_finishes_what_it_has(tmp_path: Path) -> None:
    article = json.dumps({"id": 1, "html": "<div><p>操场开放</p></div>" * 5000}).encode()
    with service(tmp_path) as (port, process):

        async def last() -> int:
            async with httpx.AsyncClient(timeout=60) as client:
                request = asyncio.create_task(client.post(f"http://127.0.0.1:{port}/v1/score", content=article))
                await asyncio.sleep(0.1)
                process.send_signal(signal.SIGTERM)
                return (await request).status_code

        assert asyncio.run(last()) == 200
        assert process.wait(30) in (0, -signal.SIGTERM)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_several_workers_share_one_store_one_run_and_one_count(tmp_path: Path) -> None:
    with service(tmp_path, QINGLIU_WORKERS="2") as (port, process):
        # Each on a connection of its own, so that both workers get some.
        answers = [httpx.post(f"http://127.0.0.1:{port}/v1/score", json=GOOD, timeout=30) for _ in range(20)]
        identifiers = [answer.json()["id"] for answer in answers]
        for identifier in identifiers:
            assert httpx.get(f"http://127.0.0.1:{port}/v1/verdicts/{identifier}", timeout=30).status_code == 200
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        assert 'qingliu_verdicts_total{action="allow"} 20.0' in metrics
        process.send_signal(signal.SIGTERM)
        process.wait(30)
