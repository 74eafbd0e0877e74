"""A server in a process of its own, held to one core, whose processor time is read from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `started_in` is the time from its start until it was ready, in seconds."""

    port: int
    process: psutil.Process
    started_in: float

    def cpu_seconds(self) -> float:
        """What it has used of the processor."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Its resident memory, in MiB."""
        return float(self.process.memory_info().rss) / 1024 / 1024


@contextmanager
def running(target: str, core: int | None, environment: Mapping[str, str], factory: bool = False) -> Iterator[Server]:
    """Start an application by its import string."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", target, "--port", str(port), "--no-access-log", "--log-level", "error"]
    started = time.perf_counter()
    with subprocess.Popen(
        command + (["--factory"] if factory else []),
        env=os.environ | dict(environment),
        cwd=Path(__file__).parents[2],
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            process = psutil.Process(server.pid)
            if core is not None:
                process.cpu_affinity([core])
            while not _answers(port):
                if server.poll() is not None:
                    raise RuntimeError(f"{target} ended with {server.returncode}")
                time.sleep(0.02)
            yield Server(port, process, time.perf_counter() - started)
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
