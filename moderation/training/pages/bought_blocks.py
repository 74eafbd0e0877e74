"""THREATS.md, section 10: bought links whose words are harmless, and bad ones among good."""

from __future__ import annotations

from html import escape

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages.draft import Draft, article, untouched
from moderation.training.pages.good_blocks import FRIENDS, blogroll
from moderation.training.pages.link_blocks import as_list, as_table, bad_links
from moderation.training.pages.markup import anchors, element, encode, items
from moderation.training.pages.material import Desk, Link
from moderation.verdict import Action


def bought_page(desk: Desk, action: Action = Action.REJECT) -> Draft:
    """Somebody's article, on a page that a link seller has got at."""
    draft = untouched(desk, desk.donor())
    draft.categories, draft.action = (CategoryId.LINK_SPAM,), action
    return draft


def _host(desk: Desk) -> str:
    """A domain of a buyer: as often a cheap one as any other."""
    return desk.cheap_host() if desk.chance(0.5) else desk.plain_host()


def away(desk: Desk, words: list[str]) -> list[Link]:
    """Each word with an address on a site of its own."""
    tails = desk.draw.choice(("/", "/", "", "/?{token}", "/{token}.html", "/{token}/"))
    return [(word, f"http://{_host(desk)}{tails.format(token=desk.token(6))}") for word in words]


def shaped(desk: Desk, links: list[Link]) -> str:
    """Bad links in one of the forms in which they are put on a page."""
    shape = desk.draw.choice(("list", "row", "table", "lines", "friends"))
    if shape == "list":
        return as_list(links, "bad")
    if shape == "table":
        return as_table(links, "bad")
    if shape == "lines":
        return element("div", "".join(f"<p>{anchors([pair])}</p>" for pair in links), "bad")
    name = desk.draw.choice(("友情链接", "友链", "合作网站", "链接")) if shape == "friends" else ""
    row = anchors(links, desk.draw.choice((" ", " | ", "、", "\n")))
    return element("div", f"<b>{name}：</b>{row}" if name else row, "bad", attributes='class="yqlj"')


def private_servers(desk: Desk) -> Draft:
    """Private game servers, as old sites carry them by the dozen."""
    draft = bought_page(desk)
    draft.foot = shaped(desk, away(desk, desk.phrases("sold_servers", desk.number(4, 8))))
    return draft


def money_friends(desk: Desk) -> Draft:
    """Loans and invoices under 友情链接."""
    draft = bought_page(desk)
    draft.foot = shaped(desk, away(desk, desk.phrases("sold_money", desk.number(4, 8))))
    return draft


def paper_and_pills(desk: Desk) -> Draft:
    """Replicas, diplomas, pills, surrogacy and fake followers, mixed."""
    draft = bought_page(desk)
    draft.side = shaped(desk, away(desk, desk.phrases("sold_paper", desk.number(4, 8))))
    return draft


def town_trades(desk: Desk) -> Draft:
    """Exact-match anchors, town and trade, each to another site, under a page about something else."""
    draft = bought_page(desk)
    trades, towns = desk.phrases("sold_trades", 8), desk.phrases("towns", 8)
    words = [f"{desk.draw.choice(towns)}{trade}" for trade in trades for _ in range(desk.number(1, 3))]
    draft.foot = shaped(desk, away(desk, list(dict.fromkeys(words))))
    return draft


def mixed_trades(desk: Desk) -> Draft:
    """A bought block in which a part of the words is harmless, and names of honest sites stand between."""
    draft = bought_page(desk)
    words = (
        desk.phrases("sold_money", 3)
        + desk.phrases("sold_servers", 3)
        + desk.words(desk.number(2, 6), *SOLD_CATEGORIES)
    )
    words += desk.phrases("partner_names", desk.number(1, 3)) + desk.clean(2, "plain.anchor", longest=8)
    desk.draw.shuffle(words)
    draft.end = shaped(desk, away(desk, words))
    return draft


def casino_copyright(desk: Desk) -> Draft:
    """Casinos behind the copyright line."""
    draft = bought_page(desk)
    row = anchors(away(desk, desk.words(desk.number(3, 9), CategoryId.GAMBLING)), " ")
    draft.end = element(
        "div", f"Copyright © {desk.number(2012, 2024)} 版权所有 {row}", "bad", attributes='class="bottom"'
    )
    return draft


def simplified_on_traditional(desk: Desk) -> Draft:
    """A Traditional page with a block of Simplified anchors."""
    draft = untouched(desk, desk.donor(lambda text: text.traditional))
    draft.categories, draft.action = (CategoryId.LINK_SPAM,), Action.REJECT
    draft.tail = shaped(desk, away(desk, desk.words(desk.number(6, 20), *SOLD_CATEGORIES)))
    return draft


def between_paragraphs(desk: Desk) -> Draft:
    """A block of anchors in the middle of the article."""
    text = desk.donor()
    draft = untouched(desk, text)
    draft.categories, draft.action = (CategoryId.LINK_SPAM,), Action.REJECT
    lines = article(desk, text).split("\n")
    lines.insert(len(lines) // 2, shaped(desk, bad_links(desk, 4, 12)))
    draft.body = "\n".join(lines)
    return draft


def one_among_friends(desk: Desk) -> Draft:
    """One sold link among honest partners, or two: these are bad, the others stay."""
    draft = bought_page(desk)
    names = desk.draw.sample(FRIENDS, desk.number(8, 18))
    links = [(name, f"https://{host}/", "good") for name, host in names]
    words = desk.words(desk.number(1, 2), *SOLD_CATEGORIES, longest=10)
    for word, href in away(desk, words):
        links.insert(desk.number(1, len(links)), (word, href, "bad"))
    if desk.chance(0.5):
        rows = "".join(element("li", anchors([(name, href)]), role) for name, href, role in links)
        draft.foot = f'<h4>友情链接</h4><ul class="links">{rows}</ul>'
    else:
        row = " ".join(
            element("a", escape(name, quote=False), role, attributes=f'href="{href}"') for name, href, role in links
        )
        draft.foot = f'<div class="flink">友情链接：{row}</div>'
    return draft


def one_in_ranking(desk: Desk) -> Draft:
    """A ranking of the own site with one or two bad titles, put there by whoever holds the password."""
    draft = bought_page(desk)
    rows = [(title, "good") for title in desk.clean(desk.number(7, 10))]
    for word in desk.words(desk.number(1, 2), *SOLD_CATEGORIES, longest=16):
        rows.insert(desk.number(0, len(rows)), (word, "bad"))
    inner = "".join(
        element("li", f'<a href="/article/{desk.number(100, 9999)}.html">{encode(title)}</a>', role)
        for title, role in rows
    )
    draft.side = f"<h4>{desk.draw.choice(('点击排行', '热门文章', '最新更新'))}</h4><ul>{inner}</ul>"
    return draft


def own_folder(desk: Desk) -> Draft:
    """Doors of a broken-into site: bad anchors to pages in a folder of its own."""
    draft = bought_page(desk)
    folder = desk.draw.choice(("/{token}/", "/news/{token}.html", "/?{token}", "/{token}.shtml"))
    links = [(word, folder.format(token=desk.token(7))) for word in desk.words(desk.number(6, 30), *SOLD_CATEGORIES)]
    draft.foot = shaped(desk, links)
    return draft


def comment_links(desk: Desk) -> Draft:
    """Comments that praise in a line and link a trade."""
    draft = bought_page(desk, Action.REJECT)
    praise = desk.phrases("praise", 4)
    words = desk.phrases("sold_money", 4) + desk.phrases("sold_paper", 4) + desk.words(4, *SOLD_CATEGORIES, longest=10)
    rows = "".join(
        f'<li><cite><a rel="nofollow" href="{href}">{encode(word)}</a></cite>：{desk.draw.choice(praise)}</li>'
        for word, href in away(desk, desk.draw.sample(words, desk.number(5, 9)))
    )
    draft.tail = f"<h3>网友评论</h3>{element('ol', rows, 'bad')}"
    draft.scaffolds = ("wordpress", "blog", "hexo", "discuz")
    return draft


def bare_domains(desk: Desk) -> Draft:
    """Words with addresses in the open, a line each."""
    draft = bought_page(desk)
    links = away(desk, desk.words(desk.number(5, 14), *SOLD_CATEGORIES) + desk.phrases("sold_money", 2))
    scheme = desk.chance(0.5)
    lines = [f"{encode(word)} {href if scheme else href.partition('//')[2].rstrip('/')}" for word, href in links]
    draft.tail = element("div", "<br>".join(lines), "bad")
    return draft


def sold_beside_blogroll(desk: Desk) -> Draft:
    """An honest blogroll with a sold block under it."""
    draft = bought_page(desk)
    words = desk.phrases("sold_servers", 4) + desk.phrases("sold_paper", 4)
    draft.side = blogroll(desk) + element("div", f"<h4>推荐</h4><ul>{items(away(desk, words))}</ul>", "bad")
    return draft
