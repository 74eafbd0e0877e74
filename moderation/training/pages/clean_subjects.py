"""Clean pages on subjects that doorways use too: what is said there is kept, and the site is one that would say it."""

from __future__ import annotations

from collections.abc import Callable

from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.markup import encode
from moderation.training.pages.material import Desk


def _typed(name: str, *scaffolds: str) -> Callable[[Desk], Draft]:
    """A family that is one typed body of a list, on a site of one of these kinds."""

    def build(desk: Desk) -> Draft:
        draft = untouched(desk, desk.text(name, city=desk.phrase("cities")))
        draft.scaffolds = scaffolds
        if desk.chance(0.5):
            draft.description = desk.draw.choice((draft.title, f"{draft.title}。更多内容请看正文。"))
        return draft

    build.__doc__ = f"A typed body of {name}."
    return build


money = _typed("money_pages", "government", "news", "company", "blog", "empirecms")
chance = _typed("games_of_chance", "news", "government", "dedecms", "wordpress")
body = _typed("body_matters", "hospital", "hospital", "news", "wordpress")
service = _typed("services", "company", "news", "empirecms", "hospital")
review = _typed("reviews", "blog", "wordpress", "news", "discuz")
advice = _typed("advice", "dedecms", "empirecms", "blog", "news", "hospital")
short_answer = _typed("short_answers", "news", "dedecms", "discuz", "company")


def download(desk: Desk) -> Draft:
    """An honest program with its installer, on the site of its maker or of a portal."""
    draft = untouched(desk, desk.text("downloads", city=desk.phrase("cities")))
    name = f"/down/{desk.token(6)}.apk"
    draft.lead = f'<p><a href="{name}">安卓版下载</a></p>'
    draft.scaffolds = ("company", "empirecms", "wordpress", "government")
    return draft


def pictures(desk: Desk) -> Draft:
    """A set of photographs with a line or two: as thin as a gallery that only its address gives away."""
    text = desk.text("pictures", city=desk.phrase("cities"))
    draft = untouched(desk, text)
    draft.body += "".join(
        f'<p><img src="/uploads/{desk.token(8)}.jpg" alt="{encode(text.title)}（{number}）"></p>'
        for number in range(1, desk.number(5, 12))
    )
    draft.scaffolds = ("wordpress", "blog", "school", "news")
    draft.path = desk.draw.choice(
        ("/photo/{number}.html", "/tuji/{year}/{number}.html", "/av/{number}.html", "/go/{number}.html")
    )
    return draft


def question_page(desk: Desk) -> Draft:
    """A question asked in a forum: title, two sentences, no answer yet."""
    title = desk.clean(1, "hard")[0]
    draft = Draft(title, f"<p>{encode(title)}，有了解的朋友吗？想听听大家的经历，先谢过。</p>")
    draft.scaffolds = ("discuz", "empirecms")
    return draft
