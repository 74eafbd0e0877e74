"""The site's one gate, and what the newsroom keeps of a decision."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from moderation.hooks import Decision, Gate, Scores


def load_moderator() -> Scores:
    # Imported here, so that a broken model is an outage at the first check and not a site that cannot start.
    from moderation.pipeline import Moderator

    return Moderator.load()


@cache
def gate() -> Gate:
    choices = settings.MODERATION
    return Gate.from_loader(
        import_string(choices["LOADER"]),
        on_unavailable=choices["ON_UNAVAILABLE"],
        observe_only=choices["OBSERVE_ONLY"],
        time_limit=choices["TIME_LIMIT"],
    )


def note(decision: Decision) -> str:
    """What the editor reads beside the article."""
    if decision.verdict is None:
        return "未经审核即已发布：审核服务暂时不可用。" if decision.publish else "审核服务暂时不可用，请稍后重新发布。"
    return "；".join(dict.fromkeys(reason.message_zh for reason in decision.verdict.reasons))


def summary(decision: Decision) -> dict[str, Any] | None:
    """The verdict as JSON, without the quotes: the article is stored next to it. None after an outage."""
    verdict = decision.verdict
    if verdict is None:
        return None
    return {
        "action": str(verdict.action),
        "categories": {str(score.category): round(score.probability, 4) for score in verdict.categories},
        "reasons": [
            {"category": str(reason.category), "rule": reason.rule, "clauses": list(reason.clauses)}
            for reason in verdict.reasons
        ],
        "signals": [signal.name for signal in verdict.signals],
        "model": verdict.versions.model,
        "policy": verdict.versions.policy,
    }
