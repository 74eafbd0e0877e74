"""How a model scores ordinary titles: what a service compares its own traffic with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from moderation.article import Article
from moderation.pipeline import Moderator
from moderation.taxonomy import TITLE_CATEGORIES

EDGES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.815, 0.95)
"""Ordinary titles crowd near zero; the last two are the thresholds of review and rejection."""


def reference_of(moderator: Moderator, titles: Sequence[str]) -> dict[str, Any]:
    """The distribution of the highest title probability over `titles`, each judged as an article without a body.

    `shares[i]` is the share of titles that reach the first i `edges` and no more, so there is one more of them.
    """
    counts: Counter[int] = Counter()
    for title in titles:
        verdict = moderator.score(Article(id="reference", title=title, source=title, title_start=0))
        highest = max(score.probability for score in verdict.categories if score.category in TITLE_CATEGORIES)
        counts[sum(highest >= edge for edge in EDGES)] += 1
    shares = [round(counts[place] / len(titles), 5) for place in range(len(EDGES) + 1)]
    return {"of": "ordinary headlines kept from training", "titles": len(titles), "edges": EDGES, "shares": shares}


def reference_section(reference: dict[str, Any]) -> str:
    """The reference as a section of the model card."""
    bounds = ["0", *(f"{edge:g}" for edge in reference["edges"]), "1"]
    rows = [
        f"| {low}–{high} | {share:.2%} |"
        for low, high, share in zip(bounds[:-1], bounds[1:], reference["shares"], strict=True)
    ]
    head = f"## Reference for drift\n\nThe highest title probability of {reference['titles']:,} {reference['of']}:\n"
    return "\n".join([head, "| probability | share |", "| --- | --- |", *rows]) + "\n"
