"""THREATS.md, section 10: visible blocks of bad links, in all the shapes they come in."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.good_blocks import friends
from moderation.training.pages.markup import anchors, element, encode, items
from moderation.training.pages.material import Desk, Link
from moderation.verdict import Action


def bad_links(desk: Desk, least: int = 10, most: int = 40) -> list[Link]:
    """Anchors of one kind, or of all, that lead away."""
    kinds = desk.draw.choice(((CategoryId.EXPLICIT,), (CategoryId.GAMBLING,), SOLD_CATEGORIES, SOLD_CATEGORIES))
    return desk.foreign_links(desk.words(desk.number(least, most), *kinds))


def _page(desk: Desk) -> Draft:
    draft = untouched(desk, desk.donor(lambda text: True))
    draft.categories, draft.action = (CategoryId.LINK_SPAM,), Action.REJECT
    return draft


def as_list(links: Sequence[Link], *roles: str, attributes: str = "") -> str:
    """A list."""
    return element("ul", items(links), *roles, attributes=attributes)


def as_table(links: Sequence[Link], *roles: str) -> str:
    """A table of four columns."""
    rows = [links[start : start + 4] for start in range(0, len(links), 4)]
    cells = "".join("<tr>" + "".join(f"<td>{anchors([pair])}</td>" for pair in row) + "</tr>" for row in rows)
    return element("table", f"<tbody>{cells}</tbody>", *roles, attributes='width="100%"')


def as_comma_text(links: Sequence[Link], *roles: str) -> str:
    """Words with their addresses in the open, between commas; no link element at all."""
    return element("div", encode("，".join(f"{word} {href}" for word, href in links)), *roles)


def side_list(desk: Desk) -> Draft:
    """A plain list beside the article."""
    draft = _page(desk)
    draft.side = as_list(bad_links(desk), "bad", attributes=f'class="{desk.draw.choice(("list", "ul1", "txt"))}"')
    return draft


def foot_table(desk: Desk) -> Draft:
    """A table under everything."""
    draft = _page(desk)
    draft.foot = as_table(bad_links(desk, 16, 60), "bad")
    return draft


def marquee(desk: Desk) -> Draft:
    """Anchors running across the page, to be seen."""
    draft = _page(desk)
    draft.top = element("marquee", anchors(bad_links(desk, 6, 24)), "bad", attributes='scrollamount="4"')
    return draft


def comma_text(desk: Desk) -> Draft:
    """Anchors as text with bare addresses, under the article."""
    draft = _page(desk)
    draft.tail = as_comma_text(bad_links(desk, 8, 24), "bad")
    return draft


def footer_links(desk: Desk) -> Draft:
    """Anchors in one line in the footer."""
    draft = _page(desk)
    between = desk.draw.choice((" ", " | ", "&nbsp;", "、"))
    draft.end = element("div", anchors(bad_links(desk, 12, 80), between), "bad", attributes='class="copyright2"')
    return draft


def head_links(desk: Desk) -> Draft:
    """Anchors above everything."""
    draft = _page(desk)
    draft.top = element("p", anchors(bad_links(desk, 8, 30), "_"), "bad")
    return draft


def poisoned_friends(desk: Desk) -> Draft:
    """A 友情链接 block of honest partners, and a second one of bought links."""
    draft = _page(desk)
    bought = element("div", f"<b>友情链接：</b>{anchors(bad_links(desk, 6, 20))}", "bad", attributes='class="flink"')
    blocks = [friends(desk), bought]
    desk.draw.shuffle(blocks)
    draft.foot = "\n".join(blocks)
    return draft


def repeated_anchor(desk: Desk) -> Draft:
    """The same anchor again and again, each time to another sub-domain."""
    draft = _page(desk)
    word, host = desk.words(1, *SOLD_CATEGORIES, longest=10)[0], desk.cheap_host()
    links = [(word, f"http://{desk.token(5)}.{host}/") for _ in range(desk.number(12, 40))]
    draft.tail = element("div", anchors(links), "bad")
    return draft


def city_services(desk: Desk) -> Draft:
    """A trade's keyword for every city, under a page about something else: exact-match anchors."""
    draft = _page(desk)
    words = [
        row.text
        for row in desk.rows("keyword_stuffing", "illicit_ad", "explicit.escort", "explicit.massage", longest=30)
    ]
    chosen = desk.draw.sample(words, min(len(words), desk.number(10, 24)))
    draft.foot = element("dl", "".join(f"<dd>{anchors([pair])}</dd>" for pair in desk.foreign_links(chosen)), "bad")
    return draft


def long_sidebar(desk: Desk) -> Draft:
    """A hundred anchors and more in three lists."""
    draft = _page(desk)
    links = bad_links(desk, 60, 120)
    third = max(1, len(links) // 3)
    parts = [links[start : start + third] for start in range(0, len(links), third)]
    draft.side = element("div", "".join(f"<h4>推荐</h4>{as_list(part)}" for part in parts), "bad")
    return draft
