from collections import Counter
from importlib.resources import files

import pytest

from moderation.lexicon import Lexicon, parse_lexicon
from moderation.normalize import normalize
from moderation.taxonomy import CategoryId


def test_lines_become_terms() -> None:
    text = "# term\tstance\n\n甲乙\tdeny\tfraud\t0.5\tnote\n丙\tallow\tany\t\n"
    deny, allow = parse_lexicon(text, "own.tsv")
    assert (deny.text, deny.category, deny.weight, deny.allow) == ("甲乙", CategoryId.FRAUD, 0.5, False)
    assert (allow.text, allow.category, allow.weight, allow.allow) == ("丙", None, 0.0, True)


@pytest.mark.parametrize(
    "line",
    ["甲乙", "甲乙\tdeny\tfraud", "甲乙\tforbid\tfraud\t1", "甲乙\tdeny\tfruad\t1", "甲乙\tdeny\tfraud\tmuch"],
    ids=["term alone", "no weight", "unknown stance", "unknown category", "weight no number"],
)
def test_an_error_names_the_line(line: str) -> None:
    with pytest.raises(ValueError, match=r"^own\.tsv:3: "):
        parse_lexicon(f"# head\n\n{line}\n", "own.tsv")


def test_the_shipped_lexicon_is_in_normal_form() -> None:
    assert [term.text for term in Lexicon.load().terms if normalize(term.text).text != term.text] == []


def test_the_shipped_lexicon_has_no_repeats() -> None:
    text = files("moderation.resources").joinpath("lexicon.tsv").read_text("utf-8")
    terms = parse_lexicon(text, "lexicon.tsv")
    assert [text for text, count in Counter(term.text for term in terms).items() if count > 1] == []
    assert all(0 < term.weight <= 1 and term.category is not None for term in terms if not term.allow)


def test_policy_terms_are_normalised_and_win_over_shipped_ones() -> None:
    shipped = next(term for term in Lexicon.load().terms if not term.allow)
    lexicon = Lexicon.load(allow=[shipped.text], deny=[("ＡＢ甲龍", CategoryId.FRAUD, 0.7)])
    by_text = {term.text: term for term in lexicon.terms}
    assert by_text[shipped.text].allow
    assert (by_text["ab甲龙"].category, by_text["ab甲龙"].weight) == (CategoryId.FRAUD, 0.7)
    assert len(lexicon.terms) == len(Lexicon.load().terms) + 1


def test_the_version_names_the_content() -> None:
    plain = Lexicon.load().version
    assert plain == Lexicon.load().version
    versions = {
        plain,
        Lexicon.load(allow=["甲乙"]).version,
        Lexicon.load(deny=[("甲乙", CategoryId.FRAUD, 0.9)]).version,
        Lexicon.load(deny=[("甲乙", CategoryId.FRAUD, 0.8)]).version,
        Lexicon.load(deny=[("甲乙", CategoryId.GAMBLING, 0.8)]).version,
    }
    assert len(versions) == 5
