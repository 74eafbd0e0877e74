"""Campaigns: which flagged articles are of one hand, since when, and what they sell."""

from __future__ import annotations

from moderation.audit.campaign import BLOCKS_ALIKE, TEXT_ALIKE, Campaign
from moderation.audit.report.piece import days, kinds, left_out, number, section, split_bar, words
from moderation.audit.report.survey import Survey
from moderation.renderers.report.view import both

MOST = 30
"""Campaigns that are shown; `campaigns.jsonl` has all."""
_HOSTS = 8
_JOINED = {
    "text": ("文字相近", "near-duplicate text"),
    "blocks": ("链接块相近", "near-duplicate link blocks"),
    "hosts": ("同一域名", "shared host"),
}


def campaigns(survey: Survey) -> str:
    """The section; empty where no two articles belong together."""
    if not survey.campaigns:
        return ""
    shown = list(survey.campaigns.values())[:MOST]
    most = shown[0].size
    cards = "".join(_card(order, campaign, most) for order, campaign in enumerate(shown, 1))
    told = (
        f"文字相近（MinHash 估计的 Jaccard ≥ {TEXT_ALIKE}）、链接块相近（≥ {BLOCKS_ALIKE}）"
        "或注入同一域名的文章归为一个团伙。",
        f"Articles belong together by near-duplicate text (estimated Jaccard ≥ {TEXT_ALIKE}), link blocks "
        f"(≥ {BLOCKS_ALIKE}) or a shared injected domain.",
    )
    rest = left_out(len(survey.campaigns) - len(shown), "个未列出，都在 campaigns.jsonl", "in campaigns.jsonl")
    return section("campaigns", "团伙", "Campaigns", f'<ol class="cards">{cards}</ol>', rest, told=told)


def _card(order: int, campaign: Campaign, most: int) -> str:
    joined = "，".join(
        f'{_JOINED[kind][0]} {number(count)} <span lang="en">{_JOINED[kind][1]}</span>'
        for kind, count in campaign.links.items()
        if count
    )
    facts = [
        ("发表", "Published", days(campaign.published)),
        ("改动", "Changed", days(campaign.modified) if campaign.modified[0] else ""),
        ("联系", "Joined by", joined),
        ("域名", "Hosts", _hosts(campaign)),
    ]
    listed = "".join(f"<div><dt>{both(zh, en)}</dt><dd>{told}</dd></div>" for zh, en, told in facts if told)
    examples = "".join(
        f'<li>{words(title, 80) or "（无标题）"} <span class="where">{words(place, 100)}</span></li>'
        for _, title, place in campaign.examples
    )
    split = f"拒绝 {number(campaign.rejected)}，复审 {number(campaign.size - campaign.rejected)}"
    split += f"，可修复 {number(campaign.repairable)}" if campaign.repairable else ""
    return (
        f'<li class="card" id="campaign-{order}"><div class="card-head"><span class="order">{order}</span>'
        f'<h3>{number(campaign.size)} 篇 <span lang="en">articles</span></h3><span class="count">{split}</span></div>'
        f"{split_bar(campaign.rejected, campaign.size - campaign.rejected, most)}"
        f'<p class="tags">{kinds(campaign.categories)}</p><dl class="facts-of">{listed}</dl>'
        f'<ul class="examples">{examples}</ul></li>'
    )


def _hosts(campaign: Campaign) -> str:
    listed = campaign.hosts.most_common()
    told = " ".join(
        f'<span class="anchor"><code>{words(host, 60)}</code> {number(count)}</span>' for host, count in listed[:_HOSTS]
    )
    rest = len(listed) - _HOSTS
    if campaign.more_hosts:
        return f'{told} <span class="count">等 200 个以上</span>'
    return f'{told} <span class="count">另有 {rest} 个</span>' if rest > 0 else told
