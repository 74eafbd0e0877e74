"""Where the poisoned articles are: by section, author and domain."""

from __future__ import annotations

from moderation.audit.report.piece import left_out, number, percent, section, split_bar, table, words
from moderation.audit.report.survey import Survey, Top
from moderation.renderers.report.view import both


def breakdown(survey: Survey) -> str:
    """The section, with a table for each kind of group that articles name."""
    tables = [
        _table(survey.top("section"), "栏目", "Section"),
        _table(survey.top("author"), "作者", "Author"),
        _table(survey.own_domains, "文章的域名", "Article's domain"),
    ]
    shown = "".join(filter(None, tables))
    if not shown:
        return ""
    told = (
        "按有问题的篇数排列；占比是其中有问题的份额。",
        "By flagged articles; the share is of all articles of the group.",
    )
    return section(
        "groups", "栏目、作者、域名", "Sections, authors, domains", f'<div class="tables">{shown}</div>', told=told
    )


def _table(top: Top, chinese: str, english: str) -> str:
    if not any(group.name for group in top.groups):
        return ""
    most = max(group.flagged for group in top.groups)
    rows = []
    for group in top.groups:
        name = words(group.name, 50) or f'<span class="count">{both("未注明", "none")}</span>'
        bar = split_bar(group.counts["reject"], group.counts["review"], most)
        rows.append(
            f'<tr><th scope="row">{name}{bar}</th><td class="count">{number(group.flagged)}</td>'
            f'<td class="count">{number(group.total)}</td>'
            f'<td class="count">{percent(group.flagged, group.total)}</td></tr>'
        )
    heads = (
        ("", both(chinese, english)),
        ("count", both("有问题", "Flagged")),
        ("count", both("全部", "All")),
        ("count", both("占比", "Share")),
    )
    rest = left_out(top.left_out, "个有问题的未列出", "with flagged articles")
    return f"<div>{table(heads, rows, f'{chinese} {english}', 'under narrow')}{rest}</div>"
