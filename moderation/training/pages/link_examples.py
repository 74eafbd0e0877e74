"""Pages as examples for the model of link blocks: rows of features, what gold says of them, and what a cut would hit."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Link
from moderation.detectors.detector import TextClassifier
from moderation.detectors.link_features import Description, describe
from moderation.detectors.link_segment import Entry, LinkBlock, link_blocks
from moderation.normalize import Document
from moderation.readers import read_html
from moderation.taxonomy import CategoryId
from moderation.training.pages.page import Page

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
_MOSTLY = 0.6
_THROWN_AWAY = re.compile(
    r"(?:www\.|[a-z][a-z0-9]{4}\.)?([a-z]{4}[0-9]{1,4})-example\.(?:top|xyz|vip|cc|icu|com|net|cn)"
)
_PARTS = "bao chen dong feng guang hua jian lian ming ping qing rui shan tian xin yuan zhong hai long mei".split()


@dataclass(frozen=True, slots=True)
class PageExample:
    """The link blocks of one page.

    `bad` and `bad_entries` are the labels of blocks and entries. `block_hits` and `entry_hits` hold, for each, the
    gold elements that accusing it would point at: bad ones by number, good ones by -1 minus their number. `known` is
    false where the page has bad links of which the gold does not say where.
    """

    family: str
    group: str
    description: Description
    bad: Bools
    bad_entries: Bools
    block_hits: Sequence[frozenset[int]]
    entry_hits: Sequence[frozenset[int]]
    bad_places: int
    good_places: int
    known: bool


def examples_of(pages: Iterable[Page], classifier: TextClassifier) -> Iterator[PageExample]:
    """An example for every page that has a link block."""
    for page in pages:
        document = Document(read_html(page.html, identifier=page.id, url=page.url))
        blocks = link_blocks(document)
        if blocks:
            yield _example(page, document, describe(document, blocks, classifier))


def with_plain_hosts(page: Page) -> Page:
    """The page with names of people's sites for those that look thrown away.

    Sellers use what they get; a model that has seen none but cheap names would look for nothing else.
    """
    return replace(page, html=_THROWN_AWAY.sub(_plain, page.html))


def _plain(match: re.Match[str]) -> str:
    draw = random.Random(match.group(1))
    name = "".join(draw.sample(_PARTS, 3))
    return f"{draw.choice(('', 'www.'))}{name}-example.{draw.choice(('com', 'com', 'cn', 'net', 'org'))}"


class _Places:
    """Which gold elements a selector points at."""

    def __init__(self, page: Page) -> None:
        self._tree = LexborHTMLParser(page.html)
        self._numbers: dict[int, int] = {}
        self._hits: dict[str, frozenset[int]] = {}
        for number, place in enumerate(page.gold.bad_blocks):
            self._add(place, number)
        for number, place in enumerate(page.gold.good_blocks):
            self._add(place, -1 - number)

    def _add(self, place: str, number: int) -> None:
        node = self._tree.css_first(place)
        if node is not None:
            self._numbers[node.mem_id] = number

    def hits(self, selector: str | None) -> frozenset[int]:
        if not selector:
            return frozenset()
        if selector not in self._hits:
            found = []
            node: LexborNode | None = self._tree.css_first(selector)
            while node is not None:
                if node.mem_id in self._numbers:
                    found.append(self._numbers[node.mem_id])
                node = node.parent
            self._hits[selector] = frozenset(found)
        return self._hits[selector]


def _example(page: Page, document: Document, description: Description) -> PageExample:
    places = _Places(page)
    links = [link for _, link in document.article.links()]
    entry_hits = [_entry_hits(document, places, links, entry) for entry in description.entries]
    injected = [_is_injected(page, document, entry) for entry in description.entries]
    bad_entries = np.array([any(n >= 0 for n in hits) for hits in entry_hits]) | np.array(injected)
    shares = np.add.reduceat(bad_entries.astype(float), description.begins) / np.bincount(description.owners)
    block_hits = [_block_hits(document, places, block) for block in description.blocks]
    gold = page.gold
    placed = bool(gold.bad_blocks or gold.injected)
    return PageExample(
        page.family,
        page.group,
        description,
        shares >= _MOSTLY,
        bad_entries,
        block_hits,
        entry_hits,
        len(gold.bad_blocks),
        len(gold.good_blocks),
        placed or CategoryId.LINK_SPAM not in gold.categories,
    )


def _entry_hits(document: Document, places: _Places, links: Sequence[Link], entry: Entry) -> frozenset[int]:
    if entry.shared:
        link = links[entry.number] if entry.number >= 0 else None
        return places.hits(link.selector if link is not None else document.blocks[entry.block].selector)
    return frozenset().union(
        *(places.hits(document.blocks[index].selector) for index in range(entry.first, entry.last + 1))
    )


def _block_hits(document: Document, places: _Places, block: LinkBlock) -> frozenset[int]:
    indexes = range(block.first, block.last + 1)
    return frozenset().union(*(places.hits(document.blocks[index].selector) for index in indexes))


def _is_injected(page: Page, document: Document, entry: Entry) -> bool:
    selector = document.blocks[entry.block].selector
    return any(
        span.selector == selector and span.start <= entry.raw and entry.raw + entry.size <= span.end
        for span in page.gold.injected
    )
