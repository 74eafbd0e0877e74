"""A classifier that knows words, and small articles to show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moderation.article import Article, Block, BlockKind
from moderation.normalize import Normalized
from moderation.policy import Policy
from moderation.scoring.ngram import Influence
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId

SITE_POLICY = Path(__file__).parent / "resources" / "site-policy.toml"


@dataclass(frozen=True)
class StubClassifier:
    """Sure of a category where its word stands in the text, and sure of nothing else."""

    words: Mapping[str, CategoryId]
    categories: tuple[CategoryId, ...] = TITLE_CATEGORIES

    def probabilities(self, text: Normalized, start: int = 0, end: int | None = None) -> np.ndarray:
        piece = text.text[start:end]
        found = {category for word, category in self.words.items() if word in piece}
        return np.array([0.99 if category in found else 0.0 for category in self.categories], dtype=np.float32)

    def fast(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> np.ndarray:
        return self.classify(text, ranges)

    def classify(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> np.ndarray:
        rows = [self.probabilities(text, start, end) for start, end in ranges]
        return np.stack(rows) if rows else np.zeros((0, len(self.categories)), dtype=np.float32)

    def explain(
        self, text: Normalized, category: CategoryId, start: int = 0, end: int | None = None
    ) -> list[Influence]:
        places = [(text.text.find(word, start, end), word) for word, own in self.words.items() if own is category]
        return [Influence(at, at + len(word), 1.0) for at, word in sorted(places) if at >= 0]


def page(title: str, *paragraphs: str) -> Article:
    return Article("page-1", title, tuple(Block(BlockKind.PARAGRAPH, text) for text in paragraphs))


def policy_with(addition: str) -> Policy:
    """The tests' own policy with some TOML after it."""
    from moderation.policy_file import parse_policy

    return parse_policy(f"{SITE_POLICY.read_text('utf-8')}\n{addition}", "site.toml")
