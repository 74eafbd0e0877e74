"""A script read without running it: whatever its text alone settles is worked out.

Strings that were cut up, reversed, escaped, joined from arrays or written in a code become plain; what is handed to
`eval` and its like becomes a layer of its own. Everything else stays as it is, and nothing is ever run. The work is
bounded by a budget of characters, since a few letters of script can stand for any number.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from moderation.detectors.script_codes import (
    changed,
    from_base64,
    from_codes,
    from_hex,
    from_percent,
    readable,
    shifted,
    unpacked,
)
from moderation.detectors.script_tokens import Kind, Token, tokens

_MOST_CHARACTERS = 200_000
"""Characters that decoding may bring forth in one script."""
_DEEPEST = 5
_PASSES = 4
_MOST_ITEMS = 20_000
_LONGEST_CALL = 24
"""Tokens of a call that is worth a look, unless it makes characters of codes."""
_RUNS = frozenset("eval Function execScript setTimeout setInterval".split())
_WRITES = frozenset("write writeln".split())
_WRITTEN = re.compile(r"<script[^<>]{0,300}>([^<]{8,20000})<", re.I)
_SOON = 3_000
"""Milliseconds."""
_PERCENT = frozenset("unescape decodeURIComponent decodeURI".split())
_CODE = re.compile(r"referrer|userAgent|location|https?:|document|createElement|<iframe|<script", re.I)
_NAME = re.compile(r"[A-Za-z_$][\w$]*\Z", re.ASCII)
_OPERATORS = frozenset("+-*/^%")
_BINDING = frozenset((".", "[", "(", "*", "/", "%"))
"""What a string after `+` may belong to before it is added."""
_PLAIN_PATTERN = re.compile(r"/((?:[^\\^$.*+?()\[\]{}|/]|\\[^\w])+)/g?i?\Z")
_NUMBERED = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]{1,9}")


@dataclass(slots=True)
class _Known:
    """What names are known to hold, and the room left for decoding."""

    values: dict[str, Token] = field(default_factory=dict)
    room: int = _MOST_CHARACTERS
    layers: list[str] = field(default_factory=list)

    def spend(self, text: str) -> bool:
        """True when a decoded text fits the budget."""
        self.room -= len(text)
        return self.room >= 0


def layers(script: str) -> list[list[Token]]:
    """The script and every script found inside it, each with its strings worked out."""
    known = _Known()
    found: list[list[Token]] = []
    seen = {script}
    waiting = [(script, 0)]
    while waiting:
        text, depth = waiting.pop()
        known.layers = []
        worked = _worked_out(list(tokens(text)), known)
        found.append(worked)
        if depth < _DEEPEST:
            for layer in (*known.layers, *_shifted_layers(worked), *_coded_layers(worked)):
                if layer not in seen and known.spend(layer):
                    seen.add(layer)
                    waiting.append((layer, depth + 1))
    return found


def _worked_out(script: list[Token], known: _Known) -> list[Token]:
    for _ in range(_PASSES):
        before, layered = script, len(known.layers)
        folding = _Folding(known)
        script = folding.folded(before)
        given = _constants(script)
        news = any(known.values.get(name) != value for name, value in given.items())
        known.values |= given
        if script == before and len(known.layers) == layered and not news:
            break
    return script


def _constants(script: Sequence[Token]) -> dict[str, Token]:
    """Names that are given one literal and no other value; texts that grow by `+=` are put together."""
    given: dict[str, Token] = {}
    times: Counter[str] = Counter()
    for index in range(len(script) - 2):
        name, sign, value = script[index : index + 3]
        if name.kind is not Kind.NAME or sign.kind is not Kind.MARK or sign.text not in ("=", "+="):
            continue
        behind = script[index + 3].text if index + 3 < len(script) else ";"
        alone = value.kind in (Kind.STRING, Kind.ARRAY) and behind in (";", ",", ")", "}")
        if sign.text == "=":
            times[name.text] += 1
            if alone:
                given[name.text] = value
        elif alone and name.text in given and given[name.text].kind is Kind.STRING:
            given[name.text] = Token(Kind.STRING, given[name.text].text + value.text)
        else:
            times[name.text] += 2
    return {name: value for name, value in given.items() if times[name] == 1}


def _shifted_layers(script: Sequence[Token]) -> list[str]:
    """Scripts whose letters were moved by one operation that stands beside `fromCharCode`."""
    found = []
    for index, token in enumerate(script):
        if token.text != "fromCharCode" or token.kind is not Kind.NAME:
            continue
        operator, operand = "", 0
        near = script[index + 1 : index + 16]
        for sign, number in itertools.pairwise(near):
            if sign.text in _OPERATORS and number.kind is Kind.NUMBER and _NUMBERED.fullmatch(number.text):
                operator, operand = sign.text, int(number.text, 0) if "x" in number.text.lower() else int(number.text)
                break
        for other in script:
            if other.kind is Kind.ARRAY and len(other.items) >= 8 and all(map(str.isdigit, other.items)):
                found.append(from_codes(other.items, operator, operand))
            elif other.kind is Kind.STRING and operator and 12 <= len(other.text) <= _MOST_ITEMS:
                found.append(shifted(other.text, operator, operand))
        break
    return [text for text in found if _CODE.search(text)]


def _coded_layers(script: Sequence[Token]) -> list[str]:
    """Scripts that stand in a code and are handed to a function that the script brings along."""
    found = []
    for token in script:
        if token.kind is Kind.STRING and len(token.text) >= 24:
            found += [text for text in (from_base64(token.text), from_hex(token.text)) if readable(text)]
    return [text for text in found if _CODE.search(text)]


class _Folding:
    """One pass over the tokens: each is put on a stack, whose end is folded whenever it has a known value."""

    def __init__(self, known: _Known) -> None:
        self._known = known
        self._out: list[Token] = []
        self._open: list[int] = []

    def folded(self, script: Sequence[Token]) -> list[Token]:
        """The tokens after one pass."""
        for index, token in enumerate(script):
            following = script[index + 1].text if index + 1 < len(script) else ""
            if token.kind is Kind.NAME and token.text in self._known.values and following not in ("=", ":", "+="):
                before = self._out[-1].text if self._out else ""
                value = self._known.values[token.text]
                if before not in (".", "function", "var", "let", "const") and self._known.spend(value.text):
                    token = value
            if token.kind is Kind.MARK:
                self._join(token.text)
            self._out.append(token)
            if token.kind is not Kind.MARK:
                continue
            if token.text in ("(", "["):
                self._open.append(len(self._out) - 1)
            elif token.text in (")", "]") and self._open:
                start = self._open.pop()
                if self._out[start].text == ("(" if token.text == ")" else "["):
                    (self._call if token.text == ")" else self._bracket)(start)
        self._join(";")
        return self._out

    def _join(self, following: str) -> None:
        """Fold `"a" + "b"` and sums of numbers, once the mark behind them shows that they stand alone."""
        out = self._out
        while len(out) >= 3 and following not in _BINDING:
            left, sign, right = out[-3:]
            before = out[-4].text if len(out) > 3 and out[-4].kind is Kind.MARK else ""
            if sign.kind is not Kind.MARK or before in (".", "*", "/", "%", "-", "^"):
                return
            kinds = {left.kind, right.kind}
            if sign.text == "+" and Kind.STRING in kinds and kinds <= {Kind.STRING, Kind.NUMBER}:
                if left.kind is Kind.NUMBER and before == "+":
                    return
                out[-3:] = [Token(Kind.STRING, left.text + right.text)]
            elif kinds == {Kind.NUMBER} and sign.text in _OPERATORS and before in ("", "(", ",", "[", "="):
                first, second = _number(left), _number(right)
                if first is None or second is None:
                    return
                out[-3:] = [Token(Kind.NUMBER, str(max(0, changed(first, sign.text, second))))]
            else:
                return

    def _replace(self, start: int, value: Token) -> None:
        if self._known.spend(value.text):
            self._out[start:] = [value]

    def _bracket(self, start: int) -> None:
        """An array of literals, an item of one, or a member named by a string."""
        out = self._out
        if out[start + 1].kind not in (Kind.STRING, Kind.NUMBER):
            return
        inner = out[start + 1 : -1]
        owner = out[start - 1] if start else None
        if owner is not None and (owner.kind is not Kind.MARK or owner.text in (")", "]")) and owner.text != "return":
            if len(inner) != 1:
                return
            if inner[0].kind is Kind.STRING and _NAME.match(inner[0].text):
                out[start:] = [Token(Kind.MARK, "."), Token(Kind.NAME, inner[0].text)]
            elif inner[0].kind is Kind.NUMBER and owner.kind is Kind.ARRAY:
                number = _number(inner[0])
                if number is not None and number < len(owner.items):
                    self._replace(start - 1, Token(Kind.STRING, owner.items[number]))
            return
        values, commas = inner[::2], inner[1::2]
        literal = all(item.kind in (Kind.STRING, Kind.NUMBER) for item in values) and values
        if literal and len(values) <= _MOST_ITEMS and all(comma.text == "," for comma in commas):
            items = tuple(
                str(_number(item)) if item.kind is Kind.NUMBER and _number(item) is not None else item.text
                for item in values
            )
            out[start:] = [Token(Kind.ARRAY, "", items)]

    def _call(self, start: int) -> None:
        """A call whose result its text settles, or a parenthesis around one value."""
        out = self._out
        names = [token.text for token in out[max(0, start - 5) : start]]
        codes = "fromCharCode" in names
        if len(out) - start > _LONGEST_CALL and not codes:
            return
        given = out[start + 1 : -1]
        callee = out[start - 1] if start else None
        if callee is None or (callee.kind is Kind.MARK and callee.text not in (")", "]", "}")):
            if len(given) == 1 and given[0].kind in (Kind.STRING, Kind.NUMBER, Kind.ARRAY):
                out[start:] = given
            return
        if callee.kind is Kind.MARK:
            self._unpack(given)
        elif callee.kind is Kind.NAME:
            if (codes and self._codes(start, given)) or self._method(start, callee.text, given):
                return
            if given and given[0].kind is Kind.STRING:
                self._function(start, callee.text, given)

    def _codes(self, start: int, given: Sequence[Token]) -> bool:
        """`String.fromCharCode(…)`, also by `apply` and `call`."""
        numbers: list[str] = []
        for token in given:
            if token.kind is Kind.ARRAY:
                numbers += token.items
            elif token.kind is Kind.NUMBER:
                number = _number(token)
                numbers.append(str(number) if number is not None else "")
            elif token.text not in (",", ".", "null", "this", "String", "void"):
                return False
        if not numbers or not all(map(str.isdecimal, numbers)):
            return False
        first = start - 1
        while first > 1 and self._out[first].text != "fromCharCode":
            first -= 1
        if first > 1 and self._out[first - 1].text == ".":
            first -= 2
        self._replace(first, Token(Kind.STRING, from_codes([number for number in numbers if len(number) < 8])))
        return True

    def _method(self, start: int, name: str, given: Sequence[Token]) -> bool:
        """A method of a literal: `"ba".split("")`, `[…].reverse()`, `[…].join("")`, `"axb".replace(/x/g, "")`."""
        if start < 3 or self._out[start - 2].text != ".":
            return False
        owner = self._out[start - 3]
        if owner.kind not in (Kind.STRING, Kind.ARRAY):
            return False
        result = _result(owner, name, given)
        if result is not None:
            self._replace(start - 3, result)
        return True

    def _function(self, start: int, name: str, given: Sequence[Token]) -> None:
        """A decoder by its name, or by what becomes of its argument; what runs its argument opens a layer."""
        text = given[0].text
        if name in _RUNS:
            # What runs only after a while is no instant redirect: to the reader of scripts it is under a condition.
            delay = _number(given[2]) if len(given) == 3 else None
            self._known.layers.append(f"if(later){{{text}}}" if delay is not None and delay > _SOON else text)
        elif name in _WRITES:
            self._known.layers += _WRITTEN.findall(text)
        elif len(given) != 1:
            last = given[-1]
            if name == "parseInt" and len(given) == 3 and last.kind is Kind.NUMBER:
                radix = _number(last)
                digits = text.strip().lower()
                if radix in (8, 10, 16) and re.fullmatch(r"[0-9a-f]{1,7}" if radix == 16 else r"[0-7]{1,9}", digits):
                    self._replace(start - 1, Token(Kind.NUMBER, str(int(digits, radix))))
        elif name in _PERCENT:
            self._replace(self._callee(start), Token(Kind.STRING, from_percent(text)))
        else:
            decoded = from_base64(text)
            if not (decoded and (name == "atob" or readable(decoded))):
                decoded = from_hex(text)
            if decoded and readable(decoded):
                if _CODE.search(decoded):
                    self._known.layers.append(decoded)
                self._replace(self._callee(start), Token(Kind.STRING, decoded))

    def _callee(self, start: int) -> int:
        """Where the name that is called begins: `atob`, or `window.atob` from its `window`."""
        first = start - 1
        while first >= 2 and self._out[first - 1].text == "." and self._out[first - 2].kind is Kind.NAME:
            first -= 2
        return first

    def _unpack(self, given: Sequence[Token]) -> None:
        """The arguments of `function(p,a,c,k,e,d)`: payload, radix, count, words."""
        if len(given) < 7 or given[0].kind is not Kind.STRING or given[6].kind is not Kind.ARRAY:
            return
        radix = _number(given[2])
        if radix is not None:
            self._known.layers.append(unpacked(given[0].text, radix, given[6].items, max(0, self._known.room)))


def _number(token: Token) -> int | None:
    if token.kind is not Kind.NUMBER or not _NUMBERED.fullmatch(token.text):
        return None
    return int(token.text, 16 if token.text[:2].lower() == "0x" else 10)


def _result(owner: Token, name: str, given: Sequence[Token]) -> Token | None:
    """What a method of a literal gives, or None where that is not worked out."""
    plain = [token.text for token in given if token.kind is Kind.STRING]
    if owner.kind is Kind.ARRAY:
        if name == "reverse" and not given:
            return Token(Kind.ARRAY, "", owner.items[::-1])
        if name == "join" and len(given) <= 1:
            return Token(Kind.STRING, (plain[0] if plain else ",").join(owner.items))
        return None
    text = owner.text
    if name == "split" and len(plain) == len(given) == 1:
        items = text.split(plain[0]) if plain[0] else list(text)
        return Token(Kind.ARRAY, "", tuple(items[:_MOST_ITEMS]))
    if name == "concat" and plain and len(given) == 2 * len(plain) - 1:
        return Token(Kind.STRING, text + "".join(plain))
    if name == "replace" and len(given) == 3 and given[2].kind is Kind.STRING:
        pattern = _PLAIN_PATTERN.match(given[0].text) if given[0].kind is Kind.PATTERN else None
        if pattern is not None:
            return Token(Kind.STRING, text.replace(pattern.group(1).replace("\\", ""), given[2].text))
        if given[0].kind is Kind.STRING:
            return Token(Kind.STRING, text.replace(given[0].text, given[2].text, 1))
    if name in ("toString", "trim", "toLowerCase") and not given:
        return Token(Kind.STRING, text.lower() if name == "toLowerCase" else text)
    return None
