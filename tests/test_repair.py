from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.article import Article, Block, BlockKind, FieldName, FieldRef, Link, Span
from moderation.repair import plan, without
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Reason

from .stub import page

FIRST, SECOND = FieldRef(FieldName.BLOCK, 0), FieldRef(FieldName.BLOCK, 1)
ARTICLE = page("坏题", "茶叶广告要避光广告保存。", "甲乙丙丁")


def piece(field: FieldRef, start: int, end: int, article: Article = ARTICLE, removable: bool = True) -> Evidence:
    return Evidence.of_raw(article, field, Span(start, end), removable=removable)


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks]


@pytest.mark.parametrize(
    ("spans", "left"),
    [
        ([], "茶叶广告要避光广告保存。"),
        ([(2, 4)], "茶叶要避光广告保存。"),
        ([(7, 9), (2, 4)], "茶叶要避光保存。"),
        ([(2, 4), (3, 6)], "茶叶光广告保存。"),
        ([(2, 6), (3, 4)], "茶叶光广告保存。"),
        ([(2, 4), (4, 6)], "茶叶光广告保存。"),
        ([(2, 4), (2, 4)], "茶叶要避光广告保存。"),
        ([(3, 3)], "茶叶广告要避光广告保存。"),
        ([(0, 12)], ""),
    ],
    ids=["nothing", "one", "two", "overlapping", "nested", "touching", "twice", "empty", "all"],
)
def test_cutting_leaves_the_exact_text(spans: list[tuple[int, int]], left: str) -> None:
    cut = without(ARTICLE, [piece(FIRST, *span) for span in spans])
    assert texts(cut) == [left, "甲乙丙丁"]
    assert replace(cut, blocks=()) == replace(ARTICLE, blocks=())


def test_texts_outside_the_body_are_cut_too() -> None:
    article = replace(ARTICLE, title="广告 茶", description="广告摘要", keywords="广告,词", title_start=0)
    fields = (FieldRef(FieldName.TITLE), FieldRef(FieldName.DESCRIPTION), FieldRef(FieldName.KEYWORDS))
    cut = without(article, [piece(field, 0, 2, article) for field in fields])
    assert (cut.title, cut.description, cut.keywords, cut.title_start) == ("茶", "摘要", ",词", None)
    assert cut.blocks == article.blocks


def test_a_cut_block_no_longer_stands_in_the_source() -> None:
    block = Block(BlockKind.PARAGRAPH, "甲乙", selector="p", source_start=3)
    cut = without(Article("a", "", (block, block)), [piece(FIRST, 0, 1, Article("a", "", (block, block)))])
    assert [own.source_start for own in cut.blocks] == [None, 3]
    assert cut.blocks[0].selector == "p"


LINKED = Article(
    "a",
    "",
    (Block(BlockKind.PARAGRAPH, "零一甲乙二三丙丁四", (Link("/1", "甲乙", start=2), Link("/2", "丙丁", start=6))),),
)


@pytest.mark.parametrize(
    ("spans", "links"),
    [
        ([(8, 9)], [(2, "甲乙"), (6, "丙丁")]),
        ([(0, 1)], [(1, "甲乙"), (5, "丙丁")]),
        ([(4, 6)], [(2, "甲乙"), (4, "丙丁")]),
        ([(2, 4)], [(4, "丙丁")]),
        ([(1, 5)], [(2, "丙丁")]),
        ([(2, 3)], [(2, "乙"), (5, "丙丁")]),
        ([(3, 4)], [(2, "甲"), (5, "丙丁")]),
        ([(1, 3)], [(1, "乙"), (4, "丙丁")]),
        ([(3, 7)], [(2, "甲"), (3, "丁")]),
        ([(2, 3), (3, 4)], [(4, "丙丁")]),
        ([(0, 9)], []),
    ],
    ids=["behind", "before", "between", "whole", "more", "head", "tail", "into", "across", "two halves", "all"],
)
def test_links_move_with_their_text_and_go_with_it(spans: list[tuple[int, int]], links: list[tuple[int, str]]) -> None:
    (block,) = without(LINKED, [piece(FIRST, *span, LINKED) for span in spans]).blocks
    assert [(link.start, link.anchor) for link in block.links] == links


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted), max_size=4))
def test_an_anchor_always_stands_where_its_link_says(spans: list[list[int]]) -> None:
    (before,) = LINKED.blocks
    (block,) = without(LINKED, [piece(FIRST, *span, LINKED) for span in spans]).blocks
    cut = {position for start, end in spans for position in range(start, end)}
    assert block.text == "".join(text for position, text in enumerate(before.text) if position not in cut)
    for link in block.links:
        assert link.anchor
        assert block.text[link.start : link.start + len(link.anchor)] == link.anchor


def reason(category: CategoryId = CategoryId.FRAUD) -> Reason:
    return Reason(category, "r", Action.REJECT, (), "", "")


def signal(name: str, *evidence: Evidence, category: CategoryId = CategoryId.FRAUD) -> Signal:
    return Signal(name, category, 1.0, evidence)


def judge_by(weights: dict[str, Action], title: Action = Action.ALLOW) -> Callable[[Article], Action]:
    """The strongest action among the words that still stand in the text."""

    def judge(article: Article) -> Action:
        text = "".join(texts(article))
        return max([title, *(action for word, action in weights.items() if word in text)])

    return judge


def quotes(found: object) -> list[str]:
    return [removal.quote for removal in found.removals]  # type: ignore[attr-defined]


def test_nothing_to_cut_is_no_repair() -> None:
    judge = judge_by({})
    kept = piece(FIRST, 2, 4, removable=False)
    for signals in ([], [signal("a.b")], [signal("a.b", kept)], [signal("a.b", piece(FIRST, 3, 3))]):
        assert plan(ARTICLE, signals, [reason()], Action.REJECT, judge) is None


def test_only_categories_that_gave_a_reason_are_cut() -> None:
    other = signal("a.b", piece(FIRST, 2, 4), category=CategoryId.DOORWAY)
    assert plan(ARTICLE, [other], [reason()], Action.REJECT, judge_by({})) is None


def test_a_removal_says_where_and_what() -> None:
    block = Block(BlockKind.PARAGRAPH, "茶广告叶", selector="body > p")
    article = Article("a", "题", (block,))
    repair = plan(article, [signal("a.b", piece(FIRST, 1, 3, article))], [reason()], Action.REJECT, judge_by({}))
    assert repair is not None
    (removal,) = repair.removals
    assert (removal.field, removal.span, removal.quote, removal.selector) == (FIRST, Span(1, 3), "广告", "body > p")


def test_a_group_that_is_not_needed_is_left_out() -> None:
    signals = [signal("a.harmless", piece(SECOND, 0, 1)), signal("a.harmful", piece(FIRST, 2, 4))]
    repair = plan(ARTICLE, signals, [reason()], Action.REJECT, judge_by({"广告要": Action.REJECT}))
    assert repair is not None
    assert quotes(repair) == ["广告"]
    assert repair.action_after is Action.ALLOW


def test_one_of_two_groups_that_do_the_same_is_enough() -> None:
    signals = [signal("a.one", piece(FIRST, 2, 4)), signal("a.two", piece(FIRST, 2, 9))]
    repair = plan(ARTICLE, signals, [reason()], Action.REJECT, judge_by({"广告要": Action.REJECT}))
    assert repair is not None
    assert len(repair.removals) == 1
    assert repair.action_after is Action.ALLOW


def test_all_needed_groups_stay_and_their_spans_are_joined() -> None:
    signals = [signal("a.one", piece(FIRST, 2, 5)), signal("a.two", piece(FIRST, 4, 9), piece(SECOND, 3, 4))]
    judge = judge_by({"叶广": Action.REVIEW, "丁": Action.REVIEW})
    repair = plan(ARTICLE, signals, [reason()], Action.REJECT, judge)
    assert repair is not None
    assert quotes(repair) == ["广告要避光广告", "丁"]


def test_the_smallest_removal_is_sought_where_only_a_review_can_be_reached() -> None:
    signals = [signal("a.harmless", piece(SECOND, 0, 1)), signal("a.harmful", piece(FIRST, 2, 4))]
    judge = judge_by({"广告要": Action.REJECT}, title=Action.REVIEW)
    repair = plan(ARTICLE, signals, [reason()], Action.REJECT, judge)
    assert repair is not None
    assert (quotes(repair), repair.action_after) == (["广告"], Action.REVIEW)


def test_where_nothing_helps_all_is_shown_and_so_is_that() -> None:
    signals = [signal("a.one", piece(SECOND, 0, 1)), signal("a.two", piece(FIRST, 2, 4))]
    repair = plan(ARTICLE, signals, [reason()], Action.REJECT, judge_by({}, title=Action.REJECT))
    assert repair is not None
    assert (quotes(repair), repair.action_after) == (["广告", "甲"], Action.REJECT)


@pytest.mark.parametrize("name", [FieldName.TITLE, FieldName.DESCRIPTION, FieldName.KEYWORDS])
def test_a_title_that_offends_as_a_whole_is_never_cut(name: FieldName) -> None:
    article = replace(ARTICLE, title="坏题 ", description="坏题", keywords="坏题")
    outside = piece(FieldRef(name), 0, 2, article)
    assert plan(article, [signal("a.b", outside)], [reason()], Action.REJECT, judge_by({})) is None
    both = signal("a.b", outside, piece(FIRST, 2, 4, article))
    repair = plan(article, [both], [reason()], Action.REJECT, judge_by({}))
    assert repair is not None
    assert quotes(repair) == ["广告"]


def test_a_foreign_part_of_a_title_is_cut() -> None:
    article = replace(ARTICLE, title="【彩金】茶叶的保存")
    part = piece(FieldRef(FieldName.TITLE), 0, 4, article)
    seen: list[str] = []

    def judge(cut: Article) -> Action:
        seen.append(cut.title)
        return Action.ALLOW

    repair = plan(article, [signal("a.b", part)], [reason()], Action.REJECT, judge)
    assert repair is not None
    assert (quotes(repair), seen) == (["【彩金】"], ["茶叶的保存"])


SOURCE = "<p>茶<script>go()</script></p>"


@pytest.mark.parametrize(
    ("category", "removable", "cut"),
    [(CategoryId.CLOAKING, False, True), (CategoryId.FRAUD, True, True), (CategoryId.FRAUD, False, False)],
)
def test_a_script_in_the_source_goes_as_an_element(category: CategoryId, removable: bool, cut: bool) -> None:
    article = replace(ARTICLE, source=SOURCE)
    start = SOURCE.index("go()")
    there = piece(FieldRef(FieldName.SOURCE), start, start + 4, article, removable)
    sources: list[str] = []

    def judge(repaired: Article) -> Action:
        sources.append(repaired.source)
        return Action.ALLOW

    repair = plan(article, [signal("a.b", there, category=category)], [reason(category)], Action.REJECT, judge)
    assert (repair is not None) is cut
    if repair is not None:
        assert [(removal.quote, removal.element) for removal in repair.removals] == [("go()", True)]
        assert sources == ["<p>茶<script></script></p>"]


def test_the_element_goes_where_all_its_text_goes() -> None:
    article = page("题", " 广告 ", "茶叶广告")
    found = signal("a.b", piece(FIRST, 1, 3, article), piece(SECOND, 2, 4, article))
    repair = plan(article, [found], [reason()], Action.REJECT, judge_by({}))
    assert repair is not None
    assert [removal.element for removal in repair.removals] == [True, False]


PICTURES = Article(
    "a",
    "题",
    (
        Block(BlockKind.PARAGRAPH, "", (Link("http://x.example", ""), Link("/own", ""))),
        Block(BlockKind.PARAGRAPH, "看这里吧", (Link("http://y.example", "这里", start=1),)),
    ),
)


def test_links_are_cut_by_themselves() -> None:
    """A link without text goes as an element; one with text loses that with it."""
    found = signal("a.b", *(piece(FieldRef(FieldName.LINK, n), 0, 4, PICTURES) for n in (0, 2)))
    kept: list[list[str]] = []

    def judge(cut: Article) -> Action:
        kept.append([link.href for _, link in cut.links()])
        return Action.ALLOW

    repair = plan(PICTURES, [found], [reason()], Action.REJECT, judge)
    assert repair is not None
    assert [(str(removal.field), removal.element) for removal in repair.removals] == [
        ("block[1]", False),
        ("link[0]", True),
    ]
    assert kept == [["/own"]]


def test_a_hidden_block_of_pictures_goes_with_its_links() -> None:
    repair = plan(PICTURES, [signal("a.b", piece(FIRST, 0, 0, PICTURES))], [reason()], Action.REJECT, judge_by({}))
    assert repair is not None
    assert [(removal.field, removal.element) for removal in repair.removals] == [(FIRST, True)]


def test_a_plan_costs_a_handful_of_judgements() -> None:
    words = [chr(0x4E00 + number) * 2 for number in range(40)]
    article = page("题", "".join(words))
    signals = [signal(f"a.s{n}", piece(FIRST, 2 * n, 2 * n + 2, article)) for n in range(40)]
    judged: list[Article] = []

    def judge(cut: Article) -> Action:
        judged.append(cut)
        return Action.ALLOW

    assert plan(article, signals, [reason()], Action.REJECT, judge) is not None
    assert len(judged) <= 4
    judged.clear()
    plan(article, signals, [reason()], Action.ALLOW, judge)
    assert len(judged) == 1
