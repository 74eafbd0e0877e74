"""The page: what was gathered, section by section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from re import search

from moderation.audit.baseline import Changes
from moderation.audit.report.breakdown import breakdown
from moderation.audit.report.changes import since_baseline, under_shadow
from moderation.audit.report.chart import over_time
from moderation.audit.report.domains import domains
from moderation.audit.report.facts import facts, failures
from moderation.audit.report.groups import campaigns
from moderation.audit.report.overview import categories, glance, hero
from moderation.audit.report.piece import number
from moderation.audit.report.samples import samples
from moderation.audit.report.survey import Survey
from moderation.renderers.report import base_style, document
from moderation.renderers.report.view import both

_ROOM = files("moderation.resources")


@dataclass(frozen=True, slots=True)
class Told:
    """What a report tells beside the ledger: its source's name, and comparisons that were asked for."""

    source: str
    baseline: Changes | None = None
    shadow: Changes | None = None
    made_at: datetime | None = None


def render(survey: Survey, told: Told) -> str:
    """The page. It asks for nothing outside itself, and holds no explicit text: the ledger has none."""
    made_at = (told.made_at or datetime.now(UTC)).isoformat(timespec="seconds")
    parts = list(filter(None, _sections(survey, told, made_at)))
    top = (
        f'<header class="top"><p class="brand">{both("清流存量审计", "Qingliu audit")}</p>'
        f'<time datetime="{made_at}">{made_at[:16].replace("T", " ")} UTC</time></header>'
    )
    body = f"{top}{hero(survey, told.source)}{glance(survey)}{_nav(parts)}<main>{''.join(parts)}</main>"
    style = base_style() + _ROOM.joinpath("audit_report.css").read_text("utf-8")
    script = _ROOM.joinpath("audit_report.js").read_text("utf-8")
    title = f"{number(survey.flagged)} / {number(survey.total)} 篇 · 清流存量审计"
    return document(title, f'<div class="audit">{body}</div>', style, script)


def _sections(survey: Survey, told: Told, made_at: str) -> Iterator[str]:
    if told.baseline is not None:
        yield since_baseline(told.baseline)
    yield categories(survey)
    yield over_time(survey)
    yield campaigns(survey)
    yield domains(survey)
    yield breakdown(survey)
    yield samples(survey)
    if told.shadow is not None:
        yield under_shadow(told.shadow)
    yield failures(survey)
    yield facts(survey, told.source, made_at)


def _nav(parts: list[str]) -> str:
    """Links to the sections that there are, by their own headings."""
    links = []
    for part in parts:
        found = search(r'id="([a-z]+)"><h2>(.*?) <span lang', part)
        if found:
            links.append(f'<a href="#{found[1]}">{found[2]}</a>')
    return f'<nav class="sections" aria-label="目录">{"".join(links)}</nav>'
