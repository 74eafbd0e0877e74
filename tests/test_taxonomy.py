import re

import pytest

from moderation.taxonomy import TITLE_CATEGORIES, Category, CategoryId, categories, category, clauses


def test_every_category_is_defined_in_order() -> None:
    assert [known.id for known in categories()] == list(CategoryId)
    assert all(category(identifier).id is identifier for identifier in CategoryId)


@pytest.mark.parametrize("known", categories(), ids=lambda known: str(known.id))
def test_a_category_speaks_both_languages_and_cites_known_clauses(known: Category) -> None:
    assert known.group in ("content", "seo")
    assert re.search(r"[\u4e00-\u9fff]", known.name_zh)
    assert re.search(r"[\u4e00-\u9fff]", known.definition_zh)
    assert known.name_en.isascii()
    assert known.definition_en
    assert known.clauses
    assert set(known.clauses) <= set(clauses())


def test_every_clause_is_cited_and_complete() -> None:
    cited = {clause for known in categories() for clause in known.clauses}
    assert cited == set(clauses())
    for identifier, clause in clauses().items():
        assert clause.id == identifier
        assert identifier.startswith(clause.publisher.lower() + ".")
        assert all((clause.name_zh, clause.name_en, clause.text_zh, clause.text_en))


def test_title_categories_lead_in_the_column_order_of_models() -> None:
    assert tuple(CategoryId)[: len(TITLE_CATEGORIES)] == TITLE_CATEGORIES
