"""A verdict as it is kept: the published form with explicit text masked and long quotes clipped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moderation.article import Article, FieldRef
from moderation.renderers.mask import ExplicitMask, clip
from moderation.renderers.verdict_json import to_json
from moderation.verdict import Verdict

LONGEST_QUOTE = 200


def masked_json(verdict: Verdict, article: Article) -> dict[str, Any]:
    """`verdict_json.to_json` with what the signals found explicit masked wherever it is quoted, and quotes longer than
    LONGEST_QUOTE clipped, with what is left out counted. Places are those in the unmasked article.
    """
    hidden = _Cover(ExplicitMask(verdict.signals))
    told = to_json(verdict, article)
    for signal, entry in zip(verdict.signals, told["signals"], strict=True):
        hidden.quotes((evidence.field for evidence in signal.evidence), entry["evidence"])
    if verdict.repair is not None:
        hidden.quotes((removal.field for removal in verdict.repair.removals), told["repair"]["removals"])
    for reason in told["reasons"]:
        reason["message_zh"] = hidden.words(reason["message_zh"])
        reason["message_en"] = hidden.words(reason["message_en"])
    return told


class _Cover:
    """Covers what is explicit in the quotes of one verdict."""

    def __init__(self, mask: ExplicitMask) -> None:
        self._mask = mask

    def quotes(self, fields: Iterable[FieldRef], entries: list[dict[str, Any]]) -> None:
        """Cover every text of evidence or removals in its published form."""
        for field, entry in zip(fields, entries, strict=True):
            entry["quote"] = self.words(self._mask.quote(field, entry["start"], entry["quote"]))
            for name in ("normalized", "note", "selector"):
                if entry.get(name):
                    entry[name] = self.words(entry[name])

    def words(self, text: str) -> str:
        return clip(self._mask.words(text), LONGEST_QUOTE)
