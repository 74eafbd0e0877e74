"""An article laid end to end: every place in the normal form lies in one field of the source."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Link, Span
from moderation.normalize import Document, Step
from tests.normalize.strategy import articles

relaxed = settings(deadline=None, max_examples=200)
TITLE, DESCRIPTION = FieldRef(FieldName.TITLE), FieldRef(FieldName.DESCRIPTION)


def document(*blocks: str, title: str = "", description: str = "") -> Document:
    return Document(
        Article("a", title, tuple(Block(BlockKind.PARAGRAPH, text) for text in blocks), description=description)
    )


def test_fields_stand_in_reading_order() -> None:
    found = document("第一", "第二", title="標題", description="描述")
    assert found.text == "标题\n描述\n\n第一\n第二"
    assert [str(field) for field in found.fields] == ["title", "description", "keywords", "block[0]", "block[1]"]
    assert found.text_of(TITLE) == "标题"
    assert found.block_range(1) == found.range_of(FieldRef(FieldName.BLOCK, 1)) == (10, 12)
    assert found.steps_in(0, 2) == Step.TRADITIONAL
    assert found.blocks == found.article.blocks


def test_an_empty_article_has_empty_fields() -> None:
    found = document()
    assert found.text == "\n\n"
    for field in found.fields:
        assert found.text_of(field) == ""
        start, end = found.range_of(field)
        assert found.locate(start, end) == (field, Span(0, 0))


def test_a_field_that_vanishes_keeps_its_place() -> None:
    found = document("\u200b\u200b", "好", title="&#1;")
    assert found.text == "\n\n\n\n好"
    assert found.text_of(FieldRef(FieldName.BLOCK, 0)) == ""
    assert found.text_of(FieldRef(FieldName.BLOCK, 1)) == "好"
    assert found.field_at(4) == FieldRef(FieldName.BLOCK, 1)


def test_invisible_characters_at_the_edges_belong_to_neither_neighbour() -> None:
    found = document("甲\u200b", "\u200b乙")
    field, span = found.locate(*found.block_range(0))
    assert (field, span) == (FieldRef(FieldName.BLOCK, 0), Span(0, 1))
    assert found.locate(*found.block_range(1)) == (FieldRef(FieldName.BLOCK, 1), Span(1, 2))


def test_a_range_over_two_fields_is_refused() -> None:
    found = document("甲", "乙")
    start, _ = found.block_range(0)
    _, end = found.block_range(1)
    with pytest.raises(ValueError, match=r"crosses the end of block\[0\]"):
        found.locate(start, end)


def test_nothing_is_decoded_across_fields() -> None:
    found = document("&#203", "20;", "网", "(wǎng)")
    assert found.text == "\n\n\n&#203\n20;\n网\n(wang)"


def test_the_squeezed_view_maps_to_the_text() -> None:
    found = document("赌 ★ 博")
    start = found.squeezed.text.index("赌博")
    span = found.squeezed.raw_span(start, start + 2)
    assert found.text[span.start : span.end] == "赌 ★ 博"
    assert found.squeezed is found.squeezed


@given(articles(), st.data())
@relaxed
def test_every_range_inside_a_field_is_found_in_its_source(article: Article, data: st.DataObject) -> None:
    found = Document(article)
    for field in found.fields:
        low, high = found.range_of(field)
        assert found.text_of(field) == found.text[low:high]
        start = data.draw(st.integers(low, high))
        end = data.draw(st.integers(start, high))
        for first, last in {(low, high), (start, end)}:
            where, span = found.locate(first, last)
            assert where == field
            raw = article.text_of(field)
            assert span.end <= len(raw)
            whole = found.normalized.raw_span(first, last)
            assert raw[span.start : span.end] == found.normalized.raw[whole.start : whole.end]
            if first < last:
                assert len(span) > 0
                assert found.field_at(first) == field
            if first < last and not found.steps_in(first, last):
                assert raw[span.start : span.end] == found.text[first:last]


@given(articles())
@relaxed
def test_position_of_goes_there_and_back(article: Article) -> None:
    found = Document(article)
    for field in found.fields:
        low, high = found.range_of(field)
        raw = article.text_of(field)
        previous = low
        for offset in range(len(raw) + 1):
            position = found.position_of(field, offset)
            assert previous <= position <= high
            previous = position
            if position < high:
                _, span = found.locate(position, position + 1)
                assert offset < span.end
        assert found.position_of(field, len(raw)) == high


@given(articles())
@relaxed
def test_fields_cover_the_text_but_for_the_breaks_between(article: Article) -> None:
    found = Document(article)
    assert "\n".join(found.text_of(field) for field in found.fields) == found.text
    ranges = [found.range_of(field) for field in found.fields]
    assert ranges[0][0] == 0
    assert ranges[-1][1] == len(found.text)
    for (_, end), (start, _) in pairwise(ranges):
        assert start == end + 1


def test_what_is_made_of_a_document_is_made_once() -> None:
    made = []

    def size(document: Document) -> int:
        made.append(document)
        return len(document.text)

    one, other = Document(Article("a", "甲乙")), Document(Article("b", "丙"))
    assert [one.once(size), one.once(size), other.once(size)] == [len(one.text), len(one.text), len(other.text)]
    assert made == [one, other]


def test_fields_and_blocks_without_links() -> None:
    link = Link("http://a.com", "甲")
    blocks = (Block(BlockKind.PARAGRAPH, "甲", (link,)), Block(BlockKind.PARAGRAPH, "乙"))
    document = Document(Article("a", "题", blocks))
    assert document.unlinked == (1,)
    assert document.unlinked_fields == (*document.fields[:3], document.fields[4])
