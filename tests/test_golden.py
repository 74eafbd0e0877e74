"""The page this project began with, its HTML twin, and the bundled examples: whole verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moderation.article import Article, BlockKind, FieldName
from moderation.pipeline import Moderator
from moderation.readers import read
from moderation.repair import without
from moderation.verdict import Action, Verdict

ROOT = Path(__file__).parent.parent
SOURCE_PAGE = ROOT.parent / "shared" / "examples" / "source-page.txt"
TWIN = ROOT / "examples" / "articles" / "injected-copy.html"
GOLD = json.loads((ROOT / "tests" / "golden" / "injected-copy.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def moderator() -> Moderator:
    return Moderator.load()


def judged(moderator: Moderator, path: Path) -> tuple[Article, Verdict]:
    (article,) = read(path)
    assert isinstance(article, Article)
    return article, moderator.score(article)


def quotes(verdict: Verdict, name: str) -> list[str]:
    return [evidence.quote for signal in verdict.signals if signal.name == name for evidence in signal.evidence]


class TestTwin:
    def test_verdict(self, moderator: Moderator) -> None:
        _, verdict = judged(moderator, TWIN)
        assert verdict.action is Action.REJECT
        assert {str(reason.category) for reason in verdict.reasons} >= {
            "explicit",
            "link_spam",
            "injected_content",
            "doorway",
        }
        assert quotes(verdict, "injection.cyclic_fragments") == GOLD["fragments"]
        assert quotes(verdict, "link_blocks.placeholder") == ["(黑帽seo)发布"]
        assert quotes(verdict, "link_blocks.explicit") == [GOLD["explicit_item"]]
        assert len(quotes(verdict, "link_blocks.glued_counters")) == GOLD["counters"]
        assert quotes(verdict, "doorway.title_mismatch") == [GOLD["title"]]
        assert quotes(verdict, "doorway.summary_mismatch") == [GOLD["summary"]]

    def test_repair_restores_the_donor(self, moderator: Moderator) -> None:
        article, verdict = judged(moderator, TWIN)
        assert verdict.repair is not None
        assert verdict.repair.action_after is Action.REJECT  # the title still offends, and is never cut
        assert all(removal.field.name is FieldName.BLOCK for removal in verdict.repair.removals)
        assert restored(article, verdict)[: len(GOLD["donor"])] == GOLD["donor"]

    def test_every_removal_is_found_again_in_the_page(self, moderator: Moderator) -> None:
        from bs4 import BeautifulSoup

        article, verdict = judged(moderator, TWIN)
        page = BeautifulSoup(article.source, "html5lib")
        assert verdict.repair is not None
        for removal in verdict.repair.removals:
            (element,) = page.select(str(removal.selector))
            assert element.get_text()[removal.span.start : removal.span.end] == removal.quote


def restored(article: Article, verdict: Verdict) -> list[str]:
    """The paragraphs of the body after the repair."""
    assert verdict.repair is not None
    pieces = [evidence for signal in verdict.signals for evidence in signal.evidence if evidence.removable]
    chosen = {(removal.field, removal.span) for removal in verdict.repair.removals}
    cut = without(article, [piece for piece in pieces if (piece.field, piece.span) in chosen])
    return [block.text for block in cut.blocks if block.kind is BlockKind.PARAGRAPH and block.text.startswith("　　")]


@pytest.mark.skipif(not SOURCE_PAGE.exists(), reason="the page itself lies in ../shared, which is not here")
class TestSourcePage:
    FRAGMENTS = (["影像医疗", "为何", "扎堆", "肺结", "节筛"] * 3)[:15]

    def test_verdict(self, moderator: Moderator) -> None:
        article, verdict = judged(moderator, SOURCE_PAGE)
        assert article.title == "久久人妻AV中文字幕"
        assert verdict.action is Action.REJECT
        assert quotes(verdict, "injection.cyclic_fragments") == self.FRAGMENTS
        assert quotes(verdict, "link_blocks.placeholder") == ["(黑帽seo)发布"]
        assert quotes(verdict, "link_blocks.explicit") == ["一进去一爽又粗又大"]
        assert len(quotes(verdict, "link_blocks.glued_counters")) == 11
        assert quotes(verdict, "doorway.title_mismatch") == ["久久人妻AV中文字幕"]
        assert quotes(verdict, "doorway.summary_mismatch")[0].startswith("### 盆腔积液")

    def test_cutting_the_fragments_from_the_source_gives_the_donor(self, moderator: Moderator) -> None:
        article, verdict = judged(moderator, SOURCE_PAGE)
        text = article.source
        places = [
            (evidence.span.start + (article.source_start_of(evidence.field) or 0), evidence.quote)
            for signal in verdict.signals
            if signal.name == "injection.cyclic_fragments"
            for evidence in signal.evidence
        ]
        for start, quote in sorted(places, reverse=True):
            assert text[start : start + len(quote)] == quote
            text = text[:start] + text[start + len(quote) :]
        for sentence in (
            "“88%科室使用AI产品的是肺结节筛查,6%是冠脉分析,其余依次是骨龄、乳腺和前列腺智能诊断”。\n",
            "日前,中国医学影像AI产学研用创新联盟发布的《中国医学影像AI白皮书》,让传说中的AI医疗扎堆肺结节筛查现象",
            "AI医疗是AI技术运用最广泛也较为成熟的领域,但伴随争议声越来越大,看好者认为AI能帮助解决医疗资源缺乏的问题,",
            "并能提高医生工作效率,从而创造价值;唱衰者则质疑其同质化严重,落地进程极为缓慢。难道AI医疗走入死胡同了吗?\n",
            "通常做AI医疗的企业,都有肺结节筛查产品”",
        ):
            assert sentence in text


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("injected-copy.html", Action.REJECT),
        ("hacked-title.html", Action.REJECT),
        ("hidden-links.html", Action.REJECT),
        ("clinic-advice.html", Action.ALLOW),
        ("police-report.md", Action.ALLOW),
        ("market-notes.txt", Action.ALLOW),
    ],
)
def test_bundled_examples(moderator: Moderator, name: str, action: Action) -> None:
    _, verdict = judged(moderator, ROOT / "examples" / "articles" / name)
    assert verdict.action is action
