"""JavaScript as tokens: enough of its grammar to tell strings, patterns, names and marks apart, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a token is."""

    STRING = "string"
    NUMBER = "number"
    NAME = "name"
    PATTERN = "pattern"
    MARK = "mark"
    ARRAY = "array"
    """A literal array of strings or of numbers, folded into one token."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token. `text` is what a string says, not how it is written; `items` are those of an array."""

    kind: Kind
    text: str
    items: tuple[str, ...] = ()


_TOKEN = re.compile(
    r"""
    (?P<space>[\s\ufeff]++|//[^\n]*+|<!--[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))
    |(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`)
    |(?P<number>0[xX][0-9a-fA-F]++|[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
    |(?P<name>(?:[\w$]|\\u[0-9a-fA-F]{4})++)
    |(?P<pattern>/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,80}\]){1,300}/[a-z]*)
    |(?P<mark>=>|[=!]==?|&&|\|\||\+\+|--|[-+*/%&|^<>]=|.)
    """,
    re.X | re.S,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|([0-7]{1,3})|(\r\n|.))", re.S)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\n": "", "\r\n": ""}
_HEADS = frozenset("if while for with switch catch".split())
_WORDS = frozenset("return typeof case in of else do void delete throw new".split())
"""Words after which a value follows, so that a slash opens a pattern and a line may not end."""


def tokens(script: str) -> Iterator[Token]:
    """The tokens of a script, without spaces and comments.

    A `;` stands where a line ends after a value and the next begins with a name, as JavaScript itself would have it.
    """
    value = newline = False  # whether the token before ended a value; whether a line ended since
    previous = ""
    heads: list[bool] = []  # for each open parenthesis, whether a statement follows it: if (…) x
    head = False
    position, end = 0, len(script)
    while position < end:
        match = _TOKEN.match(script, position)
        if match is None:  # cannot be: every character is a mark
            return
        kind, text = match.lastgroup or "mark", match.group()
        position = match.end()
        if kind == "space":
            newline = newline or "\n" in text
            continue
        if kind == "pattern" and value:
            kind, text = "mark", "/"
            position = match.start() + 1
        if kind == "name" and newline and value and not heads and not (previous == ")" and head):
            yield Token(Kind.MARK, ";")
        newline = False
        if kind == "mark":
            value = text in (")", "]", "}")
            if text in ("(", "["):
                heads.append(previous in _HEADS)
            elif text in (")", "]"):
                head = heads.pop() if heads else False
            elif text in ("{", "}"):
                heads.clear()
            yield Token(Kind.MARK, text)
        elif kind == "string":
            value = True
            yield Token(Kind.STRING, unescaped(text[1:-1]))
        elif kind == "name":
            text = unescaped(text)
            value = text not in _WORDS
            yield Token(Kind.NAME, text)
        else:
            value = True
            yield Token(Kind(kind), text)
        previous = text


def unescaped(text: str) -> str:
    r"""A string literal with its `\x`, `\u` and octal escapes decoded."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    digits = match.group(1) or match.group(2) or match.group(3)
    if digits or match.group(4):
        code = int(digits, 16) if digits else int(match.group(4), 8)
        return chr(code) if code < 0x110000 else ""
    return _CONTROL.get(match.group(5), match.group(5))
