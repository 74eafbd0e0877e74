"""The service on a port of its own, for tests that need a real connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep

import uvicorn

from service.app import create_app
from service.settings import Settings
from service.state import State


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
