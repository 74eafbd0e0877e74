"""What must be in the environment before the workers start: they read it there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.settings import FILE, PREFIX, RUN, Settings

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_FAILED = "cannot-start"


@contextmanager
def prepared(settings: Settings, file: Path | None, **given: Any) -> Iterator[Callable[[], bool]]:
    """Name the file, the arguments that outweigh it, and this run; with several workers, a folder for metrics.

    What it gives tells afterwards whether one of several workers could not start, which the server keeps to itself.
    """
    if file is not None:
        os.environ[FILE] = str(file.resolve())
    os.environ |= {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items() if value is not None}
    os.environ[RUN] = secrets.token_hex(8)
    if settings.workers == 1:
        yield lambda: False
        return
    with TemporaryDirectory(prefix="qingliu-metrics-") as folder:
        os.environ[_METRICS] = folder
        yield (Path(folder) / _FAILED).exists


def note_failure() -> None:
    """Leave word, in a worker, that it cannot start."""
    if folder := os.environ.get(_METRICS):
        (Path(folder) / _FAILED).touch()
