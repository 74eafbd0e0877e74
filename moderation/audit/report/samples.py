"""The evidence: for each category the articles that are surest of it, with what was found in them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import islice
from typing import Any

from moderation.audit.ledger import Entry
from moderation.audit.report.piece import action_name, kind_name, number, section, words
from moderation.audit.report.survey import Survey, evidence_of
from moderation.renderers.mask import visible
from moderation.renderers.report.view import both, chinese_of
from moderation.taxonomy import CategoryId

_EVIDENCE = 5
_FIELDS = {
    "title": "标题",
    "block": "正文",
    "description": "描述",
    "keywords": "关键词",
    "link": "链接",
    "source": "源码",
    "crawler": "给爬虫的版本",
}


def samples(survey: Survey) -> str:
    """The section; empty where nothing is flagged."""
    parts = []
    listed = sorted(survey.categories.items(), key=lambda item: (-item[1].total(), item[0]))
    for place, (category, counts) in enumerate(listed):
        cards = "".join(_card(entry, category) for entry in survey.samples(category))
        summary = f'{kind_name(category)} <span class="count">{number(counts.total())} 篇</span>'
        opened = " open" if place < 2 else ""
        parts.append(
            f'<details class="kind"{opened}><summary>{summary}</summary><div class="sheets">{cards}</div></details>'
        )
    if not parts:
        return ""
    told = (
        "每类取把握最大的几篇，各属不同团伙。露骨的文字已遮盖，本页不含原文；用 moderation score 可看原文。",
        "The surest of each category, of different campaigns. Explicit text is covered and not in this page.",
    )
    return section("samples", "证据样本", "Evidence", *parts, told=told)


def _card(entry: Entry, category: str) -> str:
    outcome, verdict = entry.outcome, entry.outcome.verdict
    own = [found for found in evidence_of(verdict) if found[1] == category]
    other = [found for found in evidence_of(verdict) if found[1] != category]
    distinct = {(signal, evidence["quote"]): (signal, kind, evidence) for signal, kind, evidence in (*own, *other)}
    lines = "".join(_line(*found) for found in islice(distinct.values(), _EVIDENCE))
    rest = len(own) + len(other) - min(len(distinct), _EVIDENCE)
    lines += (
        f'<li class="rest">另有 {number(rest)} 处 <span lang="en">{number(rest)} more</span></li>' if rest > 0 else ""
    )
    reasons = "".join(
        f'<p>{words(reason["message_zh"], 160)} <span lang="en">{words(reason["message_en"], 160)}</span></p>'
        for reason in verdict.get("reasons", ())
        if reason["category"] == category
    )
    facts = [part for part in (outcome.section, outcome.author, outcome.published_at[:10]) if part]
    where = outcome.url or str(outcome.place)
    return (
        f'<article class="sample {outcome.action}"><header><p>{action_name(outcome.action)}</p>'
        f"<h4>{words(outcome.title, 120) or '（无标题）'}</h4>"
        f'<p class="where">{words(" · ".join(facts), 90)} <code>{words(where, 140)}</code></p></header>'
        f'<div class="why-of">{reasons}</div><ul class="proofs">{lines}</ul>{_repair(verdict)}</article>'
    )


def _line(signal: str, kind: str, evidence: Mapping[str, Any]) -> str:
    name = chinese_of(signal, CategoryId(kind))[0] or visible(signal)
    field = _FIELDS.get(str(evidence["field"]).partition("[")[0], "")
    quote = words(" ".join(str(evidence["quote"]).split()), 90)
    return (
        f'<li><span class="proof-name">{escape(name)}</span> <span class="where">{field}</span> '
        f'<mark class="c-{escape(kind)}">{quote}</mark></li>'
    )


def _repair(verdict: Mapping[str, Any]) -> str:
    repair = verdict.get("repair")
    if not repair:
        return ""
    count = len(repair["removals"])
    after = action_name(str(repair["action_after"]))
    english = "without 1 piece" if count == 1 else f"without {number(count)} pieces"
    return f'<p class="cut-of">{both(f"删去 {number(count)} 处之后", english)} → {after}</p>'
