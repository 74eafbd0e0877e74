from __future__ import annotations

import pytest

from moderation.pipeline import Moderator
from moderation.taxonomy import CategoryId
from moderation.training.page_evaluation import evaluate_pages
from moderation.training.pages.page import Gold, Page
from moderation.verdict import Action

LIST = '<ul id="{}"><li><a href="/1">{}</a></li><li><a href="/2">{}</a></li><li><a href="/3">{}</a></li></ul>'
GOOD = LIST.format("good", "图书馆开放时间", "小区停水通知", "食堂新菜单")
BAD = LIST.format("bad", "国产精品久久久久人妻", "日韩无码中文字幕在线", "澳门新葡京娱乐城官网")
TEXT = "<p>周六上午，居民在社区广场参加义务植树，种下了三十棵桂花。</p>"


def page(identifier: str, body: str, gold: Gold, group: str = "abusive") -> Page:
    html = f"<html><head><title>社区组织义务植树</title></head><body>{TEXT}{body}</body></html>"
    return Page(identifier, "test.family", group, "none", "d-1", "test", "https://a.example/", html, gold)


SPAM = Gold((CategoryId.LINK_SPAM,), Action.REJECT, bad_blocks=("#bad",), good_blocks=("#good",))
CLEAN = Gold((), Action.ALLOW, good_blocks=("#good",))


def test_places_and_actions_are_counted(moderator: Moderator) -> None:
    pages = [page("a", GOOD + BAD, SPAM), page("b", GOOD, CLEAN, "hard"), page("c", GOOD, SPAM)]
    result = evaluate_pages(moderator, pages, "test")
    assert (result.rows, result.clean_flagged.value, result.clean_rejected.value) == (3, 0.0, 0.0)
    assert result.abusive_flagged.value == 0.5  # page c claims a bad block that is not there
    assert result.bad_blocks_located.value == 1.0
    assert (result.good_blocks_accused.value, result.good_blocks_accused.rows) == (0.0, 3)
    (spam,) = [row for row in result.categories if row.category is CategoryId.LINK_SPAM]
    assert (spam.precision.value, spam.recall.value) == (1.0, 0.5)
    assert result.injected_recovered.rows == 0


def test_a_split_without_pages(moderator: Moderator) -> None:
    with pytest.raises(ValueError, match="no pages in split 'dev'"):
        evaluate_pages(moderator, [page("a", "", CLEAN, "hard")], "dev")
