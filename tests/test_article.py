import pytest

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Link, Span

PAGE = Article(
    "a",
    "题",
    (
        Block(
            BlockKind.PARAGRAPH, "一 二", (Link("/1", "一"), Link("/2", "二", start=2, selector="p > a")), selector="p"
        ),
        Block(BlockKind.PARAGRAPH, "三", (Link("/3", "三"),), source_start=7),
    ),
    description="摘要",
    keywords="词",
    source="原文",
    selectors={FieldName.TITLE: "h1"},
    title_start=3,
)


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (3, 2)])
def test_a_span_runs_forward_from_zero(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="forward"):
        Span(start, end)


@pytest.mark.parametrize(
    ("left", "right", "shared"),
    [((0, 2), (1, 3), True), ((0, 2), (2, 3), False), ((0, 5), (1, 2), True), ((1, 1), (0, 2), True)],
)
def test_spans_overlap_where_they_share_a_code_point(
    left: tuple[int, int], right: tuple[int, int], shared: bool
) -> None:
    assert Span(*left).overlaps(Span(*right)) is Span(*right).overlaps(Span(*left)) is shared


@pytest.mark.parametrize(
    ("ref", "text", "selector", "source_start"),
    [
        (FieldRef(FieldName.TITLE), "题", "h1", 3),
        (FieldRef(FieldName.DESCRIPTION), "摘要", None, None),
        (FieldRef(FieldName.KEYWORDS), "词", None, None),
        (FieldRef(FieldName.BLOCK, 0), "一 二", "p", None),
        (FieldRef(FieldName.BLOCK, 1), "三", None, 7),
        (FieldRef(FieldName.LINK, 1), "/2", "p > a", None),
        (FieldRef(FieldName.LINK, 2), "/3", None, None),
        (FieldRef(FieldName.SOURCE), "原文", None, 0),
    ],
)
def test_every_field_can_be_found(ref: FieldRef, text: str, selector: str | None, source_start: int | None) -> None:
    assert PAGE.text_of(ref) == text
    assert PAGE.selector_of(ref) == selector
    assert PAGE.source_start_of(ref) == source_start


@pytest.mark.parametrize("ref", [FieldRef(FieldName.BLOCK, 2), FieldRef(FieldName.LINK, 3)])
def test_what_is_not_there_is_an_index_error(ref: FieldRef) -> None:
    with pytest.raises(IndexError):
        PAGE.text_of(ref)


def test_links_are_counted_over_the_whole_article() -> None:
    assert [(block, link.href) for block, link in PAGE.links()] == [(0, "/1"), (0, "/2"), (1, "/3")]


def test_a_field_is_named_with_its_number_where_there_are_several() -> None:
    assert [str(FieldRef(name, 2)) for name in (FieldName.TITLE, FieldName.BLOCK, FieldName.LINK)] == [
        "title",
        "block[2]",
        "link[2]",
    ]
