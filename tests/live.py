"""The real service, on loopback in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[tuple[str, Any]]:
    """Its address and its application; the store is a file in `folder`."""
    import uvicorn

    from service.app import create_app
    from service.settings import Settings

    app = create_app(Settings(database=f"sqlite:///{folder / 'store.db'}", **settings))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="live-service")
        thread.start()
        # Connections wait in the listening socket until the service has started.
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", app
        finally:
            server.should_exit = True
            thread.join()
