"""The service on a port of its own, in a thread or in a process, for tests that need a real connection."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep

import httpx
import uvicorn

from service.app import create_app
from service.settings import Settings
from service.state import State

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, State]]:
    """The service's address, and its state for tests that reach inside."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(settings)
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the service did not start")
            sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.worker
        finally:
            server.should_exit = True
            thread.join(20)


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`moderation serve` in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "QINGLIU_PORT": str(port),
        "QINGLIU_DATABASE": f"sqlite:///{folder}/store.db",
        "QINGLIU_BODY_LIMIT": "2000000",
        **settings,
    }
    command = [sys.executable, "-c", "from moderation.cli import app; app()", "serve"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            while True:
                assert process.poll() is None, (folder / "log").read_text("utf-8")
                try:
                    httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
                    break
                except httpx.TransportError:
                    sleep(0.05)
            yield port, process
        finally:
            process.kill()
