"""Exit codes, and the one way in which a command gives up."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

EXIT_FAILED, EXIT_USAGE, EXIT_REVIEW, EXIT_REJECT = 1, 2, 3, 4


def stop(message: object, code: int = EXIT_FAILED) -> NoReturn:
    """Print a message for a person and end with a code."""
    print(f"moderation: {message}", file=sys.stderr)
    raise typer.Exit(code)


def say(line: str) -> None:
    """Progress goes to standard error: standard output holds results alone."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def extra_packages(extra: str = "train") -> Iterator[None]:
    """Turns the lack of an optional package into what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("moderation"):
            raise
        stop(f"this needs more packages ({error.name}): pip install 'qingliu[{extra}]'")
