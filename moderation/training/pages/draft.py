"""A page before it is written: what a family decides, and the composition into a scaffold."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from moderation.taxonomy import CategoryId
from moderation.training.pages.chinese import to_traditional
from moderation.training.pages.gold import settle
from moderation.training.pages.good_blocks import below, beside
from moderation.training.pages.markup import element, encode, paragraphs
from moderation.training.pages.material import Desk, Text
from moderation.training.pages.page import Page
from moderation.training.pages.scaffolds import SCAFFOLDS, Scaffold
from moderation.verdict import Action

MAINLAND = tuple(name for name in SCAFFOLDS if name != "taiwan")
_GENERAL = ("dedecms", "empirecms", "wordpress", "discuz", "hexo", "news", "blog")
_BY_REGISTER = {
    "official notice": ("government", "school", "news"),
    "product page": ("shop", "company"),
    "news report": ("news", "empirecms", "dedecms"),
    "forum post": ("discuz",),
    "blog": ("wordpress", "hexo", "blog"),
}


@dataclass(slots=True)
class Draft:
    """What a family decides about a page; everything else is drawn.

    `title` and `heading` are raw text (`heading` None: the title again), `body` and the slots ready HTML. `bare`
    leaves the site's name out of the title; `title_html` overrides how the title is written. `company` adds the link
    blocks that honest sites have.
    """

    title: str
    body: str
    categories: tuple[CategoryId, ...] = ()
    action: Action = Action.ALLOW
    donor: str = ""
    heading: str | None = None
    description: str = ""
    keywords: str = ""
    title_html: str | None = None
    bare: bool = False
    head: str = ""
    top: str = ""
    lead: str = ""
    tail: str = ""
    side: str = ""
    foot: str = ""
    end: str = ""
    scaffolds: tuple[str, ...] = MAINLAND
    path: str | None = None
    info: str | None = None
    traditional: bool = False
    company: bool = True


def article(desk: Desk, text: Text, *roles: str) -> str:
    """The paragraphs of an article in one of the ways sites write them; roles other than donor where given."""
    tag, indent = desk.draw.choice((("p", "　　"), ("p", ""), ("p", ""), ("div", ""), ("div", "　　")))
    written = []
    for paragraph in text.paragraphs:
        heading = len(paragraph) <= 20 and paragraph[-1] not in "。！？…：；”."
        written.append(
            paragraphs(
                [paragraph], *(roles or ("donor",)), tag="h3" if heading else tag, indent="" if heading else indent
            )
        )
    return "\n".join(written)


def untouched(desk: Desk, text: Text) -> Draft:
    """A draft of an article as it is, in a site that may well publish it."""
    fitting = _BY_REGISTER.get(text.register, _GENERAL)
    if text.subject in ("health", "medical", "TCM", "psychology"):
        fitting = ("hospital", "hospital", "news", "wordpress")
    if text.traditional:
        fitting = ("taiwan",)
    return Draft(title=text.title, body=article(desk, text), donor=text.id, scaffolds=fitting)


def compose(draft: Draft, desk: Desk, *, identifier: str, family: str, group: str) -> Page:
    """The finished page with its gold."""
    scaffold = SCAFFOLDS[desk.draw.choice(draft.scaffolds)]
    site, host = desk.draw.choice(scaffold.sites)
    facts = {
        "site": site, "date": desk.date(), "clock": desk.clock(), "hits": str(desk.number(12, 98765)),
        "replies": str(desk.number(2, 890)), "number": str(desk.number(1024, 99872)),
    }  # fmt: skip
    facts["year"] = facts["date"][:4]
    if draft.company:
        turn = to_traditional if scaffold.name == "taiwan" else str
        draft.tail += turn(below(desk))
        draft.side += turn(beside(desk))
    html = _fill(scaffold, draft, facts)
    if draft.traditional:
        html = to_traditional(html)
    html, gold = settle(html, draft.categories, draft.action)
    path = quote((draft.path or scaffold.path).format(**facts), safe="/?=&.-_")
    scheme = "https" if desk.chance(0.6) else "http"
    return Page(
        id=identifier,
        family=family,
        group=group,
        scaffold=scaffold.name,
        donor=draft.donor,
        split=desk.split,
        url=f"{scheme}://{host}{path}",
        html=html,
        gold=gold,
    )


def _fill(scaffold: Scaffold, draft: Draft, facts: dict[str, str]) -> str:
    metas = [
        f'<meta name="{name}" content="{escape(content)}">'
        for name, content in (("keywords", draft.keywords), ("description", draft.description))
        if content
    ]
    title = encode(draft.title) if draft.title_html is None else draft.title_html
    suffix = "" if draft.bare else encode(scaffold.separator + facts["site"])
    return scaffold.template.substitute(
        facts,
        title=element("title", title + suffix, "text"),
        metas="\n".join(metas),
        crumb=scaffold.crumb.format(**facts),
        heading=encode(draft.title if draft.heading is None else draft.heading),
        info=(scaffold.info if draft.info is None else draft.info).format(**facts),
        head=draft.head,
        top=draft.top,
        lead=draft.lead,
        body=draft.body,
        tail=draft.tail,
        side=draft.side,
        foot=draft.foot,
        end=draft.end,
    )
