"""The tables come from migrations alone, and the migrations are what the models say."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from service.store.database import Database, StoreTooNewError, StoreUnavailable
from service.store.tables import Row


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


def test_migrations_make_what_the_models_say(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    with database.migrating() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Row.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Row.metadata.tables, "alembic_version"}
    database.close()


def test_the_comparison_sees_a_difference(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    with database.migrating() as connection:
        connection.execute(text("ALTER TABLE feedback DROP COLUMN because"))
        context = MigrationContext.configure(connection)
        assert [change[0] for change in compare_metadata(context, Row.metadata)] == ["add_column"]
    database.close()


def test_a_second_migration_changes_nothing(database: Database) -> None:
    with database.session() as session:
        session.execute(text("INSERT INTO release (run_id, created_at) VALUES ('r', '2026-01-01 00:00:00')"))
    database.migrate()
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM release")) == 1


def test_several_processes_migrate_at_once(empty_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_migrate, args=(empty_url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 3
    database = Database(empty_url)
    with database.reading() as session:
        assert session.scalars(text("SELECT version_num FROM alembic_version")).all() == ["0001"]
    database.close()


def test_a_failed_migration_leaves_nothing_behind(empty_url: str) -> None:
    database = Database(empty_url)
    with database.session() as session:
        session.execute(text("CREATE TABLE verdict (id INTEGER)"))  # in the way of the migration
    with pytest.raises(Exception, match="verdict"):
        database.migrate()
    with database.migrating() as connection:
        assert inspect(connection).get_table_names() == ["verdict"]
    database.close()


def test_tables_of_a_newer_version_are_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNewError, match="newer version"):
        database.migrate()
    database.close()


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "store.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.ping()
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    database.close()


@pytest.mark.parametrize("url", ["", "store.db", "sqlite://", "sqlite:///:memory:", "mysql://root@127.0.0.1/x"])
def test_refuses_what_it_cannot_use(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///path"):
        Database(url)


def test_a_dead_server_is_an_outage() -> None:
    database = Database("postgresql://nobody:geheim@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable) as caught:
        database.ping()
    assert "geheim" not in str(caught.value)
    with pytest.raises(StoreUnavailable):
        database.migrate()


def test_a_missing_table_is_no_outage(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(Exception, match="nowhere") as caught, database.reading() as session:
        session.execute(text("SELECT * FROM nowhere"))
    assert not isinstance(caught.value, StoreUnavailable)
    database.close()


def test_an_address_may_say_otherwise(empty_url: str) -> None:
    if empty_url.startswith("sqlite"):
        pytest.skip("SQLite has no such options")
    database = Database(f"{empty_url}%20-cstatement_timeout%3D1234&application_name=cms")
    with database.reading() as session:
        shown = [
            session.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout", "application_name")
        ]
    assert shown == ["1234ms", "5s", "cms"]
    database.close()
