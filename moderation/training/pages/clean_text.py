"""Clean pages whose text looks dangerous: its subject, its form, or what a copier left in it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages.chinese import to_traditional, with_pinyin
from moderation.training.pages.draft import MAINLAND, Draft, article, untouched
from moderation.training.pages.markup import anchors, encode
from moderation.training.pages.material import Desk

_C = CategoryId


def _typed(
    name: str, scaffolds: tuple[str, ...] = MAINLAND, quotes: tuple[CategoryId, ...] = ()
) -> Callable[[Desk], Draft]:
    """A family that is one typed body of a list; `{phrase}` in it becomes a quoted abusive title of these kinds."""

    def build(desk: Desk) -> Draft:
        text = desk.text(name, phrase=desk.words(1, *quotes, longest=12)[0] if quotes else "")
        return Draft(text.title, article(desk, text), donor=text.id, scaffolds=scaffolds)

    build.__doc__ = f"A typed body of {name}."
    return build


_TECH = ("hexo", "wordpress", "discuz", "blog", "company")
_PRESS = ("news", "government", "empirecms")

hacked_tutorial = _typed("hacked_tutorial", _TECH, (_C.EXPLICIT, _C.GAMBLING))
police_brands = _typed("police_brands", _PRESS, (_C.GAMBLING, _C.EXPLICIT, _C.FRAUD))
sexual_health = _typed("sexual_health", ("hospital",))
novel = _typed("novels", ("dedecms", "empirecms", "blog", "wordpress"))
lottery_results = _typed("lotteries", ("news", "government", "empirecms", "company"))
merge_servers = _typed("merge_servers", ("discuz", "company", "wordpress"))
seo_tutorial = _typed("seo_tutorials", _TECH, (_C.KEYWORD_STUFFING, _C.ILLICIT_AD))
fraud_warning = _typed("warnings", ("government", "school", "news"), (_C.FRAUD, _C.ILLICIT_AD))
leaflet = _typed("leaflets", ("hospital", "shop", "company"))
product = _typed("products", ("shop",))
long_notice = _typed("notices", ("government", "school"))
glued_numbers = _typed("glued_numbers", ("discuz", "blog", "wordpress"))
raw_markdown = _typed("markdown_blogs", ("hexo", "wordpress", "blog"))
casino_business = _typed("casino_business", _PRESS)
film_review = _typed("film_reviews", ("blog", "wordpress", "news", "discuz"))
court_report = _typed("court_reports", _PRESS)
traditional_page = _typed("traditional_pages", ("taiwan",))
criticism = _typed("criticism", ("news", "blog", "wordpress", "discuz"))
bank_warning = _typed("bank_warnings", ("company", "government", "news", "school"))
taiwan_page = _typed("taiwan_pages", ("taiwan",))
lottery_page = _typed("lottery_pages", ("news", "government", "empirecms", "company"))
health_page = _typed("health_pages", ("hospital", "school", "news", "wordpress"))
search_lesson = _typed("search_lessons", _TECH)
game_page = _typed("game_pages", ("discuz", "company", "wordpress", "news"))
price_list = _typed("price_lists", ("news", "shop", "company", "government"))
classified = _typed("classifieds", ("discuz", "dedecms", "empirecms"))
odd_form = _typed("odd_forms", ("discuz", "company", "school", "blog"))


def hidden_code(desk: Desk) -> Draft:
    """A lesson that shows hidden links in a code block."""
    text = desk.text("hidden_code")
    links = [(word, "http://xx.example/") for word in desk.words(3, *SOLD_CATEGORIES)]
    style = desk.draw.choice(("display:none", "position:absolute;left:-9999px", "font-size:0", "text-indent:-9999px"))
    code = f'<div style="{style}">\n{anchors(links, chr(10))}\n</div>'
    draft = Draft(text.title, article(desk, text), donor=text.id, scaffolds=_TECH)
    draft.body += f'\n<pre><code class="language-html">{encode(code)}</code></pre>'
    return draft


def clean_mirror(desk: Desk) -> Draft:
    """A mirror in Traditional with pinyin residue and nothing sold: the glitch alone is not spam."""
    text = desk.donor()
    residue = random.Random(desk.number(0, 10**6))
    share = desk.draw.choice((0.05, 0.2, 0.5))
    mirrored = tuple(with_pinyin(to_traditional(paragraph), residue, share) for paragraph in text.paragraphs)
    draft = untouched(desk, replace(text, title=to_traditional(text.title), paragraphs=mirrored))
    draft.scaffolds = ("company", "school", "news", "dedecms")
    return draft


def converted_page(desk: Desk) -> Draft:
    """A site's own Traditional edition, all of it."""
    draft = untouched(desk, desk.donor())
    draft.traditional = True
    return draft


def hongkong_taiwan(desk: Desk) -> Draft:
    """An article that was written in Traditional, or turned, in a Taiwanese site."""
    text = desk.donor(lambda text: True)
    draft = untouched(desk, text)
    draft.scaffolds, draft.traditional = ("taiwan",), not text.traditional
    return draft


def anti_copy_noise(desk: Desk) -> Draft:
    """A forum's noise against copying: random characters at the end of a paragraph, seen or unseen, never cyclic."""
    text = desk.donor()
    lines = article(desk, text, "text").split("\n")
    for place in desk.draw.sample(range(len(lines)), min(len(lines), desk.number(2, 5))):
        noise = desk.token(6) if desk.chance(0.5) else "".join(desk.draw.sample("丨灬艹亠冖宀彡彳氵扌忄阝", 2))
        style = desk.draw.choice(('class="jammer"', 'style="display:none"', 'style="font-size:0"'))
        inner, closing = lines[place].rsplit("</", 1)
        lines[place] = f"{inner}<span {style}>{noise}</span></{closing}"
    return Draft(text.title, "\n".join(lines), donor=text.id, scaffolds=("discuz",))


def portal_picture_notes(desk: Desk) -> Draft:
    """打开网易新闻 查看精彩图片: the place of a picture, again and again."""
    text = desk.donor()
    body = article(desk, text).split("\n")
    for place in range(1, min(len(body), 10), 2):
        body.insert(place, "<p>打开网易新闻 查看精彩图片</p>")
    return Draft(text.title, "\n".join(body), donor=text.id, scaffolds=("news", "empirecms"))


def doubled_heading(desk: Desk) -> Draft:
    """The headline twice, for the wide screen and the narrow one."""
    draft = untouched(desk, desk.donor())
    draft.lead = f'<h1 class="visible-xs">{encode(draft.title)}</h1>'
    return draft


def reprint_note(desk: Desk) -> Draft:
    """A reprint with its source, disclaimer and copyright line."""
    draft = untouched(desk, desk.donor())
    draft.tail = (
        "<p>原标题见来源。本文转载自合作媒体，版权归原作者所有，如涉及侵权请与我们联系删除。</p>"
        "<p>原创文章，作者：本站编辑，如若转载，请注明出处。</p>"
    )
    return draft


def honest_contact(desk: Desk) -> Draft:
    """A shop or office with its telephone, address and public account, plainly written."""
    draft = untouched(desk, desk.donor())
    draft.tail = (
        "<p>咨询电话：0000-8800123（工作日）　地址：解放路18号三楼　微信公众号：青岚便民服务</p>"
        "<p>在线客服时间：9:00—18:00，退换货请先联系客服，不要添加陌生人微信。</p>"
    )
    return draft


def matching_meta(desk: Desk) -> Draft:
    """Keywords and a description that say what the page says."""
    text = desk.donor(lambda text: True)
    draft = untouched(desk, text)
    draft.keywords = ",".join([text.subject, *text.title.replace("：", " ").replace("，", " ").split()])
    draft.description = text.paragraphs[0][:80]
    return draft


def numbered_sections(desk: Desk) -> Draft:
    """A long guide with ①②③ before its sections, because it has sections."""
    text = desk.donor()
    marks = iter("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
    numbered = tuple(f"{next(marks, '')} {p}" if len(p) <= 20 else p for p in text.paragraphs)
    return untouched(desk, replace(text, paragraphs=numbered))
