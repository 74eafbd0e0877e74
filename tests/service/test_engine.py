from __future__ import annotations

import asyncio
from threading import Event, Timer, get_ident
from time import sleep

import pytest

from service.engine import BusyError, Engine, TimedOutError


def test_work_runs_outside_the_event_loop() -> None:
    async def scenario() -> None:
        engine = Engine(1, 1, 5)
        assert await engine.run(get_ident) != get_ident()
        assert engine.open == 0
        engine.close()

    asyncio.run(scenario())


def test_what_does_not_fit_is_refused_at_once_and_fits_again_later() -> None:
    async def scenario() -> None:
        engine, gate = Engine(1, 2, 5), Event()
        running = [asyncio.create_task(engine.run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert engine.open == engine.places == 3
        with pytest.raises(BusyError):
            await engine.run(get_ident)
        gate.set()
        await asyncio.gather(*running)
        await engine.run(get_ident)
        engine.close()

    asyncio.run(scenario())


def test_over_the_limit_the_caller_goes_on_and_the_thread_keeps_its_place() -> None:
    async def scenario() -> None:
        engine, gate = Engine(1, 1, 0.05), Event()
        with pytest.raises(TimedOutError):
            await engine.run(gate.wait)
        assert engine.open == 1
        with pytest.raises(TimedOutError):  # waited behind the stuck one and never ran
            await engine.run(get_ident)
        gate.set()
        for _ in range(100):
            if engine.open == 0:
                break
            await asyncio.sleep(0.01)
        assert engine.open == 0
        engine.close()

    asyncio.run(scenario())


def test_an_error_of_the_work_is_the_callers_also_a_timeout_of_its_own() -> None:
    async def scenario() -> None:
        engine = Engine(1, 1, 5)

        def fails() -> None:
            raise TimeoutError("the work's own")

        with pytest.raises(TimeoutError, match="the work's own"):
            await engine.run(fails)
        engine.close()

    asyncio.run(scenario())


def test_what_ends_in_the_moment_of_its_limit_is_over_it_and_no_failure() -> None:
    async def scenario() -> None:
        engine, gate = Engine(1, 1, 0.05), Event()
        running = asyncio.create_task(engine.run(gate.wait))
        await asyncio.sleep(0)
        Timer(0.1, gate.set).start()
        sleep(0.3)  # the loop learns of the end and of the limit together
        with pytest.raises(TimedOutError):
            await running
        engine.close()

    asyncio.run(scenario())


def test_patient_pieces_are_admitted_while_their_queue_is_short() -> None:
    async def scenario() -> None:
        engine, gate = Engine(2, 2, 5), Event()
        engine.admit(5000)  # nobody waits: a batch that is allowed at all is taken
        batch = [asyncio.create_task(engine.run_patiently(gate.wait)) for _ in range(1000)]
        await asyncio.sleep(0)
        engine.admit(24)
        with pytest.raises(BusyError):
            engine.admit(25)
        for task in batch[10:]:
            task.cancel()
        gate.set()
        await asyncio.gather(*batch, return_exceptions=True)
        engine.admit(5000)
        assert engine.open == 0
        engine.close()

    asyncio.run(scenario())


def test_many_patient_pieces_leave_room_for_single_ones() -> None:
    async def scenario() -> None:
        engine = Engine(2, 2, 5)
        order: list[str] = []
        batch = [asyncio.create_task(engine.run_patiently(lambda: order.append("batch"))) for _ in range(200)]
        await asyncio.sleep(0)
        await engine.run(lambda: order.append("single"))
        await asyncio.gather(*batch)
        assert len(order) == 201
        assert order.index("single") < 20
        engine.close()

    asyncio.run(scenario())
