"""`moderation serve`: the HTTP endpoint."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.exits import EXIT_FAILED, EXIT_USAGE, extra_packages, stop


def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; any but loopback asks for API keys.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes.")] = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", envvar="QINGLIU_SETTINGS", help="A TOML file of settings.")
    ] = None,
) -> None:
    """Answer over HTTP, by default on http://127.0.0.1:8000/ with the shipped model and SQLite in this folder.

    Everything else is set in the file or by the environment (QINGLIU_DATABASE, …): see docs/service.md.
    """
    with extra_packages("service"):
        import uvicorn

        from service import log
        from service.settings import SettingsError, load_settings
        from service.start import prepared
    try:
        settings = load_settings(settings_file, host=host, port=port, workers=workers)
    except SettingsError as error:
        stop(error, EXIT_USAGE)
    log.configure(settings)
    with prepared(settings, settings_file, host=host, port=port, workers=workers) as failed:
        uvicorn.run(
            "service.app:from_environment",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            timeout_graceful_shutdown=math.ceil(settings.drain),
            log_config=None,
            access_log=False,
            server_header=False,
        )
        if failed():
            raise typer.Exit(EXIT_FAILED)
