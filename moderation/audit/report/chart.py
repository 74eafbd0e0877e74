"""Flagged articles over time as inline SVG, with the spans of the largest campaigns below, and a table beside."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.audit.campaign import Campaign
from moderation.audit.report.piece import left_out, number, percent, section, table
from moderation.audit.report.survey import Group, Survey
from moderation.renderers.report.view import both

_WIDTH, _HEIGHT = 760, 250
_LEFT, _RIGHT, _TOP, _BASE = 44, 6, 12, 24
_MOST_BARS = 180
"""More months than this are told by years."""
_SPANS, _SPAN_HEIGHT = 6, 22


def over_time(survey: Survey) -> str:
    """The section; empty where no article has a date."""
    months, undated, changed = survey.months
    groups = months if len(months) <= _MOST_BARS else _years(months)
    if not groups:
        return ""
    told = (
        ("没有发表日期，按改动日期计。", "By the day of change: no article says when it was published.")
        if changed
        else (
            "按发表日期计。后来被注入的旧文章仍算在发表的月份。",
            "By the day of publication, also of articles poisoned later.",
        )
    )
    chart = _chart(groups, [] if changed else list(survey.campaigns.values()))
    rest = left_out(undated.total, f"篇没有日期，其中 {number(undated.flagged)} 篇有问题", "without a date")
    return section(
        "time",
        "时间",
        "Over time",
        f'<div class="beside"><figure class="wide chart-box">{chart}{_legend()}</figure>{_table(groups)}</div>{rest}',
        told=told,
    )


def _legend() -> str:
    keys = "".join(
        '<span class="key"><svg viewBox="0 0 10 10" aria-hidden="true">'
        f'<rect class="fill-{look}" width="10" height="10"></rect></svg> {both(zh, en)}</span>'
        for look, zh, en in (("reject", "拒绝", "Reject"), ("review", "复审", "Review"))
    )
    return f'<figcaption class="legend">{keys}<output class="readout"></output></figcaption>'


def _chart(groups: Sequence[Group], campaigns: Sequence[Campaign]) -> str:
    top = _scale(max(group.flagged for group in groups))
    plot = _HEIGHT - _TOP - _BASE
    step = (_WIDTH - _LEFT - _RIGHT) / len(groups)
    lines = []
    for part in range(5):
        value, y = top * part / 4, _TOP + plot * (1 - part / 4)
        if value == int(value):
            lines.append(
                f'<line class="rule-line" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"></line>'
                f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number(int(value))}</text>'
            )
    bars = [_bar(group, _LEFT + step * place, step, plot / top, _TOP + plot) for place, group in enumerate(groups)]
    spans = _spans(groups, campaigns, step)
    height = _HEIGHT + len(spans) * _SPAN_HEIGHT + (10 if spans else 0)
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="group" aria-label="各月的篇数，见旁边的表">'
        f"{''.join(lines)}{''.join(bars)}{''.join(_ticks(groups, step))}{''.join(spans)}</svg>"
    )


def _bar(group: Group, x: float, step: float, scale: float, base: float) -> str:
    gap = min(step * 0.18, 6.0)
    width = max(step - gap, 0.8)
    reject, review = group.counts["reject"] * scale, group.counts["review"] * scale
    told = (
        f"{group.name}：拒绝 {number(group.counts['reject'])}，复审 {number(group.counts['review'])}，"
        f"共 {number(group.total)} 篇"
    )
    rects = "".join(
        f'<rect class="fill-{look}" x="{x + gap / 2:.2f}" y="{y:.2f}" width="{width:.2f}" height="{tall:.2f}"></rect>'
        for look, y, tall in (("reject", base - reject, reject), ("review", base - reject - review, review))
        if tall
    )
    zone = f'<rect class="zone" x="{x:.2f}" y="{_TOP}" width="{step:.2f}" height="{base - _TOP:.2f}"></rect>'
    return f'<g class="column" data-told="{told}">{zone}{rects}<title>{told}</title></g>'


def _ticks(groups: Sequence[Group], step: float) -> list[str]:
    """Years, or months where there are few; never so many that they touch."""
    y = _HEIGHT - 7
    wanted = [place for place, group in enumerate(groups) if len(group.name) == 4 or group.name.endswith("-01")]
    name = 4
    if len(groups) <= 30:
        wanted, name = list(range(len(groups))), 7
    every = max(1, -(-len(wanted) * (name * 7 + 14) // (_WIDTH - _LEFT)))
    return [
        f'<text class="axis" x="{_LEFT + step * (place + 0.5):.1f}" y="{y}" text-anchor="middle">'
        f"{groups[place].name[:name]}</text>"
        for place in wanted[::every]
    ]


def _spans(groups: Sequence[Group], campaigns: Sequence[Campaign], step: float) -> list[str]:
    """The largest campaigns from their first to their last day."""
    names = [group.name for group in groups]
    size = len(names[0])
    rows: list[str] = []
    for order, campaign in enumerate(campaigns[:_SPANS], 1):
        first, last = (day[:size] for day in campaign.published)
        if first not in names or last not in names:
            continue
        y = _HEIGHT + 12 + len(rows) * _SPAN_HEIGHT
        start, end = _LEFT + step * names.index(first), _LEFT + step * (names.index(last) + 1)
        label = f"团伙 {order} · {number(campaign.size)} 篇"
        before = end > _WIDTH - 150
        if before and start < 150 + _LEFT:
            at, anchor, rise = start, "start", -5
        else:
            at, anchor, rise = (start - 7, "end", 4) if before else (end + 7, "start", 4)
        rows.append(
            f'<a href="#campaign-{order}"><rect class="span-hit" x="{_LEFT}" y="{y - 9}" '
            f'width="{_WIDTH - _LEFT - _RIGHT}" height="18"></rect>'
            f'<line class="span" x1="{start + 2:.1f}" x2="{max(end - 2, start + 3):.1f}" y1="{y}" y2="{y}"></line>'
            f'<text class="span-name" x="{at:.1f}" y="{y + rise}" text-anchor="{anchor}">{label}</text></a>'
        )
    return rows


def _table(groups: Sequence[Group]) -> str:
    rows = [
        f'<tr><th scope="row">{group.name}</th><td class="count">{number(group.counts["reject"])}</td>'
        f'<td class="count">{number(group.counts["review"])}</td><td class="count">{number(group.total)}</td>'
        f'<td class="count">{percent(group.flagged, group.total)}</td></tr>'
        for group in reversed(groups)
        if group.total
    ]
    heads = (
        ("", both("月", "Month") if len(groups[0].name) > 4 else both("年", "Year")),
        ("count", both("拒绝", "Reject")),
        ("count", both("复审", "Review")),
        ("count", both("全部", "All")),
        ("count", both("占比", "Share")),
    )
    return table(heads, rows, "各月的文章数 Articles by month", "low")


def _years(months: Sequence[Group]) -> list[Group]:
    years: dict[str, Group] = {}
    for month in months:
        years.setdefault(month.name[:4], Group(month.name[:4])).counts.update(month.counts)
    return list(years.values())


def _scale(most: int) -> int:
    """The least of 4, 8, 12, 16, 20, 24, 32, 40, 80 … that is not below."""
    top = 4
    for factor in _factors():
        top = 4 * factor
        if top >= most:
            break
    return top


def _factors() -> list[int]:
    return [first * 10**power for power in range(10) for first in (1, 2, 3, 4, 5, 6, 8)]
