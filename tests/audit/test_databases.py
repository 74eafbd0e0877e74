"""Audits of real servers: PostgreSQL, and MariaDB with WordPress's own tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from moderation.audit.database import DatabaseSource
from moderation.audit.item import Bad, Item, Place, SourceError
from moderation.audit.judge import JudgeSpec, spec_of
from moderation.audit.ledger import Ledger, LedgerError
from moderation.audit.outcome import Outcome
from moderation.audit.runner import Run
from moderation.audit.source import Options, open_source
from moderation.readers import Limits

from .made import CLEAN, Here, Made
from .servers import MARIADB, POSTGRESQL, Wire, administer, database
from .wordpress import Site, block, body, build

Entries = list[tuple[str, Item | Bad]]


@pytest.fixture(scope="module")
def spec() -> JudgeSpec:
    return spec_of(None, None, None)


@pytest.fixture(scope="module")
def wordpress() -> Iterator[tuple[str, Site]]:
    with database(MARIADB) as address:
        engine = create_engine(address + "?charset=utf8mb4")
        with engine.begin() as connection:
            site = build(connection)
        engine.dispose()
        yield address, site


@pytest.fixture(params=[POSTGRESQL, MARIADB], ids=["postgresql", "mariadb"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database on each server."""
    with database(request.param) as found:
        yield found


def run(address: str, *statements: str, rows: Any = None) -> None:
    engine = create_engine(address)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), rows or {})
    engine.dispose()


def article(address: str, count: int = 450, key: str = "INTEGER") -> None:
    """A table of articles with gaps in their keys, some of them negative."""
    run(address, f"CREATE TABLE article (id {key} PRIMARY KEY, title TEXT, content TEXT, made TIMESTAMP NULL)")
    many = [{"n": number * 3 - 300} for number in range(count)]
    run(address, f"INSERT INTO article VALUES (:n, '{CLEAN}', NULL, NULL)", rows=many)


def keys(entries: Entries) -> list[str]:
    return [entry.key for _, entry in entries]


def goes_on(source: DatabaseSource) -> Entries:
    """All entries; from a cursor here and there the rest follows."""
    whole = list(source.items())
    for place in (0, 1, 198, 199, 200, len(whole) - 2, len(whole) - 1):
        if 0 <= place < len(whole):
            assert keys(list(source.items(whole[place][0]))) == keys(whole)[place + 1 :]
    return whole


# WordPress


def test_what_a_wordpress_site_has_published_is_found(wordpress: tuple[str, Site]) -> None:
    address, site = wordpress
    source = DatabaseSource(address, Options(preset="wordpress"))
    found = goes_on(source)
    assert source.total() == len(site.published)
    assert keys(found) == [*map(str, site.published), "links"]
    items = {entry.key: entry for _, entry in found if isinstance(entry, Item)}
    assert len(items) == len(found)
    assert {item.section for item in items.values()} == {"新闻", "通知公告", "校园生活", "健康", ""}
    assert {item.author for item in items.values()} == {"王编辑", "李老师", "admin", ""}
    dates = {item.published_at for item in items.values()}
    assert "" in dates
    assert all(len(moment) == 19 and moment[10] == "T" for moment in dates - {""})
    assert max(len(item.article(Limits()).blocks) for item in items.values()) > 8
    assert not [key for key, item in items.items() if "Ã" in item.article(Limits()).title + str(item.record)]


def test_a_condition_is_put_to_the_posts(wordpress: tuple[str, Site]) -> None:
    address, site = wordpress
    some = DatabaseSource(address, Options(preset="wordpress", where="p.ID <= 300 AND post_name NOT LIKE 'a:b%'"))
    assert keys(list(some.items()))[:-1] == [str(number) for number in site.published if number <= 300]


@pytest.mark.slow
def test_a_poisoned_site_and_the_same_site_a_month_later(
    wordpress: tuple[str, Site], spec: JudgeSpec, tmp_path: Path
) -> None:
    address, site = wordpress
    options = Options(preset="wordpress", where="p.ID <= 700 OR p.ID > 9000")
    first = actions(address, options, spec, tmp_path / "first")
    poisoned = {str(number) for number in site.poisoned if number <= 700}
    assert len(poisoned) > 40
    missed = {key for key in poisoned if first[key] == "allow"}
    flagged = {key for key, action in first.items() if action != "allow"} - poisoned - {"links"}
    assert not missed
    assert len(flagged) < 0.06 * len(first)
    assert first["links"] == "reject"

    mended, hacked = sorted(poisoned, key=int)[0], next(key for key, action in first.items() if action == "allow")
    engine = create_engine(address)
    with engine.begin() as connection:
        change(connection, int(mended), "<p>请各班按时到场。</p>")
        change(connection, int(hacked), "<p>请各班按时到场。</p>" + block(Random(1)))
        connection.execute(text("SET SESSION sql_mode = ''"))
        connection.execute(text("INSERT INTO wp_posts (ID, post_title, post_content) VALUES (9001, '新文章', '正文')"))
    engine.dispose()
    second = actions(address, options, spec, tmp_path / "second")
    changed = {key for key in first if first[key] != second[key]}
    assert changed == {mended, hacked}
    assert second[mended] == "allow"
    assert set(second) - set(first) == {"9001"}


def change(connection: Connection, number: int, content: str) -> None:
    connection.execute(
        text("UPDATE wp_posts SET post_content = :c, post_modified = '2026-11-20 08:00:00' WHERE ID = :n"),
        {"c": content, "n": number},
    )


def actions(address: str, options: Options, spec: JudgeSpec, folder: Path) -> dict[str, str]:
    folder.mkdir()
    ledger = Ledger(folder / "ledger.sqlite")
    source = open_source([address], options)
    assert Run(source, Here(spec), ledger, lambda tally: None).go(ledger.begin({"source": source.fingerprint()}))
    found = {entry.outcome.key: entry.outcome.action for entry in ledger.entries()}
    ledger.close()
    return found


def test_html_is_read_as_wordpress_shows_it(wordpress: tuple[str, Site]) -> None:
    from moderation.audit.preset import PRESETS

    read = PRESETS["wordpress"].read
    lines = ["第一段。", "第二段。", "第三段。"]
    for kind, form in enumerate(("html", "text", "html", "html")):
        record = read({"id": "1", "title": "甲 &amp; 乙", "body": body(Random(1), lines, kind)})
        assert set(record) == {"id", "title", form}
        assert record["title"] == "甲 & 乙"
        found = [block.text.strip() for block in Item("1", Place("a", "1"), record).article(Limits()).blocks]
        assert [line.split("\n")[0] for line in sorted(found) if "段" in line] == sorted(lines)


# outages


def test_a_connection_that_breaks_within_a_page_is_made_again(address: str) -> None:
    article(address)
    wire = Wire(address)
    source = DatabaseSource(wire.address, Options(table="article"), lambda _: wire.mend())
    entries = source.items()
    found = [next(entries) for _ in range(200)]
    wire.fuse = 6_000
    found += entries
    assert wire.fuse is None
    wire.cut()
    assert keys(found) == [str(number * 3 - 300) for number in range(450)]


def test_a_server_that_is_down_is_waited_for_and_then_given_up_and_the_run_goes_on_later(address: str) -> None:
    article(address)
    wire = Wire(address)
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            wire.mend()

    source = DatabaseSource(wire.address, Options(table="article"), pause)
    entries = source.items()
    found = [next(entries) for _ in range(200)]
    wire.cut()
    found += [next(entries) for _ in range(200)]
    assert len(waits) == 2
    wire.cut()
    with pytest.raises(SourceError, match=r"refused|connect") as stopped:
        list(entries)
    assert len(waits) == 2 + 4
    assert "article" not in str(stopped.value)
    wire.mend()
    found += source.items(found[-1][0])
    wire.cut()
    assert keys(found) == [str(number * 3 - 300) for number in range(450)]


def test_a_locked_table_is_waited_for_and_then_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from moderation.audit import database as module

    article(address)
    statements = module._settings("postgresql"), module._settings("mysql")
    quick = {"postgresql": statements[0], "mysql": statements[1]}
    monkeypatch.setattr(
        module,
        "_settings",
        lambda backend: tuple(line.replace("20s", "50ms").replace("= 20", "= 1") for line in quick[backend]),
    )
    waits: list[float] = []
    holder = create_engine(address, poolclass=NullPool)
    with holder.connect() as connection:
        mysql = holder.dialect.name == "mysql"
        connection.execute(text("LOCK TABLES article WRITE" if mysql else "LOCK TABLE article"))
        monkeypatch.setattr(module, "_TRIES", (1.0,))
        with pytest.raises(SourceError, match=r"(?i)lock"):
            DatabaseSource(address, Options(query="SELECT * FROM article"), waits.append)
        assert waits == [1.0]
    assert len(list(DatabaseSource(address, Options(table="article")).items())) == 450


def test_a_password_that_is_wrong_is_no_outage() -> None:
    waits: list[float] = []
    with pytest.raises(SourceError, match="denied") as told:
        DatabaseSource("mysql://nobody:secret-word@127.0.0.1/mysql", Options(table="x"), waits.append)
    assert not waits
    assert "secret-word" not in str(told.value)
    with pytest.raises(SourceError, match="does not exist"):
        DatabaseSource("postgresql://postgres@127.0.0.1/not_there", Options(table="x"), waits.append)
    assert not waits


# what is promised to the database


def test_nothing_can_be_written(address: str) -> None:
    article(address, 3)
    source = DatabaseSource(address, Options(table="article"))
    for statement in ("INSERT INTO article (id) VALUES (7)", "DELETE FROM article", "DROP TABLE article"):
        with source._engine.connect() as connection, pytest.raises(DBAPIError, match=r"(?i)read.only"):
            connection.execute(text(statement))
    assert len(list(source.items())) == 3


def test_no_transaction_is_open_while_articles_are_judged(address: str) -> None:
    article(address)
    source = DatabaseSource(address, Options(table="article"))
    name = source._url.database
    for _ in source.items():
        pass
    entries = source.items()
    for _ in range(250):
        next(entries)
    if name and address.startswith("postgresql"):
        open_ones = administer(
            POSTGRESQL, f"SELECT state FROM pg_stat_activity WHERE datname = '{name}' AND xact_start IS NOT NULL"
        )
    else:
        open_ones = administer(
            MARIADB,
            "SELECT trx_id FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
            f" ON p.id = t.trx_mysql_thread_id WHERE p.db = '{name}'",
        )
    assert open_ones == []


def test_rows_that_come_and_go_meanwhile_do_no_harm(address: str) -> None:
    article(address)
    entries = DatabaseSource(address, Options(table="article")).items()
    found = [next(entries) for _ in range(200)]
    run(address, "DELETE FROM article WHERE id <= 300 OR id > 900", "INSERT INTO article (id) VALUES (-999), (901)")
    assert keys(found + list(entries)) == [
        *(str(n) for n in range(-300, 300, 3)),
        *(str(n) for n in range(303, 901, 3)),
        "901",
    ]


# keys


@pytest.mark.parametrize(
    ("server", "kind", "value"),
    [
        (POSTGRESQL, "BIGINT", "9000000000 + {n}"),
        (POSTGRESQL, "UUID", "md5('{n}')::uuid"),
        (POSTGRESQL, "TEXT", "'文-' || {n}"),
        (POSTGRESQL, "NUMERIC(30, 2)", "{n} / 4.0 - 30"),
        (POSTGRESQL, "BYTEA", "decode(md5('{n}'), 'hex')"),
        (POSTGRESQL, "TIMESTAMP", "TIMESTAMP '2020-01-01' + {n} * INTERVAL '1 hour'"),
        (MARIADB, "BIGINT UNSIGNED", "18446744073709550000 + {n}"),
        (MARIADB, "UUID", "'00000000-0000-4000-8000-{n:012}'"),
        (MARIADB, "VARCHAR(50)", "CONCAT('文-', {n})"),
        (MARIADB, "BINARY(16)", "UNHEX(MD5('{n}'))"),
    ],
)
def test_keys_of_many_kinds(server: str, kind: str, value: str) -> None:
    with database(server) as address:
        run(address, f"CREATE TABLE article (k {kind} PRIMARY KEY, title TEXT)")
        rows = ", ".join(f"({value.format(n=number)}, '题')" for number in range(0, 900, 2))
        run(address, "INSERT INTO article VALUES " + rows.replace(":", "\\:"))
        found = goes_on(DatabaseSource(address, Options(table="article")))
        assert len(set(keys(found))) == 450


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"table": "pair"}, "primary key is made of a and b; say with --key.*there are: a, b, title"),
        ({"table": "pair", "key": "a"}, "'a' names no article: 9 rows have 3 different values"),
        ({"table": "pair", "key": "title"}, "'title' names no article"),
        ({"query": "SELECT a, b, title FROM pair"}, "say with --key"),
        ({"query": "SELECT a AS id, title FROM pair"}, "'id' names no article"),
    ],
)
def test_a_key_that_would_lose_rows_is_refused(address: str, options: Any, said: str) -> None:
    run(
        address,
        "CREATE TABLE pair (a INTEGER, b INTEGER, title VARCHAR(20), PRIMARY KEY (a, b))",
        "INSERT INTO pair VALUES " + ", ".join(f"({n // 3}, {n % 3}, NULL)" for n in range(9)),
    )
    with pytest.raises(SourceError, match=said):
        DatabaseSource(address, Options(**options))
    joined = Options(query="SELECT CONCAT(a, '-', b) AS id, COALESCE(title, 'a:b ::c 100%') AS title FROM pair;")
    found = goes_on(DatabaseSource(address, joined))
    assert keys(found) == [f"{n // 3}-{n % 3}" for n in range(9)]
    assert found[0][1].record == {"id": "0-0", "title": "a:b ::c 100%"}  # type: ignore[union-attr]


# the ledger in PostgreSQL


@pytest.fixture
def ledger_address() -> Iterator[str]:
    with database(POSTGRESQL) as found:
        yield found


def test_a_ledger_in_postgresql_is_like_one_in_a_file(ledger_address: str, tmp_path: Path, spec: JudgeSpec) -> None:
    odd = Item("7", Place("a", "b\0"), record={"id": "7", "title": CLEAN}, section="\0\ud800", author="字\0")
    found = []
    for where in (tmp_path / "l.sqlite", ledger_address):
        ledger = Ledger(where)
        source = Made(120, {7: odd}, breaks=90)
        going = Run(source, Here(spec), ledger, lambda tally: None)
        with pytest.raises(SourceError):
            going.go(ledger.begin({"source": source.fingerprint()}))
        ledger.close()
        ledger = Ledger(where)
        assert Run(source, Here(spec), ledger, lambda tally: None).go(ledger.begin({"source": source.fingerprint()}))
        found.append([(entry.number, _untimed(entry.outcome)) for entry in ledger.entries()])
        ledger.close()
    assert found[0] == found[1]
    assert len(found[0]) == 120


def _untimed(outcome: Outcome) -> Outcome:
    return replace(outcome, verdict={name: value for name, value in outcome.verdict.items() if name != "elapsed_ms"})


def test_a_second_run_on_one_ledger_is_refused(ledger_address: str) -> None:
    short = ledger_address.replace("postgresql+psycopg", "postgresql")
    first = Ledger(short)
    with pytest.raises(LedgerError, match="another audit writes this ledger"):
        Ledger(short)
    reader = Ledger(short, write=False)
    assert reader.counts() == {}
    reader.close()
    first.close()
    Ledger(short).close()


def test_a_ledger_that_is_gone_stops_the_run_with_a_reason(ledger_address: str, spec: JudgeSpec) -> None:
    wire = Wire(ledger_address)
    ledger = Ledger(wire.address)
    source = Made(400)
    going = Run(source, Here(spec), ledger, lambda tally: wire.cut() if tally.kept == 128 else None)
    with pytest.raises(LedgerError, match="cannot be read or written"):
        going.go(ledger.begin({"source": source.fingerprint()}))
    ledger.close()
    again = Ledger(ledger_address)
    assert sum(again.counts().values()) == 128
    assert Run(source, Here(spec), again, lambda tally: None).go(again.begin({"source": source.fingerprint()}))
    assert [entry.number for entry in again.entries()] == list(range(400))
    again.close()
