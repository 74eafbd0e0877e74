"""What a report tells, gathered from the ledger in a few passes; nothing is kept of an allowed article but counts."""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

from sqlalchemy import case, func, select

from moderation.address import host_of, site_of
from moderation.audit.campaign import FLAGGED, Campaign, Campaigns, joined, widened
from moderation.audit.ledger import OUTCOME, Entry, Ledger
from moderation.audit.outcome import FAILED

MOST_ROWS = 20
MOST_SAMPLES = 3
MOST_HOSTS = 200
_MOST_ERRORS = 40
_MONTH = re.compile(r"(\d{4})\D{1,3}(\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"\d+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|「[^」]*」")


@dataclass(slots=True)
class Group:
    """A section, an author, a domain, a month: how many of its articles have each action."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All its articles."""
        return self.counts.total()

    @property
    def flagged(self) -> int:
        """Those to review or reject."""
        return self.counts["review"] + self.counts["reject"]


@dataclass(frozen=True, slots=True)
class Top:
    """The groups with most flagged articles, and how many more groups have any."""

    groups: tuple[Group, ...]
    left_out: int


@dataclass(slots=True)
class Domain:
    """The registered name that injected links lead to. Of its hosts at most MOST_HOSTS are held."""

    name: str
    articles: int = 0
    hosts: set[str] = field(default_factory=set)
    published: tuple[str, str] = ("", "")
    anchors: dict[str, None] = field(default_factory=dict)
    campaigns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Failure:
    """Articles that could not be read or judged for one reason."""

    error: str
    count: int = 0
    places: list[str] = field(default_factory=list)


class Survey:
    """All that is in a ledger, as a report needs it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.counts: Counter[str] = Counter(ledger.counts())
        self.repairable = 0
        self.unread = 0
        """Flagged articles of which some part was not read."""
        self.categories: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.domains: dict[str, Domain] = {}
        self.hosts: Counter[str] = Counter()
        self.versions: dict[str, str] = {}
        self.campaigns: dict[int, Campaign] = {}
        self._samples: defaultdict[str, list[tuple[float, int, int, Entry]]] = defaultdict(list)
        self._gather(joined(ledger))

    @property
    def total(self) -> int:
        """All articles."""
        return self.counts.total()

    @property
    def flagged(self) -> int:
        """Those to review or reject."""
        return sum(self.counts[action] for action in FLAGGED)

    def samples(self, category: str) -> list[Entry]:
        """The articles surest to be of a category, of different campaigns."""
        return [entry for *_, entry in sorted(self._samples[category], reverse=True)]

    @cached_property
    def months(self) -> tuple[list[Group], Group, bool]:
        """Month by month, those without a date, and whether it goes by the day of change since none was published."""
        for column, changed in ((OUTCOME.published_at, False), (OUTCOME.modified_at, True)):
            months: dict[str, Group] = {}
            undated = Group("")
            day = func.substr(column, 1, 10)
            for text, action, count in self.ledger.rows(
                select(day, OUTCOME.action, func.count()).group_by(day, OUTCOME.action)
            ):
                month = _month(text)
                group = months.setdefault(month, Group(month)) if month else undated
                group.counts[action] += count
            if months:
                return _without_gaps(months), undated, changed
        return [], undated, False

    def top(self, name: str) -> Top:
        """The sections or authors with most flagged articles."""
        column = getattr(OUTCOME, name)
        flagged = func.sum(case((OUTCOME.action.in_(FLAGGED), 1), else_=0))
        groups = select(column, flagged.label("flagged")).group_by(column).having(flagged > 0).subquery()
        (count,) = next(self.ledger.rows(select(func.count()).select_from(groups)))
        best = select(groups.c[0]).order_by(groups.c.flagged.desc(), groups.c[0]).limit(MOST_ROWS)
        found = {row[0]: Group(row[0]) for row in self.ledger.rows(best)}
        counted = select(column, OUTCOME.action, func.count()).where(column.in_(found)).group_by(column, OUTCOME.action)
        for value, action, number in self.ledger.rows(counted):
            found[value].counts[action] = number
        return Top(tuple(found.values()), count - len(found))

    @cached_property
    def own_domains(self) -> Top:
        """The articles' own domains with most flagged articles."""
        found = {host: Group(host) for host, _ in self.hosts.most_common(MOST_ROWS)}
        if set(found) - {""}:
            for url, action in self.ledger.rows(select(OUTCOME.url, OUTCOME.action)):
                group = found.get(host_of(url))
                if group is not None:
                    group.counts[action] += 1
        return Top(tuple(found.values()), len(self.hosts) - len(found))

    @cached_property
    def failures(self) -> tuple[list[Failure], int]:
        """Why articles could not be read, the most frequent first, and how many have other reasons."""
        found: dict[str, Failure] = {}
        others = 0
        columns = (OUTCOME.error, OUTCOME.source, OUTCOME.position)
        for error, source, position in self.ledger.rows(select(*columns).where(OUTCOME.action == FAILED)):
            kind = _NUMBERS.sub("…", _QUOTED.sub("…", error))
            if kind not in found and len(found) >= _MOST_ERRORS:
                others += 1
                continue
            failure = found.setdefault(kind, Failure(error))
            failure.count += 1
            if len(failure.places) < MOST_SAMPLES:
                failure.places.append(f"{source}:{position}")
        return sorted(found.values(), key=lambda failure: -failure.count), others

    def _gather(self, campaigns: Campaigns) -> None:
        """One pass over what is flagged."""
        self.campaigns = {name: Campaign() for name in campaigns.names()}
        for entry in self.ledger.entries(*FLAGGED):
            outcome, verdict = entry.outcome, entry.outcome.verdict
            name = campaigns.of(entry.number)
            if (campaign := self.campaigns.get(name)) is not None:
                campaign.add(entry, campaigns.joined_by(entry.number))
            self.versions = self.versions or dict(verdict.get("versions", {}))
            self.repairable += (verdict.get("repair") or {}).get("action_after") == "allow"
            self.unread += bool(verdict.get("coverage", {}).get("unread"))
            self.hosts[host_of(outcome.url)] += 1
            for category in {reason["category"] for reason in verdict.get("reasons", ())}:
                self.categories[category][outcome.action] += 1
                self._sample(category, entry, name)
            self._add_domains(entry, name if campaign is not None else None)

    def _sample(self, category: str, entry: Entry, campaign: int) -> None:
        """Keep the surest of a category, one of each campaign."""
        kept = self._samples[category]
        sure = (entry.outcome.action == "reject") + float(entry.outcome.verdict["categories"].get(category, 0.0))
        new = (sure, -entry.number, campaign, entry)
        if any(campaign == other for _, _, other, _ in kept):
            return
        if len(kept) < MOST_SAMPLES:
            heapq.heappush(kept, new)
        else:
            heapq.heappushpop(kept, new)

    def _add_domains(self, entry: Entry, campaign: int | None) -> None:
        traces = entry.outcome.traces
        sites: set[str] = set()
        for host, anchor in zip_longest(traces.hosts, traces.anchors, fillvalue=""):
            site = site_of(host)
            domain = self.domains.setdefault(site, Domain(site))
            sites.add(site)
            if len(domain.hosts) < MOST_HOSTS:
                domain.hosts.add(host)
            if anchor and len(domain.anchors) < MOST_SAMPLES:
                domain.anchors[anchor] = None
        for site in sites:
            domain = self.domains[site]
            domain.articles += 1
            domain.published = widened(domain.published, entry.outcome.published_at[:10])
            if campaign is not None and len(domain.campaigns) < MOST_SAMPLES:
                domain.campaigns.add(campaign)


def evidence_of(verdict: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Signal, category and evidence of a published verdict, the strongest signals first."""
    for signal in sorted(verdict.get("signals", ()), key=lambda signal: -float(signal["strength"])):
        for evidence in signal["evidence"]:
            yield signal["name"], signal["category"], evidence


def campaign_line(number: int, campaign: Campaign) -> str:
    """A campaign as a line of JSON."""
    told = {
        "campaign": number,
        "articles": campaign.size,
        "rejected": campaign.rejected,
        "repairable": campaign.repairable,
        "published": campaign.published,
        "modified": campaign.modified,
        "joined_by": campaign.links,
        "hosts": dict(campaign.hosts.most_common()),
        "categories": dict(campaign.categories.most_common()),
        "examples": [{"key": key, "title": title, "place": place} for key, title, place in campaign.examples],
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _month(text: str) -> str:
    match = _MONTH.match(text.strip())
    if match is None or not ("1900" <= match[1] <= "2100" and 1 <= int(match[2]) <= 12):
        return ""  # 0000-00-00 is how some databases say that they do not know
    return f"{match[1]}-{int(match[2]):02d}"


def _without_gaps(months: Mapping[str, Group]) -> list[Group]:
    """Every month from the first to the last."""
    first, last = min(months), max(months)
    year, month = int(first[:4]), int(first[5:])
    found = []
    while (name := f"{year:04d}-{month:02d}") <= last:
        found.append(months.get(name, Group(name)))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found
