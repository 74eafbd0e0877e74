"""Bad links where a site keeps its own: menus, pagers, rankings and tags; brands nobody knows; a doorway's own lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages import doorway
from moderation.training.pages.bought_blocks import away, bought_page, shaped
from moderation.training.pages.draft import Draft
from moderation.training.pages.good_blocks import FRIENDS, SECTIONS
from moderation.training.pages.markup import anchors, element, encode, items
from moderation.training.pages.material import Desk, Link

_TAILS = ("bet_tails", "bet_tails", "film_tails", "coin_tails")
_MOST_BAD = 3


def brands(desk: Desk, number: int) -> list[str]:
    """Invented brands of one trade, a part of them with what is looked for behind the name."""
    tails = desk.phrases(desk.draw.choice(_TAILS), 4)
    ends = desk.phrases("ends", 4)
    names = [head + desk.draw.choice(tails) for head in desk.phrases("brand_heads", number)]
    return [name + (desk.draw.choice(ends) if desk.chance(0.4) else "") for name in names]


def unknown_brands(desk: Desk) -> Draft:
    """A bought block of brands that no list of names knows."""
    draft = bought_page(desk)
    links = away(desk, brands(desk, desk.number(5, 12)))
    draft.foot = shaped(desk, links)
    return draft


def brand_among_friends(desk: Desk) -> Draft:
    """One to three brands among the honest names of 友情链接."""
    draft = bought_page(desk)
    links = [(name, f"https://{host}/", "good") for name, host in desk.draw.sample(FRIENDS, desk.number(6, 14))]
    for word, href in away(desk, brands(desk, desk.number(1, _MOST_BAD))):
        links.insert(desk.number(0, len(links)), (word, href, "bad"))
    draft.foot = _mixed("友情链接", links)
    return draft


def _mixed(name: str, links: list[tuple[str, str, str]]) -> str:
    """A row of anchors, good and bad, each with its role."""
    row = " ".join(element("a", encode(word), role, attributes=f'href="{href}"') for word, href, role in links)
    return f'<div class="row">{name} {row}</div>'


def _bad_ones(desk: Desk) -> list[str]:
    words = desk.words(desk.number(1, _MOST_BAD), *SOLD_CATEGORIES, longest=12)
    return words if desk.chance(0.6) else brands(desk, len(words))


def _put_in(desk: Desk, draft: Draft, name: str, own: list[Link]) -> None:
    """Bad links among a site's own: they lead away, or to a search or a folder that the site does not link."""
    words = _bad_ones(desk)
    if desk.chance(0.6):
        bad = away(desk, words)
    else:
        form = desk.draw.choice(
            ("/e/search/?q={token}", "/{token}/{number}.html", "/?{token}", "/so/{token}", "/tags-{number}.html")
        )
        bad = [(word, form.format(token=desk.token(5), number=desk.number(10, 9999))) for word in words]
    links = [(word, href, "good") for word, href in own]
    for word, href in bad:
        links.insert(desk.number(0, len(links)), (word, href, "bad"))
    if desk.chance(0.5):
        rows = "".join(element("li", anchors([(word, href)]), role) for word, href, role in links)
        block = f"<h4>{name}</h4><ul>{rows}</ul>" if name else f"<ul>{rows}</ul>"
    else:
        block = _mixed(name, links)
    slot = desk.draw.choice(("top", "lead", "tail", "side", "foot"))
    setattr(draft, slot, block)


def in_menu(desk: Desk) -> Draft:
    """Bad links in the menu or in the trail of the site's sections."""
    draft = bought_page(desk)
    own = [(word, f"/{desk.token(5)}/") for word in desk.draw.sample(SECTIONS, desk.number(4, 9))]
    _put_in(desk, draft, "", [("首页", "/"), *own])
    return draft


def in_pager(desk: Desk) -> Draft:
    """Bad links between the pages of an article."""
    draft = bought_page(desk)
    number = desk.number(1000, 90000)
    own = [(word, f"{number}_{turn}.html") for turn, word in enumerate(desk.phrases("pager_words", 4), 2)]
    _put_in(desk, draft, "", own)
    return draft


def in_ranking(desk: Desk) -> Draft:
    """Bad links among the site's own titles, at addresses of another form than theirs."""
    draft = bought_page(desk)
    name = desk.draw.choice(("热点排行", "相关推荐", "最新文章", "本周热门"))
    _put_in(desk, draft, name, desk.own_links(desk.clean(desk.number(5, 9))))
    return draft


def in_tags(desk: Desk) -> Draft:
    """Bad words in a cloud of tags."""
    draft = bought_page(desk)
    words = desk.clean(desk.number(8, 14), "plain.anchor", "hard.anchor", shortest=2, longest=8)
    _put_in(desk, draft, "标签", [(word, f"/tag/{desk.number(11, 990)}") for word in words])
    return draft


def _of_a_doorway(kind: Callable[[Desk], Draft], family: str) -> Callable[[Desk], Draft]:
    """A doorway with lists of its siblings, for other towns and other queries."""

    def build(desk: Desk) -> Draft:
        draft = replace(kind(desk))
        rows = [row.text for row in desk.rows(*family.split(), longest=22)]
        words = desk.draw.sample(rows, min(len(rows), desk.number(4, 12)))
        form = desk.draw.choice(
            ("/{token}-{number}.html", "/city/{token}/", "/q/{number}.html", "{token}{number}.html")
        )
        links = [(word, form.format(token=desk.token(4), number=desk.number(100, 9999))) for word in words]
        name = desk.draw.choice(("相关文章", "热门城市", "服务城市", "大家都在搜", ""))
        inner = f"<ul>{items(links)}</ul>" if desk.chance(0.6) else anchors(links, desk.draw.choice((" ", " | ")))
        block = (f"<h4>{name}</h4>" if name else "") + element("div", inner, "bad")
        setattr(draft, desk.draw.choice(("tail", "side", "foot")), block)
        draft.categories = (*draft.categories, CategoryId.LINK_SPAM)
        return draft

    build.__doc__ = f"A doorway with a list of siblings: {family}."
    return build


loan_siblings = _of_a_doorway(doorway.loan, "fraud")
trade_siblings = _of_a_doorway(doorway.trade_page, "illicit_ad")
escort_siblings = _of_a_doorway(doorway.escort_city, "explicit")
casino_siblings = _of_a_doorway(doorway.casino_page, "gambling")
