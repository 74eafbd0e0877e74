from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from moderation.taxonomy import CategoryId
from moderation.training.pages.build import FAMILIES, build
from moderation.training.pages.chinese import is_traditional, to_traditional
from moderation.training.pages.gold import settle
from moderation.training.pages.markup import element, inserted, inserted_link, paragraphs
from moderation.training.pages.material import Library
from moderation.training.pages.page import Injection, Page, PageError, check, load_pages, restored, write_pages
from moderation.verdict import Action

SEED = 7
SAMPLE = {
    "injected.plain",
    "injected.source_page",
    "hacked.random_tags",
    "spliced.tag_word_after_paragraph",
    "hidden.document_write",
    "link_blocks.poisoned_friends",
    "clean_hidden.tabs",
    "clean_text.clean_mirror",
}


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load()


@pytest.fixture(scope="module")
def sample(library: Library) -> list[Page]:
    return build(SEED, library, SAMPLE)


def one(pages: list[Page], family: str) -> Page:
    return next(page for page in pages if page.family == family)


def test_the_same_seed_gives_the_same_pages(library: Library, sample: list[Page]) -> None:
    assert build(SEED, library, {"injected.plain"}) == [page for page in sample if page.family == "injected.plain"]
    assert build(SEED + 1, library, {"injected.plain"}) != [page for page in sample if page.family == "injected.plain"]


def test_pages_survive_their_file(sample: list[Page], tmp_path: Path) -> None:
    write_pages(tmp_path / "pages.jsonl", sample)
    assert load_pages(tmp_path / "pages.jsonl") == sample
    assert '"action": "reject"' in (tmp_path / "pages.jsonl").read_text("utf-8")


def test_a_line_that_is_no_page_is_named(tmp_path: Path) -> None:
    (tmp_path / "pages.jsonl").write_text('{"id": "x"}\n', "utf-8")
    with pytest.raises(PageError, match=r"pages\.jsonl:1"):
        load_pages(tmp_path / "pages.jsonl")


def test_no_mark_is_left_in_a_page(sample: list[Page]) -> None:
    for page in sample:
        assert "data-gold" not in page.html
        assert not any("\ue000" <= character <= "\uf8ff" for character in page.html)


def test_what_is_marked_as_inserted_is_injected_content(sample: list[Page]) -> None:
    assert any(page.gold.injected for page in sample)
    for page in sample:
        assert CategoryId.INJECTED_CONTENT in page.gold.categories or not page.gold.injected, page.id


def test_the_parser_of_the_reader_finds_the_same_places(sample: list[Page]) -> None:
    for page in sample:
        tree, gold = LexborHTMLParser(page.html), page.gold
        for selector in (*gold.bad_blocks, *gold.good_blocks, *gold.hidden, *gold.paragraph_selectors):
            assert len(tree.css(selector)) == 1, (page.id, selector)
        for span in gold.injected:
            node = tree.css_first(span.selector)
            assert node is not None
            assert node.text()[span.start : span.end] == span.text


def test_cutting_the_fragments_restores_the_donor(library: Library, sample: list[Page]) -> None:
    page = one(sample, "injected.plain")
    donor = next(text for texts in library.donors.values() for text in texts if text.id == page.donor)
    assert [text.removeprefix("　　") for text in page.gold.donor_paragraphs] == list(donor.paragraphs)
    assert len(page.gold.injected) in (14, 15)


def test_the_source_page_has_one_bad_item_among_good_ones(sample: list[Page]) -> None:
    gold = one(sample, "injected.source_page").gold
    assert len(gold.bad_blocks) == 1
    assert gold.bad_blocks[0].rsplit(" > ", 1)[0] in {place.rsplit(" > ", 1)[0] for place in gold.good_blocks}


def test_a_clean_mirror_holds_nothing_to_repair(sample: list[Page]) -> None:
    page = one(sample, "clean_text.clean_mirror")
    assert page.gold.action is Action.ALLOW
    assert not page.gold.injected
    assert "(" in "".join(page.gold.donor_paragraphs)


def test_good_and_bad_friends_stand_side_by_side(sample: list[Page]) -> None:
    gold = one(sample, "link_blocks.poisoned_friends").gold
    assert gold.bad_blocks
    assert len(gold.good_blocks) >= 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"injected": (Injection("title", 0, 2, "错字"),)}, "does not stand"),
        ({"bad_blocks": ("body > nothing",)}, "finds 0 elements"),
        ({"bad_blocks": ("body",)}, "overlap"),
        ({"donor_paragraphs": ()}, "needs its selector"),
        ({"categories": ()}, "does not fit"),
        ({"injected": ()}, "does not restore"),
    ],
)
def test_wrong_gold_is_refused(sample: list[Page], change: dict[str, object], message: str) -> None:
    page = one(sample, "injected.plain")
    with pytest.raises(PageError, match=message):
        check(replace(page, gold=replace(page.gold, **change)))  # type: ignore[arg-type]


def test_marks_become_selectors_and_spans() -> None:
    texts = paragraphs([f"甲{inserted('乙')}丙", f"丁<{inserted_link('戊', '/x')}"], "donor")
    html, gold = settle(f"<body>{texts}{element('div', '己', 'hidden', 'bad')}</body>", (), Action.ALLOW)
    assert html == '<body><p>甲乙丙</p>\n<p>丁&lt;<a href="/x">戊</a></p><div>己</div></body>'
    assert gold.donor_paragraphs == ("甲丙", "丁<")
    assert gold.injected == (
        Injection("body > p:nth-of-type(1)", 1, 2, "乙"),
        Injection("body > p:nth-of-type(2)", 2, 3, "戊"),
    )
    assert gold.hidden == gold.bad_blocks == ("body > div:nth-of-type(1)",)


def test_restored_cuts_from_the_end() -> None:
    assert restored("a乙b丙", [Injection("p", 1, 2, "乙"), Injection("p", 3, 4, "丙")]) == "ab"


def test_script_conversion() -> None:
    assert to_traditional("网络会说话") == "網絡會說話"
    assert is_traditional("網絡會說話")
    assert not is_traditional("网络会说话")


def test_the_table_is_wide_enough() -> None:
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names))
    assert sum(family.pages for family in FAMILIES) >= 620
    assert sum(family.pages for family in FAMILIES if family.group == "hard") >= 260
    assert sum(family.group == "abusive" for family in FAMILIES) >= 26
    assert 0.15 <= sum(family.unseen for family in FAMILIES) / len(FAMILIES) <= 0.25


@pytest.mark.slow
def test_every_page_holds_and_no_material_crosses_a_split(library: Library) -> None:
    pages = build(SEED, library)
    assert len({page.id for page in pages}) == len({page.html for page in pages}) == len(pages)
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for page in pages:
        splits[f"donor {page.donor}" if page.donor else page.id].add(page.split)
        splits[f"unseen {page.family}"].add(str(page.split == "test_unseen"))
    assert not {name: found for name, found in splits.items() if len(found) > 1}
