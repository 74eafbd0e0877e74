"""Pages of a wanted size, put together from the corpus; the same numbers give the same page."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation.lexicon import Lexicon

DATA = Path(__file__).parents[2] / "data"
NOVELS = Path(__file__).parents[3] / "shared" / "data" / "pretrain_novels.jsonl.gz"
_ENOUGH = 3_000_000
"""Characters of novels: more than the five megabytes of text that a page grows to."""
_SEED = 20_261_126
_HOSTS = ("www.chenlu-news.example", "qiufeng.example", "www.baishi-zs.example", "xcgs.example", "tech.yunduan.example")
_LIST = 12
"""Links in one list of the side column or the foot."""
_HEADING = 20
"""A shorter paragraph is a heading."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of everything a page has. `text` and `script` are bytes; `depth` are elements around the article.

    `rules` are style rules, each with a class that elements bear; `attributes` are further ones on every list item.
    `plain` text names nothing that is sold: however much of it there is, the verdict stays the same.
    """

    text: int = 26_000
    links: int = 180
    depth: int = 6
    attributes: int = 0
    rules: int = 40
    script: int = 3_000
    abusive: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """One page: its name in the tables, its bytes, how many links it has."""

    name: str
    data: bytes
    links: int


def clean_page() -> Made:
    """A page of 50 KB with 180 links, as portals and blogs have them."""
    return made("clean, 50 KB, 180 links", _filled(Shape(), 50_000))


def abusive_page() -> Made:
    """The same page with an abusive title, a keyword line and a hidden block of links."""
    return made("abusive, 50 KB, 180 links", _filled(Shape(abusive=True), 50_000))


def small_page() -> Made:
    """A short article with few links."""
    return made("clean, 12 KB, 30 links", _filled(Shape(links=30, rules=10, script=800), 12_000))


def made(name: str, shape: Shape) -> Made:
    """The page of a shape."""
    return Made(name, page(shape).encode(), shape.links)


def _filled(shape: Shape, size: int) -> Shape:
    """The shape with as much text as makes the page so many bytes long."""
    bare = len(page(replace(shape, text=0)).encode())
    return replace(shape, text=max(size - bare, 0))


@cache
def _paragraphs() -> tuple[str, ...]:
    with (DATA / "donors.jsonl").open(encoding="utf-8") as lines:
        return tuple(paragraph for line in lines for paragraph in json.loads(line)["paragraphs"])


@cache
def _plain_paragraphs() -> tuple[str, ...]:
    """Running text without any term: where the novels are, so much of it that nothing has to stand there twice."""
    if not NOVELS.exists():
        return _without_terms(_paragraphs())
    found: list[str] = []
    left = _ENOUGH
    with gzip.open(NOVELS, "rt", encoding="utf-8") as lines:
        while left > 0:
            texts = [text.strip() for text in json.loads(next(lines))["text"].splitlines() if "<" not in text]
            found += texts
            left -= sum(map(len, texts))
    return _without_terms(found)


def _without_terms(texts: Iterable[str]) -> tuple[str, ...]:
    terms = CharwiseDoubleArrayAhoCorasick([term.text for term in Lexicon.load().terms if not term.allow])
    return tuple(text for text in texts if len(text) >= _HEADING and not terms.find(text.lower()))


@cache
def titles(abusive: bool) -> tuple[str, ...]:
    """Titles of the training split: clean ones, or those of abuse in keyword style."""
    with (DATA / "titles.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    wanted = {"explicit", "gambling", "illicit_ad"}
    rows = [row for row in rows if row["split"] == "train"]
    if abusive:
        return tuple(row["text"] for row in rows if wanted & {*row["categories"]})
    return tuple(row["text"] for row in rows if row["group"] == "plain")


def page(shape: Shape) -> str:
    """The markup of a page."""
    desk = random.Random(_SEED)
    clean = titles(False)
    title = desk.choice(clean)
    anchors = [desk.choice(clean) for _ in range(shape.links)]
    bad: list[str] = []
    if shape.abusive:
        title = desk.choice(titles(True))
        bad = [desk.choice(titles(True)) for _ in range(min(12, shape.links))]
        anchors[: len(bad)] = []
    body = _body(shape, desk)
    lists = "\n".join(_lists(anchors, shape, desk))
    hidden = (
        f'<div style="display:none">{"".join(_link(anchor, 0, shape, desk) for anchor in bad)}</div>' if bad else ""
    )
    inner = f'<h1>{title}</h1>\n<div class="info">2024-03-18 09:12 来源：晨露资讯网 浏览：1352</div>\n{body}\n'
    opened = "".join(f'<div class="{_name(level, shape)}">' for level in range(shape.depth))
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>{title}_晨露资讯网</title>\n'
        f'<meta name="description" content="{title}，整理自晨露资讯网。">\n{_style(shape)}</head>\n<body>\n'
        f"{opened}{inner}{'</div>' * shape.depth}\n{lists}\n{hidden}\n"
        f'<div class="foot">晨露资讯网 版权所有</div>\n{_script(shape)}</body>\n</html>\n'
    )


def _body(shape: Shape, desk: random.Random) -> str:
    paragraphs = list(_plain_paragraphs() if shape.plain else _paragraphs())
    desk.shuffle(paragraphs)
    found, size, number = [], 0, 0
    while size < shape.text:
        text = paragraphs[number % len(paragraphs)]
        tag = "h3" if len(text) < _HEADING else "p"
        found.append(f'<{tag} class="{_name(number, shape)}">{text}</{tag}>')
        size += len(found[-1].encode()) + 1
        number += 1
    return "\n".join(found)


def _lists(anchors: list[str], shape: Shape, desk: random.Random) -> list[str]:
    """The side column and the foot: lists of a dozen links, each under a heading."""
    found = []
    for first in range(0, len(anchors), _LIST):
        items = "\n".join(
            f"<li>{_link(anchor, first + place, shape, desk)}<span>03-{1 + place:02}</span></li>"
            for place, anchor in enumerate(anchors[first : first + _LIST])
        )
        found.append(f'<div class="{_name(first, shape)}"><h4>相关推荐</h4>\n<ul>\n{items}\n</ul></div>')
    return found


def _link(anchor: str, number: int, shape: Shape, desk: random.Random) -> str:
    host = desk.choice(_HOSTS) if number % 4 == 0 else _HOSTS[0]
    further = "".join(f' data-a{place}="{place * 7919 % 1000}"' for place in range(shape.attributes))
    name = _name(number, shape)
    address = f"http://{host}/a/{number // 100}/{number}.html"
    return f'<a href="{address}" class="{name}" title="{anchor[:12]}"{further}>{anchor}</a>'


def _name(number: int, shape: Shape) -> str:
    return f"c{number % max(shape.rules, 1)}"


def _style(shape: Shape) -> str:
    rules = "\n".join(
        f".c{number}{{margin:{number % 9}px;color:#{number % 1000:03}333;font-size:14px;line-height:1.8}}"
        for number in range(shape.rules)
    )
    return f"<style>\n{rules}\n</style>\n" if rules else ""


def _script(shape: Shape) -> str:
    line = 'function f{0}(a){{var b=document.getElementById("c{0}");if(b){{b.className=a?"on":"off";}}return a+{0};}}'
    lines, size = [], 0
    while size < shape.script:
        lines.append(line.format(len(lines)))
        size += len(lines[-1]) + 1
    joined = "\n".join(lines)
    return f"<script>\n{joined}\n</script>\n" if lines else ""
