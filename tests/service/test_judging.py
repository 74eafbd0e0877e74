from __future__ import annotations

import asyncio
import gc
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

from service.judging import store
from service.store.database import StoreUnavailable
from service.telemetry import Telemetry


def test_where_the_store_takes_only_some_of_a_batch_no_loose_end_is_left() -> None:
    taken: list[Future[None]] = []

    def submit(_: object) -> Future[None]:
        if taken:
            raise StoreUnavailable("full")
        taken.append(Future())
        return taken[0]

    state: Any = SimpleNamespace(has_tables=True, telemetry=Telemetry(), verdicts=SimpleNamespace(submit=submit))
    complaints: list[object] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        judged: Any = [SimpleNamespace(record=None)] * 2
        assert await store(state, judged) is False
        taken.pop().set_exception(StoreUnavailable("away"))
        await asyncio.sleep(0.01)
        gc.collect()

    asyncio.run(scenario())
    assert not complaints
