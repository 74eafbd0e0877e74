"""What scripts write into a page, as far as it stands in them as text. No script is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

_WRITES = re.compile(
    r"document\s*(?:\.\s*write(?:ln)?|\[\s*[\"']write(?:ln)?[\"']\s*\])\s*\(|(?:inner|outer)HTML\s*\+?=(?!=)"
    r"|insertAdjacentHTML\s*\("
)
_TOKEN = re.compile(
    r"\"(?P<double>(?:[^\"\\\n]|\\.)*+)\"|'(?P<single>(?:[^'\\\n]|\\.)*+)'|`(?P<back>(?:[^`\\]|\\.)*+)`"
    r"|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|(?P<codes>String\.fromCharCode\s*\([\d\s,x]*+\))|(?P<mark>[(){};])",
    re.S,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(\r?\n)|(.))", re.S)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "v": "", "0": ""}
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")
_HIDES = re.compile(
    r"(?:getElementById|querySelector|\$)\s*\(\s*[\"']#?([\w-]{1,80})[\"']\s*\)\s*"
    r"\.\s*(?:style\s*\.\s*(?:(display)\s*=\s*[\"']none|(visibility)\s*=\s*[\"']hidden)|(hide)\s*\(\s*\))"
)
_TELLING = re.compile(r"write(?:ln)?\b|HTML|\.\s*style\b|\.\s*hide\b")
_LONGEST = 200_000


def is_telling(code: str) -> bool:
    """True for a script that may write markup or hide an element."""
    return _TELLING.search(code) is not None


def written_html(code: str) -> str:
    """The markup that a script's calls of `document.write` and the like spell out, in order; other parts drop out."""
    code = code[:_LONGEST]
    if not _WRITES.search(code):
        return ""
    pieces: list[str] = []
    for write in _WRITES.finditer(code):
        told = "".join(_argument(code, write.end(), 1 if write.group().endswith("(") else 0))
        if "<" not in told:  # a variable: what it holds stands elsewhere in the script
            pieces = [text for match in _TOKEN.finditer(code) if (text := _literal(match)) and "<" in text]
            break
        pieces.append(told)
    return "".join(pieces)[:_LONGEST]


def hidden_ids(code: str) -> Iterator[str]:
    """The ids of elements that a script hides at once; what waits in a function for a click is not meant."""
    for match in _HIDES.finditer(code[:_LONGEST]):
        before = code[max(0, match.start() - 4_000) : match.start()]
        if before.count("{") <= before.count("}"):
            yield match.group(1)


def _argument(code: str, start: int, depth: int) -> Iterator[str]:
    """The literal texts of an argument list that began at depth 1, or of an expression up to its end."""
    for match in _TOKEN.finditer(code, start):
        mark = match.group("mark")
        if mark is None:
            yield _literal(match)
        elif mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
            if depth <= 0:
                return
        elif depth <= 0:
            return


def _literal(match: re.Match[str]) -> str:
    if match.group("codes"):
        numbers = re.findall(r"0x[0-9a-f]+|\d+", match.group("codes"))
        return "".join(chr(code) for number in numbers if (code := int(number, 0 if "x" in number else 10)) < 0x11_0000)
    text = next((match.group(name) for name in ("double", "single", "back") if match.group(name) is not None), "")
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    if text[:12].count("%") and re.match(r"\s*(?:%3[cC]|%u003[cC])", text):  # the argument of unescape
        text = unquote(_PERCENT_U.sub(lambda found: chr(int(found.group(1), 16)), text))
    return text


def _unescaped(match: re.Match[str]) -> str:
    number = match.group(1) or match.group(2) or match.group(3)
    if number:
        return chr(min(int(number, 16), 0x10FFFF))
    if match.group(4):
        return ""
    return _LETTERS.get(match.group(5), match.group(5))
