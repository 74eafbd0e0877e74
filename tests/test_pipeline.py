from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from moderation import Moderator, __version__
from moderation.article import Article, FieldName, Unread
from moderation.artifacts import ArtifactError
from moderation.detectors import Detector
from moderation.normalize import Document
from moderation.policy import Policy, PolicyError
from moderation.readers import read_html, read_record
from moderation.repair import without
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Verdict

from .stub import StubClassifier, page, policy_with

DENY = '[[terms.deny]]\nterm = "龙井神茶"\ncategory = "illicit_ad"\nweight = 0.8\n'
RULE = """
[[rules]]
id = "own_term"
category = "illicit_ad"
action = "reject"
all = [{ signal = "terms.denied_illicit_ad", at_least = 0.75 }]
message_zh = "自定词"
message_en = "own term"
"""


def judge(article: Article, policy: Policy | None = None, profile: str | None = None) -> Verdict:
    stub = StubClassifier({"坏词": CategoryId.EXPLICIT, "赌词": CategoryId.GAMBLING})
    return Moderator(stub, "stub-1", policy or Policy.default(), profile).score(article)  # type: ignore[arg-type]


def names(verdict: Verdict) -> set[str]:
    return {signal.name for signal in verdict.signals}


@pytest.mark.parametrize("title", ["国产精品久久久久久久人妻无码", "国产精品久-久-久-久久久久久人妻无码"])
def test_a_plainly_explicit_title_is_rejected(moderator: Moderator, title: str) -> None:
    verdict = moderator.score(read_record({"id": 1, "title": title}))
    assert verdict.action is Action.REJECT
    assert verdict.reasons[0].category is CategoryId.EXPLICIT
    assert verdict.repair is None


@pytest.mark.parametrize("title", ["图书馆开放时间", "", " ", "\u200b", "\ud800"])
def test_an_ordinary_or_odd_title_is_allowed(moderator: Moderator, title: str) -> None:
    verdict = moderator.score(Article("a", title))
    assert verdict.action is Action.ALLOW
    assert (verdict.reasons, verdict.repair) == ((), None)


def test_a_verdict_is_whole_and_replayable(moderator: Moderator) -> None:
    article = read_record({"id": "x", "title": "国产精品久久久久久久人妻无码", "text": "茶叶要避光保存。"})
    verdict = moderator.score(article)
    assert verdict.article_id == "x"
    assert [score.category for score in verdict.categories] == list(CategoryId)
    assert verdict.versions == moderator.versions
    assert verdict.versions.package == __version__
    assert verdict.versions.policy == Policy.default().version
    for signal in verdict.signals:
        for evidence in signal.evidence:
            assert article.text_of(evidence.field)[evidence.span.start : evidence.span.end] == evidence.quote
    again = moderator.score(article)
    assert replace(again, elapsed_ms=0.0) == replace(verdict, elapsed_ms=0.0)


def test_a_probability_can_be_asked_for() -> None:
    verdict = judge(page("坏词"))
    assert verdict.probability(CategoryId.EXPLICIT) == pytest.approx(0.99)
    assert verdict.probability(CategoryId.CLOAKING) == 0.0
    with pytest.raises(KeyError):
        replace(verdict, categories=()).probability(CategoryId.FRAUD)


def test_nothing_is_less_likely_than_never() -> None:
    assert "-" not in "".join(str(score.probability) for score in judge(page("茶叶")).categories)


def test_a_deny_term_of_the_policy_fires() -> None:
    policy = policy_with(DENY + RULE)
    assert judge(page("茶叶", "买龙井神茶。")).signals == ()
    verdict = judge(page("茶叶", "买龍井神茶。"), policy)
    (signal,) = verdict.signals
    assert (signal.name, signal.category) == ("terms.denied_illicit_ad", CategoryId.ILLICIT_AD)
    assert signal.strength == pytest.approx(0.8)
    (evidence,) = signal.evidence
    assert (evidence.field.name, evidence.quote, evidence.normalized) == (FieldName.BLOCK, "龍井神茶", "龙井神茶")
    rules = [reason.rule for reason in verdict.reasons]
    assert (verdict.action, rules) == (Action.REJECT, ["own_term", "threshold.illicit_ad.review"])


def test_an_allow_term_beats_the_shorter_deny_term_inside_it() -> None:
    policy = policy_with(DENY + RULE)
    policy = replace(policy, allow=("西湖龙井神茶",))
    assert judge(page("茶叶", "买西湖龙井神茶。"), policy).signals == ()
    assert names(judge(page("茶叶", "买西湖龙井神茶和龙井神茶。"), policy)) == {"terms.denied_illicit_ad"}


def test_a_longer_deny_term_beats_the_allow_term_inside_it() -> None:
    policy = replace(policy_with(DENY), allow=("龙井",))
    assert names(judge(page("茶叶", "买龙井神茶。"), policy)) == {"terms.denied_illicit_ad"}


def test_terms_change_the_version_of_the_lexicon() -> None:
    plain, own = judge(page("茶")), judge(page("茶"), policy_with(DENY))
    assert plain.versions.lexicon != own.versions.lexicon


def test_a_profile_exempts_signals() -> None:
    policy = replace(
        policy_with('[profiles.tea]\nexempt = ["terms.denied_illicit_ad", "title.gambling"]\n' + DENY + RULE),
    )
    article = page("坏词赌词", "买龙井神茶。")
    assert names(judge(article, policy)) >= {"title.explicit", "title.gambling", "terms.denied_illicit_ad"}
    verdict = judge(article, policy, "tea")
    assert not names(verdict) & {"title.gambling", "terms.denied_illicit_ad"}
    assert verdict.probability(CategoryId.GAMBLING) == 0.0
    categories = {reason.category for reason in verdict.reasons}
    assert CategoryId.EXPLICIT in categories
    assert not categories & {CategoryId.GAMBLING, CategoryId.ILLICIT_AD}


def test_a_profile_changes_thresholds() -> None:
    policy = policy_with("[profiles.lax.thresholds.explicit]\nreview = 0.9\nreject = 0.995")
    assert judge(page("坏词"), policy).action is Action.REJECT
    assert judge(page("坏词"), policy, "lax").action is Action.REVIEW


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(PolicyError, match="no profile 'tee'"):
        judge(page("茶"), profile="tee")


def test_what_is_wrong_with_model_or_policy_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError):
        Moderator.load(model=tmp_path)
    with pytest.raises(PolicyError):
        Moderator.load(policy=tmp_path / "none.toml")


def test_a_repair_is_offered_and_rescored() -> None:
    links = "".join(
        f"<li><a href='/{n}'>{word}</a></li>" for n, word in enumerate(("坏词一号", "坏词二号", "坏词三号"))
    )
    article = read_html(
        f"<html><body><h1>茶叶的保存</h1><p>茶叶要避光保存。</p><ul>{links}</ul></body></html>", identifier="p"
    )
    verdict = judge(article)
    assert verdict.action is not Action.ALLOW
    assert verdict.repair is not None
    assert [removal.quote for removal in verdict.repair.removals] == ["坏词一号", "坏词二号", "坏词三号"]
    assert verdict.repair.action_after is Action.ALLOW
    assert all(removal.selector for removal in verdict.repair.removals)


def test_an_offending_title_is_not_cut_and_said_not_to_help() -> None:
    article = page("坏词", "买龙井神茶。")
    verdict = judge(article)
    assert verdict.action is Action.REJECT
    assert verdict.repair is None


def test_coverage_counts_what_was_read() -> None:
    article = replace(page("茶", "叶子"), description="摘要", keywords="词", source="x" * 40)
    note = Unread("script", 20, "scripts are not read")
    coverage = judge(replace(article, unread=(note,))).coverage
    assert (coverage.read, coverage.total, coverage.unread) == (6, 40, (note,))
    assert judge(replace(article, source="")).coverage.total == 6


def test_a_moderator_holds_no_state_between_articles() -> None:
    stub = StubClassifier({"坏词": CategoryId.EXPLICIT})
    moderator = Moderator(stub, "stub-1", Policy.default())  # type: ignore[arg-type]
    clean = page("茶叶")
    first = moderator.score(clean)
    moderator.score(page("坏词"))
    assert replace(moderator.score(clean), elapsed_ms=0.0) == replace(first, elapsed_ms=0.0)


def test_the_public_names_of_the_package() -> None:
    import moderation

    for name in moderation.__all__:
        assert getattr(moderation, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Moderater'"):
        _ = moderation.Moderater


def test_a_crawlers_view_is_judged_and_no_cut_mends_it(moderator: Moderator) -> None:
    page = "<title>图书馆开放时间</title><p>图书馆周一至周五上午九点开馆，晚上八点闭馆。</p>"
    article = read_html(page, identifier="page")
    view = read_html(f"{page}<div>澳门赌场真人百家乐注册送彩金</div>", identifier="view")
    assert moderator.score(article, crawler_view=article).action is Action.ALLOW
    verdict = moderator.score(article, crawler_view=view)
    assert verdict.action is Action.REJECT
    assert {reason.category for reason in verdict.reasons} == {CategoryId.CLOAKING}
    assert verdict.repair is None


class Saying(Detector):
    """A detector that says the same of every document that holds a word."""

    specs = ()

    def __init__(self, name: str, category: CategoryId, strength: float, word: str) -> None:
        self.name, self.category, self.strength, self.word = name, category, strength, word
        self.asked = 0

    def detect(self, document: Document) -> list[Signal]:
        self.asked += 1
        at = document.text.find(self.word)
        if at < 0:
            return []
        evidence = Evidence.at(document, at, at + len(self.word), removable=self.category is CategoryId.LINK_SPAM)
        return [Signal(self.name, self.category, self.strength, (evidence,))]


@pytest.mark.parametrize(
    ("unless", "after", "asked"), [("", Action.REJECT, 1), ("none", Action.ALLOW, 2)], ids=["stands", "is undone"]
)
def test_a_repair_is_judged_as_far_as_a_rejection_that_stands(unless: str, after: Action, asked: int) -> None:
    condition = '[{ signal = "terms.explicit", at_least = 0.05 }]'
    rule = RULE.replace("terms.denied_illicit_ad", "contacts.in_title").replace("0.75", "0.05")
    policy = policy_with(f"{rule}{unless} = {condition}\n" if unless else rule)
    moderator = Moderator(StubClassifier({}), "stub-1", policy)  # type: ignore[arg-type]
    detectors = (
        Saying("contacts.in_title", CategoryId.ILLICIT_AD, 0.1, "茶"),
        Saying("link_blocks.off_topic", CategoryId.LINK_SPAM, 1.0, "坏词"),
        Saying("terms.explicit", CategoryId.EXPLICIT, 0.1, "茶"),
    )
    moderator._detectors = detectors  # type: ignore[assignment]
    article = page("茶", "买坏词。")
    verdict = moderator.score(article)
    assert verdict.action is not Action.ALLOW
    assert verdict.repair is not None
    assert verdict.repair.action_after is after
    assert [detector.asked for detector in detectors] == [2, asked, asked]
    cut = without(article, verdict.repair.removals)
    assert moderator.score(cut).action is after
