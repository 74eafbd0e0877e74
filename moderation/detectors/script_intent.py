"""What a script does for whom: its actions, and the tests they stand under.

A small reading of blocks and statements, forwards and twice: names that hold the referrer or the user agent carry that
along, blocks inherit the tests of their `if`, and functions that navigate are known when they are called. A test and an
action that have nothing to do with each other, as in any statistics script, are therefore no finding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum

from moderation.detectors.script_tokens import Kind, Token


class Condition(IntFlag):
    """What a condition asks about."""

    NONE = 0
    REFERRER = 1
    ENGINE = 2
    SPIDER = 4
    AGENT = 8
    DEVICE = 16


class Deed(StrEnum):
    """What a script does to a visitor."""

    GO = "go"
    FRAME = "frame"
    LOAD = "load"
    TITLE = "title"
    WRITE = "write"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Action:
    """One deed with the tests it stands under. `target` is an address or text, as far as it can be read.

    `immediate` when nothing but loading the page leads to it.
    """

    deed: Deed
    target: str
    tests: Condition
    immediate: bool


_ENGINE = re.compile(r"baidu|sogou|haosou|\bso\\?\.com|360\\?\.cn|google|bing\b|yahoo|\bsm\\?\.cn|toutiao|yisou|shenma")
_SPIDER = re.compile(r"spider|googlebot|bingbot|crawl|slurp|isbot|\bbot\b|[^a-z]bots?[^a-z]")
_DEVICE = re.compile(r"android|iphone|ipad|ipod|mobile|symbian|windows ?phone|midp|ucweb|micromessenger|ismob|\bphone")
_CONDITIONS = frozenset("if case while for catch else && || ?".split())
_GOES = frozenset("replace assign".split())
_WRITES = frozenset("write writeln insertAdjacentHTML append prepend before after html".split())
_TEXTS = frozenset("innerHTML outerHTML srcdoc".split())
_SHOWS = frozenset("display visibility content".split())
_LOADS = frozenset("getScript loadScript importScripts loadJs loadJS addScript".split())
_AT_ONCE = frozenset(
    "setTimeout setInterval ready onload onpageshow onpopstate addEventListener attachEvent $ jQuery then".split()
)
_AWAITED = frozenset("click mousedown mouseup touchstart touchend keydown submit change mouseover focus blur".split())
_FRAME = re.compile(r"<i?frame\b[^<>]{0,800}", re.I)
_LOAD = re.compile(r"<script\b[^<>]{0,800}", re.I)
_SOURCE = re.compile(r"""(?:src|action)\s*=\s*["']?([^"'\s<>]{1,400})""", re.I)
_LONGEST_VALUE = 40
_LONGEST_HEADER = 80
_LONGEST_DELAY = 3_000


@dataclass(slots=True)
class _Frame:
    """An open block: the tests around it, and the statement that goes on behind it."""

    tests: Condition
    conditional: bool
    immediate: bool
    name: str = ""
    function: bool = False
    timer: bool = False
    actions: int = 0
    exits: Condition = Condition.NONE
    left: bool = False
    seen: Condition = Condition.NONE
    statement: int = 0
    asked: Condition = Condition.NONE
    parens: int = 0


@dataclass(slots=True)
class _Names:
    """What is known of names: the tests they carry, the texts they hold, what they were made as, their deeds."""

    tests: defaultdict[str, Condition] = field(default_factory=lambda: defaultdict(lambda: Condition.NONE))
    texts: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    deeds: dict[str, tuple[Deed, str]] = field(default_factory=dict)


def actions(script: Sequence[Token]) -> list[Action]:
    """Every action of a script; read twice, so that functions may be called before they are written down."""
    names = _Names()
    _Reading(script, names).read()
    return _Reading(script, names).read()


class _Reading:
    """One reading of a script."""

    def __init__(self, script: Sequence[Token], names: _Names) -> None:
        self._script, self._names = script, names
        self._frames = [_Frame(Condition.NONE, False, True, function=True)]
        self._found: list[Action] = []
        self._statement = 0
        self._asked = Condition.NONE
        self._conditional = False
        self._parens = 0
        self._closed = Condition.NONE

    def read(self) -> list[Action]:
        """The actions in order."""
        for index, token in enumerate(self._script):
            if token.kind is Kind.MARK:
                self._mark(index, token.text)
                continue
            tests = self._tests_of(token)
            self._asked |= tests
            self._frames[-1].seen |= tests
            if token.kind is Kind.NAME:
                self._name(index, token.text)
        return self._found

    def _mark(self, index: int, mark: str) -> None:
        if mark == "{":
            self._enter(index)
        elif mark == "}":
            self._leave(index)
        elif mark == "(":
            self._parens += 1
        elif mark == ")":
            self._parens = max(0, self._parens - 1)
        elif mark == ";" and not self._parens:
            self._next(index)
        elif mark in _CONDITIONS:
            self._conditional = True

    def _next(self, index: int) -> None:
        self._statement, self._asked, self._conditional = index + 1, Condition.NONE, False

    def _name(self, index: int, name: str) -> None:
        if name in _CONDITIONS:
            self._conditional = True
            if name == "else":
                self._asked |= self._closed
        elif name == "return" and self._conditional | self._frames[-1].conditional:
            function = next(frame for frame in reversed(self._frames) if frame.function)
            function.exits |= self._asked | self._frames[-1].tests
            function.left = True
        following = self._text(index + 1)
        if following in ("=", "+=") and self._text(index - 1) != ".":
            self._assign(index, name)
        for deed, target in self._deeds(index, name, following):
            self._act(deed, target)

    def _enter(self, index: int) -> None:
        around = self._frames[-1]
        header = self._script[max(self._statement, index - _LONGEST_HEADER) : index]
        words = [token.text for token in header if token.kind is not Kind.STRING]
        function = "function" in words or "=>" in words[-1:]
        frame = _Frame(
            tests=around.tests | self._asked | around.exits,
            conditional=around.conditional or around.left or self._conditional,
            immediate=around.immediate,
            function=function,
            actions=len(self._found),
            statement=self._statement,
            asked=self._asked,
            parens=self._parens,
        )
        if function:
            place = len(words) - 1 - words[::-1].index("function") if "function" in words else 0
            self._describe(frame, words, header, place)
        self._frames.append(frame)
        self._next(index)
        self._parens = 0

    def _describe(self, frame: _Frame, words: list[str], header: Sequence[Token], place: int) -> None:
        """Whether a function runs at once, and under which name it may be called."""
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        caller = _caller(words[:place])
        if after not in ("(", "*", ""):
            frame.name = after
        elif before in ("=", ":") and place > 1:
            caller, frame.name = words[place - 2], "" if words[place - 2] in _AT_ONCE else words[place - 2]
        waits = any(token.kind is Kind.STRING and token.text in _AWAITED for token in header)
        frame.timer = caller in ("setTimeout", "setInterval")
        at_once = (not caller and not frame.name) or (caller in _AT_ONCE and not waits)
        frame.immediate = frame.immediate and at_once
        if frame.name:
            # Where it is called decides, so that the tests around its text count, and those inside it.
            frame.conditional = True

    def _leave(self, index: int) -> None:
        if len(self._frames) == 1:
            self._next(index)
            return
        frame = self._frames.pop()
        self._frames[-1].seen |= frame.seen
        self._closed = frame.asked
        if frame.name:
            self._names.tests[frame.name] |= frame.seen
        if frame.timer and self._text(index + 1) == ",":
            delay = self._text(index + 2)
            if delay.isdecimal() and int(delay) > _LONGEST_DELAY:
                self._found[frame.actions :] = [action for action in self._found[frame.actions :] if action.tests]
        self._parens = frame.parens
        if frame.parens:  # a function among the arguments of a call: the statement goes on
            self._statement, self._asked = frame.statement, frame.asked
        else:
            self._next(index)

    def _tests_of(self, token: Token) -> Condition:
        if token.kind is Kind.NAME:
            if token.text == "referrer":
                return Condition.REFERRER
            if token.text in ("userAgent", "appVersion"):
                return Condition.AGENT
            known = self._names.tests.get(token.text, Condition.NONE)
            return known | (_tests_in(token.text) & (Condition.SPIDER | Condition.DEVICE))
        if token.kind is Kind.ARRAY:
            return _tests_in(" ".join(token.items))
        return _tests_in(token.text) if token.kind in (Kind.STRING, Kind.PATTERN) else Condition.NONE

    def _assign(self, index: int, name: str) -> None:
        """A name holds what its value asks about, and what the block around it does."""
        value = list(self._value(index + 2))
        if name == "location":
            return
        tests = self._frames[-1].tests | self._asked if self._conditional else self._frames[-1].tests
        for token in value:
            tests |= self._tests_of(token)
        self._names.tests[name] |= tests
        text = self._said(value)
        if text:
            self._names.texts[name] = text
        words = [token.text.lower() for token in value]
        if "createelement" in words:
            self._names.made[name] = next((word for word in words if word in ("script", "iframe", "img", "form")), "")
        elif "image" in words:
            self._names.made[name] = "img"

    def _deeds(self, index: int, name: str, following: str) -> Iterator[tuple[Deed, str]]:
        """The deeds that begin with a name."""
        called = following == "("
        before, owner = self._text(index - 1), self._text(index - 2)
        if self._goes(name, following, before, owner):
            yield Deed.GO, self._said(self._value(index + 2))
        elif (name in _WRITES and called) or (name in _TEXTS and following in ("=", "+=")):
            yield from _written(self._said(self._value(index + 2)))
        elif name == "src" and following == "=" and before == ".":
            yield from self._loaded(owner, self._said(self._value(index + 2)))
        elif name == "setAttribute" and called and self._text(index + 2) == "src":
            yield from self._loaded(owner, self._said(self._value(index + 4)))
        elif name in _LOADS and called:
            yield Deed.LOAD, self._said(self._value(index + 2))
        elif name == "title" and following == "=" and owner in ("document", "doc", "d"):
            yield Deed.TITLE, self._said(self._value(index + 2))
        elif name in _SHOWS and following == "=" and before == ".":
            yield Deed.SHOW, self._said(self._value(index + 2))
        elif called and name in self._names.deeds and self._text(index - 1) != "function":
            deed, known = self._names.deeds[name]
            said = self._said(self._value(index + 2))
            yield deed, said if "//" in said else known or said

    def _goes(self, name: str, following: str, before: str, owner: str) -> bool:
        """True where a name begins a navigation."""
        if following == "=":
            member = name in ("href", "pathname") and owner == "location" and before == "."
            return name == "location" or member or (name == "action" and before == ".")
        if following != "(":
            return False
        opens = name == "open" and owner in ("window", "self", "top", "parent", "(", ";", "{", "")
        return opens or (name in _GOES and owner == "location")

    def _loaded(self, owner: str, target: str) -> Iterator[tuple[Deed, str]]:
        made = self._names.made.get(owner)
        if made in ("script", "iframe"):
            yield (Deed.LOAD if made == "script" else Deed.FRAME), target
        elif made is None and target.split("?")[0].endswith(".js"):
            yield Deed.LOAD, target

    def _act(self, deed: Deed, target: str) -> None:
        frame = self._frames[-1]
        tests = frame.tests | self._asked | frame.exits
        named = next((frame.name for frame in reversed(self._frames) if frame.function and frame.name), "")
        if named:
            self._names.deeds.setdefault(named, (deed, target))
        left = any(open_frame.left for open_frame in self._frames)
        immediate = frame.immediate and not (frame.conditional or left or self._conditional)
        self._found.append(Action(deed, target, tests, immediate))

    def _value(self, index: int) -> Iterator[Token]:
        """The tokens of a value: up to the end of its statement or of the call it stands in."""
        depth = 0
        for token in self._script[index : index + _LONGEST_VALUE]:
            if token.kind is Kind.MARK:
                if token.text in ("(", "["):
                    depth += 1
                elif token.text in (")", "]"):
                    depth -= 1
                if depth < 0 or token.text in (";", "{", "}") or (token.text == "," and not depth):
                    return
            yield token

    def _said(self, value: Iterator[Token] | Sequence[Token]) -> str:
        """The literal parts of a value, put together; of a name, what it was given."""
        parts = []
        for token in value:
            if token.kind is Kind.STRING:
                parts.append(token.text)
            elif token.kind is Kind.ARRAY:
                parts.append(token.items[0] if token.items else "")
            elif token.kind is Kind.NAME:
                parts.append(self._names.texts.get(token.text, ""))
        return "".join(parts)[:4000]

    def _text(self, index: int) -> str:
        return self._script[index].text if 0 <= index < len(self._script) else ""


def _caller(words: Sequence[str]) -> str:
    """The name of the call among whose arguments the words end, if it is one."""
    depth = 0
    for index in range(len(words) - 1, -1, -1):
        depth += (words[index] == ")") - (words[index] == "(")
        if depth < 0:
            name = words[index - 1] if index else ""
            return name if name.replace("$", "a").isidentifier() else ""
    return ""


def _tests_in(text: str) -> Condition:
    found = Condition.NONE
    lower = text[:2000].lower()
    if _ENGINE.search(lower):
        found |= Condition.ENGINE
    if _SPIDER.search(lower):
        found |= Condition.SPIDER
    if _DEVICE.search(lower):
        found |= Condition.DEVICE
    return found


def _written(markup: str) -> Iterator[tuple[Deed, str]]:
    """Frames and scripts in written markup with their addresses; else the text itself."""
    found = False
    for pattern, deed in ((_FRAME, Deed.FRAME), (_LOAD, Deed.LOAD)):
        for match in pattern.finditer(markup):
            source = _SOURCE.search(match.group())
            if source is not None:
                found = True
                yield deed, f"{source.group(1)} {match.group()}"
    if not found:
        yield Deed.WRITE, markup
