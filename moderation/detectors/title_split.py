"""The parts of a title, and which of them are glued to the rest: at the head, or behind it.

Sites join a title, a column and their own name with the same separators with which sellers join theirs to somebody
else's title. This module only says where one ends and the next begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_GLUE = re.compile(
    r"(?:[\s_|—–:,·•~»>【】\[\]()『』]|(?<![a-z0-9])-|-(?![a-z0-9]))+"
    r"|(?<=[a-z0-9])-(?=[a-z0-9]*[\u3400-\u9fff])"
)
"""A hyphen inside a Latin word or number joins; so does a point anywhere."""
_DOMAIN = re.compile(
    r"(?<![a-z0-9.-])(?:[a-z0-9][a-z0-9-]{0,24}\.){1,2}"
    r"(?:com|net|org|cn|cc|vip|top|xyz|app|me|co|tv|club|icu|live|bet|win|info|site|one)(?:\.cn)?(?![a-z0-9])"
)
_DIGITS = re.compile(r"[\u3400-\u9fff]{2}[a-z]?(?!(?:19|20)\d\d\Z)\d{3,6}\Z")
_OPENING = "【[(『"
_BRACKETS = {"【": "】", "[": "]", "(": ")", "『": "』"}
_MOST_PARTS, _MOST_GROUPED = 14, 3
LONGEST = 200

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """`title[start:end]` between separators; `name_end` is where a domain or number glued to it begins."""

    start: int
    end: int
    name_end: int
    domain: bool = False
    bracketed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Parts `first` to `last` (exclusive) in one piece at an end of the title; `cut` takes the glue along."""

    first: int
    last: int
    range: Range
    cut: Range
    leading: bool


def split(title: str) -> list[Part]:
    """The parts in order; none where nothing separates, or so much does that the title is a row of keywords."""
    if len(title) > LONGEST:
        return []
    domains = [match.span() for match in _DOMAIN.finditer(title)] if "." in title else []
    bounds: list[Range] = [match.span() for match in _GLUE.finditer(title)]
    bounds += [(end, end) for _, end in domains if end < len(title)]
    bounds.sort()
    parts: list[Part] = []
    start = 0
    for first, last in (*bounds, (len(title), len(title))):
        if first > start:
            parts.append(_part(title, start, first, domains))
        start = max(start, last)
    return parts if 2 <= len(parts) <= _MOST_PARTS else []


def _part(title: str, start: int, end: int, domains: Sequence[Range]) -> Part:
    inside = [first for first, last in domains if start <= first and last <= end]
    name_end = end
    if inside and inside[0] > start:
        name_end = inside[0]
    elif not inside and _DIGITS.search(title[start:end]):
        name_end = start + len(title[start:end].rstrip("0123456789"))
    opened = title[start - 1 : start] if start else ""
    bracketed = bool(opened) and title[end : end + 1] == _BRACKETS.get(opened)
    return Part(start, end, name_end if name_end > start else end, bool(inside), bracketed)


def has_number(title: str, part: Part) -> bool:
    """True where a short number is glued to a name, as sellers tell their mirrors apart; a year is none."""
    return _DIGITS.search(title[part.start : part.end]) is not None


def leading(title: str, parts: Sequence[Part], count: int) -> Group:
    """The first parts, with the glue up to the next, less a bracket that opens the next."""
    start, end = parts[0].start, parts[count - 1].end
    following = parts[count].start
    while following > end and title[following - 1] in _OPENING:
        following -= 1
    return Group(0, count, (start, end), (0, following), leading=True)


def _trailing(title: str, parts: Sequence[Part], first: int, last: int) -> Group:
    """Parts behind the title's own, with the glue before them, and a bracket that closes behind them."""
    start, end = parts[first].start, parts[last - 1].end
    before = parts[first - 1].end
    while before < start and title[before] in _BRACKETS.values():
        before += 1
    stop = end + 1 if parts[last - 1].bracketed else end
    return Group(first, last, (start, end), (before, len(title) if last == len(parts) else stop), leading=False)


def groups_of(parts: Sequence[Part], title: str) -> Iterator[Group]:
    """Runs of parts at the head of a title, and behind it, there also before the name of the site."""
    size = len(parts)
    for count in range(1, min(_MOST_GROUPED, size - 1) + 1):
        yield leading(title, parts, count)
    for last in (size, size - 1):
        for first in range(max(1, last - _MOST_GROUPED), last):
            yield _trailing(title, parts, first, last)


def name_of(parts: Sequence[Part], group: Group) -> Range:
    """What to classify: a single name without the domain or number glued to it."""
    start, end = group.range
    return (start, parts[group.last - 1].name_end) if group.last - group.first == 1 else (start, end)


def rest_of(parts: Sequence[Part], group: Group) -> Range:
    """The title's own part: what stands behind a part at the head, or before one behind it."""
    if group.leading:
        return parts[group.last].start, parts[-1].end
    return parts[0].start, parts[group.first - 1].end
