"""Campaigns: flagged articles that belong together by their text, their link blocks, or the hosts they sell.

Near-duplicates are found by MinHash (Broder 1997) in an index by bands (datasketch's MinHashLSH): an article joins what
the index holds near to it, and goes into the index itself only where there is nothing. So a campaign of a hundred
thousand equal pages costs as many look-ups and one place in memory. What is kept of the other articles is a number.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from datasketch import MinHashLSH
from sqlalchemy import select

from moderation.address import host_of, site_of
from moderation.audit.ledger import OUTCOME, Entry, Ledger
from moderation.audit.traces import PERMUTATIONS, Traces, signature_of
from moderation.detectors.link_features import known_sites

FLAGGED = ("review", "reject")
TEXT_ALIKE, BLOCKS_ALIKE = 0.7, 0.6
"""The least estimated Jaccard similarity of two texts' runs of five characters, and of two blocks' links."""
_TEXT_BANDS, _BLOCKS_BANDS = (12, 5), (16, 4)
"""Bands and rows of the index: 9 of 10 pairs that are just alike enough meet, at 0.1 above it 99 of 100 do."""
SMALLEST = 2
_EXAMPLES = 5
_DAY = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_MOST_HOSTS = 200
"""Hosts that one campaign counts by name; more are only counted all together."""


@dataclass(slots=True)
class Campaign:
    """Flagged articles that belong together. Dates are ISO 8601 days, empty where none is known."""

    size: int = 0
    rejected: int = 0
    repairable: int = 0
    published: tuple[str, str] = ("", "")
    modified: tuple[str, str] = ("", "")
    links: dict[str, int] = field(default_factory=lambda: {"text": 0, "blocks": 0, "hosts": 0})
    """How many of its articles were joined by each kind of trace."""
    hosts: Counter[str] = field(default_factory=Counter)
    more_hosts: bool = False
    categories: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str, str]] = field(default_factory=list)
    """Key, masked title and place of the first few with different titles."""

    def add(self, entry: Entry, joined_by: Iterable[str] = ()) -> None:
        """Count an article in, and by which traces it was joined."""
        outcome, verdict = entry.outcome, entry.outcome.verdict
        self.size += 1
        for kind in joined_by:
            self.links[kind] += 1
        self.rejected += outcome.action == "reject"
        self.repairable += (verdict.get("repair") or {}).get("action_after") == "allow"
        self.published = widened(self.published, outcome.published_at[:10])
        self.modified = widened(self.modified, outcome.modified_at[:10])
        for host in outcome.traces.hosts:
            if host in self.hosts or len(self.hosts) < _MOST_HOSTS:
                self.hosts[host] += 1
            else:
                self.more_hosts = True
        self.categories.update({reason["category"] for reason in verdict.get("reasons", ())})
        if len(self.examples) < _EXAMPLES and all(outcome.title != title for _, title, _ in self.examples):
            self.examples.append((outcome.key, outcome.title, str(outcome.place)))


class Campaigns:
    """Which flagged articles belong together, by their numbers in the ledger."""

    def __init__(self) -> None:
        self._texts = _Near(TEXT_ALIKE, _TEXT_BANDS)
        self._blocks = _Near(BLOCKS_ALIKE, _BLOCKS_BANDS)
        self._hosts: dict[str, int] = {}
        self._numbers: dict[int, int] = {}
        self._parents = array("q")
        self._why: dict[str, bytearray] = {"text": bytearray(), "blocks": bytearray(), "hosts": bytearray()}

    def add(self, number: int, traces: Traces, own: str) -> None:
        """Join an article with those before it. A host of the site `own` joins nothing, nor one that all may link."""
        place = len(self._parents)
        self._numbers[number] = place
        self._parents.append(place)
        for why in self._why.values():
            why.append(0)
        if traces.text:
            self._join("text", place, self._texts.near(traces.text, place))
        for block in traces.blocks:
            self._join("blocks", place, self._blocks.near(block, place))
        for site in {site_of(host) for host in traces.hosts} - known_sites() - {own}:
            self._join("hosts", place, [self._hosts.setdefault(site, place)])

    def of(self, number: int) -> int:
        """What names the campaign of an article: the same for all that belong to it."""
        return self._root(self._numbers[number])

    def joined_by(self, number: int) -> list[str]:
        """The kinds of traces that joined an article with another."""
        return [kind for kind, why in self._why.items() if why[self._numbers[number]]]

    def names(self) -> list[int]:
        """The campaigns of at least SMALLEST articles, the largest first."""
        sizes = Counter(self._root(place) for place in range(len(self._parents)))
        return [name for name, size in sizes.most_common() if size >= SMALLEST]

    def _join(self, kind: str, place: int, others: list[int]) -> None:
        for other in others:
            if other != place:
                self._why[kind][place] = self._why[kind][other] = 1
                ends = self._root(place), self._root(other)
                self._parents[max(ends)] = min(ends)

    def _root(self, place: int) -> int:
        while (parent := self._parents[place]) != place:
            self._parents[place] = self._parents[parent]
            place = self._parents[place]
        return place


class _Near:
    """An index of signatures that are apart from one another, each with the article that brought it."""

    def __init__(self, alike: float, bands: tuple[int, int]) -> None:
        self._alike = alike
        self._index = MinHashLSH(num_perm=PERMUTATIONS, params=bands)
        self._values = np.empty((64, PERMUTATIONS), dtype=np.uint32)
        self._owners: list[int] = []
        self._equal: dict[bytes, int] = {}

    def near(self, data: bytes, place: int) -> list[int]:
        """The articles that brought signatures near to this one; where there are none, it is held as this article's."""
        if (equal := self._equal.get(data)) is not None:
            return [equal]
        signature = signature_of(data)
        values = signature.hashvalues.astype(np.uint32)
        candidates = sorted(self._index.query(signature))
        if candidates:
            # The bands bring up what may be near; all values tell.
            shares = (self._values[candidates] == values).mean(axis=1)
            near = [self._owners[candidates[index]] for index in np.flatnonzero(shares >= self._alike)]
            if near:
                return near
        if len(self._owners) == len(self._values):
            self._values = np.concatenate([self._values, np.empty_like(self._values)])
        self._values[len(self._owners)] = values
        self._index.insert(len(self._owners), signature)
        self._owners.append(place)
        self._equal[data] = place
        return []


def widened(range_: tuple[str, str], day: str) -> tuple[str, str]:
    """The first and last of a range of days and one more; what is no ISO day, or an unlikely one, changes nothing."""
    if not _DAY.fullmatch(day):
        return range_
    return min(range_[0] or day, day), max(range_[1], day)


def joined(ledger: Ledger) -> Campaigns:
    """Read the traces of all flagged articles."""
    campaigns = Campaigns()
    columns = (OUTCOME.number, OUTCOME.traces, OUTCOME.url)
    for row in ledger.rows(select(*columns).where(OUTCOME.action.in_(FLAGGED)).order_by(OUTCOME.number)):
        campaigns.add(row.number, Traces.unpacked(row.traces), site_of(host_of(row.url)))
    return campaigns
