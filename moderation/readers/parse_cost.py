"""What a page would cost to parse, told before it is parsed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from moderation.readers.failure import InputError

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)")
_SHALLOW = frozenset("br dd dt embed hr img li meta p".split())  # they close themselves, in drawings and formulas too
_FORMATTING = frozenset("b big code em font i nobr s small strike strong tt u".split())
_CHEAP = 2_000
"""So few tags cannot cost much."""
_MAX_PARSING = 1_000_000_000  # open elements, summed over the tags: some seconds of parsing
_MAX_REOPENED = 2_000_000  # copies of unclosed formatting: a gigabyte of elements


def open_elements(source: str) -> Iterator[tuple[int, int, int]]:
    """At every tag its offset and, without parsing, at most how many elements and how much formatting are open.

    An end tag closes only what bears its name, so that stray ones hide nothing.
    """
    opened: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    depth = formatting = copies = 0
    for match in _TAG.finditer(source):
        closing, name = match.group(1), match.group(2).lower()
        if name not in _SHALLOW and (not closing or opened[name]):
            change = -1 if closing else 1
            opened[name] += change
            depth += change
            if name in _FORMATTING:
                formatting += change
                if not closing:
                    forms[match.group()] += 1
                    copies += forms[match.group()] <= 3  # a parser reopens no more than three of a form
        yield match.start(), depth, min(formatting, copies)


def check_cost(source: str) -> None:
    """Refuse before parsing what a parser takes the square of: unclosed elements, reopened formatting."""
    if source.count("<") <= _CHEAP:
        return
    parsing = reopened = 0
    for offset, depth, formatting in open_elements(source):
        parsing += depth
        reopened += formatting
        if parsing > _MAX_PARSING or reopened > _MAX_REOPENED:
            line = source.count("\n", 0, offset) + 1
            raise InputError(f"too many elements are never closed ({depth} are open here)", line=line)
