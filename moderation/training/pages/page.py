"""A page and what is true of it: types, JSON lines, and the checks that keep the gold honest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from moderation.taxonomy import CategoryId
from moderation.training.dataset import GROUPS, SPLITS
from moderation.verdict import Action


class PageError(Exception):
    """A page whose gold does not hold. The message begins with the page's id or the line of its file."""


@dataclass(frozen=True, slots=True)
class Injection:
    """Foreign text at `start` to `end` of the text content of the element that `selector` finds."""

    selector: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Gold:
    """What a page holds. Selectors find exactly one element each.

    `bad_blocks` and `good_blocks` hold links that repair must take out and must leave alone; `hidden` is hidden to
    deceive, never for comfort. `donor_paragraphs` are the texts that repair must restore, in the elements that
    `paragraph_selectors` finds, one for one.
    """

    categories: tuple[CategoryId, ...]
    action: Action
    bad_blocks: tuple[str, ...] = ()
    good_blocks: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    injected: tuple[Injection, ...] = ()
    donor_paragraphs: tuple[str, ...] = ()
    paragraph_selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `donor` names the clean article under it, `family` what was done to it."""

    id: str
    family: str
    group: str
    scaffold: str
    donor: str
    split: str
    url: str
    html: str
    gold: Gold


def parse_page(raw: dict[str, Any], place: str) -> Page:
    """A page from a JSON object. Raises PageError."""
    try:
        gold = dict(raw["gold"])
        gold["categories"] = tuple(CategoryId(name) for name in gold["categories"])
        gold["action"] = Action.parse(gold["action"])
        gold["injected"] = tuple(Injection(**span) for span in gold["injected"])
        for name in ("bad_blocks", "good_blocks", "hidden", "donor_paragraphs", "paragraph_selectors"):
            gold[name] = tuple(gold[name])
        return Page(**{**raw, "gold": Gold(**gold)})
    except (KeyError, TypeError, ValueError) as error:
        raise PageError(f"{place}: not a page: {error}") from error


def load_pages(path: Path) -> list[Page]:
    """Every page of a JSONL file. Raises PageError at the first bad line."""
    with path.open(encoding="utf-8") as stream:
        return [parse_page(json.loads(line), f"{path}:{number}") for number, line in enumerate(stream, 1)]


def write_pages(path: Path, pages: Iterable[Page]) -> None:
    """Write pages as JSONL, one a line, in the order given."""
    with path.open("w", encoding="utf-8") as stream:
        for page in pages:
            raw = asdict(page)
            raw["gold"]["action"] = str(page.gold.action)
            stream.write(json.dumps(raw, ensure_ascii=False) + "\n")


def check(page: Page) -> None:
    """Hold the gold against the page as a browser would read it. Raises PageError."""
    gold = page.gold
    _check_labels(page)
    soup = BeautifulSoup(page.html, "html5lib")
    places = (*gold.bad_blocks, *gold.good_blocks, *gold.hidden, *gold.paragraph_selectors)
    found = {place: _only(page, soup, place) for place in (*places, *(span.selector for span in gold.injected))}
    for span in gold.injected:
        if span.start >= span.end or found[span.selector].get_text()[span.start : span.end] != span.text:
            raise PageError(f"{page.id}: {span.selector}: {span.text!r} does not stand at {span.start}")
    if len(gold.donor_paragraphs) != len(gold.paragraph_selectors):
        raise PageError(f"{page.id}: every donor paragraph needs its selector")
    for place, text in zip(gold.paragraph_selectors, gold.donor_paragraphs, strict=True):
        if restored(found[place].get_text(), [span for span in gold.injected if span.selector == place]) != text:
            raise PageError(f"{page.id}: {place}: cutting the insertions does not restore the donor")
    for bad in gold.bad_blocks:
        for good in gold.good_blocks:
            if found[bad] in (found[good], *found[good].parents) or found[good] in found[bad].parents:
                raise PageError(f"{page.id}: {bad} and {good} overlap")


def restored(text: str, spans: Iterable[Injection]) -> str:
    """The text less its insertions."""
    for span in sorted(spans, key=lambda span: span.start, reverse=True):
        text = text[: span.start] + text[span.end :]
    return text


def _check_labels(page: Page) -> None:
    gold = page.gold
    if page.split not in SPLITS or page.group not in GROUPS:
        raise PageError(f"{page.id}: unknown split {page.split!r} or group {page.group!r}")
    abusive = page.group == "abusive"
    if abusive != bool(gold.categories) or abusive != (gold.action is not Action.ALLOW):
        raise PageError(f"{page.id}: group {page.group!r} does not fit {gold.categories} and {gold.action}")
    if not abusive and (gold.bad_blocks or gold.hidden or gold.injected):
        raise PageError(f"{page.id}: a clean page holds nothing to repair")


def _only(page: Page, soup: BeautifulSoup, selector: str) -> Tag:
    found = soup.select(selector)
    if len(found) != 1:
        raise PageError(f"{page.id}: {selector} finds {len(found)} elements")
    return found[0]
