from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Span, Unread
from moderation.renderers.verdict_json import dumps, from_json, schema, to_json
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import (
    Action,
    CategoryScore,
    Contribution,
    Coverage,
    Reason,
    Removal,
    Repair,
    Verdict,
    Versions,
)

VALIDATOR = Draft202012Validator(schema())
ANY_TEXT = st.text(alphabet=st.characters(), max_size=40)


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_schema_knows_exactly_our_actions_and_categories() -> None:
    definitions = schema()["$defs"]
    assert definitions["category"]["enum"] == list(CategoryId)
    assert definitions["action"]["enum"] == [str(action) for action in Action]
    assert list(schema()["properties"]["categories"]["properties"]) == list(CategoryId)
    sample = [FieldRef(name, 3) for name in FieldName]
    assert all(re.search(definitions["field"]["pattern"], str(ref)) for ref in sample)


def test_schema_is_strict_and_describes_everything() -> None:
    def objects(node: Any) -> Any:
        if isinstance(node, dict):
            if node.get("type") == "object" and "properties" in node:
                yield node
            for value in node.values():
                yield from objects(value)

    found = list(objects(schema()))
    assert len(found) >= 10
    for node in found:
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
        for name, child in node["properties"].items():
            target = schema()["$defs"][child["$ref"].rsplit("/", 1)[1]] if "$ref" in child else child
            assert child.get("description") or target.get("description"), name


def test_published_form(verdict: Verdict, article: Article) -> None:
    published = to_json(verdict, article)
    VALIDATOR.validate(published)
    assert published["article_id"] == "posts/tea.txt"
    assert published["action"] == "reject"
    assert list(published["categories"]) == list(CategoryId)
    assert published["reasons"][1] == {
        "category": "gambling",
        "rule": "gambling.review",
        "action": "review",
        "clauses": ["baidu.qingfeng1"],
        "message_zh": "正文推广赌博。",
        "message_en": "The body promotes gambling.",
    }
    assert published["contributions"] == {
        name: [{"signal": f"terms.{name}", "value": 1.25}] for name in ("explicit", "gambling", "doorway")
    }
    assert published["repair"] == {
        "removals": [
            {
                "field": "title",
                "start": 0,
                "end": 4,
                "quote": "麻豆精品",
                "selector": None,
                "element": False,
                "source_start": 0,
                "source_end": 4,
            }
        ],
        "action_after": "review",
    }
    assert published["coverage"] == {
        "read": 60,
        "total": 80,
        "unread": [{"part": "script", "characters": 20, "reason": "scripts are not run"}],
    }
    assert published["versions"] == {
        "model": "tiny-1",
        "policy": "default-1",
        "lexicon": "2024-05",
        "package": "0.1.0",
    }
    assert published["elapsed_ms"] == 12.346


def test_offsets_point_into_the_source(verdict: Verdict, article: Article) -> None:
    for signal in to_json(verdict, article)["signals"]:
        for evidence in signal["evidence"]:
            assert article.source[evidence["source_start"] : evidence["source_end"]] == evidence["quote"]


def test_no_source_offsets_where_the_field_stands_elsewhere(verdict: Verdict, article: Article) -> None:
    published = to_json(verdict, replace(article, title_start=None))
    assert published["signals"][0]["evidence"][0]["source_start"] is None
    assert published["signals"][0]["evidence"][0]["source_end"] is None
    VALIDATOR.validate(published)


def test_without_repair_or_findings(verdict: Verdict, article: Article) -> None:
    clean = replace(verdict, action=Action.ALLOW, reasons=(), signals=(), repair=None)
    published = to_json(clean, article)
    VALIDATOR.validate(published)
    assert published["repair"] is None


def test_numpy_numbers_become_plain(verdict: Verdict, article: Article) -> None:
    numbers = tuple(
        CategoryScore(score.category, np.float32(0.1), (Contribution("a.b", np.float64(1 / 3)),))  # type: ignore[arg-type]
        for score in verdict.categories
    )
    published = json.loads(dumps(to_json(replace(verdict, categories=numbers), article)))
    assert published["categories"]["explicit"] == 0.1
    assert published["contributions"]["explicit"] == [{"signal": "a.b", "value": 0.333333}]


@pytest.mark.parametrize("path", [(), ("reasons", 0), ("signals", 0, "evidence", 0), ("repair",), ("coverage",)])
def test_schema_refuses_more_and_less(verdict: Verdict, article: Article, path: tuple[Any, ...]) -> None:
    published = to_json(verdict, article)
    for name in [None, *_at(published, path)]:
        broken = deepcopy(published)
        if name is None:
            _at(broken, path)["surprise"] = 1
        else:
            del _at(broken, path)[name]
        assert not VALIDATOR.is_valid(broken), name


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def test_dumps_is_readable_and_keeps_lone_surrogates() -> None:
    value = {"quote": "茶\ud800叶\u2028\x85\x9b🍵\n"}
    text = dumps(value)
    assert text == '{"quote": "茶\\ud800叶\\u2028\\u0085\\u009b🍵\\n"}'
    assert json.loads(text.encode("utf-8")) == value
    assert len(text.splitlines()) == 1
    assert json.loads(dumps(value, indent=2)) == value


def test_dumps_refuses_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        dumps({"p": float("nan")})


ANY_NUMBER = st.floats(-1e9, 1e9).map(lambda number: round(number, 6))
SHARE = st.floats(0, 1).map(lambda number: round(number, 6))


@st.composite
def verdicts(draw: st.DrawFn) -> tuple[Verdict, Article]:
    """A verdict of every shape the types allow, in numbers as exact as the published form, with its article."""
    text = draw(ANY_TEXT)
    source_start = draw(st.none() | st.integers(0, 10**9))
    article = Article(
        text, text, (Block(BlockKind.PARAGRAPH, text, source_start=source_start),), source=text, title_start=0
    )
    start = draw(st.integers(0, len(text)))
    span = Span(start, draw(st.integers(start, len(text))))
    quote = text[span.start : span.end]
    category, action = st.sampled_from(CategoryId), st.sampled_from(Action)
    places = st.builds(FieldRef, st.sampled_from(FieldName))
    evidence = st.builds(Evidence, places, st.just(span), st.just(quote), ANY_TEXT, st.none() | ANY_TEXT, ANY_TEXT)
    removal = st.builds(Removal, places, st.just(span), st.just(quote), st.none() | ANY_TEXT, st.booleans())
    unread = st.builds(Unread, ANY_TEXT, st.integers(0, 10**9), ANY_TEXT)
    names = ANY_TEXT.map(lambda name: name or "a.b")
    return Verdict(
        text,
        draw(action),
        tuple(
            CategoryScore(each, draw(SHARE), _some(draw, st.builds(Contribution, ANY_TEXT, ANY_NUMBER)))
            for each in CategoryId
        ),
        _some(draw, st.builds(Reason, category, ANY_TEXT, action, st.tuples(ANY_TEXT, ANY_TEXT), ANY_TEXT, ANY_TEXT)),
        _some(draw, st.builds(Signal, names, category, SHARE, st.lists(evidence, max_size=2).map(tuple))),
        draw(st.none() | st.builds(Repair, st.lists(removal, max_size=2).map(tuple), action)),
        Coverage(len(text), len(text), _some(draw, unread)),
        draw(st.builds(Versions, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)),
        draw(st.floats(0, 1e6).map(lambda number: round(number, 3))),
    ), article


def _some(draw: st.DrawFn, strategy: st.SearchStrategy[Any]) -> tuple[Any, ...]:
    return tuple(draw(st.lists(strategy, max_size=2)))


@settings(deadline=None)
@given(verdicts())
def test_always_valid(both: tuple[Verdict, Article]) -> None:
    verdict, article = both
    published = to_json(verdict, article)
    VALIDATOR.validate(published)
    text_form = dumps(published)
    text_form.encode("utf-8")
    VALIDATOR.validate(json.loads(text_form))
    assert "\n" not in text_form


@settings(deadline=None)
@given(verdicts())
def test_what_is_published_is_read_back_as_it_was(both: tuple[Verdict, Article]) -> None:
    verdict, article = both
    published = to_json(verdict, article)
    assert from_json(published) == verdict
    assert to_json(from_json(published), article) == published


def test_it_comes_back_over_the_wire(verdict: Verdict, article: Article) -> None:
    exact = replace(verdict, elapsed_ms=12.346)
    assert from_json(json.loads(dumps(to_json(verdict, article)))) == exact


@st.composite
def damaged(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[str | int, ...]]:
    """A published verdict with something else put in one place, or nothing; and that place."""
    published = to_json(*draw(verdicts()))
    node: Any = published
    path: list[str | int] = []
    while isinstance(node, dict | list) and node and (not path or draw(st.integers(0, 4))):
        path.append(
            draw(st.sampled_from(sorted(node))) if isinstance(node, dict) else draw(st.integers(0, len(node) - 1))
        )
        node = node[path[-1]]
    other: st.SearchStrategy[Any] = st.sampled_from(
        [
            ...,
            None,
            True,
            "",
            "title",
            "allow",
            "explicit",
            -1,
            0,
            2,
            0.5,
            -0.5,
            [],
            {},
            [{}],
            {"explicit": []},
            "block[x]",
        ]
    )
    value, holder = draw(other | st.just(node)), _at(published, tuple(path[:-1]))
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return published, tuple(path)


@settings(deadline=None)
@given(damaged())
def test_what_the_schema_refuses_is_no_verdict_and_what_it_takes_is_one(
    case: tuple[dict[str, Any], tuple[str | int, ...]],
) -> None:
    broken, path = case
    holder = _at(broken, path[:-1])
    # The schema cannot compare two numbers.
    turned = path[-1] in ("start", "end") and "start" in holder and "end" in holder and _turned(holder)
    if VALIDATOR.is_valid(broken) and not turned:
        assert str(from_json(broken).action) == broken["action"]
    else:
        with pytest.raises(ValueError, match=r"^\w"):
            from_json(broken)


def _turned(holder: dict[str, Any]) -> bool:
    return isinstance(holder["start"], int) and isinstance(holder["end"], int) and holder["start"] > holder["end"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, -(10**400), "0.5", True])
@pytest.mark.parametrize("path", [("categories", "fraud"), ("elapsed_ms",), ("contributions", "explicit", 0, "value")])
def test_a_number_that_is_none_is_refused(
    verdict: Verdict, article: Article, path: tuple[str | int, ...], number: Any
) -> None:
    broken = to_json(verdict, article)
    _at(broken, path[:-1])[path[-1]] = number
    with pytest.raises(ValueError, match="a number from"):
        from_json(broken)


@pytest.mark.parametrize("path", [("article_id",), ("signals", 0, "category"), ("signals", 0, "evidence", 0, "field")])
def test_the_error_quotes_nothing(verdict: Verdict, article: Article, path: tuple[str | int, ...]) -> None:
    broken = to_json(verdict, article)
    _at(broken, path[:-1])[path[-1]] = ["麻豆精品"] if path == ("article_id",) else "麻豆精品"
    with pytest.raises(ValueError, match=r"is needed here|no known") as error:
        from_json(broken)
    assert str(error.value).isascii()
