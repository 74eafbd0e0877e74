"""THREATS.md, section 1: fragments of the article's own title dropped into its text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from moderation.taxonomy import CategoryId
from moderation.training.injector import fragments_of, inject
from moderation.training.pages.chinese import to_traditional, with_pinyin
from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.markup import element, encode, inserted, inserted_link
from moderation.training.pages.material import Desk, Text
from moderation.verdict import Action

_MARKERS = "的是，。？、"
_FARMS = ("idiom", "idiom", "dedecms", "empirecms", "news", "blog", "company", "school")


def _injectable(text: Text) -> bool:
    places = sum(character in _MARKERS for paragraph in text.paragraphs for character in paragraph)
    return not text.traditional and len(fragments_of(text.title)) >= 3 and places >= 40


def with_fragments(text: Text, fragments: Sequence[str], seed: int) -> Text:
    """The article after the injecting program, its insertions marked."""
    written, spans = inject(text.paragraphs, fragments, seed)
    for number, start, end in reversed(spans):
        paragraph = written[number]
        written[number] = paragraph[:start] + inserted(paragraph[start:end]) + paragraph[end:]
    return replace(text, paragraphs=tuple(written))


def _injected(desk: Desk, text: Text, fragments: Sequence[str] | None = None) -> Draft:
    chosen = fragments_of(text.title) if fragments is None else fragments
    draft = untouched(desk, with_fragments(text, chosen, desk.number(0, 10**6)))
    draft.categories, draft.action = (CategoryId.INJECTED_CONTENT,), Action.REJECT
    draft.scaffolds = _FARMS
    return draft


def plain(desk: Desk) -> Draft:
    """The article's own title, fragments in the text, nothing else."""
    draft = _injected(desk, desk.donor(_injectable))
    if desk.chance(0.5):
        draft.tail = "<p>原创文章，作者：网络整理，如若转载，请注明出处</p>"
    return draft


def single_fragment(desk: Desk) -> Draft:
    """A title that leaves one fragment repeats that one."""
    text = desk.donor(_injectable)
    return _injected(desk, text, fragments_of(text.title)[:1])


def source_page(desk: Desk) -> Draft:
    """The page this project began with: an explicit title, another post's summary, a ranking with one bad item."""
    draft = _injected(desk, desk.donor(_injectable))
    draft.title = desk.row("explicit.anchor", "explicit.natural", "explicit.query", "explicit.video", longest=24).text
    draft.categories = (
        CategoryId.EXPLICIT,
        CategoryId.INJECTED_CONTENT,
        CategoryId.LINK_SPAM,
        CategoryId.DOORWAY,  # title, summary and body come from three sources (LABELS.md, section 8)
    )
    draft.lead = element("div", f"<h3>{encode(desk.phrase('summaries'))}</h3>", attributes='class="intro"')
    draft.tail = (
        '<div class="like">猜你喜欢:</div>'
        '<div class="note">声明：本文仅供学习和参考，部分内容转载于网络，如有侵权请联系我们删除。</div>'
    )
    draft.side = _placeholder() + _mixed_ranking(desk)
    draft.scaffolds, draft.company = ("idiom",), False
    return draft


def _placeholder() -> str:
    return '<h4>博文推荐</h4>\n<ul class="recommend"><li>(黑帽seo)发布</li></ul>\n'


def _mixed_ranking(desk: Desk) -> str:
    """点击排行: title, title again, AI summary, hits glued to the date; one item in about ten is explicit."""
    names = desk.clean(desk.number(7, 9), longest=20)
    bad = desk.words(1, CategoryId.EXPLICIT)[0]
    names.insert(desk.number(1, len(names)), bad)
    day, hour = desk.date(), desk.number(8, 21)
    rows = []
    for name in names:
        href = f"/post/{desk.number(1000, 9999)}.html"
        summary = desk.phrase("reflections" if name == bad else "ranking_summaries").replace("{phrase}", name)
        inner = (
            f'<a href="{href}"><img src="/img/{desk.number(10, 99)}.jpg" alt="{encode(name)}"></a>'
            f'<a class="name" href="{href}">{encode(name)}</a><p>{encode(summary)}</p>'
            f"<span>{desk.number(90, 9999)}{day} {hour:02}:{desk.number(0, 59):02}</span>"
        )
        rows.append(element("li", inner, "bad" if name == bad else "good"))
    return '<h4>点击排行</h4>\n<ul class="ranking">\n' + "\n".join(rows) + "\n</ul>"


def three_keywords(desk: Desk) -> Draft:
    """A title of three foreign keywords, which come back as anchors, one a paragraph."""
    text = desk.donor(_injectable)
    words = desk.words(3, CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.ILLICIT_AD, longest=10)
    host = desk.cheap_host()
    written = []
    for number, paragraph in enumerate(text.paragraphs):
        turn = words[number % len(words)]
        written.append(paragraph + inserted_link(turn, f"http://{host}/{number}.html") if number < 9 else paragraph)
    prefix = "".join(f"【{word}】" for word in words)
    draft = untouched(desk, replace(text, paragraphs=tuple(written)))
    draft.title = inserted(prefix) + text.title
    draft.categories = (CategoryId.INJECTED_CONTENT, CategoryId.KEYWORD_STUFFING, CategoryId.LINK_SPAM)
    draft.action = Action.REJECT
    return draft


def whole_page_traditional(desk: Desk) -> Draft:
    """Everything turned into Traditional after the insertion."""
    draft = _injected(desk, desk.donor(_injectable))
    draft.traditional = True
    return draft


def pinyin_residue(desk: Desk) -> Draft:
    """Fragments in a mirrored text that carries the residue of its conversion."""
    text = desk.donor(_injectable)
    residue = random.Random(desk.number(0, 10**6))
    mirrored = tuple(with_pinyin(to_traditional(paragraph), residue, 0.3) for paragraph in text.paragraphs)
    fragments = [to_traditional(fragment) for fragment in fragments_of(text.title)]
    text = replace(text, title=to_traditional(text.title), paragraphs=mirrored)
    return _injected(desk, text, fragments)


def sprinkled_title(desk: Desk) -> Draft:
    """A spider-pool option: words of an abusive title sprinkled between the sentences."""
    text = desk.donor(_injectable)
    word = desk.words(1, CategoryId.GAMBLING, CategoryId.EXPLICIT, CategoryId.FRAUD, longest=10)[0]
    written = []
    for paragraph in text.paragraphs:
        pieces = paragraph.split("。")
        joined = pieces[0]
        for piece in pieces[1:]:
            joined += "。" + (inserted(word) if piece and desk.chance(0.5) else "") + piece
        written.append(joined)
    draft = untouched(desk, replace(text, paragraphs=tuple(written)))
    draft.title = f"{inserted(f'{word}-')}{text.title}"
    draft.categories, draft.action = (CategoryId.INJECTED_CONTENT, CategoryId.KEYWORD_STUFFING), Action.REJECT
    return draft
