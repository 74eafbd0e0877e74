"""JSON objects to articles; whatever is wrong is named by its field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import Article, BlockKind, FieldName
from moderation.readers import InputError, Limits, read_record

GOOD: dict[str, Any] = {"id": "1", "title": "题", "text": "一\n二"}


def test_plain_text() -> None:
    article = read_record(GOOD | {"url": "u", "description": "d", "keywords": "k"})
    assert (article.id, article.title, article.url, article.description, article.keywords) == ("1", "题", "u", "d", "k")
    assert [block.text for block in article.blocks] == ["一", "二"]
    assert article.source == "一\n二"


@pytest.mark.parametrize(
    ("fields", "blocks"),
    [
        ({"text": "<p>一</p>"}, ["<p>一</p>"]),
        ({"body": "<p>一</p><p>二</p>"}, ["一", "二"]),
        ({"body": "一<BR>二"}, ["一\n二"]),
        ({"body": "1 < 2, a<b>c"}, ["1 < 2, a<b>c"]),
        ({"body": "一\n二"}, ["一", "二"]),
        ({"html": "一"}, ["一"]),
        ({"html": "<title>题</title>一"}, ["一"]),
        ({"html": "<title>另</title>一"}, ["另", "一"]),
        ({"markdown": "# 一\n\n- 二"}, ["一", "二"]),
        ({"text": ""}, []),
        ({"text": None, "html": None}, []),
        ({}, []),
    ],
)
def test_bodies(fields: dict[str, Any], blocks: list[str]) -> None:
    article = read_record({"id": "1", "title": "题"} | fields)
    assert article.title == "题"
    assert [block.text for block in article.blocks] == blocks


@pytest.mark.parametrize(
    ("fields", "title"),
    [({"html": "<title>题</title>"}, "题"), ({"markdown": "# 题"}, "题"), ({"html": "一"}, ""), ({"title": ""}, "")],
)
def test_titles(fields: dict[str, Any], title: str) -> None:
    assert read_record({"id": "1"} | fields).title == title


@pytest.mark.parametrize("identifier", [7, 0, -1, "x", " ", 10**3000])
def test_ids_are_texts_or_numbers(identifier: object) -> None:
    assert read_record(GOOD | {"id": identifier}).id == str(identifier)


def test_keywords_and_description_win_over_the_page() -> None:
    page = "<meta name=keywords content=a><meta name=description content=b>"
    article = read_record({"id": "1", "html": page, "keywords": ["甲", 2], "description": ""})
    assert (article.keywords, article.description) == ("甲,2", "")
    article = read_record({"id": "1", "html": page})
    assert (article.keywords, article.description) == ("a", "b")
    assert FieldName.KEYWORDS in article.selectors


def test_links() -> None:
    entries = ["http://a", {"href": "http://b", "anchor": "乙", "rel": "nofollow"}, {"href": "c", "text": "丙"}]
    article = read_record(GOOD | {"links": [*entries, {"href": "d", "anchor": None}]})
    blocks = article.blocks[2:]
    assert [(block.kind, block.text, block.container) for block in blocks] == [
        (BlockKind.LIST_ITEM, text, "links") for text in ("", "乙", "丙", "")
    ]
    assert [(link.href, link.anchor, link.rel) for _, link in article.links()] == [
        ("http://a", "", ""),
        ("http://b", "乙", "nofollow"),
        ("c", "丙", ""),
        ("d", "", ""),
    ]


BAD = {
    "no object": ([], None),
    "a text": ("x", None),
    "nothing": (None, None),
    "no id": ({"title": "题"}, "id"),
    "id null": (GOOD | {"id": None}, "id"),
    "id empty": (GOOD | {"id": ""}, "id"),
    "id true": (GOOD | {"id": True}, "id"),
    "id list": (GOOD | {"id": []}, "id"),
    "id fraction": (GOOD | {"id": 1.5}, "id"),
    "id endless": (GOOD | {"id": 10**5000}, "id"),
    "no title": ({"id": "1", "text": "一"}, "title"),
    "title null": (GOOD | {"title": None}, "title"),
    "neither title nor body": ({"id": "1"}, "title"),
    "title number": (GOOD | {"title": 1}, "title"),
    "url list": (GOOD | {"url": []}, "url"),
    "description number": (GOOD | {"description": 1}, "description"),
    "keywords number": (GOOD | {"keywords": 1}, "keywords"),
    "keywords null inside": (GOOD | {"keywords": ["a", None]}, "keywords[1]"),
    "keywords list inside": (GOOD | {"keywords": [[]]}, "keywords[0]"),
    "text number": (GOOD | {"text": 1}, "text"),
    "html list": ({"id": "1", "html": ["<p>"]}, "html"),
    "body and text": (GOOD | {"body": "二"}, "text"),
    "html and markdown": ({"id": "1", "html": "", "markdown": ""}, "markdown"),
    "links text": (GOOD | {"links": "http://a"}, "links"),
    "link number": (GOOD | {"links": ["http://a", 1]}, "links[1]"),
    "link without href": (GOOD | {"links": [{"anchor": "a"}]}, "links[0]"),
    "link href number": (GOOD | {"links": [{"href": 1}]}, "links[0]"),
    "link anchor number": (GOOD | {"links": [{"href": "a", "anchor": 1}]}, "links[0].anchor"),
    "link rel list": (GOOD | {"links": [{"href": "a", "rel": ["b"]}]}, "links[0].rel"),
    "link rel false": (GOOD | {"links": [{"href": "a", "rel": False}]}, "links[0].rel"),
    "link text object": (GOOD | {"links": [{"href": "a", "text": {}}]}, "links[0].text"),
}


@pytest.mark.parametrize(("record", "field"), BAD.values(), ids=BAD.keys())
def test_a_bad_field_is_named(record: object, field: str | None) -> None:
    with pytest.raises(InputError) as caught:
        read_record(record)
    assert caught.value.field == field
    assert field is None or repr(field) in str(caught.value)


def test_limits() -> None:
    limits = Limits(bytes=10, depth=20, blocks=3)
    with pytest.raises(InputError, match="11 characters are over the limit of 10") as caught:
        read_record({"id": "1", "title": "题", "text": "一" * 11}, limits=limits)
    assert caught.value.field == "text"
    limits = Limits(depth=20, blocks=3)
    for fields in ({"html": "<p>一" * 4}, {"html": "<div>" * 30}, {"text": "一\n" * 4}, {"markdown": "一\n\n" * 4}):
        with pytest.raises(InputError, match="more than"):
            read_record({"id": "1", "title": "题"} | fields, limits=limits)


def test_lone_surrogates_are_text() -> None:
    record = json.loads('{"id":"\\ud800","title":"\\udfff题","html":"<p>一\\ud83d</p>","keywords":"\\ud800"}')
    article = read_record(record)
    assert article.title == "\udfff题"
    assert [block.text for block in article.blocks] == ["一"]


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(categories=None))),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)
words = st.text(st.characters(categories=None), max_size=20)
entries = st.one_of(
    words, st.fixed_dictionaries({"href": words}, optional={"anchor": words, "rel": anything}), anything
)
records = st.fixed_dictionaries(
    {},
    optional={
        "id": st.one_of(words, st.integers(), anything),
        "title": st.one_of(words, anything),
        "text": words,
        "body": st.one_of(words, words.map("<p>{}".format)),
        "html": st.one_of(words, anything),
        "markdown": words,
        "keywords": st.one_of(words, st.lists(words), anything),
        "description": st.one_of(words, anything),
        "url": st.one_of(words, anything),
        "links": st.one_of(st.lists(entries, max_size=3), anything),
    },
)


@given(st.one_of(anything, records))
@settings(deadline=None, max_examples=500)
def test_any_record_is_read_or_refused(record: object) -> None:
    try:
        article = read_record(record)
    except InputError:
        return
    assert isinstance(article, Article)
    assert article.id
