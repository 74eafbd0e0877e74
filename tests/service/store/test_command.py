"""`moderation keys` and `moderation store`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import Result
from typer.testing import CliRunner

from moderation.cli import app
from moderation.cli.exits import EXIT_FAILED, EXIT_USAGE
from service.store.callbacks import CallbackStore
from service.store.database import Database
from service.store.jobs import JobStore, Outcome
from service.store.keys import KeyStore
from service.store.tables import now
from service.store.verdicts import VerdictStore, insert_verdicts

from .made import stored

Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("QINGLIU_DATABASE", database_url)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


def test_a_key_from_its_creation_to_its_end(run: Run, database: Database) -> None:
    created = run("keys", "create", "编辑部", "--scope", "score", "--scope", "feedback", "--days", 30)
    assert created.exit_code == 0
    secret = created.stdout.strip()
    key = KeyStore(database).verify(secret)
    assert key is not None
    assert (key.name, key.scopes) == ("编辑部", {"score", "feedback"})
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - now() < timedelta(days=31)
    assert secret not in created.stderr

    rotated = run("keys", "rotate", key.id, "--hours", 1)
    assert rotated.exit_code == 0
    new = rotated.stdout.strip()
    assert KeyStore(database).verify(secret) == KeyStore(database).verify(new) == key

    listed = run("keys", "list").stdout
    assert listed.startswith(f"{key.id}  works until ")
    assert listed.endswith("  编辑部\n")
    assert secret.split("_", 2)[2] not in listed

    assert run("keys", "revoke", key.id).exit_code == 0
    assert KeyStore(database).verify(new) is None
    assert f"{key.id}  revoked  feedback,score" in run("keys", "list").stdout
    again = run("keys", "rotate", key.id)
    assert again.exit_code == EXIT_FAILED
    assert "revoked" in again.stderr


def test_a_key_is_for_scoring_unless_told_otherwise(run: Run, database: Database) -> None:
    key = KeyStore(database).verify(run("keys", "create", "CMS").stdout.strip())
    assert key is not None
    assert (key.scopes, key.expires_at) == ({"score"}, None)


def test_an_expired_key_is_listed_as_one(run: Run, database: Database) -> None:
    KeyStore(database).create("old", ["score"], expires_at=now() - timedelta(days=1))
    assert "  expired  score  " in run("keys", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("keys", "create", "a", "--scope", "root"), EXIT_USAGE, "score, feedback, admin"),
        (("keys", "revoke", "nope"), EXIT_FAILED, "no key 'nope'"),
        (("keys", "rotate", "nope"), EXIT_FAILED, "no key 'nope'"),
        (("keys", "rotate", "nope", "--hours", "-1"), EXIT_USAGE, "hours"),
        (("store", "dead-letters", "--retry", "nope"), EXIT_FAILED, "no dead letter 'nope'"),
        (("store", "purge", "--days", "-1"), EXIT_USAGE, "days"),
        (("store", "migrate", "--database", "mysql://root@127.0.0.1/x"), EXIT_USAGE, "SQLite or PostgreSQL"),
        (("store", "migrate", "--settings", "nowhere.toml"), EXIT_USAGE, "no such file"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_a_dead_server_ends_the_command(run: Run) -> None:
    result = run("keys", "list", "--database", "postgresql://nobody:geheim@127.0.0.1:1/none")
    assert result.exit_code == EXIT_FAILED
    assert "the database is unavailable" in result.stderr
    assert "geheim" not in result.output


def test_an_empty_database_gets_its_tables(run: Run, empty_url: str) -> None:
    assert run("store", "migrate", "--database", empty_url).exit_code == 0
    database = Database(empty_url)
    assert KeyStore(database).list() == []
    database.close()


def test_the_settings_file_names_the_database(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text(f'database = "sqlite:///{tmp_path}/named.db"\n', "utf-8")
    assert CliRunner().invoke(app, ["store", "migrate", "--settings", str(file)]).exit_code == 0
    assert (tmp_path / "named.db").is_file()


def test_purging_says_what_went(run: Run, database: Database) -> None:
    old, new = (replace(stored(), created_at=now() - timedelta(days=days)) for days in (31, 29))
    with database.connection() as connection:
        insert_verdicts(connection, [old, new])
    assert "verdict 1\n" in run("store", "purge").stdout
    assert "verdict 1\n" in run("store", "purge", "--days", 28).stdout
    store = VerdictStore(database)
    assert store.get(new.id, None) is None
    store.close()


def test_dead_letters_are_listed_and_sent_again(run: Run, database: Database) -> None:
    jobs, callbacks = JobStore(database), CallbackStore(database)
    job = jobs.create(None, [{"id": "1", "title": "茶"}], callback_url="https://cms.example/done")
    jobs.finish_items([Outcome(item, problem={"title": "no"}) for item in jobs.claim("w1", 1)])
    (delivery,) = callbacks.due(1)
    callbacks.failed(delivery, status=410, error="gone", next_at=None)
    listed = run("store", "dead-letters").stdout
    assert listed.startswith(delivery.id)
    assert listed.endswith(f"  {job.id}  1  https://cms.example/done  410 gone\n")
    assert run("store", "dead-letters", "--retry", delivery.id).exit_code == 0
    assert run("store", "dead-letters").stdout == ""
    assert callbacks.due(1)[0].id == delivery.id


def test_the_command_tells_what_to_install() -> None:
    script = "import sys; sys.modules['sqlalchemy'] = None\nfrom moderation.cli import app\napp(['keys', 'list'])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == EXIT_FAILED
    assert "pip install 'qingliu[service]'" in result.stderr


@pytest.mark.parametrize("named", [True, False])
def test_the_settings_file_may_be_named_by_the_environment_as_for_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'database = "sqlite:///{tmp_path}/named.db"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QINGLIU_DATABASE", raising=False)
    if named:
        monkeypatch.setenv("QINGLIU_SETTINGS", str(file))
    assert CliRunner().invoke(app, ["store", "migrate"]).exit_code == 0
    assert (tmp_path / "named.db").exists() is named
