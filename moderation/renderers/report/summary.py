"""What stands around an article: action, reasons, probabilities, all signals, coverage, versions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from moderation.article import Unread
from moderation.renderers.mask import visible
from moderation.renderers.report.note import weight
from moderation.renderers.report.paint import sign
from moderation.renderers.report.view import ACTIONS, View, both, tag
from moderation.signals import Signal
from moderation.taxonomy import category, clauses
from moderation.verdict import Action, CategoryScore, Reason

_LEAST = 0.05
"""Categories less likely than this are only counted."""
_MOST_SIGNS = 24
_NOT_COUNTED = (
    '<p class="facts">同一检测器对一个类别只计最强的信号；其余“未单独计入得分”。 '
    '<span lang="en">Of one detector only its strongest signal counts for a category.</span></p>'
)
_PARTS = {
    "script": "脚本",
    "style": "样式表",
    "template": "模板元素",
    "textarea": "文本框",
    "select": "选择框",
    "comment": "注释",
}


def action_badge(action: Action) -> str:
    """An action by its two names, in its colour."""
    chinese, english = ACTIONS[action]
    return f'<span class="act {action}">{chinese} <span lang="en">{english}</span></span>'


def head(view: View) -> str:
    """What one must know at first sight."""
    article, verdict = view.article, view.verdict
    chinese, english = ACTIONS[verdict.action]
    facts = [f"<code>{view.words(verdict.article_id)}</code>"]
    if article.url:
        facts.append(f'<span class="url">{view.words(article.url)}</span>')
    if article.published_at:
        facts.append(f"发布于 {article.published_at:%Y-%m-%d %H:%M}")
    return (
        f'<header class="head {verdict.action}"><p class="verdict">{chinese} <span lang="en">{english}</span></p>'
        f'<h2>{view.title()}</h2><p class="facts">{" · ".join(facts)}</p>{_counts(view)}</header>'
    )


def _counts(view: View) -> str:
    findings = view.findings
    told = f"{len(findings.by_signal)} 种信号，{findings.total:,} 处证据" if findings.total else "没有发现"
    if findings.left_out:
        told += f"（太多，其中 {findings.left_out:,} 处未标出）"
    repair = view.verdict.repair
    if repair:
        told += f"；修复可删去 {len(repair.removals)} 处，删后为{action_badge(repair.action_after)}"
    unread = view.verdict.coverage.unread
    if unread:
        told += f"；未读 {'、'.join(dict.fromkeys(_part(one) for one in unread))}"
    return f'<p class="facts">{told}</p>'


def _part(unread: Unread) -> str:
    return _PARTS.get(unread.part) or escape(visible(unread.part))


def reasons(view: View) -> str:
    """Why the action was taken, category by category, and the clauses each stands on."""
    listed = sorted(view.verdict.reasons, key=lambda reason: -reason.action)
    order = list(dict.fromkeys(reason.category for reason in listed))
    listed.sort(key=lambda reason: order.index(reason.category))
    parts = [_reason(view, list(group)) for _, group in groupby(listed, key=lambda reason: reason.category)]
    body = f'<ol class="reasons">{"".join(parts)}</ol>' if parts else '<p class="none">没有需要说明的理由。</p>'
    return f'<section class="why"><h3>{both("理由", "Reasons")}</h3>{body}</section>'


def _reason(view: View, group: Sequence[Reason]) -> str:
    kind = group[0].category
    told = "".join(
        f'<p class="rule">{action_badge(reason.action)} {view.words(reason.message_zh)} '
        f'<span lang="en">{view.words(reason.message_en)}</span> <code>{escape(visible(reason.rule))}</code></p>'
        for reason in group
    )
    cited = list(dict.fromkeys(clause for reason in group for clause in reason.clauses))
    english = f' <span lang="en">{escape(category(kind).name_en)}</span>'
    names = "、".join(_clause_name(clause) for clause in cited)
    listed = "".join(map(_clause, cited))
    law = f'<details class="cited"><summary>§ {names}</summary><ul class="clauses">{listed}</ul></details>'
    return f"<li><span>{tag(kind)}{english}</span><div>{told}{law if cited else ''}</div></li>"


def _clause_name(identifier: str) -> str:
    clause = clauses().get(identifier)
    return escape(clause.name_zh if clause else visible(identifier))


def _clause(identifier: str) -> str:
    clause = clauses().get(identifier)
    if clause is None:
        return f"<li><b>{escape(visible(identifier))}</b></li>"
    english = f'<span lang="en">{escape(clause.publisher)} {escape(clause.name_en)}</span>'
    law = f'{escape(clause.text_zh)} <span lang="en">{escape(clause.text_en)}</span>'
    return f'<li><b>{escape(clause.name_zh)}</b> {english}<span class="law">{law}</span></li>'


def scores(view: View) -> str:
    """The probability of each category that has any, as a bar."""
    listed = sorted(view.verdict.categories, key=lambda score: -score.probability)
    shown = [score for score in listed if score.probability >= _LEAST]
    rows = "".join(map(_score, shown))
    rest = len(listed) - len(shown)
    told = f"{'其余 ' if shown else ''}{rest} 类低于 {_LEAST}" if rest else ""
    table = f'<table><caption class="unseen">类别概率</caption><tbody>{rows}</tbody></table>' if rows else ""
    name = both("类别概率", "Probabilities")
    return f'<section class="scores"><h3>{name}</h3>{table}<p class="none">{told}</p></section>'


def _score(score: CategoryScore) -> str:
    kind = category(score.category)
    width = f"{min(max(score.probability, 0.0), 1.0) * 100:.1f}%"
    bar = (
        '<svg width="100%" height="6" aria-hidden="true"><rect class="track" width="100%" height="6" rx="3"/>'
        f'<rect class="fill" width="{width}" height="6" rx="3"/></svg>'
    )
    return (
        f'<tr class="c-{score.category}"><th scope="row">{escape(kind.name_zh)} '
        f'<span lang="en">{escape(kind.name_en)}</span></th><td class="bar">{bar}</td>'
        f'<td class="p">{score.probability:.2f}</td></tr>'
    )


def signals(view: View) -> str:
    """Every signal of the verdict, the strongest first, with where to find it."""
    judged = {reason.category for reason in view.verdict.reasons}
    listed = sorted(view.verdict.signals, key=lambda signal: (signal.category not in judged, -signal.strength))
    if not listed:
        return ""
    strongest = {signal.name: signal for signal in reversed(listed)}
    rows = "".join(_signal(view, signal) for signal in reversed(strongest.values()))
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in (both("信号", "Signal"), both("类别", "Category"), both("强度", "Strength"), both("发现", "Found"))
    )
    name = f'{both("全部信号", "All signals")} <span class="count">{len(strongest)}</span>'
    table = f'<table class="signals"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<details class="part"><summary>{name}</summary>{_NOT_COUNTED}<div class="wide">{table}</div></details>'


def _signal(view: View, signal: Signal) -> str:
    found = view.findings.by_signal.get(signal.name, [])
    signs = " ".join(
        f'<a class="n c-{one.category}" href="#{view.key}-n{one.number}">{sign(one)}</a>' for one in found[:_MOST_SIGNS]
    )
    rest = f" …（另 {len(found) - _MOST_SIGNS} 项）" if len(found) > _MOST_SIGNS else ""
    meaning = view.meaning(signal.name, signal.category)
    return (
        f'<tr><th scope="row">{view.name(signal.name, signal.category)} <code>{escape(visible(signal.name))}</code>'
        f'<span class="law">{meaning}</span></th><td>{tag(signal.category)}</td>'
        f'<td>{signal.strength:.2f}<span class="law">{weight(view, signal.name, signal.category)}</span></td>'
        f"<td>{signs or '整篇'}{rest}</td></tr>"
    )


def footing(view: View) -> str:
    """How much was read, what was not, and what judged."""
    verdict = view.verdict
    coverage, versions = verdict.coverage, verdict.versions
    unread = "".join(
        f"<li>{_PARTS.get(part.part, '')} <code>{escape(visible(part.part))}</code>，{part.characters:,} 字："
        f'<span lang="en">{escape(visible(part.reason))}</span></li>'
        for part in coverage.unread
    )
    listed = f"<p>未读部分：</p><ul>{unread}</ul>" if unread else "<p>没有未读的部分。</p>"
    facts = [
        ("模型", "Model", versions.model),
        ("策略", "Policy", versions.policy),
        ("词表", "Lexicon", versions.lexicon),
        ("程序", "Package", versions.package),
        ("用时", "Time", f"{verdict.elapsed_ms:.1f} ms"),
    ]
    about = "".join(
        f"<div><dt>{both(chinese, english)}</dt><dd><code>{escape(visible(value))}</code></dd></div>"
        for chinese, english, value in facts
    )
    return (
        f'<section class="foot"><h3>{both("覆盖与版本", "Coverage and versions")}</h3>'
        f"<p>读取文字 {coverage.read:,} 字，源文件共 {coverage.total:,} 字（含标记）。</p>{listed}"
        f'<dl class="about">{about}</dl></section>'
    )
