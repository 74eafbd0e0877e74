"""At first sight: how many articles, how many of them are poisoned, with what, and since when."""

from __future__ import annotations

from moderation.audit.report.piece import kind_name, number, percent, section, split_bar, table, words
from moderation.audit.report.survey import Survey
from moderation.renderers.report.view import both

_BAR = 1000


def hero(survey: Survey, source: str) -> str:
    """The sentence that an editor came for, and the numbers below it."""
    total, flagged = survey.total, survey.flagged
    sentence = (
        f"<b>{number(total)}</b> 篇文章，<b>{number(flagged)}</b> 篇有问题"
        if flagged
        else f"<b>{number(total)}</b> 篇文章，没有发现问题"
    )
    english = f"{number(flagged)} of {number(total)} articles are flagged ({percent(flagged, total)})"
    facts = [
        ("reject", "拒绝", "Reject", survey.counts["reject"]),
        ("review", "复审", "Review", survey.counts["review"]),
        ("allow", "通过", "Allow", survey.counts["allow"]),
        ("", "可自动修复", "Repairable", survey.repairable),
        ("", "团伙", "Campaigns", len(survey.campaigns)),
        ("", "注入的域名", "Injected domains", len(survey.domains)),
        ("failed", "无法读取", "Failed", survey.counts["failed"]),
    ]
    tiles = "".join(
        f'<div class="{look}{"" if count else " zero"}"><dt>{both(zh, en)}</dt><dd>{number(count)}</dd></div>'
        for look, zh, en, count in facts
    )
    return (
        f'<header class="hero"><p class="from">{words(source, 200)}</p><h1>{sentence}</h1>'
        f'<p class="lead" lang="en">{english}</p>{_proportions(survey)}<dl class="tiles">{tiles}</dl></header>'
    )


def glance(survey: Survey) -> str:
    """The few sentences that one would tell a colleague."""
    told = [sentence for sentence in (_since(survey), _largest(survey), _domain(survey), _repair(survey)) if sentence]
    return f'<ul class="glance">{"".join(f"<li>{sentence}</li>" for sentence in told)}</ul>' if told else ""


def categories(survey: Survey) -> str:
    """By category, as the reasons of the verdicts name it."""
    listed = sorted(survey.categories.items(), key=lambda item: (-item[1].total(), item[0]))
    if not listed:
        return ""
    most = listed[0][1].total()
    rows = [
        f'<tr><th scope="row">{kind_name(name)}</th>'
        f'<td class="wide-bar">{split_bar(c["reject"], c["review"], most)}</td>'
        f'<td class="count">{number(c["reject"])}</td><td class="count">{number(c["review"])}</td>'
        f'<td class="count">{percent(c.total(), survey.flagged)}</td></tr>'
        for name, c in listed
    ]
    heads = (
        ("", both("类别", "Category")),
        ("", '<span class="unseen">图</span>'),
        ("count", both("拒绝", "Reject")),
        ("count", both("复审", "Review")),
        ("count", both("占比", "Share")),
    )
    return section(
        "categories",
        "类别",
        "By category",
        table(heads, rows, "各类别的文章数 Articles by category", "bars"),
        told=("一篇文章可以有几个类别。", "An article may be of several categories."),
    )


def _proportions(survey: Survey) -> str:
    """All articles as one bar; what there is of an action is seen, however little."""
    counts = [(action, survey.counts[action]) for action in ("reject", "review", "failed", "allow")]
    total = max(survey.total, 1)
    told = "，".join(f"{action} {count}" for action, count in counts)
    rects, x = [], 0.0
    for action, count in counts:
        width = max(_BAR * count / total, 3.0) if count else 0.0
        width = _BAR - x if action == "allow" else width
        if count or action == "allow":
            rects.append(f'<rect class="fill-{action}" x="{x:.1f}" width="{max(width, 0):.1f}" height="14"></rect>')
        x += width
    return (
        f'<svg class="proportions" viewBox="0 0 {_BAR} 14" preserveAspectRatio="none" role="img" aria-label="{told}">'
        f"{''.join(rects)}</svg>"
    )


def _since(survey: Survey) -> str:
    months, _, changed = survey.months
    bad = [month for month in months if month.flagged]
    if not bad:
        return ""
    first, peak = bad[0], max(bad, key=lambda month: month.flagged)
    when = "改动" if changed else "发表"
    zh = f"最早一篇{when}于 <b>{first.name}</b>，最多的是 <b>{peak.name}</b>：{number(peak.flagged)} 篇"
    en = f"since {first.name}, most in {peak.name} ({number(peak.flagged)})"
    return f'{zh} <a href="#time">时间</a> <span lang="en">{en}</span>'


def _largest(survey: Survey) -> str:
    if not survey.campaigns:
        return ""
    largest = next(iter(survey.campaigns.values()))
    inside = sum(campaign.size for campaign in survey.campaigns.values())
    zh = (
        f"<b>{number(inside)}</b> 篇属于 {number(len(survey.campaigns))} 个团伙，最大的一个有 "
        f"<b>{number(largest.size)}</b> 篇"
    )
    en = f"{number(inside)} belong to campaigns, {number(largest.size)} to the largest"
    return f'{zh} <a href="#campaign-1">团伙 1</a> <span lang="en">{en}</span>'


def _domain(survey: Survey) -> str:
    if not survey.domains:
        return ""
    most = max(survey.domains.values(), key=lambda domain: domain.articles)
    en = f"most often injected, in {number(most.articles)} articles"
    host = f'<code class="host-name">{words(most.name, 60)}</code>'
    return f'{host} 被注入最多：{number(most.articles)} 篇 <a href="#domains">域名</a> <span lang="en">{en}</span>'


def _repair(survey: Survey) -> str:
    if not survey.repairable:
        return ""
    zh = f"<b>{number(survey.repairable)}</b> 篇删去注入的内容即可通过，用 <code>--repair-dir</code> 写出"
    return f'{zh} <span lang="en">pass without what was injected</span>'
