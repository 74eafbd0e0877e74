"""What a page would cost to parse, told before it is parsed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from moderation.readers.failure import InputError

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)")
_NAME = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)[^>]*+")
_SHALLOW = frozenset("br dd dt embed hr img li meta p".split())  # they close themselves, in drawings and formulas too
_FORMATTING = frozenset("b big code em font i nobr s small strike strong tt u".split())
_FORMATS = re.compile(rf"<(?:{'|'.join(sorted(_FORMATTING))})(?![^\s/>])", re.I)
_SPACE = r"[\t\n\f\r ]"
_ATTRIBUTE = (
    rf"(?:{_SPACE}|/)*+[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rf"(?:{_SPACE}*+={_SPACE}*+(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r >\"'][^\t\n\f\r >]*+)?+)?+"
)  # as the tokenizer of HTML takes one, so that no quote hides another
_ONE_ATTRIBUTE = re.compile(_ATTRIBUTE)
_FEWEST = 8
_WITH_ATTRIBUTES = re.compile(rf"<[a-zA-Z][^\t\n\f\r />]*+(?=((?:{_ATTRIBUTE}){{{_FEWEST},}}+))")
_BEFORE_ATTRIBUTE = ("\t", "\n", "\f", "\r", " ", "/", '"', "'")
_MAX_PARSING = 1_000_000_000  # open elements, summed over the tags: some seconds of parsing
_MAX_REOPENED = 2_000_000  # copies of unclosed formatting: a gigabyte of elements
_MAX_COMPARED = 500_000_000  # names of attributes held against each other: a second or two of parsing
_MANY = 1_000
"""Attributes of one tag that are worth an exact count."""
_MOST_OVERLAP = 20
"""Tags inside the quotes of others, which are looked at from their own beginning, too."""


def open_elements(source: str) -> Iterator[tuple[int, int, int]]:
    """At every tag its offset and, without parsing, at most how many elements and how much formatting are open.

    An end tag closes only what bears its name, so that stray ones hide nothing.
    """
    opened: dict[str, int] = {}
    forms: Counter[str] = Counter()
    depth = formatting = copies = 0
    for match in _TAG.finditer(source):
        closing, name = match.group(1, 2)
        name = name.lower()
        standing = opened.get(name, 0)
        if name not in _SHALLOW and (not closing or standing):
            change = -1 if closing else 1
            opened[name] = standing + change
            depth += change
            if name in _FORMATTING:
                formatting += change
                if not closing:
                    forms[match.group()] += 1
                    copies += forms[match.group()] <= 3  # a parser reopens no more than three of a form
        yield match.start(), depth, min(formatting, copies)


def check_cost(source: str) -> None:
    """Refuse before parsing what a parser takes the square of: unclosed elements, reopened formatting, attributes.

    Raises InputError.
    """
    _check_elements(source)
    if _attributes_at_most(source) ** 2 / 2 > _MAX_COMPARED:
        _check_attributes(source)


def _check_elements(source: str) -> None:
    tags = source.count("<")
    if tags**2 / 2 <= min(_MAX_PARSING, _MAX_REOPENED):
        return  # even if all stay open
    cheap = tags * len(_FORMATS.findall(source)) <= _MAX_REOPENED
    if cheap and (tags**2 / 2 <= _MAX_PARSING or _summed_depth(source) <= _MAX_PARSING):
        return
    parsing = reopened = 0
    for offset, depth, formatting in open_elements(source):
        parsing += depth
        reopened += formatting
        if parsing > _MAX_PARSING or reopened > _MAX_REOPENED:
            message = f"too many elements are never closed ({depth} are open here)"
            raise InputError(message, line=_line(source, offset))


def _summed_depth(source: str) -> int:
    """At least the open elements of `open_elements`, summed over the tags: quicker, as case counts here."""
    opened: dict[str, int] = {}
    depth = summed = 0
    for closing, name in _NAME.findall(source):
        if name not in _SHALLOW:
            standing = opened.get(name, 0)
            if not closing:
                opened[name] = standing + 1
                depth += 1
            elif standing:
                opened[name] = standing - 1
                depth -= 1
        summed += depth
    return summed


def _check_attributes(source: str) -> None:
    """Each new attribute of an element is held against all it has."""
    compared = 0.0
    left = _MOST_OVERLAP * len(source)
    for match in _WITH_ATTRIBUTES.finditer(source):
        left -= match.end(1) - match.start(1)
        number = _attributes_at_most(match.group(1))
        if number > _MANY:
            number = sum(1 for _ in _ONE_ATTRIBUTE.finditer(match.group(1)))
        compared += number**2 / 2
        if compared > _MAX_COMPARED or left < 0:
            raise InputError("too many attributes in the tags up to here", line=_line(source, match.start()))


def _attributes_at_most(text: str) -> int:
    return 1 + sum(map(text.count, _BEFORE_ATTRIBUTE))


def _line(source: str, offset: int) -> int:
    return source.count("\n", 0, offset) + 1
