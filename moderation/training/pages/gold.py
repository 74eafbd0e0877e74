"""From the marks of a family to selectors and spans: read once, then taken out of the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bs4 import BeautifulSoup, Tag

from moderation.taxonomy import CategoryId
from moderation.training.pages.markup import CLOSE, OPEN
from moderation.training.pages.page import Gold, Injection
from moderation.verdict import Action

_MARK = re.compile(r' data-gold="[^"]*"')
_SIMPLE_ID = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)


def settle(html: str, categories: Sequence[CategoryId], action: Action) -> tuple[str, Gold]:
    """The page without marks, and its gold. Text marked as inserted is injected content (LABELS.md, section 8)."""
    soup = BeautifulSoup(html, "html5lib")
    ids = Counter(str(tag["id"]) for tag in soup.select("[id]"))
    places: dict[str, list[str]] = {"bad": [], "good": [], "hidden": []}
    spans: list[Injection] = []
    donors: list[tuple[str, str]] = []
    for tag in soup.select("[data-gold]"):
        selector = _selector(tag, ids)
        for role in str(tag["data-gold"]).split():
            if role in places:
                places[role].append(selector)
                continue
            inside, rest = _insertions(selector, tag.get_text())
            spans += inside
            if role == "donor":
                donors.append((selector, rest))
    gold = Gold(
        categories=tuple(
            sorted({*categories, *((CategoryId.INJECTED_CONTENT,) if spans else ())}, key=list(CategoryId).index)
        ),
        action=action,
        bad_blocks=tuple(places["bad"]),
        good_blocks=tuple(places["good"]),
        hidden=tuple(places["hidden"]),
        injected=tuple(spans),
        donor_paragraphs=tuple(text for _, text in donors),
        paragraph_selectors=tuple(selector for selector, _ in donors),
    )
    return _MARK.sub("", html).replace(OPEN, "").replace(CLOSE, ""), gold


def _selector(tag: Tag, ids: Counter[str]) -> str:
    """The CSS path of an element from its nearest unique id, as the HTML reader writes it."""
    steps: list[str] = []
    node: Tag | None = tag
    while node is not None and node.name != "[document]":
        identifier = str(node.get("id", ""))
        if ids[identifier] == 1 and _SIMPLE_ID.match(identifier):
            steps.append(f"#{identifier}")
            break
        if node.name in ("head", "body", "title"):
            steps.append(node.name)
            break
        steps.append(f"{node.name}:nth-of-type({1 + len(node.find_previous_siblings(node.name))})")
        node = node.parent
    return " > ".join(reversed(steps))


def _insertions(selector: str, marked: str) -> tuple[list[Injection], str]:
    """The insertions of a marked text with their places in the unmarked one, and the text without them."""
    spans: list[Injection] = []
    length, rest = 0, ""
    for piece in re.split(f"({OPEN}[^{CLOSE}]*{CLOSE})", marked):
        if piece.startswith(OPEN):
            text = piece[1:-1]
            spans.append(Injection(selector, length, length + len(text), text))
            length += len(text)
        else:
            rest += piece
            length += len(piece)
    return spans, rest
