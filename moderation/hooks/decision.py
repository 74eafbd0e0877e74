"""What a gate answers, and what of it is logged: names, numbers and rules, nothing that quotes the article."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from moderation.verdict import Verdict

GateAction: TypeAlias = Literal["allow", "hold", "reject"]

_PLAIN_ID = re.compile(r"[\w.:/-]{1,100}", re.ASCII)
_PLAIN_VALUE = re.compile(r"[\w.,:/+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the site should do with an article, and why.

    `verdict` is None exactly when `unavailable` says why there is none. `would_have_been` is the action an
    enforcing gate takes; it differs from `action` only when `observed_only`.
    """

    article_id: str
    action: GateAction
    would_have_been: GateAction
    observed_only: bool
    # Left out of the repr, because the verdict quotes the article and a repr ends in logs.
    verdict: Verdict | None = field(default=None, repr=False)
    unavailable: str | None = None

    @property
    def publish(self) -> bool:
        """True when the article may be published now."""
        return self.action == "allow"


class PublicationBlocked(Exception):
    """The gate held or rejected the article; `decision` says why. Its text quotes nothing of the article."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision)
        self.decision = decision

    def __str__(self) -> str:
        decision = self.decision
        cause = decision.unavailable or ", ".join(_rules(decision.verdict)) or "no rule named"
        return f"article {loggable_id(decision.article_id)} is not published: {decision.action} ({cause})"


def log_fields(decision: Decision) -> dict[str, Any]:
    """What is logged of a decision."""
    fields: dict[str, Any] = {
        "article_id": loggable_id(decision.article_id),
        "action": decision.action,
        "would_have_been": decision.would_have_been,
        "observed_only": decision.observed_only,
    }
    verdict = decision.verdict
    if verdict is None:
        return fields | {"unavailable": decision.unavailable}
    fields["verdict"] = str(verdict.action)
    if verdict.categories:
        top = max(verdict.categories, key=lambda score: score.probability)
        fields |= {"category": str(top.category), "probability": round(top.probability, 4)}
    return fields | {"rules": ",".join(_rules(verdict)), "model": verdict.versions.model}


def log_line(fields: Mapping[str, Any]) -> str:
    """The fields as `name=value`, a value that is not plain in JSON's quotes."""
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items())


def loggable_id(identifier: str) -> str:
    """The id where it is plain, else its digest: a site may use titles or slugs as ids, and those can be explicit."""
    if _PLAIN_ID.fullmatch(identifier):
        return identifier
    return f"sha256:{hashlib.sha256(identifier.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _rules(verdict: Verdict | None) -> list[str]:
    return [reason.rule for reason in verdict.reasons] if verdict else []


def _value(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if _PLAIN_VALUE.fullmatch(text) else json.dumps(text)
