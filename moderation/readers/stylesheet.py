"""Style sheets: the rules that hold for a reader at a desk.

A sheet is cut into rules at its braces, which is quick; only bodies that matter are parsed (readers/declaration.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from moderation.readers.declaration import colour, declarations, is_near, telling_families

_TOKEN = re.compile(
    r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|\\.|[{}]", re.S
)  # comments, strings and escapes are passed over
_MOST_RULES = 100_000
_DEEPEST = 8
_WIDTH = 1280.0
"""Of the screen that media queries are asked about, in pixels."""
_TRANSPARENT = ("@supports", "@layer", "@media", "@starting-style", "@scope")
_FEATURE = re.compile(r"\(\s*(min|max)-(?:device-)?width\s*:\s*([0-9]+(?:\.[0-9]+)?)(px|em|rem)?\s*\)")
_COLOUR = re.compile(r"c(?<![\w-]c)olor\s*:\s*([^;!}]{1,80})")
_IDS = re.compile(r"#[\w\\-]")
_NAMES = re.compile(r"\.[\w\\-]|\[|(?<!:):(?!:|not\(|is\()[a-z]")
_TYPES = re.compile(r"(?:^|[\s>+~(])[a-zA-Z]|::")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it stands: its selectors, its declarations, its place among the rules of the sheet.

    `telling` are the families of means its declarations may use; `coloured` says that it gives text a colour which may
    well be that of its ground: a very light one, or the same as in the rule.
    """

    prelude: str
    body: str
    order: int
    telling: tuple[str, ...] = ()
    coloured: bool = False

    def selectors(self) -> list[str]:
        """The selectors of the rule's list."""
        return [part.strip() for part in _split(self.prelude) if part.strip()]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of a style sheet, and how many of its characters no rule was made of."""

    rules: tuple[Rule, ...]
    passed_over: int = 0


def read_sheet(text: str) -> Sheet:
    """The rules of a sheet. Never raises; broken parts are left out as a browser does. Sheets of a site repeat."""
    return _remembered(text) if len(text) <= 60_000 else _read(text)


@lru_cache(maxsize=64)
def _remembered(text: str) -> Sheet:
    return _read(text)


@dataclass(slots=True)
class _Open:
    """A brace that is open: what stands before it, its own declarations so far, and whether its rules hold."""

    prelude: str
    holds: bool
    group: bool
    body: str = ""


def _read(text: str) -> Sheet:
    rules: list[Rule] = []
    stack: list[_Open] = []
    pending = ""
    at = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0] not in "{}":
            pending += text[at : match.start()] + (" " if token.startswith("/*") else token)
            at = match.end()
            continue
        pending += text[at : match.start()]
        at = match.end()
        if token == "{":
            own, semicolon, prelude = pending.rpartition(";")
            if stack and semicolon:
                stack[-1].body += own + ";"
            stack.append(_opened(prelude.strip(), stack))
        elif stack:
            closed = stack.pop()
            rules += _told(closed, pending, len(rules))
            if len(rules) >= _MOST_RULES:
                return Sheet(tuple(rules), len(text) - at)
        pending = ""
    while stack:  # the end of a sheet closes what is open
        rules += _told(stack.pop(), pending + text[at:], len(rules))
        pending, at = "", len(text)
    return Sheet(tuple(rules))


def _opened(prelude: str, stack: list[_Open]) -> _Open:
    around = stack[-1] if stack else None
    holds = (around is None or around.holds) and len(stack) < _DEEPEST
    if prelude.startswith("@"):
        return _Open(around.prelude if around else "", holds and _applies(prelude.lower()), True)
    if around is not None and around.prelude:
        parents = around.prelude if "," not in around.prelude else f":is({around.prelude})"
        prelude = prelude.replace("&", parents) if "&" in prelude else f"{parents} {prelude}"
    return _Open(prelude, holds, False)


def _told(closed: _Open, pending: str, order: int) -> Iterator[Rule]:
    body = closed.body + pending
    if closed.holds and closed.prelude and body.strip():
        yield Rule(closed.prelude, body, order, telling_families(body), _may_paint_over(body))


def _may_paint_over(body: str) -> bool:
    for match in _COLOUR.finditer(body.lower()):
        own = colour(match.group(1))
        if own is None:
            continue
        if min(own[:3]) >= 0.9 or own[3] <= 0.05:
            return True
        if "background" in body:
            ground = colour(declarations(body).get("background-color", ("", False))[0])
            if ground is not None and is_near(own, ground):
                return True
    return "\\" in body


def _applies(prelude: str) -> bool:
    """Whether the rules inside an at-rule hold: for this screen, and without asking what a browser supports."""
    if not prelude.startswith(_TRANSPARENT):
        return False
    if prelude.startswith("@supports"):
        return not prelude[9:].lstrip(" (").startswith("not")
    if not prelude.startswith("@media"):
        return True
    queries = prelude[6:].strip()
    return not queries or any(_answers(query.strip()) for query in queries.split(","))


def _answers(query: str) -> bool:
    if not query or query.startswith("not"):
        return False
    kind, *features = re.split(r"\s+and\s+", query.removeprefix("only").strip())
    if kind.startswith("("):
        features.insert(0, kind)
    elif kind not in ("all", "screen"):
        return False
    for feature in features:
        match = _FEATURE.match(feature)
        if match is None:
            return False
        size = (
            float(match.group(2)) * (1.0 if match.group(3) == "px" else 16.0) if match.group(2).count(".") < 2 else 0.0
        )
        if not (size <= _WIDTH if match.group(1) == "min" else size >= _WIDTH):
            return False
    return True


@lru_cache(maxsize=4096)
def specificity(selector: str) -> tuple[int, int, int]:
    """How many ids, names and element types a selector asks for."""
    return len(_IDS.findall(selector)), len(_NAMES.findall(selector)), len(_TYPES.findall(selector))


def _split(prelude: str) -> list[str]:
    """The parts of a selector list, cut at the commas outside brackets."""
    if "(" not in prelude and "[" not in prelude:
        return prelude.split(",")
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[(\[)\],]", prelude):
        if match.group() == "," and depth <= 0:
            parts.append(prelude[start : match.start()])
            start = match.end()
        elif match.group() != ",":
            depth += 1 if match.group() in "([" else -1
    return [*parts, prelude[start:]]
