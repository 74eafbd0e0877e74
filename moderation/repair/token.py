"""The source of a page cut into tokens, each with its place.

Not a parser: it need not agree with one. What it takes for a tag or a text is marked in a copy of the page, and only
marks that a parser then delivers are believed (see `page`). Linear in the source; no pattern gives anything back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from enum import IntEnum
from html.entities import html5
from typing import NamedTuple

BLANKS = " \t\n\r\f"
"""What HTML takes for white space; a full-width space is text."""
_S = r"[ \t\n\r\f]"
_VALUE = r"""(?>"[^"]*+"|'[^']*+'|(?!["'])[^ \t\n\r\f>]*+|(?=["'])[\s\S]*+)"""  # a quote that never ends takes all
_ATTRIBUTE = rf"(?>=?[^ \t\n\r\f/>=]++|=)(?:{_S}*+={_S}*+{_VALUE})?+"
_NAME = r"([a-zA-Z][^ \t\n\r\f/>]*+)"
_MARKUP = re.compile(rf"<(/?){_NAME}(?:[ \t\n\r\f/]++|{_ATTRIBUTE})*+(>?)|<[!?]|</(?=[\s\S])")
_COMMENT_END = re.compile("--!?>")
_ATTRIBUTES = re.compile(
    rf"""(?P<name>(?>=?[^ \t\n\r\f/>=]++|=))(?:{_S}*+={_S}*+"""
    rf"""(?>"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?!["'])(?P<bare>[^ \t\n\r\f>]*+)))?+"""
)
_SCRIPT_STATE = re.compile(rf"<!--|-->|<(/?)script(?={_S}|[/>])", re.I)
_RAW = frozenset("script style xmp iframe noembed noframes".split())
_PLAIN_INSIDE = frozenset(("title", "textarea"))
_SPECIAL = _RAW | _PLAIN_INSIDE | {"plaintext"}
_INSIDE_ENDS = {name: re.compile(rf"</{name}(?={_S}|[/>])", re.I) for name in _SPECIAL}
_FOREIGN = frozenset(("svg", "math"))
_LEAVES_FOREIGN = frozenset(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta"
    " nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
_ENTITY = re.compile(r"&(?:#[0-9]++;?|#[xX][0-9a-fA-F]++;?|[a-zA-Z][a-zA-Z0-9]*+;?)|\r\n?")
_LONGEST_BARE = 1 + max(len(name) for name in html5 if not name.endswith(";"))
_BLANK_RUN = re.compile(r"\s*+")


class Kind(IntEnum):
    """What a token is. RAW is the inside of a script or style; OTHER a comment, a doctype, what is not understood."""

    TEXT = 0
    START = 1
    END = 2
    RAW = 3
    OTHER = 4


class Token(NamedTuple):
    """One piece of the source: `source[start:end]`. `name` is a tag's, in small letters."""

    kind: Kind
    start: int
    end: int
    name: str = ""


class Unit(NamedTuple):
    """A piece of a text that cannot be cut in two: an entity, a line end; or a run of plain characters."""

    start: int
    end: int
    text: str
    plain: bool


def tokens(source: str) -> list[Token]:
    """All tokens of a page, in order and without gaps."""
    found: list[Token] = []
    text, start_tag, end_tag, other = Kind.TEXT, Kind.START, Kind.END, Kind.OTHER
    foreign = position = 0
    size = len(source)
    while (match := _MARKUP.search(source, position)) is not None:
        at, end = match.span()
        if at > position:
            found.append(Token(text, position, at))
        position = end
        slash, name, closed = match.groups()
        if name is None:
            position = _other_end(source, at, foreign > 0)
            found.append(Token(other, at, position))
            continue
        name = name.lower()
        if not closed:
            found.append(Token(other, at, size))
        elif slash:
            found.append(Token(end_tag, at, end, name))
            if foreign and name in _FOREIGN:
                foreign -= 1
        else:
            found.append(Token(start_tag, at, end, name))
            if name in _FOREIGN:
                foreign += source[end - 2] != "/"
            elif foreign and name in _LEAVES_FOREIGN:
                foreign = 0
            if name in _SPECIAL and not foreign:
                inside = _inside(source, found[-1])
                position = inside.end
                if inside.end > inside.start:
                    found.append(inside)
    if position < size:
        found.append(Token(text, position, size))
    return found


def _other_end(source: str, at: int, foreign: bool) -> int:
    """Where a comment or other markup ends; what never ends runs to the end of the page."""
    size = len(source)
    if source.startswith("<!--", at):
        if source.startswith((">", "->"), at + 4):
            return source.index(">", at) + 1
        comment_end = _COMMENT_END.search(source, at + 4)
        return comment_end.end() if comment_end else size
    closing = "]]>" if foreign and source.startswith("<![CDATA[", at) else ">"
    end = source.find(closing, at)
    return end + len(closing) if end >= 0 else size


def _inside(source: str, tag: Token) -> Token:
    """What a special element holds: no markup is read there but its own end tag."""
    if tag.name == "plaintext":
        return Token(Kind.OTHER, tag.end, len(source))
    if tag.name == "script":
        return Token(Kind.RAW, tag.end, _script_end(source, tag.end))
    end = _INSIDE_ENDS[tag.name].search(source, tag.end)
    kind = Kind.RAW if tag.name in _RAW else Kind.TEXT
    return Token(kind, tag.end, end.start() if end else len(source))


def _script_end(source: str, start: int) -> int:
    """Where a script ends: a script inside a comment inside it hides its own end tag."""
    commented = nested = False
    for match in _SCRIPT_STATE.finditer(source, start):
        word = match.group()
        if word == "<!--":
            commented = True
        elif word == "-->":
            commented = nested = False
        elif not match.group(1):
            nested = commented
        elif nested:
            nested = False
        else:
            return match.start()
    return len(source)


def units(source: str, start: int, end: int) -> Iterator[Unit]:
    """A text token in pieces, with what a parser makes of each."""
    position = start
    for match in _ENTITY.finditer(source, start, end):
        first, last = match.start(), _entity_end(match)
        if first > position:
            yield Unit(position, first, source[position:first], True)
        word = source[first:last]
        if word:
            yield Unit(first, last, "\n" if word[0] == "\r" else html.unescape(word), False)
        position = last
    if end > position:
        yield Unit(position, end, source[position:end], True)


def _entity_end(match: re.Match[str]) -> int:
    """Where an entity ends: a name without its semicolon runs on into other letters. A name of none is plain text."""
    word = match.group()
    if word[0] != "&" or word[1] == "#" or word[1:] in html5:
        return match.end()
    for size in range(min(len(word), _LONGEST_BARE), 2, -1):
        if word[1:size] in html5:
            return match.start() + size
    return match.start()


def text_start(source: str, start: int, end: int) -> int | None:
    """Where the first character stands that is no blank, entities for blanks passed over; None where there is none."""
    position = start
    while True:
        blank = _BLANK_RUN.match(source, position, end)
        position = blank.end() if blank else position
        if position >= end:
            return None
        entity = _ENTITY.match(source, position, end) if source[position] == "&" else None
        last = _entity_end(entity) if entity else position
        if last == position or html.unescape(source[position:last]).strip():
            return position
        position = last


class Attribute(NamedTuple):
    """An attribute in a start tag: all of it, and its value without quotes (an empty range where it has none)."""

    name: str
    start: int
    end: int
    value_start: int
    value_end: int


def attributes(source: str, tag: Token) -> Iterator[Attribute]:
    """The attributes of a start tag, as they stand there."""
    for match in _ATTRIBUTES.finditer(source, tag.start + 1 + len(tag.name), tag.end - 1):
        group = next((name for name in ("double", "single", "bare") if match.group(name) is not None), None)
        value = match.span(group) if group else (match.end(), match.end())
        yield Attribute(match.group("name").lower(), *match.span(), *value)
