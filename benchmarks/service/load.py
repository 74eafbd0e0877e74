"""A small HTTP client that costs little: raw connections that stay open, one request at a time on each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "


@dataclass(frozen=True, slots=True)
class Sent:
    """How a run went: seconds of each request, and of the whole."""

    latencies: list[float]
    seconds: float
    statuses: dict[int, int]

    def percentile(self, share: float) -> float:
        """The latency that `share` of the requests stay under, in seconds."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def send(port: int, bodies: Sequence[bytes], connections: int) -> Sent:
    """Post every body to `/v1/score` over so many connections."""
    return asyncio.run(_send(port, bodies, connections))


async def _send(port: int, bodies: Sequence[bytes], connections: int) -> Sent:
    waiting = iter(bodies)
    latencies: list[float] = []
    statuses: dict[int, int] = {}

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in waiting:
            head = f"{_HEAD}{len(body)}\r\n\r\n"
            started = time.perf_counter()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(answer))
            latencies.append(time.perf_counter() - started)
            status = int(answer.split(b" ", 2)[1])
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    return Sent(latencies, time.perf_counter() - started, statuses)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without a length")
