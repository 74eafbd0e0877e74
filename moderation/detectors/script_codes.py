"""The codes in which scripts hide text: base64, percent and hex codes, shifted letters, the packer of Dean Edwards."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from urllib.parse import unquote

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})")
_WORD = re.compile(r"\b\w+\b", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_READABLE = re.compile(r"[\x20-\x7e\t\n\r\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_LARGEST_RADIX = 62


def from_base64(text: str) -> str:
    """What base64 text says as UTF-8, else as Latin-1; an empty text for what is no base64."""
    bare = "".join(text.split())
    if not _BASE64.fullmatch(bare):
        return ""
    bare = bare.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 == 1:
        return ""
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return ""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def from_hex(text: str) -> str:
    """What pairs of hex digits say; an empty text for anything else."""
    return bytes.fromhex(text).decode("utf-8", "replace") if _HEX.fullmatch(text) else ""


def from_percent(text: str) -> str:
    """`unescape` and `decodeURIComponent` in one: `%u4e45` is a code unit, runs of `%e4` are UTF-8."""
    if "%u" in text or "%U" in text:
        return _PERCENT_U.sub(lambda match: chr(int(match.group(1) or match.group(2), 16)), text)
    return unquote(text, errors="replace")


def from_codes(numbers: Sequence[str], operator: str = "", operand: int = 0) -> str:
    """The characters of codes, each first changed by an operation; codes of no character are left out."""
    codes = (changed(int(number), operator, operand) for number in numbers)
    return "".join(chr(code) for code in codes if 0 < code < 0x110000)


def shifted(text: str, operator: str, operand: int) -> str:
    """Every character changed by one operation on its code."""
    return from_codes([str(ord(character)) for character in text], operator, operand)


def changed(number: int, operator: str, operand: int) -> int:
    """A number after a small operation; -1 where it has no result."""
    match operator:
        case "+":
            return number + operand
        case "-":
            return number - operand
        case "^":
            return number ^ operand
        case "*":
            return number * operand
        case "/":
            return number // operand if operand else -1
        case "%":
            return number % operand if operand else -1
    return number


def readable(text: str) -> bool:
    """True for text that people or programs write: nearly all of it letters, marks and Chinese."""
    return len(text) >= 4 and len(_READABLE.findall(text)) >= 0.95 * len(text)


def unpacked(payload: str, radix: int, words: Sequence[str], limit: int) -> str:
    """The script that `eval(function(p,a,c,k,e,d){…})` would run: each number of the payload stands for a word."""
    if not 2 <= radix <= _LARGEST_RADIX:
        return ""
    values = {digit: value for value, digit in enumerate(_DIGITS[:radix])}
    size = 0

    def word(match: re.Match[str]) -> str:
        nonlocal size
        number, found = 0, match.group()
        if len(found) <= 4 and size < limit:
            for digit in found:
                if digit not in values:
                    return found
                number = number * radix + values[digit]
            found = words[number] if number < len(words) and words[number] else found
        size += len(found)
        return found

    return _WORD.sub(word, payload)
