"""THREATS.md, sections 4, 8 and 9: foreign phrases, paragraphs and sections in somebody's text."""

from __future__ import annotations

import re
from dataclasses import replace

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages.chinese import spun, to_traditional
from moderation.training.pages.draft import Draft, article, untouched
from moderation.training.pages.markup import encode, inserted, inserted_link, paragraphs
from moderation.training.pages.material import Desk, Text
from moderation.verdict import Action


def _long_paragraph(desk: Desk, text: Text) -> int:
    return desk.draw.choice([number for number, paragraph in enumerate(text.paragraphs) if len(paragraph) > 40])


def _put(text: Text, number: int, paragraph: str) -> Text:
    return replace(text, paragraphs=(*text.paragraphs[:number], paragraph, *text.paragraphs[number + 1 :]))


def phrase_in_sentence(desk: Desk) -> Draft:
    """One phrase pasted between two words of an otherwise ordinary text."""
    text = desk.donor()
    phrase = desk.phrase("spliced_phrases") if desk.chance(0.5) else desk.words(1, *SOLD_CATEGORIES)[0]
    number = _long_paragraph(desk, text)
    paragraph = text.paragraphs[number]
    place = desk.draw.choice([match.end() for match in re.finditer("[的了在是，]", paragraph[:-5])] or [20])
    draft = untouched(desk, _put(text, number, paragraph[:place] + inserted(phrase) + paragraph[place:]))
    draft.categories, draft.action = (CategoryId.INJECTED_CONTENT,), Action.REVIEW
    return draft


def simplified_in_traditional(desk: Desk) -> Draft:
    """The only Simplified run inside a Traditional text."""
    text = desk.donor(lambda text: True)
    turned = replace(text, title=to_traditional(text.title), paragraphs=tuple(map(to_traditional, text.paragraphs)))
    number = _long_paragraph(desk, turned)
    paragraph, phrase = turned.paragraphs[number], desk.phrase("simplified_phrases")
    place = len(paragraph) // 2
    draft = untouched(desk, _put(turned, number, paragraph[:place] + inserted(phrase) + paragraph[place:]))
    draft.categories, draft.action = (CategoryId.INJECTED_CONTENT,), Action.REVIEW
    draft.scaffolds = ("taiwan", "discuz", "blog")
    return draft


def tag_word_after_paragraph(desk: Desk) -> Draft:
    """One tag word after the full stop of every paragraph, the same or one of a few, often a link."""
    text = desk.donor()
    words = desk.words(desk.draw.choice((1, 3, 6)), *SOLD_CATEGORIES, longest=9)
    host = desk.cheap_host() if desk.chance(0.5) else None
    written = []
    for number, paragraph in enumerate(text.paragraphs):
        word = words[number % len(words)]
        tagged = inserted_link(word, f"http://{host}/") if host else inserted(word)
        written.append(paragraph + tagged if paragraph.endswith(("。", "！", "？")) else paragraph)
    draft = untouched(desk, replace(text, paragraphs=tuple(written)))
    draft.categories, draft.action = (CategoryId.INJECTED_CONTENT,), Action.REJECT
    if host:
        draft.categories += (CategoryId.LINK_SPAM,)
    return draft


def sitebuilder_paragraph(desk: Desk) -> Draft:
    """A copied article with a site builder's advertisement after its first paragraph."""
    text = desk.donor()
    body = article(desk, text).split("\n")
    body.insert(desk.draw.choice((1, 1, 2)), paragraphs([inserted(desk.phrase("sitebuilders"))], "text"))
    draft = Draft(text.title, "\n".join(body), donor=text.id)
    draft.categories = (CategoryId.INJECTED_CONTENT, CategoryId.ILLICIT_AD)
    draft.action = Action.REVIEW
    draft.scaffolds = ("company", "dedecms", "empirecms")
    return draft


def glued_title(desk: Desk) -> Draft:
    """A title glued from unrelated queries over a copied abstract with broken entities in it."""
    text = desk.donor()
    rows = desk.rows("keyword_stuffing.title_glue", "keyword_stuffing.glued", "keyword_stuffing.mix")
    title = desk.draw.choice(rows).text if rows and desk.chance(0.5) else desk.phrase("glued_titles")
    broken = tuple(paragraph.replace("，", "#xff0c;") for paragraph in text.paragraphs[:5])
    draft = Draft(title, article(desk, replace(text, paragraphs=broken), "text"), donor=text.id)
    draft.categories, draft.action = (CategoryId.KEYWORD_STUFFING, CategoryId.DOORWAY), Action.REVIEW
    draft.keywords = title
    draft.scaffolds = ("company", "dedecms", "empirecms", "news")
    return draft


def stitched_sections(desk: Desk) -> Draft:
    """Numbered sections on variants of one keyword, an unrelated section of the site, stray blanks."""
    text = desk.text("stitched")
    draft = Draft(text.title, article(desk, text, "text"), donor=text.id)
    draft.lead = f"<p>当前位置：首页 &gt; 房产 &gt; 家装 &gt; {encode(text.title)}</p>"
    draft.categories, draft.action = (CategoryId.KEYWORD_STUFFING, CategoryId.DOORWAY), Action.REVIEW
    return draft


def deformed_contacts(desk: Desk) -> Draft:
    """An illicit offer with a deformed contact in a copied post, at the end or in the middle."""
    text = desk.donor()
    offer = f"{desk.phrase('deformed_offers')} {desk.phrase('deformed_contacts')}"
    body = article(desk, text).split("\n")
    for place in desk.draw.sample(range(2, len(body) + 1), desk.number(1, 3)):
        body.insert(place, paragraphs([inserted(offer)], "text"))
    draft = Draft(text.title, "\n".join(body), donor=text.id)
    draft.categories, draft.action = (CategoryId.ILLICIT_AD, CategoryId.INJECTED_CONTENT), Action.REJECT
    draft.scaffolds = ("discuz", "blog", "wordpress", "dedecms")
    return draft


def interleaved_articles(desk: Desk) -> Draft:
    """Two articles paragraph by paragraph, the second synonym-spun, under a gambling brand."""
    text = desk.donor()
    other = desk.donor(lambda other: other.id != text.id and not other.traditional)
    foreign = [paragraphs([inserted(spun(paragraph))], "text") for paragraph in other.paragraphs]
    body = []
    for number, paragraph in enumerate(article(desk, text).split("\n")):
        body += [paragraph, *foreign[number : number + 1]]
    draft = Draft(text.title, "\n".join(body), donor=text.id)
    brand = desk.words(1, CategoryId.GAMBLING)[0]
    draft.title = inserted(f"{brand} ") + text.title
    draft.categories = (CategoryId.GAMBLING, CategoryId.INJECTED_CONTENT, CategoryId.DOORWAY)
    draft.action = Action.REJECT
    return draft


def comment_spam(desk: Desk) -> Draft:
    """A clean post whose comments are spam with links: user-generated abuse."""
    draft = untouched(desk, desk.donor())
    comments = []
    for word, href in desk.foreign_links(desk.words(desk.number(2, 5), *SOLD_CATEGORIES)):
        anchor = f'<a href="{href}" rel="nofollow ugc">{word}</a>'
        comments.append(f"<li><b>游客{desk.token(4)}</b> {desk.phrase('spam_comments').replace('{link}', anchor)}</li>")
    draft.tail = f'<h3>网友评论</h3><ol class="comments" data-gold="bad">{"".join(comments)}</ol>'
    draft.categories, draft.action = (CategoryId.LINK_SPAM,), Action.REVIEW
    draft.scaffolds = ("wordpress", "hexo", "blog", "news")
    return draft
