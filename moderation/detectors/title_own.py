"""Where a title's own part begins, behind whatever was planted before it.

A conquered page keeps its title and gets a name, a query or a whole row of them in front: all of it is foreign, up to
the part that a heading repeats or that the page's text knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from moderation.detectors.title_core import is_site_name
from moderation.detectors.title_page import PageText, share_in
from moderation.detectors.title_split import Group, Part, leading
from moderation.normalize import Document

_OWN_SHARE, _OWN_PAIRS = 0.3, 3
"""What the page's text holds at least of a part that is its own: that share of its pairs, and so many."""
_FOREIGN_SHARE = 0.34
_SHORTEST = 6
_LONGEST_NAME = 8
"""A text of the header or footer that is no longer names the site."""
_ROW = 4
"""So many parts of which the page knows nothing are a row, whatever joins them."""
_QUERY, _QUERIES = 5, 3
"""So many parts of such a length are piled keywords."""
_HARD = re.compile(r"[_|—–:·•~»>【】\[\]()『』-]")
"""What joins a title to what stands before it; blanks and commas stand inside of titles, too."""


def own_headings(document: Document, page: PageText) -> list[str]:
    """The headings that may be the page's own title: none that is a site's name."""
    texts = (document.text[start:end].strip() for start, end in page.headings)
    return [text for text in texts if len(text) >= _SHORTEST and not is_site_name(text)]


def is_own(text: str, page: PageText) -> bool:
    """True for a part of a title that the page's text speaks of."""
    share, pairs = share_in(text, page.body)
    return share >= _OWN_SHARE and pairs >= _OWN_PAIRS


def grown(title: str, parts: Sequence[Part], group: Group, headings: Sequence[str], page: PageText) -> Group:
    """A foreign part at the head, with the others that stand between it and the page's own."""
    row = planted_row(title, parts, page, headings) if group.leading and page.speaks else None
    return row if row is not None and row.last > group.last else group


def planted_row(title: str, parts: Sequence[Part], page: PageText, headings: Sequence[str]) -> Group | None:
    """Everything before the page's own part, where it is several parts and the page knows nothing of them.

    A line of the body that says the first two is the same row once more, and not the page's own.
    """
    head = [title[part.start : part.end] for part in parts[:2]]
    lines = [line for line in page.body.split("\n") if not all(text in line for text in head)]
    page = replace(page, body="\n".join(lines))
    own = _own_part(title, parts, page, headings)
    if own is None or own < len(head):
        return None
    group = leading(title, parts, own)
    start, end = group.range
    return group if share_in(title[start:end], page.body)[0] <= _FOREIGN_SHARE else None


def _own_part(title: str, parts: Sequence[Part], page: PageText, headings: Sequence[str]) -> int | None:
    """The number of the first part with which the page's own title begins; None where none does."""
    for number, part in enumerate(parts):
        text = title[part.start : part.end]
        if _names_site(text, page):
            continue
        known = len(text) >= _SHORTEST and is_own(text, page)
        glued = number == 0 or number >= _ROW or _HARD.search(title, parts[number - 1].end, part.start)
        if any(title.startswith(heading, part.start) for heading in headings) or (known and glued):
            return number
    return None


def _names_site(text: str, page: PageText) -> bool:
    if len(text) <= _LONGEST_NAME and text in page.chrome:
        return True
    return is_site_name(text) and (text in page.chrome or share_in(text, page.body)[0] < _OWN_SHARE)


def stands_alone(title: str, parts: Sequence[Part], group: Group, page: PageText, headings: Sequence[str]) -> bool:
    """True where the rest of a title is one by itself: the page knows it, and it is no clause or site's name."""
    own = range(group.last, len(parts)) if group.leading else range(group.first)
    named = [number for number in own if not _names_site(title[parts[number].start : parts[number].end], page)]
    if not named:
        return False
    start, end = parts[named[0]].start, parts[named[-1]].end
    glue = title[parts[group.last - 1].end : start] if group.leading else title[end : parts[group.first].start]
    return glue.strip() != "," and (
        is_own(title[start:end], page) or any(title.startswith(heading, start) for heading in headings)
    )


def is_piled(parts: Sequence[Part], group: Group) -> bool:
    """True for parts that are queries of their own, three or more."""
    return sum(part.end - part.start >= _QUERY for part in parts[group.first : group.last]) >= _QUERIES
