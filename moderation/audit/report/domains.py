"""What was sold: the hosts of injected links."""

from __future__ import annotations

from collections.abc import Mapping

from moderation.audit.report.piece import days, left_out, number, section, split_bar, table, words
from moderation.audit.report.survey import MOST_HOSTS, Domain, Survey
from moderation.renderers.report.view import both

_MOST = 60


def domains(survey: Survey) -> str:
    """The section; empty where no link was injected."""
    listed = sorted(survey.domains.values(), key=lambda domain: (-domain.articles, domain.name))
    if not listed:
        return ""
    orders = {name: order for order, name in enumerate(survey.campaigns, 1)}
    most = listed[0].articles
    rows = [_row(domain, most, orders) for domain in listed[:_MOST]]
    heads = (
        ("", both("域名", "Domain")),
        ("count", both("篇数", "Articles")),
        ("", both("首次 – 末次", "First – last")),
        ("", both("锚文本", "Anchors")),
        ("", both("团伙", "Campaign")),
    )
    told = (
        "文章中被指为注入、隐藏或成块买卖的链接指向这些域名。日期是文章的发表日期。",
        "Where links that are evidence (injected, hidden, sold in blocks) lead. Dates are of the articles.",
    )
    name = "注入的链接域名 Injected link domains"
    rest = left_out(
        len(listed) - _MOST, "个未列出，都在 verdicts.parquet 的 hosts 列", "in verdicts.parquet, column hosts"
    )
    return section(
        "domains", "注入的链接域名", "Injected link domains", table(heads, rows, name, "under stack"), rest, told=told
    )


def _row(domain: Domain, most: int, orders: Mapping[int, int]) -> str:
    anchors = " ".join(f'<span class="anchor">{words(anchor, 40)}</span>' for anchor in domain.anchors)
    named = sorted(orders[name] for name in domain.campaigns if name in orders)
    groups = " ".join(f'<a href="#campaign-{order}">{order}</a>' if order <= 30 else str(order) for order in named)
    return (
        f'<tr><th scope="row"><code class="host-name">{words(domain.name, 80)}</code>{_hosts(domain)}'
        f'{split_bar(domain.articles, 0, most)}</th><td class="count">{number(domain.articles)}</td>'
        f'<td class="dates">{days(domain.published)}</td>'
        f"<td>{anchors}</td><td>{groups}</td></tr>"
    )


def _hosts(domain: Domain) -> str:
    count = len(domain.hosts)
    if count < 2:
        return ""
    more = "以上" if count >= MOST_HOSTS else ""
    return f' <span class="count">{number(count)} 个主机名{more} <span lang="en">hosts</span></span>'
