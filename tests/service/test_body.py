from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from service.body import Bodies
from service.problem import Problem


def request(*parts: bytes, pause: float = 0.0, leaves: bool = False, **headers: str) -> Request:
    messages: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    )

    async def receive() -> dict[str, object]:
        await asyncio.sleep(pause)
        end = {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b"", "more_body": False}
        return next(messages, end)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


def refusal(bodies: Bodies, asked: Request, limit: int) -> str:
    async def read() -> None:
        async with bodies.of(asked, limit):
            pass

    with pytest.raises(Problem) as caught:
        asyncio.run(read())
    return caught.value.kind.slug


def test_a_body_comes_whole_and_gives_its_room_back() -> None:
    bodies = Bodies(10, 5)

    async def read() -> None:
        for _ in range(3):
            async with bodies.of(request(b"abc", b"def"), 10) as body:
                assert body == b"abcdef"

    asyncio.run(read())


def test_too_large_too_slow_left_and_no_room() -> None:
    bodies = Bodies(10, 0.05)
    assert refusal(bodies, request(content_length="11"), 10) == "too-large"
    assert refusal(bodies, request(b"x" * 6, b"x" * 6), 10) == "too-large"
    assert refusal(bodies, request(b"x", b"x", b"x", pause=0.03), 10) == "body-timed-out"
    assert refusal(bodies, request(b"x", leaves=True), 10) == "invalid-request"
    assert refusal(bodies, request(b"x" * 6, b"x" * 6), 100) == "busy"


def test_room_is_shared_and_a_lie_about_the_length_brings_nothing() -> None:
    bodies = Bodies(10, 5)

    async def two() -> None:
        async with bodies.of(request(b"x" * 8), 10):
            with pytest.raises(Problem, match="large bodies"):
                async with bodies.of(request(b"x" * 8, content_length="1"), 10):
                    pass
        async with bodies.of(request(b"x" * 8, content_length="nonsense"), 10) as body:
            assert len(body) == 8

    asyncio.run(two())
