"""A moderator that answers as it is told."""

from collections.abc import Callable

from moderation.article import Article
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, CategoryScore, Coverage, Reason, Verdict, Versions

RECORD = {"id": "a-1", "title": "肺结节筛查", "body": "多数是良性的。"}


def verdict(action: Action, article_id: str = "a-1") -> Verdict:
    fired = action is not Action.ALLOW
    category = CategoryId.EXPLICIT
    reason = Reason(
        category, f"explicit.{action}", action, ("baidu.qingfeng-1",), "标题低俗。", "The title is explicit."
    )
    return Verdict(
        article_id=article_id,
        action=action,
        categories=(CategoryScore(CategoryId.FRAUD, 0.01), CategoryScore(category, 0.98 if fired else 0.02)),
        reasons=(reason,) if fired else (),
        signals=(),
        repair=None,
        coverage=Coverage(1, 1),
        versions=Versions("title-1", "policy-1", "lexicon-1", "0.1.0"),
        elapsed_ms=1.0,
    )


class FakeModerator:
    """Answers with one action; `before` runs first and may wait or raise."""

    def __init__(self, action: Action = Action.ALLOW, before: Callable[[], object] = lambda: None) -> None:
        self.action, self.before = action, before
        self.scored: list[Article] = []

    def score(self, article: Article) -> Verdict:
        self.scored.append(article)
        self.before()
        return verdict(self.action, article.id)


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail
