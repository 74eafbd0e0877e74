"""What may be wrong with an article, and the published rule each category can cite."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class CategoryId(StrEnum):
    """The eleven categories. Their ids are public and never change meaning."""

    EXPLICIT = "explicit"
    GAMBLING = "gambling"
    FRAUD = "fraud"
    ILLICIT_AD = "illicit_ad"
    CLICKBAIT = "clickbait"
    KEYWORD_STUFFING = "keyword_stuffing"
    LINK_SPAM = "link_spam"
    HIDDEN_CONTENT = "hidden_content"
    INJECTED_CONTENT = "injected_content"
    DOORWAY = "doorway"
    CLOAKING = "cloaking"


SOLD_CATEGORIES = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
"""What abusive pages sell: the categories that an anchor, a pasted phrase or a hidden text may be of."""

TITLE_CATEGORIES: tuple[CategoryId, ...] = (
    CategoryId.EXPLICIT,
    CategoryId.GAMBLING,
    CategoryId.FRAUD,
    CategoryId.ILLICIT_AD,
    CategoryId.CLICKBAIT,
    CategoryId.KEYWORD_STUFFING,
)
"""The categories a title alone can fall in, in the column order of every title model."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A published rule of a search engine that a finding can cite."""

    id: str
    publisher: str
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Category:
    """One category: its group (`content` or `seo`), names, definitions and the clauses it can cite."""

    id: CategoryId
    group: str
    name_zh: str
    name_en: str
    definition_zh: str
    definition_en: str
    clauses: tuple[str, ...]


@cache
def _taxonomy() -> tuple[dict[CategoryId, Category], dict[str, Clause]]:
    raw = tomllib.loads(files("moderation.resources").joinpath("taxonomy.toml").read_text("utf-8"))
    clauses = {key: Clause(id=key, **value) for key, value in raw["clauses"].items()}
    categories: dict[CategoryId, Category] = {}
    for key, value in raw["categories"].items():
        cited = tuple(value.pop("clauses"))
        unknown = [clause for clause in cited if clause not in clauses]
        if unknown:
            raise ValueError(f"taxonomy.toml: category {key} cites unknown clauses {unknown}")
        categories[CategoryId(key)] = Category(id=CategoryId(key), clauses=cited, **value)
    missing = set(CategoryId) - set(categories)
    if missing:
        raise ValueError(f"taxonomy.toml: no definition for {sorted(missing)}")
    return categories, clauses


def category(identifier: CategoryId) -> Category:
    """The definition of a category."""
    return _taxonomy()[0][identifier]


def categories() -> tuple[Category, ...]:
    """Every category, in the order of `CategoryId`."""
    return tuple(_taxonomy()[0][identifier] for identifier in CategoryId)


def clauses() -> dict[str, Clause]:
    """Every clause by its id."""
    return dict(_taxonomy()[1])
