from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import asdict
from typing import Any

import html5lib
import pytest

from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.bootstrap import Interval
from moderation.training.charts import interval, number, round_up, whiskers
from moderation.training.evaluate import CategoryResult, Evaluation, EvasionResult, SliceResult
from moderation.training.report import render

NOTHING = Interval(None, None, None, 0)
GOOD = Interval(0.8, 0.7, 0.9, 50)
BAD = Interval(0.05, 0.02, 0.11, 40)
HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
PAGES = {
    "split": "test",
    "rows": 90,
    **dict.fromkeys(
        ["action_right", "bad_blocks_located", "hidden_found", "injected_recovered", "donor_restored"], asdict(GOOD)
    ),
    **dict.fromkeys(["clean_flagged", "clean_rejected", "good_blocks_accused"], asdict(BAD)),
    "categories": [
        {"category": "link_spam", "rows": 9, **dict.fromkeys(["precision", "recall", "f1"], asdict(GOOD))},
        {"category": "doorway", "rows": 0, **dict.fromkeys(["precision", "recall", "f1"], asdict(NOTHING))},
    ],
    "families": [{"family": "spliced<br>", "rows": 3, "action_right": asdict(GOOD)}],
}


def evaluation(split: str, good: Interval = GOOD, bad: Interval = BAD) -> Evaluation:
    names = [*(str(category) for category in TITLE_CATEGORIES), "clean"]
    curve = [(0.1, 1.0), (0.8, 0.8), (1.0, 0.2)] if good.rows else []
    points = [(0.02, 0.01, 900), (0.95, 0.97, 1)] if good.rows else []
    return Evaluation(
        split=split,
        rows=90,
        categories=[CategoryResult(c, 12, good, good, good, 0.01, curve, points) for c in TITLE_CATEGORIES],
        macro_f1=0.7,
        abusive_flagged=good,
        hard_flagged=bad,
        hard_rejected=bad,
        plain_flagged=bad,
        pairs_right=NOTHING,
        recall_at_hard_rate={"1%": 0.5} if good.rows else {},
        slices=[
            SliceResult(name, value, good, bad)
            for name, value in [("length", "over 60"), ("length", "up to 12"), ("family", "<b>"), ("new", "x&y")]
        ],
        confusion={label: {found: 3 * (label == found) for found in names} for label in names},
    )


def document(**changes: Any) -> dict[str, Any]:
    """The document as it comes back from JSON."""
    evasions = [
        EvasionResult("none", 0.0, GOOD, BAD, BAD),
        EvasionResult("emoji", 0.2, GOOD, BAD, BAD),
        EvasionResult("pinyin", 0.2, Interval(0.7, 0.6, 0.8, 50), BAD, BAD),
        EvasionResult("pinyin", 0.6, Interval(0.4, 0.3, 0.5, 50), Interval(0.08, 0.03, 0.2, 40), NOTHING),
    ]
    whole = {
        "model": "title-0.1.0",
        "policy": "default",
        "corpus": {"train": "ab12", "test": "cd34"},
        "titles": [asdict(evaluation("test")), asdict(evaluation("test_family"))],
        "robustness": [asdict(own) for own in evasions],
        "pages": None,
        **changes,
    }
    read: dict[str, Any] = json.loads(json.dumps(whole))
    return read


def parsed(page: str) -> ET.Element:
    """The page, by a parser that raises on the first error of syntax."""
    root: ET.Element = html5lib.HTMLParser(strict=True).parse(page)
    return root


def words(element: ET.Element) -> str:
    return "".join(element.itertext())


DOCUMENTS = {
    "titles only": document(),
    "with pages": document(pages=PAGES),
    "several page splits": document(pages=[PAGES, {"split": "test_family", "rows": 0}]),
    "no rows": document(titles=[asdict(evaluation("test", NOTHING, NOTHING))], robustness=[]),
    "bare": {"titles": [], "robustness": [{"evasion": "emoji", "share": 0.2, "recall": asdict(GOOD)}]},
    "empty": {},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_page_is_well_formed_and_asks_for_nothing(name: str) -> None:
    page = render(DOCUMENTS[name])
    root = parsed(page)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|\bsrc=|<link|<script|<iframe|\son[a-z]+=", page)
    assert not re.search(r"\b(None|nan|inf)\b", re.sub(r"<style>.*?</style>", "", page, flags=re.S))
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    targets = [link.get("href", "") for link in root.iter(f"{HTML}a")]
    assert all(target[0] == "#" and target[1:] in identifiers for target in targets)


def test_every_heading_cell_has_a_scope_and_every_chart_a_name() -> None:
    root = parsed(render(DOCUMENTS["with pages"]))
    assert all(cell.get("scope") for cell in root.iter(f"{HTML}th"))
    charts = [svg for svg in root.iter(f"{SVG}svg") if svg.get("role") == "img"]
    assert len(charts) == 2 * 2 * len(TITLE_CATEGORIES)
    for chart in charts:
        title, description = chart.find(f"{SVG}title"), chart.find(f"{SVG}desc")
        assert title is not None
        assert description is not None
        assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert all(svg.get("aria-hidden") == "true" for svg in root.iter(f"{SVG}svg") if svg not in charts)


def test_every_table_is_rectangular() -> None:
    for table in parsed(render(DOCUMENTS["several page splits"])).iter(f"{HTML}table"):
        widths, left = [], 0
        for row in table.iter(f"{HTML}tr"):
            carried, left = (1, left - 1) if left else (0, 0)
            widths.append(carried + sum(int(cell.get("colspan", 1)) for cell in row))
            left = max([left, *(int(cell.get("rowspan", 1)) - 1 for cell in row)])
        assert len(set(widths)) == 1, (table.get("class"), widths)


def test_texts_are_escaped() -> None:
    hostile = document(model="<script>alert(1)</script>", policy='a"b', corpus={"<i>": "&amp;"}, pages=PAGES)
    hostile["titles"][0]["split"] = "<u>"
    hostile["titles"][0]["categories"][0]["category"] = "</title><s>"
    hostile["robustness"][1]["evasion"] = "<em>"
    page = render(hostile)
    assert "&lt;b&gt;" in page
    assert "x&amp;y" in page
    assert "spliced&lt;br&gt;" in page
    assert "<script" not in page
    root = parsed(page)
    assert not [
        element.tag for element in root.iter() if element.tag in {f"{HTML}{tag}" for tag in ("i", "u", "s", "em")}
    ]
    # Values are set in bold by the page itself; the family is not.
    assert all(re.fullmatch(r"[01]\.\d{3}|\D+", words(bold)) for bold in root.iter(f"{HTML}b"))


def test_what_the_page_says() -> None:
    page = render(DOCUMENTS["with pages"])
    said = words(parsed(page))
    for text in ("title-0.1.0", "default", "cd34", "test_family", "色情低俗", "0.700–0.900", "Donor text restored"):
        assert text in said
    assert "Pages" not in words(parsed(render(DOCUMENTS["titles only"])))
    lengths = [said.index(value) for value in ("up to 12", "over 60")]
    assert lengths == sorted(lengths)


def test_families_are_folded() -> None:
    folded = parsed(render(document())).findall(f".//{HTML}details")
    assert len(folded) == 2
    assert all("<b>" in words(own) and "up to 12" not in words(own) for own in folded)


def test_the_worst_disguise_comes_first_and_changes_are_against_none() -> None:
    root = parsed(render(document()))
    table = next(own for own in root.iter(f"{HTML}table") if own.get("class") == "robustness")
    bodies = [words(body) for body in table.findall(f"{HTML}tbody")]
    assert [re.match("[a-z]+", body).group() for body in bodies] == ["none", "pinyin", "emoji"]  # type: ignore[union-attr]
    assert "−0.400" in bodies[1]
    assert "+0.030" in bodies[1]
    assert "±0.000" in bodies[2]
    worse = [mark.get("class") for mark in table.iter(f"{SVG}rect")]
    assert worse == ["worse", "worse", "worse"]


def test_numbers_that_are_none_or_no_numbers() -> None:
    assert interval(None) == interval({"value": None}) == NOTHING
    assert interval(asdict(GOOD)) == GOOD
    assert [number(raw) for raw in (1, 0.5, True, "1", float("nan"), None)] == [1.0, 0.5, None, None, None, None]
    assert whiskers(NOTHING, "high") == ""
    assert [round_up(most) for most in (0.0, 0.03, 0.5, 0.81, 1.0)] == [0.02, 0.05, 0.5, 1.0, 1.0]
    assert 'cx="100.00%"' in whiskers(GOOD, "low", 0.2)
