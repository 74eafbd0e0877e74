"""The schema in tests/resources is the one that npm's @microsoft/jest-sarif 1.0.0-beta.0 ships (SARIF 2.1.0-rtm.5)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Span
from moderation.renderers.sarif import to_sarif
from moderation.renderers.verdict_json import dumps
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Coverage, Reason, Removal, Repair, Verdict, Versions

SCHEMA = json.loads(Path(__file__).parents[1].joinpath("resources/sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = Draft4Validator(SCHEMA)


def run_of(log: dict[str, Any]) -> dict[str, Any]:
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert isinstance(run, dict)
    return run


def test_one_result_per_evidence_behind_a_reason(verdict: Verdict, article: Article) -> None:
    run = run_of(to_sarif([(verdict, article, "posts/茶 叶.txt")]))
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("terms.explicit", "error"),
        ("terms.gambling", "warning"),
        ("terms.gambling", "warning"),
    ]
    assert run["results"][0]["properties"] == {
        "articleId": "posts/tea.txt",
        "category": "explicit",
        "policyRule": "explicit.reject",
    }


def test_locations(verdict: Verdict, article: Article) -> None:
    results = run_of(to_sarif([(verdict, article, "posts/茶 叶.txt")]))["results"]
    (location,) = results[1]["locations"]
    place = location["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "posts/%E8%8C%B6%20%E5%8F%B6.txt"}
    region = place["region"]
    assert (region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]) == (5, 1, 5, 12)
    assert article.source[region["charOffset"] :][: region["charLength"]] == "加微信 v{x}123"
    assert location["logicalLocations"] == [
        {"name": "block[1]", "fullyQualifiedName": "block[1] body > p:nth-of-type(2)", "kind": "element"}
    ]


def test_messages_are_masked_and_nothing_but_text(verdict: Verdict, article: Article) -> None:
    texts = [result["message"]["text"] for result in run_of(to_sarif([(verdict, article, None)]))["results"]]
    assert texts == [
        "The title lures with pornographic terms. 标题含色情引流词。 「麻＊＊＊」",
        "The body promotes gambling. 正文推广赌博。 「加微信 v{{x}}123」 (deformed)",
        "The body promotes gambling. 正文推广赌博。 「[彩金\\](http://a.example)」",
    ]


def test_explicit_text_is_nowhere_in_the_log(verdict: Verdict, article: Article) -> None:
    assert "麻豆" not in dumps(to_sarif([(verdict, article, "a.txt")]))


def test_a_repair_becomes_a_fix_at_its_place(verdict: Verdict, article: Article) -> None:
    results = run_of(to_sarif([(verdict, article, "a.txt")]))["results"]
    assert ["fixes" in result for result in results] == [True, False, False]
    (change,) = results[0]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    start = replacement["deletedRegion"]["charOffset"]
    end = start + replacement["deletedRegion"]["charLength"]
    assert article.source[:start] + article.source[end:] == article.source.replace("麻豆精品", "")


@pytest.mark.parametrize("path", [None, "posts.jsonl", "dir/posts.JSON"])
def test_no_regions_where_the_source_is_not_the_file(verdict: Verdict, article: Article, path: str | None) -> None:
    text = dumps(to_sarif([(verdict, article, path)]))
    assert "charOffset" not in text
    assert "deletedRegion" not in text
    assert "logicalLocations" in text
    assert ("physicalLocation" in text) == (path is not None)


def test_no_region_where_the_field_stands_elsewhere(verdict: Verdict, article: Article) -> None:
    result = run_of(to_sarif([(verdict, replace(article, title_start=None), "a.html")]))["results"][0]
    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "a.html"}}
    assert "fixes" not in result


def test_a_reason_without_evidence_is_not_lost(verdict: Verdict, article: Article) -> None:
    bare = replace(verdict, signals=(Signal("title.explicit", CategoryId.EXPLICIT, 0.5),))
    results = run_of(to_sarif([(bare, article, "a.txt")]))["results"]
    assert [result["ruleId"] for result in results] == ["title.explicit", "gambling.review"]
    assert all(
        result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "a.txt"}}}] for result in results
    )
    assert all("locations" not in result for result in run_of(to_sarif([(bare, article, None)]))["results"])


def test_the_strongest_reason_of_a_category_sets_the_level(verdict: Verdict, article: Article) -> None:
    weaker = replace(verdict.reasons[0], action=Action.ALLOW, rule="explicit.note")
    for reasons in ((weaker, *verdict.reasons), (*verdict.reasons, weaker)):
        results = run_of(to_sarif([(replace(verdict, reasons=reasons), article, None)]))["results"]
        assert results[0]["level"] == "error"
    assert run_of(to_sarif([(replace(verdict, reasons=(weaker,)), article, None)]))["results"][0]["level"] == "note"


def test_rules_come_from_the_specs(verdict: Verdict, article: Article) -> None:
    specs = [
        SignalSpec("terms.gambling", CategoryId.GAMBLING, "lexicon terms of gambling"),
        SignalSpec("cloaking.redirect", CategoryId.CLOAKING, "a redirect for crawlers"),
    ]
    twice = [(verdict, article, None), (verdict, article, None)]
    rules = run_of(to_sarif(twice, specs=specs))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["terms.gambling", "cloaking.redirect", "terms.explicit"]
    assert rules[0]["shortDescription"] == {"text": "lexicon terms of gambling"}
    assert rules[0]["properties"] == {"category": "gambling", "tags": ["content", "gambling"]}
    assert rules[0]["help"]["text"].startswith("Baidu Qingfeng 1.0: ")
    assert "shortDescription" not in rules[2]


def test_failures() -> None:
    failures = [
        ("b/坏.txt", "b/坏.txt:3: binary data"),
        ("posts.json[3]", "field 'id': is missing"),
        ("-", "the file is empty"),
        ("/tmp/a b", "no such file"),
        (b"\xff.txt".decode("utf-8", "surrogateescape"), "no such file"),
    ]
    (invocation,) = run_of(to_sarif([], failures))["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = invocation["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes[:3]] == [
        "b/坏.txt:3: binary data",
        "posts.json[3]: field 'id': is missing",
        "-: the file is empty",
    ]
    uris = [
        note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for note in notes if "locations" in note
    ]
    assert uris == ["b/%E5%9D%8F.txt", "posts.json", "file:///tmp/a%20b", "%FF.txt"]


def test_nothing_to_say() -> None:
    run = run_of(to_sarif([]))
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


@given(st.text(alphabet=st.characters(), max_size=30), st.text(alphabet="\n\r字a", max_size=30), st.data())
def test_always_valid_and_always_the_same_place(odd: str, text: str, data: st.DataObject) -> None:
    source = odd + text
    field = FieldRef(FieldName.BLOCK)
    article = Article(odd, "", (Block(BlockKind.PARAGRAPH, text, source_start=len(odd)),), source=source)
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    evidence = Evidence.of_raw(article, field, span, note=odd)
    verdict = Verdict(
        odd,
        Action.REJECT,
        (),
        (Reason(CategoryId.EXPLICIT, "r", Action.REJECT, (), odd, odd),),
        (Signal("a.b", CategoryId.EXPLICIT, 1.0, (evidence,)),),
        Repair((Removal(field, span, evidence.quote, None),), Action.ALLOW),
        Coverage(1, 1),
        Versions("", "", "", ""),
        0.0,
    )
    log = to_sarif([(verdict, article, "a.txt")])
    (result,) = run_of(log)["results"]
    dumps(log).encode("utf-8")
    region = result["locations"][0]["physicalLocation"]["region"]
    lines = source.split("\n")
    ends = []
    for edge in ("start", "end"):
        before = lines[: region[f"{edge}Line"] - 1]
        ends.append(sum(len(line) + 1 for line in before) + region[f"{edge}Column"] - 1)
    assert source[slice(*ends)] == evidence.quote
    assert source[region["charOffset"] :][: region["charLength"]] == evidence.quote
