"""What holds for any text at all."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.normalize import Normalized, Step, normalize, squeeze
from tests.normalize.strategy import texts

relaxed = settings(deadline=None, max_examples=300)


def check_map(found: Normalized) -> None:
    raw = found.raw
    spans = [found.raw_span(i, i + 1) for i in range(len(found))]
    assert all(0 <= span.start < span.end <= len(raw) for span in spans)
    for before, after in pairwise(spans):
        assert before == after or before.end <= after.start
    for arrays in (found.starts, found.ends, found.marks):
        assert arrays is None or len(arrays) == len(found.text)
    for index, span in enumerate(spans):
        if not found.steps_in(index, index + 1):
            assert raw[span.start : span.end] == found.text[index]


def check_log(found: Normalized) -> None:
    """The edits and the characters nothing changed cover the raw text, each character once."""
    covered = [False] * len(found.raw)
    ranges = set()
    for edit in found.edits():
        assert edit.steps
        assert found.raw[edit.span.start : edit.span.end] == edit.raw
        ranges.add((edit.span.start, edit.span.end))
    for index in range(len(found)):
        if not found.steps_in(index, index + 1):
            span = found.raw_span(index, index + 1)
            ranges.add((span.start, span.end))
    for start, end in ranges:
        assert not any(covered[start:end])
        covered[start:end] = [True] * (end - start)
    assert all(covered)


@given(texts)
@example("\ud800\udc00")
@example("&#1;&#1;")
@example("㍿\u200b①&#1;Ａ")
@example("網(wǎng)(wǎng)")
@relaxed
def test_the_map_is_exact_and_monotone(raw: str) -> None:
    found = normalize(raw)
    assert found.raw == raw
    check_map(found)
    check_log(found)


@given(texts)
@relaxed
def test_squeezing_keeps_the_map(raw: str) -> None:
    found = squeeze(normalize(raw))
    check_map(found)
    check_log(found)
    assert squeeze(Normalized.identity(found.text)).text == found.text


@given(texts)
@relaxed
def test_position_of_inverts_raw_span(raw: str) -> None:
    found = normalize(raw)
    previous = 0
    for offset in range(len(raw) + 1):
        position = found.position_of(offset)
        assert previous <= position <= len(found)
        previous = position
        if position < len(found):
            assert found.raw_span(position, position + 1).end > offset
        if position:
            assert found.raw_span(position - 1, position).end <= offset
    for index in range(len(found)):
        span = found.raw_span(index, index + 1)
        assert found.raw_span(found.position_of(span.start), index + 1) == span


@given(texts)
@relaxed
def test_newlines_stay(raw: str) -> None:
    if not set("&\\%#").intersection(raw):
        assert normalize(raw).text.count("\n") == raw.count("\n")


@given(texts)
@relaxed
def test_folding_twice_changes_nothing(raw: str) -> None:
    """Entities and residue decode once by design (`&amp;lt;` is the text `&lt;`); all else is final at once."""
    once = normalize(raw).text
    if not set("&\\%#(").intersection(once):
        again = normalize(once)
        assert again.text == once
        assert again.starts is None
        assert again.marks is None


@given(texts, st.data())
@relaxed
def test_steps_of_a_range_are_those_of_its_parts(raw: str, data: st.DataObject) -> None:
    found = normalize(raw)
    start = data.draw(st.integers(0, len(found)))
    end = data.draw(st.integers(start, len(found)))
    whole = found.steps_in(start, end)
    for index in range(start, end):
        assert whole & found.steps_in(index, index + 1) == found.steps_in(index, index + 1)
    if not whole and start < end:
        span = found.raw_span(start, end)
        assert raw[span.start : span.end] == found.text[start:end]


@given(st.text(max_size=30), st.data())
@relaxed
def test_replacing_is_what_it_says(raw: str, data: st.DataObject) -> None:
    """Any sorted edits, twice over: the text is spliced as by hand and the map stays exact.

    The first round does not lengthen: a later edit of half an expansion would leave two owners of one raw range.
    """
    found = Normalized.identity(raw)
    for step, longest in ((Step.ENTITY, 1), (Step.WIDTH, 3)):
        cuts = sorted(data.draw(st.sets(st.integers(0, len(found.text)), max_size=8)))
        edits = [
            (start, end, data.draw(st.text("xyz", max_size=longest)))
            for start, end in pairwise(cuts)
            if data.draw(st.booleans())
        ]
        expected = list(found.text)
        for start, end, replacement in reversed(edits):
            expected[start:end] = replacement
        found = found.replaced(edits, step)
        assert found.text == "".join(expected)
    check_map(found)
    check_log(found)
