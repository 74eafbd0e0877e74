from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len

from moderation.article import Article, FieldName, FieldRef, Span
from moderation.renderers.human import render
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, CategoryScore, Coverage, Removal, Repair, Verdict

PLAIN = """\
REJECT 拒绝  posts/tea.txt
麻＊＊＊在线观看 茶叶的保存

Categories 类别
  色情低俗 explicit            ███████████████████░ 0.97
  赌博推广 gambling            ████████████░░░░░░░░ 0.61
  桥页 doorway                 █░░░░░░░░░░░░░░░░░░░ 0.07
  8 other categories below 0.05

Reasons 理由
  REJECT 拒绝 色情低俗 Explicit  explicit.reject
    标题含色情引流词。
    The title lures with pornographic terms.
    § 清风算法 1.0 (Baidu Qingfeng 1.0)
    § 被黑内容 (Google Hacked content)
  REVIEW 复审 赌博推广 Gambling promotion  gambling.review
    正文推广赌博。
    The body promotes gambling.
    § 清风算法 1.0 (Baidu Qingfeng 1.0)

Evidence 证据
  terms.explicit · 色情低俗 · strength 0.90
    title 0-4              「麻＊＊＊」
  terms.gambling · 赌博推广 · strength 0.70
    block[1] 0-11          「加微信 v{x}123」 → 「加微信 vx123」 deformed
                           body > p:nth-of-type(2)
    block[1] 15-37         「[彩金](http://a.example)」
                           body > p:nth-of-type(2)
  doorway.thin · 桥页 · strength 0.20
    block[0] 3-5           「避光」

Repair 修复
  Without 1 piece of text the action is REVIEW 复审
    title 0-4              「麻＊＊＊」

Coverage 覆盖
  Read 60 of 80 characters (75 %)
  Not read: script, 20 characters: scripts are not run

model tiny-1 · policy default-1 · lexicon 2024-05 · package 0.1.0 · 12.3 ms
"""


def test_whole_page(verdict: Verdict, article: Article) -> None:
    assert render(verdict, article, colour=False, width=80) == PLAIN
    assert render(verdict, article, colour=False, width=120) == PLAIN


@pytest.mark.parametrize("width", [80, 100, 120])
def test_fits_and_leaves_no_trailing_space(verdict: Verdict, article: Article, width: int) -> None:
    text = render(verdict, article, colour=False, width=width)
    for line in text.split("\n"):
        assert cell_len(line) <= width
        assert line == line.rstrip()
    assert "\x1b" not in text


def test_long_texts_fold_inside_the_page(article: Article, with_evidence: Callable[..., Verdict]) -> None:
    long = replace(article, id="路径/" * 60, title="标题" * 300)
    evidence = replace(
        Evidence.of_raw(long, FieldRef(FieldName.TITLE), Span(0, 500)),
        note="a note that goes on and on " * 10,
        selector="html > body > " + "div:nth-of-type(3) > " * 20 + "p",
    )
    text = render(with_evidence(evidence, category=CategoryId.DOORWAY), long, colour=False, width=80)
    assert max(cell_len(line) for line in text.split("\n")) <= 80
    assert "…(+380)" in "".join(text.split())


def test_every_category_name_fits_its_column(verdict: Verdict, article: Article) -> None:
    likely = replace(verdict, categories=tuple(CategoryScore(each, 1.0) for each in CategoryId))
    lines = render(likely, article, colour=False, width=80).split("\n")
    assert sum(line.endswith("█" * 20 + " 1.00") for line in lines) == len(CategoryId)
    assert not any("below" in line for line in lines)


def test_colour_changes_nothing_but_colour(verdict: Verdict, article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    coloured = render(verdict, article, colour=True, width=80)
    assert "\x1b[1;31mREJECT" in coloured
    monkeypatch.setenv("FORCE_COLOR", "1")
    plain = render(verdict, article, colour=False, width=80)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_unmasked(verdict: Verdict, article: Article) -> None:
    text = render(verdict, article, unmasked=True, colour=False)
    assert article.title in text
    assert "＊" not in text


def test_counts_what_it_leaves_out(article: Article, with_evidence: Callable[..., Verdict]) -> None:
    evidence = [Evidence.of_raw(article, FieldRef(FieldName.TITLE), Span(0, 1))] * 15
    removals = tuple(Removal(item.field, item.span, item.quote, None) for item in evidence)
    verdict = replace(with_evidence(*evidence), repair=Repair(removals[:14], Action.ALLOW))
    text = render(verdict, article, colour=False)
    assert text.count("title 0-1") == 24
    assert "… and 3 more" in text
    assert "… and 2 more" in text
    assert "Without 14 pieces of text the action is ALLOW" in text


def test_clean_article(verdict: Verdict, article: Article) -> None:
    clean = replace(
        verdict,
        action=Action.ALLOW,
        categories=tuple(CategoryScore(each, 0.0) for each in CategoryId),
        reasons=(),
        signals=(),
        repair=None,
        coverage=Coverage(0, 0),
    )
    text = render(clean, replace(article, title=""), colour=False)
    assert text.startswith("ALLOW 通过  posts/tea.txt\n(no title)\n")
    assert "  11 categories below 0.05\n" in text
    assert "Read 0 of 0 characters\n" in text
    for heading in ("Reasons", "Evidence", "Repair"):
        assert heading not in text


def test_reasons_evidence_comes_first(verdict: Verdict, article: Article) -> None:
    loud = Signal("doorway.loud", CategoryId.DOORWAY, 1.0)
    text = render(replace(verdict, signals=(loud, *verdict.signals)), article, colour=False)
    assert text.index("terms.gambling ·") < text.index("doorway.loud ·") < text.index("doorway.thin ·")


def test_nothing_in_an_article_commands_the_terminal(article: Article, with_evidence: Callable[..., Verdict]) -> None:
    hostile = "[red]题\x1b]0;x\x07\x9b31m\r\n\u202e\ud800:smile:[/red]"
    odd = replace(article, id=hostile, title=hostile)
    evidence = replace(
        Evidence.of_raw(odd, FieldRef(FieldName.TITLE), Span(0, len(hostile))), selector=hostile, note=hostile
    )
    verdict = replace(with_evidence(evidence, category=CategoryId.DOORWAY), article_id=hostile)
    text = render(verdict, odd, colour=False, width=200)
    assert text.replace("\n", "").isprintable()
    assert text.count("[red]题\\x1b]0;x\\x07\\x9b31m\\r\\n\\u202e\\ud800:smile:[/red]") == 5
    text.encode("utf-8")


def test_unknown_clauses_are_shown_by_id(verdict: Verdict, article: Article) -> None:
    reasons = (replace(verdict.reasons[0], clauses=("house.rule7",)),)
    assert "§ house.rule7" in render(replace(verdict, reasons=reasons), article, colour=False)


def test_rich_is_loaded_only_on_use() -> None:
    code = "import sys, moderation.renderers.human; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
