"""THREATS.md, sections 3 and 5 to 7: pages made to catch a query.

A page that is an advertisement from its title to its end is a doorway (LABELS.md, section 8): nobody's text is under it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages.draft import Draft, article, untouched
from moderation.training.pages.markup import encode, inserted
from moderation.training.pages.material import Desk, Text
from moderation.verdict import Action

_C = CategoryId


def _typed(name: str, *categories: CategoryId, scaffolds: tuple[str, ...] = ()) -> Callable[[Desk], Draft]:
    """A family that is one typed body of a list, with a city in it where the list has one."""

    def build(desk: Desk) -> Draft:
        text = desk.text(name, city=desk.phrase("cities"))
        draft = _over(desk, text, *categories)
        draft.scaffolds = scaffolds or draft.scaffolds
        return draft

    build.__doc__ = f"A typed body of {name}."
    return build


def _over(desk: Desk, text: Text, *categories: CategoryId) -> Draft:
    draft = Draft(text.title, article(desk, text, "text"), donor=text.id)
    draft.categories, draft.action = categories, Action.REJECT
    if desk.chance(0.5):
        draft.keywords = ",".join(re.split("[ ，！？(-]+", text.title)[:3])
        draft.description = text.paragraphs[0]
    return draft


_BUSINESS = ("company", "school", "hospital", "dedecms", "empirecms", "news")

loan = _typed("loans", _C.FRAUD, _C.DOORWAY, scaffolds=_BUSINESS)
clinic_city = _typed("clinics", _C.ILLICIT_AD, _C.DOORWAY, scaffolds=("hospital", "news", "company"))
surrogacy = _typed("surrogacy", _C.ILLICIT_AD, _C.DOORWAY, scaffolds=_BUSINESS)
diploma = _typed("diplomas", _C.ILLICIT_AD, _C.DOORWAY, scaffolds=_BUSINESS)
seo_service = _typed("seo_services", _C.ILLICIT_AD, _C.DOORWAY, scaffolds=("discuz", "dedecms", "wordpress"))
escort_city = _typed("escorts", _C.EXPLICIT, _C.DOORWAY, scaffolds=("discuz", "company", "news"))
recovery = _typed("recoveries", _C.FRAUD, _C.DOORWAY, scaffolds=_BUSINESS)
gossip_brand = _typed("gossip", _C.EXPLICIT, _C.CLICKBAIT, _C.DOORWAY)
number_plan = _typed("number_plans", _C.GAMBLING, _C.DOORWAY, scaffolds=_BUSINESS)
sports_brand = _typed("sports_doorways", _C.GAMBLING, _C.DOORWAY, scaffolds=_BUSINESS)


trade_page = _typed("trades", _C.ILLICIT_AD, _C.DOORWAY, scaffolds=_BUSINESS)
fraud_page = _typed("frauds", _C.FRAUD, _C.DOORWAY, scaffolds=_BUSINESS)
casino_page = _typed("casinos", _C.GAMBLING, _C.DOORWAY, scaffolds=_BUSINESS)
explicit_page = _typed("explicit_pages", _C.EXPLICIT, _C.DOORWAY, scaffolds=(*_BUSINESS, "discuz"))


def lottery_farm(desk: Desk) -> Draft:
    """A lottery article on a stranger's domain, its H1 doubled, with 本文目录导读."""
    text = desk.text("lottery_farms")
    draft = _over(desk, text, _C.GAMBLING, _C.DOORWAY)
    draft.lead = f"<h1>{encode(text.title)}</h1>"
    draft.scaffolds = ("company", "school")
    return draft


def lottery_question(desk: Desk) -> Draft:
    """Nothing but a lottery question as title, under a tag path of an unrelated site."""
    question = desk.phrase("lottery_questions")
    draft = Draft(question, f"<p>{encode(question)}</p>")
    draft.categories, draft.action = (_C.GAMBLING, _C.DOORWAY), Action.REVIEW
    draft.path = desk.phrase("lottery_paths")
    draft.scaffolds = ("company", "news", "school", "empirecms")
    return draft


def slot_review(desk: Desk) -> Draft:
    """A first-person review of a slot game with the keyword in every paragraph."""
    word = desk.row("gambling.slot", "gambling.slots", "gambling.fishing", "gambling.casino", longest=16).text
    return _over(desk, desk.text("slot_reviews", phrase=word), _C.GAMBLING, _C.KEYWORD_STUFFING, _C.DOORWAY)


def brand_before_title(desk: Desk) -> Draft:
    """A casino's name and digits in front of somebody's tech title."""
    text = desk.donor()
    draft = untouched(desk, text)
    brand = desk.words(1, _C.GAMBLING, longest=12)[0]
    glue = desk.draw.choice((" ", "_", "-", "|", "："))
    name = brand if desk.split != "train" or desk.chance(0.5) else f"{brand}{desk.number(10, 9999)}.com"
    draft.title = inserted(f"{name}{glue}") + text.title
    draft.description = f"{name}{glue}{text.paragraphs[0][:50]}"
    draft.categories, draft.action = (_C.GAMBLING,), Action.REJECT
    draft.scaffolds = ("wordpress", "hexo", "company", "school", "government")
    return draft


def wrapped_query(desk: Desk) -> Draft:
    """An explicit query as the subject of a harmless AI body."""
    rows = desk.rows("explicit.wrapped", "explicit.wrapped_query")
    quoted = [match.group(1) for row in rows if (match := re.search("[“《](.{2,14}?)[”》]", row.text))]
    phrases = [*quoted, *desk.words(8, _C.EXPLICIT, longest=12)]
    draft = _over(desk, desk.text("wrapped", phrase=desk.draw.choice(phrases)), _C.EXPLICIT, _C.DOORWAY)
    draft.scaffolds = _BUSINESS
    return draft


def wrapped_phrase(desk: Desk) -> Draft:
    """A query of any trade as the subject of another harmless AI body, in full or cut short."""
    kind = desk.draw.choice((_C.EXPLICIT, *SOLD_CATEGORIES))
    text = desk.text("wraps", phrase=desk.words(1, kind, longest=12)[0])
    if desk.chance(0.3):
        text = replace(text, paragraphs=text.paragraphs[: desk.number(3, 5)])
    draft = _over(desk, text, kind, _C.DOORWAY)
    draft.scaffolds = _BUSINESS
    return draft


def query_over_donor(desk: Desk) -> Draft:
    """A query of any trade as title and headline over a copied article; on some pages it opens every few paragraphs."""
    text = desk.donor()
    row = desk.draw.choice([row for row in desk.rows(*map(str, SOLD_CATEGORIES), longest=30) if row.categories])
    draft = untouched(desk, replace(text, title=row.text))
    draft.categories, draft.action = (*row.categories, _C.DOORWAY), Action.REJECT
    if desk.chance(0.5):
        draft.description = f"{row.text}，{text.paragraphs[0][:70]}"
    draft.scaffolds = (*_BUSINESS, "wordpress")
    return draft


def thin_question(desk: Desk) -> Draft:
    """Nothing but a query as title and once or twice in the body, on a site of another trade."""
    row = desk.draw.choice([row for row in desk.rows(*map(str, SOLD_CATEGORIES), longest=24) if row.categories])
    lines = [row.text, f"{row.text}的相关内容正在整理"][: desk.number(1, 2)]
    draft = Draft(row.text, "\n".join(f"<p>{encode(line)}</p>" for line in lines))
    draft.categories, draft.action = (*row.categories, _C.DOORWAY), Action.REJECT
    draft.path = desk.phrase("lottery_paths")
    draft.scaffolds = ("company", "news", "school", "empirecms", "hospital")
    return draft


def wrapped_title(desk: Desk) -> Draft:
    """A title that wraps an explicit query over an article that never speaks of it."""
    text = desk.donor()
    draft = untouched(desk, text)
    draft.title = desk.row("explicit.wrapped", "explicit.wrapped_query", "explicit.film_query").text
    draft.categories, draft.action = (_C.EXPLICIT, _C.DOORWAY), Action.REJECT
    return draft


def gallery_by_url(desk: Desk) -> Draft:
    """Pictures under a harmless title: only the address says what they are."""
    title = desk.phrase("galleries")
    images = "\n".join(
        f'<p><img src="/uploads/{desk.token(8)}.jpg" alt="{title}{number}"></p>' for number in range(desk.number(6, 14))
    )
    draft = Draft(title, images)
    draft.categories, draft.action = (_C.EXPLICIT,), Action.REVIEW
    draft.path = desk.phrase("gallery_paths")
    draft.scaffolds = ("wordpress", "blog", "empirecms", "discuz")
    return draft


def download_fraud(desk: Desk) -> Draft:
    """An app page for adult or gambling software: a copied text, a large button, no such product."""
    text = desk.donor()
    row = desk.row("explicit.app", "explicit.appdl", "explicit.app_download", "gambling.app", "explicit.live_app")
    draft = untouched(desk, text)
    draft.heading = draft.title = row.text
    href = f"http://{desk.cheap_host()}/d/{desk.token(6)}.apk"
    draft.lead = (
        f'<div class="down" data-gold="bad"><a href="{href}">安卓下载</a> <a href="{href}?ios">苹果下载</a></div>'
    )
    draft.categories, draft.action = (*row.categories, _C.DOORWAY), Action.REJECT
    return draft
