from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Span, Unread
from moderation.renderers.verdict_json import dumps, schema, to_json
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


@given(
    text=ANY_TEXT,
    normalized=ANY_TEXT,
    note=ANY_TEXT,
    selector=st.none() | ANY_TEXT,
    source_start=st.none() | st.integers(0, 10**9),
    name=st.sampled_from(FieldName),
    number=st.floats(0, 1),
    category=st.sampled_from(CategoryId),
    action=st.sampled_from(Action),
    data=st.data(),
)
def test_always_valid(
    text: str,
    normalized: str,
    note: str,
    selector: str | None,
    source_start: int | None,
    name: FieldName,
    number: float,
    category: CategoryId,
    action: Action,
    data: st.DataObject,
) -> None:
    article = Article(
        text, text, (Block(BlockKind.PARAGRAPH, text, source_start=source_start),), source=text, title_start=0
    )
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    quote = text[span.start : span.end]
    field = FieldRef(name)
    verdict = Verdict(
        text,
        action,
        tuple(CategoryScore(each, number, (Contribution(note, -number),)) for each in CategoryId),
        (Reason(category, note, action, (note,), text, text),),
        (Signal(note or "a.b", category, number, (Evidence(field, span, quote, normalized, selector, note),)),),
        Repair((Removal(field, span, quote, selector),), action),
        Coverage(len(text), len(text), (Unread(note, 1, note),)),
        Versions(text, text, text, text),
        number,
    )
    published = to_json(verdict, article)
    VALIDATOR.validate(published)
    text_form = dumps(published)
    text_form.encode("utf-8")
    VALIDATOR.validate(json.loads(text_form))
    assert "\n" not in text_form
