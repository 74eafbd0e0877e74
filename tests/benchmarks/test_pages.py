"""The parts of the page benchmark on tiny pages; no time is asserted, and no peer is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.pages import cascade, systems
from benchmarks.pages.__main__ import measured
from benchmarks.pages.clock import Curve, Point, grown, in_turns, parts
from benchmarks.pages.growth import AXES
from benchmarks.pages.made import Made, Shape, abusive_page, clean_page, made, small_page, titles
from benchmarks.pages.report import Line, Report
from benchmarks.pages.systems import Ours, System, filtered, tree_of
from moderation.detectors import DETECTORS
from moderation.readers import read_html
from moderation.scoring import EncoderUse
from moderation.scoring.memory import Memory
from moderation.verdict import Action, Verdict

TINY = Shape(text=600, links=3, depth=1, rules=2, script=100)


@pytest.fixture(scope="module")
def ours() -> Ours:
    return Ours(EncoderUse.NEVER)


def test_pages_have_the_size_and_the_links_they_say() -> None:
    for page, size in ((clean_page(), 50_000), (abusive_page(), 50_000), (small_page(), 12_000)):
        assert size <= len(page.data) < size + 1_500
        article = read_html(page.data.decode(), identifier="page")
        assert sum(1 for _ in article.links()) == page.links


def test_the_same_shape_gives_the_same_page() -> None:
    assert made("a", TINY).data == made("b", TINY).data


@pytest.mark.parametrize("axis", AXES, ids=lambda axis: axis.name)
def test_an_axis_doubles_one_thing(axis: object) -> None:
    assert isinstance(axis, type(AXES[0]))
    sizes = axis.sizes()
    assert [after / before for before, after in pairwise(sizes)] == [2.0] * axis.doublings
    assert axis.sizes(1) == sizes[:2]
    first, second = (made(axis.name, axis.shape(size)).data for size in axis.sizes(1))
    assert len(second) > len(first)


def test_axes_reach_five_megabytes_and_a_hundred_thousand_links() -> None:
    last = {axis.name: axis.sizes()[-1] for axis in AXES}
    assert last["bytes of text"] >= 5_000_000
    assert last["bytes of script"] >= 5_000_000
    assert last["links"] > 99_000
    assert last["levels of nesting"] < 2_000


def test_abusive_titles_are_none_of_the_clean_ones() -> None:
    assert not {*titles(True)} & {*titles(False)}


def test_ours_judges_and_forgets(ours: Ours) -> None:
    verdict = ours(made("tiny", TINY).data)
    assert isinstance(verdict, Verdict)
    assert sum(map(_held, ours.memories())) > 0
    ours.forget()
    assert sum(map(_held, ours.memories())) == 0


def _held(memory: Any) -> int:
    return len(memory) if isinstance(memory, Memory) else memory.cache_info().currsize


def test_the_memories_of_a_cascade_are_those_of_both_models() -> None:
    cascaded = Ours(EncoderUse.ALWAYS)
    if not hasattr(cascaded.model, "encoder"):
        pytest.skip("the shipped model has no encoder")
    assert len(cascaded.memories()) >= 2


def test_the_abusive_page_is_flagged_and_the_clean_ones_are_not(ours: Ours) -> None:
    assert ours(abusive_page().data).action is Action.REJECT
    assert ours(clean_page().data).action is Action.ALLOW
    assert ours(small_page().data).action is Action.ALLOW


def test_every_part_is_timed(ours: Ours) -> None:
    found = parts(ours, made("tiny", TINY), rounds=1)
    assert [*found][:4] == ["decode", "read", "normalise", "ask"]
    assert len(found) == 4 + len(DETECTORS)
    assert all(time >= 0 for time in found.values())


def test_word_filter_takes_the_longest_term_at_each_place() -> None:
    tree = tree_of(iter(["赌", "赌博", "博彩"]))
    assert filtered("网上赌博彩票，赌", tree) == ["赌博", "博彩", "赌"]
    assert filtered("", tree) == []


def test_turns_and_growth() -> None:
    calls: list[bytes] = []
    pages = [Made("a", b"1", 0), Made("b", b"22", 0)]
    best = in_turns({"one": calls.append, "two": calls.append}, pages, rounds=3)
    assert best.keys() == {"one", "two"}
    assert best["one"].keys() == {"a", "b"}
    assert calls[:4] == [b"1", b"1", b"22", b"22"]
    curve = grown(calls.append, "text", lambda size: Shape(text=size, links=1, rules=1, script=0), [200, 400])
    assert [point.size for point in curve.points] == [200, 400]


def test_ratios_of_a_curve() -> None:
    curve = Curve("links", (Point(1, 10, 2.0), Point(2, 20, 4.0), Point(4, 40, 12.0)))
    assert curve.ratios == (2.0, 3.0)


def test_report_shows_ratios_and_what_is_missing() -> None:
    curve = Curve("links", (Point(1, 10, 2.0), Point(2, 20, 4.0), Point(4, 40, 12.0)))
    lines = (Line("ours", {"page": 2.0}), Line("naive", {"page": 90.0}), Line("other", missing="not run: No module"))
    report = Report(("a fact",), lines, {"page": {"read": 1.0, "terms": 0.5}}, None, (curve,))
    text = report.markdown()
    assert "| naive | 90.00 (45.0) |" in text
    assert "| other | not run: No module |" in text
    assert "| sum | 1.500 |" in text
    assert "2.00 3.00 | 3.00 | no |" in text
    assert json.loads(report.json())["curves"][0]["ratios"] == [2.0, 3.0]


def test_a_whole_run_without_peers(monkeypatch: pytest.MonkeyPatch, ours: Ours) -> None:
    def lacking() -> systems.Judge:
        raise ModuleNotFoundError("No module named 'peer'")

    monkeypatch.setattr(
        "benchmarks.pages.__main__.systems", lambda: (System("ours", lambda: ours), System("peer", lacking))
    )
    for name in ("clean_page", "abusive_page", "small_page"):
        monkeypatch.setattr(f"benchmarks.pages.__main__.{name}", lambda name=name: made(name, TINY))
    report = measured(rounds=1, doublings=0, cascade_pages=0)
    assert [line.missing for line in report.lines] == ["", "not run: No module named 'peer'"]
    assert report.cascade is None
    assert report.markdown()


def test_the_encoder_is_counted(ours: Ours) -> None:
    cascaded = Ours(EncoderUse.ALWAYS)
    if not hasattr(cascaded.model, "encoder"):
        pytest.skip("the shipped model has no encoder")
    found = cascade.escalations(ours, cascaded, [made("tiny", TINY).data])
    assert found is not None
    assert found.share == 1.0
    assert found.read >= 1
    assert cascade.escalations(ours, cascaded, []) is None


def test_labelled_pages_are_of_one_split(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Iterator[dict[str, str]] = ({"split": split, "html": split} for split in ("dev", "test", "dev"))
    file = tmp_path / "pages.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    monkeypatch.setattr(cascade, "pages_file", lambda: file)
    assert list(cascade.labelled_pages()) == [b"dev", b"dev"]
    assert list(cascade.labelled_pages(most=1)) == [b"dev"]
