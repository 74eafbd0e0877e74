"""THREATS.md, section 2: a keyword line on top of a stolen or conquered page."""

from __future__ import annotations

import random
from dataclasses import replace

from moderation.taxonomy import CategoryId
from moderation.training.pages.chinese import to_traditional, with_pinyin
from moderation.training.pages.draft import MAINLAND, Draft, article, untouched
from moderation.training.pages.markup import element, encode, inserted, paragraphs
from moderation.training.pages.material import Desk, Text
from moderation.verdict import Action

_LABELS = (CategoryId.EXPLICIT, CategoryId.KEYWORD_STUFFING)


def _line(desk: Desk) -> str:
    """A line of porn keywords: a labelled or typed one; on train pages also one joined by machine."""
    if desk.split == "train" and desk.chance(0.5):
        words = desk.words(desk.number(3, 20), CategoryId.EXPLICIT, longest=12)
        return desk.draw.choice(("_", "_", "_", "-", ",", "|", " I ")).join(words)
    rows = desk.rows("explicit.kwrow", "explicit.keyword_row", "explicit.siterow", "explicit.pirate_row")
    return desk.draw.choice(rows).text if rows and desk.chance(0.6) else desk.phrase("keyword_lines")


def _mirrored(desk: Desk, text: Text, share: float) -> Text:
    residue = random.Random(desk.number(0, 10**6))
    return replace(
        text,
        title=to_traditional(text.title),
        paragraphs=tuple(with_pinyin(to_traditional(paragraph), residue, share) for paragraph in text.paragraphs),
    )


def _topped(draft: Draft, line: str) -> Draft:
    """The line as title, meta and first thing on the page."""
    draft.heading, draft.title, draft.bare = draft.title, line, True
    draft.top = paragraphs([inserted(line)], "text", tag="h1") + draft.top
    draft.keywords = draft.description = line
    draft.categories, draft.action, draft.scaffolds = _LABELS, Action.REJECT, MAINLAND
    return draft


def mirror_with_residue(desk: Desk) -> Draft:
    """The line over a page in Traditional with pinyin left in it."""
    draft = _topped(untouched(desk, _mirrored(desk, desk.donor(), desk.draw.choice((0.1, 0.3, 0.6)))), _line(desk))
    draft.tail = "<p>&lt;/span&gt;。。</p>" if desk.chance(0.5) else ""
    return draft


def mirror_clean(desk: Desk) -> Draft:
    """The line over a page in Traditional without residue."""
    return _topped(untouched(desk, _mirrored(desk, desk.donor(), 0.0)), _line(desk))


def title_only(desk: Desk) -> Draft:
    """A conquered company or school site: only title and meta are changed."""
    draft = untouched(desk, desk.donor())
    draft.heading = draft.title
    row = desk.row("explicit.hacked_title", "explicit.hacked_co", "explicit.pirate_video", "explicit.brand")
    draft.title = draft.description = row.text
    draft.categories, draft.action = row.categories, Action.REJECT
    draft.scaffolds = ("company", "school", "government", "hospital")
    return draft


def cinema_line(desk: Desk) -> Draft:
    """A pirate cinema line without any porn word over a mirrored page."""
    draft = _topped(untouched(desk, _mirrored(desk, desk.donor(), 0.2)), desk.phrase("cinema_lines"))
    draft.categories = (CategoryId.KEYWORD_STUFFING,)
    return draft


def prefix_enumeration(desk: Desk) -> Draft:
    """An alphabetical enumeration of one prefix."""
    return _topped(untouched(desk, desk.donor()), desk.phrase("prefix_lines"))


def random_tags(desk: Desk) -> Draft:
    """Empty elements that all carry one random id, between the paragraphs and at both ends."""
    text = desk.donor()
    name = desk.token(6)
    fillers = "".join(
        f'<{tag} id="{name}"></{tag}>'
        for tag in desk.draw.choices(("tt", "dfn", "sup", "legend", "bdo", "kbd", "strike", "acronym"), k=9)
    )
    draft = _topped(untouched(desk, _mirrored(desk, text, 0.2)), _line(desk))
    hidden = element("div", fillers, "hidden", attributes='class="aa" style="position:fixed;left:-9000px"')
    draft.top, draft.end = hidden + draft.top, f"<{name}></{name}>" + fillers
    draft.body = draft.body.replace("\n", f'\n<i id="{name}"></i>', 3)
    draft.categories = (*_LABELS, CategoryId.HIDDEN_CONTENT)
    return draft


def new_post(desk: Desk) -> Draft:
    """A post planted in a conquered site: an abusive title over a copied body."""
    text = desk.donor()
    row = desk.row("explicit.pirate_video", "explicit.app", "gambling.login", "gambling.app", "fraud.loan")
    draft = Draft(title=row.text, body=article(desk, text), donor=text.id)
    draft.description = f"{row.text}：{text.paragraphs[0][:60]}"
    draft.lead = f"<p><strong>{encode(row.text)}</strong></p>"
    draft.categories, draft.action = (*row.categories, CategoryId.DOORWAY), Action.REJECT
    draft.scaffolds = ("school", "government", "company", "hospital")
    draft.path = desk.draw.choice(("/plus/{year}/{number}.html", "/upload/{number}.shtml", "/?{number}.html"))
    return draft
