"""`moderation keys` and `moderation store`: what an operator does to the service's database, also while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from moderation.cli.exits import EXIT_USAGE, extra_packages, say, stop

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.database import Database

keys_app = typer.Typer(no_args_is_help=True, help="API keys of the service: create, list, revoke, rotate.")
store_app = typer.Typer(no_args_is_help=True, help="The service's database: migrate, purge, dead-letters.")

SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        envvar="QINGLIU_SETTINGS",
        help="The TOML file the service is started with, which names the database.",
    ),
]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database", help="Another database: sqlite:///path or postgresql://user@host/name.")
]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `moderation keys list` shows it.")]


@contextmanager
def _opened(file: Path | None, url: str | None) -> Iterator[tuple[Database, Settings]]:
    """The database that the service would use, with its tables up to date; an outage ends the command."""
    with extra_packages("service"):
        from service.settings import SettingsError, load_settings
        from service.store.database import Database, StoreTooNewError, StoreUnavailable
    try:
        settings = load_settings(file, database=url)
        database = Database(settings.database.get_secret_value())
    except (SettingsError, ValueError) as error:
        stop(error, EXIT_USAGE)
    except OSError as error:
        stop(error)
    try:
        database.migrate()
        yield database, settings
    except (StoreUnavailable, StoreTooNewError) as error:
        stop(error)
    finally:
        database.close()


@keys_app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What it is for: score, feedback or admin; may be given again.")
    ] = None,
    days: Annotated[float | None, typer.Option(min=0, help="It ends after so many days; default: never.")] = None,
    settings_file: SettingsFile = None,
    url: DatabaseUrl = None,
) -> None:
    """Create a key and print it. It is shown this once: only its hash is kept. Scope by default: score."""
    with _opened(settings_file, url) as (database, _):
        from service.store.keys import KeyStore

        ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
        try:
            key, secret = KeyStore(database).create(name, scope or ["score"], expires_at=ends)
        except ValueError as error:
            stop(error, EXIT_USAGE)
    print(secret)
    say(f"key {key.id} for {', '.join(sorted(key.scopes))}; it is not shown again")


@keys_app.command("list")
def list_keys(settings_file: SettingsFile = None, url: DatabaseUrl = None) -> None:
    """List all keys, oldest first: id, state, scopes, day of creation, name."""
    with _opened(settings_file, url) as (database, _):
        from service.store.keys import KeyStore

        moment = datetime.now(UTC)
        for key in KeyStore(database).list():
            state = "revoked" if key.revoked_at else "works" if key.works_at(moment) else "expired"
            until = f" until {key.expires_at:%Y-%m-%d}" if key.expires_at and state == "works" else ""
            print(f"{key.id}  {state}{until}  {','.join(sorted(key.scopes))}  {key.created_at:%Y-%m-%d}  {key.name}")


@keys_app.command()
def revoke(identifier: KeyId, settings_file: SettingsFile = None, url: DatabaseUrl = None) -> None:
    """End a key for good. A service that runs refuses it within five seconds."""
    with _opened(settings_file, url) as (database, _):
        from service.store.keys import KeyStore

        try:
            KeyStore(database).revoke(identifier)
        except KeyError:
            _unknown("key", identifier)
    say(f"key {identifier} is revoked")


@keys_app.command()
def rotate(
    identifier: KeyId,
    hours: Annotated[float, typer.Option(min=0, help="How long the old secret works beside the new one.")] = 24,
    settings_file: SettingsFile = None,
    url: DatabaseUrl = None,
) -> None:
    """Give a key a new secret and print it. It is shown this once."""
    with _opened(settings_file, url) as (database, _):
        from service.store.keys import KeyStore

        try:
            secret = KeyStore(database).rotate(identifier, timedelta(hours=hours))
        except KeyError:
            _unknown("key", identifier)
        except ValueError as error:
            stop(error)
    print(secret)
    say(f"the old secret of key {identifier} works for {hours:g} h more")


@store_app.command()
def migrate(settings_file: SettingsFile = None, url: DatabaseUrl = None) -> None:
    """Bring the tables to the newest form, as the service does when it starts."""
    with _opened(settings_file, url) as (database, _):
        say(f"the tables are up to date ({database.dialect})")


@store_app.command()
def purge(
    days: Annotated[int | None, typer.Option(min=0, help="What to keep; default: as the service is set.")] = None,
    settings_file: SettingsFile = None,
    url: DatabaseUrl = None,
) -> None:
    """Delete what has passed its days, as the service does every hour, and print how many rows went."""
    with _opened(settings_file, url) as (database, settings):
        from service.store import retention

        gone = retention.purge(database, datetime.now(UTC), settings.keep_days if days is None else days)
    for table, count in gone.items():
        print(f"{table} {count}")


@store_app.command()
def dead_letters(
    retry: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Send this one again; may be given again.")
    ] = None,
    settings_file: SettingsFile = None,
    url: DatabaseUrl = None,
) -> None:
    """List the callbacks that were given up: id, day, job, tries, receiver, what it said last."""
    with _opened(settings_file, url) as (database, _):
        from service.store.callbacks import CallbackStore

        callbacks = CallbackStore(database)
        for identifier in retry or ():
            try:
                callbacks.retry(identifier)
            except KeyError:
                _unknown("dead letter", identifier)
            say(f"{identifier} will be sent again")
        for letter in callbacks.dead_letters() if not retry else ():
            said = " ".join(str(part) for part in (letter.last_status, letter.last_error) if part is not None)
            print(f"{letter.id}  {letter.dead_at:%Y-%m-%d}  {letter.job_id}  {letter.attempts}  {letter.url}  {said}")


def _unknown(kind: str, identifier: str) -> NoReturn:
    stop(f"no {kind} {identifier!r}")
