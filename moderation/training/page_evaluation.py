"""How well whole pages are judged: action, categories, where the abuse is, and what a repair restores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.pipeline import Moderator
from moderation.readers import read_html
from moderation.taxonomy import CategoryId
from moderation.training.bootstrap import Bootstrap, Interval
from moderation.training.pages.page import Page
from moderation.verdict import Action, Verdict

_BLOCK_SIGNALS = ("link_blocks.", "hidden.", "stuffing.", "headings.", "splice.")
_HIDDEN_SIGNALS = ("hidden.", "obfuscation.invisible", "cloaking.")


@dataclass(frozen=True, slots=True)
class PageCategory:
    """One category over pages: found when a reason names it."""

    category: CategoryId
    rows: int
    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """One family of pages."""

    family: str
    rows: int
    action_right: Interval
    flagged: Interval


@dataclass(frozen=True, slots=True)
class PageEvaluation:
    """Results on the pages of one split. Shares of pages, or of elements and spans where the name says so."""

    split: str
    rows: int
    action_right: Interval
    abusive_flagged: Interval
    clean_flagged: Interval
    clean_rejected: Interval
    categories: list[PageCategory]
    bad_blocks_located: Interval
    good_blocks_accused: Interval
    hidden_found: Interval
    injected_recovered: Interval
    donor_restored: Interval
    families: list[FamilyResult]


class _Tally:
    """Yes-or-no outcomes, each with the number of its page."""

    def __init__(self) -> None:
        self.hits: list[bool] = []
        self.pages: list[int] = []

    def add(self, page: int, outcomes: Iterable[bool]) -> None:
        for outcome in outcomes:
            self.hits.append(outcome)
            self.pages.append(page)

    def share(self) -> Interval:
        if not self.hits:
            return Interval(None, None, None, 0)
        hits = np.array(self.hits)
        return Bootstrap(self.pages).share(hits, np.ones(len(hits), dtype=bool))


def evaluate_pages(moderator: Moderator, pages: Sequence[Page], split: str) -> PageEvaluation:
    """Judge every page of a split. Raises ValueError when there are none."""
    chosen = [page for page in pages if page.split == split]
    if not chosen:
        raise ValueError(f"no pages in split {split!r}")
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    found: list[frozenset[CategoryId]] = []
    for number, page in enumerate(chosen):
        verdict = moderator.score(read_html(page.html, identifier=page.id, url=page.url))
        found.append(frozenset(reason.category for reason in verdict.reasons))
        right, flagged = verdict.action is page.gold.action, verdict.action is not Action.ALLOW
        tallies["action"].add(number, [right])
        tallies[f"right {page.family}"].add(number, [right])
        tallies[f"flagged {page.family}"].add(number, [flagged])
        tallies["abusive" if page.group == "abusive" else "clean"].add(number, [flagged])
        if page.group != "abusive":
            tallies["rejected"].add(number, [verdict.action is Action.REJECT])
        _places(number, page, verdict, tallies)
    families = sorted({page.family for page in chosen})
    return PageEvaluation(
        split=split,
        rows=len(chosen),
        action_right=tallies["action"].share(),
        abusive_flagged=tallies["abusive"].share(),
        clean_flagged=tallies["clean"].share(),
        clean_rejected=tallies["rejected"].share(),
        categories=_categories(chosen, found),
        bad_blocks_located=tallies["bad"].share(),
        good_blocks_accused=tallies["good"].share(),
        hidden_found=tallies["hidden"].share(),
        injected_recovered=tallies["injected"].share(),
        donor_restored=tallies["restored"].share(),
        families=[
            FamilyResult(
                family,
                len(tallies[f"right {family}"].hits),
                tallies[f"right {family}"].share(),
                tallies[f"flagged {family}"].share(),
            )
            for family in families
        ],
    )


def _categories(pages: Sequence[Page], found: Sequence[frozenset[CategoryId]]) -> list[PageCategory]:
    bootstrap = Bootstrap(range(len(pages)))
    results = []
    for category in CategoryId:
        said = np.array([category in names for names in found])
        true = np.array([category in page.gold.categories for page in pages])
        if true.any() or said.any():
            precision, recall = bootstrap.share(true, said), bootstrap.share(said, true)
            results.append(PageCategory(category, int(true.sum()), precision, recall, bootstrap.f1(said, true)))
    return results


def _places(number: int, page: Page, verdict: Verdict, tallies: dict[str, _Tally]) -> None:
    """Where the verdict points, against where the gold does."""
    tree = LexborHTMLParser(page.html)
    pointed = _pointed(tree, verdict, _BLOCK_SIGNALS)
    hidden = _pointed(tree, verdict, _HIDDEN_SIGNALS)
    for name, places, nodes in (
        ("bad", page.gold.bad_blocks, pointed),
        ("good", page.gold.good_blocks, pointed),
        ("hidden", page.gold.hidden, hidden),
    ):
        identifiers = [node.mem_id for place in places if (node := tree.css_first(place)) is not None]
        tallies[name].add(number, [any(identifier in around for around in nodes) for identifier in identifiers])
    if not page.gold.injected:
        return
    removals = verdict.repair.removals if verdict.repair is not None else ()
    cut: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for removal in removals:
        node = tree.css_first(removal.selector) if removal.selector else None
        if node is not None:
            cut[node.mem_id].add((removal.span.start, removal.span.end))
    nodes_of = {place: tree.css_first(place) for place in page.gold.paragraph_selectors}
    recovered = []
    for span in page.gold.injected:
        node = tree.css_first(span.selector)
        recovered.append(node is not None and (span.start, span.end) in cut[node.mem_id])
    tallies["injected"].add(number, recovered)
    whole = True
    for place, donor in zip(page.gold.paragraph_selectors, page.gold.donor_paragraphs, strict=True):
        node = nodes_of[place]
        text = node.text() if node is not None else ""
        for start, end in sorted(cut[node.mem_id] if node is not None else (), reverse=True):
            text = text[:start] + text[end:]
        whole &= text == donor
    tallies["restored"].add(number, [whole])


def _pointed(tree: LexborHTMLParser, verdict: Verdict, prefixes: tuple[str, ...]) -> list[set[int]]:
    """For each removable piece of evidence of these signals: the element it lies in, and all around that."""
    accused = {reason.category for reason in verdict.reasons}
    result = []
    for signal in verdict.signals:
        if signal.category in accused and signal.name.startswith(prefixes):
            for evidence in signal.evidence:
                node = tree.css_first(evidence.selector) if evidence.selector and evidence.removable else None
                if node is not None:
                    result.append(set(_lineage(node)))
    return result


def _lineage(node: LexborNode) -> Iterable[int]:
    current: LexborNode | None = node
    while current is not None:
        yield current.mem_id
        current = current.parent
