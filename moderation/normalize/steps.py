"""The steps of normalisation, each a pure edit of a text, and their fixed order.

1. entities and escapes are decoded; 2. bracketed-pinyin residue goes; 3. one table folds width, case, Traditional
script and look-alike glyphs; 4. invisible characters go. `squeeze` is a second view, without separators inside words.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from moderation.normalize.text import Normalized, Step, codes_of, text_of

_CODE_POINTS = 0x110000
_NAMED_OR_NUMBERED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u[0-9a-fA-F]{4}|%u[0-9a-fA-F]{4}"
    r"|(?<![&\w])#[xX][0-9a-fA-F]{2,6};"
)
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
_RESIDUE = re.compile(
    rf"([\u3400-\u9fff])[(（][ \u00a0]?(?=[a-zɡü]{{0,5}}[{_TONED}])[a-zɡü{_TONED}]{{1,6}}[ \u00a0]?[)）]"
)
_INVISIBLE_RANGES = (
    (0x00, 0x08),
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x20D0, 0x20FF),
    (0x302A, 0x302F),
    (0x3099, 0x309A),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xFEFF, 0xFEFF),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
_SEPARATORS = " ·.-_*|/\\~^+='`\",:;!<>()[]{}#@&丨★☆♥❤♡◆◇■□▲△→←、【】「」『』《》〈〉"
_EXPAND = np.uint32(0xFFFFFFFF)
_DELETE = np.uint32(0xFFFFFFFE)


class _Characters:
    """The table of `resources/characters.json`: target and step of every code point, expansions apart."""

    def __init__(self) -> None:
        raw = json.loads(files("moderation.resources").joinpath("characters.json").read_text("ascii"))
        self.targets = np.arange(_CODE_POINTS, dtype=np.uint32)
        self.steps = np.zeros(_CODE_POINTS, dtype=np.uint16)
        self.expansions: dict[str, str] = {}
        for name, changes in raw.items():
            singles = {source: form for source, form in changes.items() if len(form) == 1}
            self.expansions |= {source: form for source, form in changes.items() if len(form) > 1}
            sources = codes_of("".join(singles))
            self.targets[sources] = codes_of("".join(singles.values()))
            self.steps[codes_of("".join(changes))] = Step[name.upper()]
        self.targets[codes_of("".join(self.expansions))] = _EXPAND
        # A lone surrogate is no character and no library takes it; its place stays, so that offsets do.
        self.targets[0xD800:0xE000] = 0xFFFD
        self.steps[0xD800:0xE000] = Step.INVISIBLE
        self.targets[0x09], self.steps[0x09] = 0x20, Step.WIDTH
        for first, last in _INVISIBLE_RANGES:
            self.targets[first : last + 1] = _DELETE
            self.steps[first : last + 1] = Step.INVISIBLE
        single = self.targets < _DELETE
        self.targets[single] = self.targets[self.targets[single]]  # ￮ is ○, and ○ is ·


@cache
def _characters() -> _Characters:
    return _Characters()


@cache
def _separators() -> npt.NDArray[np.bool_]:
    table = np.zeros(_CODE_POINTS, dtype=bool)
    table[codes_of(_SEPARATORS)] = True
    table[0x2600:0x27C0] = True  # miscellaneous symbols and dingbats
    table[0x1F300:0x1FB00] = True  # emoji
    return table


def _decoded(match: re.Match[str]) -> str:
    found = match.group()
    if found[0] == "&":
        return html.unescape(found)
    digits = re.findall(r"[0-9a-fA-F]{2,6}", found)
    if len(digits) == 2:  # a surrogate pair of two \u escapes
        return chr(0x10000 + ((int(digits[0], 16) - 0xD800) << 10) + int(digits[1], 16) - 0xDC00)
    code = int(digits[0], 16)
    return found if code >= _CODE_POINTS or 0xD800 <= code < 0xE000 else chr(code)


def decode_entities(text: Normalized) -> Normalized:
    r"""Decode HTML entities, `\u4e45` and `%u4e45` escapes, and the scraper's glitch `#xff0c;`."""
    if "&" not in text.text and "\\u" not in text.text and "%u" not in text.text and "#" not in text.text:
        return text
    edits = []
    for match in _NAMED_OR_NUMBERED.finditer(text.text):
        decoded = _decoded(match)
        if decoded != match.group():
            edits.append((match.start(), match.end(), decoded))
    return text.replaced(edits, Step.ENTITY)


def drop_pinyin_residue(text: Normalized) -> Normalized:
    """Drop the toned pinyin that bad Traditional conversion leaves behind a character: 網(wǎng) -> 網.

    The residue belongs to its character, so that cutting the one cuts the other.
    """
    if "(" not in text.text and "（" not in text.text:
        return text
    return text.replaced([(*match.span(), match.group(1)) for match in _RESIDUE.finditer(text.text)], Step.PINYIN)


def fold_characters(text: Normalized) -> Normalized:
    """Fold width, case, Traditional script and look-alikes, and drop invisible characters, by one table."""
    table = _characters()
    codes = codes_of(text.text)
    folded = table.targets[codes]
    changed = folded != codes
    if not changed.any():
        return text
    special = folded >= _DELETE
    if not special.any():
        return text.recoded(text_of(folded), np.where(changed, table.steps[codes], 0).astype(np.uint16))
    expanding = np.flatnonzero(folded == _EXPAND)
    if len(expanding):
        steps = table.steps[codes[expanding]]
        for step in np.unique(steps)[::-1]:
            codes = codes_of(text.text)
            places = np.flatnonzero((table.targets[codes] == _EXPAND) & (table.steps[codes] == step)).tolist()
            text = text.replaced([(i, i + 1, table.expansions[text.text[i]]) for i in places], Step(int(step)))
        # An expansion may hold characters that fold further; each such chain is at most two long.
        return fold_characters(text)
    dropped = folded == _DELETE
    folded = np.where(dropped, codes, folded)
    steps = np.where(changed & ~dropped, table.steps[codes], 0).astype(np.uint16)
    return text.recoded(text_of(folded), steps).without(folded, dropped, Step.INVISIBLE)


def normalize(raw: str) -> Normalized:
    """The normal form of a raw text. Newlines stay; every position maps back to `raw`."""
    return fold_characters(drop_pinyin_residue(decode_entities(Normalized.identity(raw))))


def squeeze(text: Normalized) -> Normalized:
    """A normalised text without the separators between its words; line breaks stay.

    Joins what was never one word too (打赌 博士 -> 打赌博士), so hits that only this view shows need more proof.
    """
    codes = codes_of(text.text)
    drop = _separators()[codes]
    return text.without(codes, drop, Step.SEPARATOR) if drop.any() else text
