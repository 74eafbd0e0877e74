from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("psutil")

from benchmarks.audit.__main__ import Point, measured, slope, table
from benchmarks.audit.made import KINDS, write_site


def points(system: str, start: float, each: float) -> list[Point]:
    return [Point(system, "titles", rows, 1.0, start + each * rows, 1.0, 100.0) for rows in (1000, 2000, 4000)]


def test_the_start_of_the_processes_is_no_cost_of_a_row() -> None:
    found = slope(points("bare", 7.0, 0.001), "bare", "titles")
    assert found == pytest.approx((0.001, 1.0))
    assert slope([], "bare", "titles") is None


def test_the_table_sets_each_system_beside_the_bare_one() -> None:
    shown = table([*points("bare", 5.0, 0.001), *points("local", 9.0, 0.002)])
    assert "| local | titles | 2.00 | 500 | 0.50 | 1.00 |" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_site_is_the_same_each_time_and_no_title_comes_twice(tmp_path: Path, kind: str) -> None:
    one, other = (write_site(tmp_path / name, kind, 300) for name in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()
    rows = [json.loads(line) for line in one.read_text("utf-8").splitlines()]
    assert len({row["title"] for row in rows}) == 300
    assert ("html" in rows[0]) == (kind == "articles")


@pytest.mark.slow
def test_a_small_site_goes_through_the_local_engine() -> None:
    (point,) = measured("titles", 60, ["local"], 1, 1)
    assert point.rows == 60
    assert point.cpu > point.main_cpu > 0
    assert point.memory_mib > 50
