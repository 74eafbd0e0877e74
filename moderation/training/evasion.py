"""Ways to hide a text from a filter and not from a person, at two strengths.

They are applied to abusive and to clean text alike: a model must not learn that disguise is abuse.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from functools import cache

from moderation.scoring.sound import syllable_of

LIGHT, HEAVY = 0.2, 0.6
"""The share of characters that a transformation touches."""

Evasion = Callable[[str, random.Random, float], str]

_LOOKALIKES = str.maketrans("aceiopxyABCEHKMOPTXvn", "асеіорхуАВСЕНКМОРТХνη")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_STAND_INS = {
    "加": "➕", "心": "❤", "爱": "❤", "鸡": "🐔", "草": "🌿", "花": "🌸", "水": "💧", "火": "🔥", "钱": "💰", "马": "🐴",
    "蛇": "🐍", "牛": "🐮", "狗": "🐶", "猪": "🐷", "鱼": "🐟", "车": "🚗", "电": "⚡", "炮": "💣", "球": "⚽", "茶": "🍵",
    "手": "✋", "口": "👄", "人": "👤", "女": "👩", "男": "👨", "看": "👀", "大": "🅾", "星": "⭐", "月": "🌙", "日": "☀",
}  # fmt: skip
_SPLITS = {
    "好": "女子", "明": "日月", "加": "力口", "法": "氵去", "赌": "贝者", "博": "十尃", "炮": "火包", "信": "亻言", "射": "身寸",
    "性": "忄生", "情": "忄青", "淫": "氵壬", "裸": "衤果", "贷": "代贝", "彩": "采彡", "证": "讠正", "妹": "女未", "她": "女也",
    "和": "禾口", "种": "禾中", "精": "米青", "胸": "月匈", "奶": "女乃", "视": "礻见", "频": "步页", "约": "纟勺", "视听": "礻见口斤",
    "微": "彳山一攵", "激": "氵敫", "代": "亻弋", "钱": "钅戋", "银": "钅艮", "行": "彳亍", "秒": "禾少", "课": "讠果", "作": "亻乍",
}  # fmt: skip


def _each(text: str, draw: random.Random, share: float, change: Callable[[str], str]) -> str:
    """Apply a change to a share of the characters."""
    return "".join(change(character) if draw.random() < share else character for character in text)


def _between(text: str, draw: random.Random, share: float, mark: str) -> str:
    """Put a mark behind a share of the characters that another one follows."""
    last = len(text) - 1
    return "".join(
        c + (mark if i < last and not c.isspace() and draw.random() < share else "") for i, c in enumerate(text)
    )


def zero_width(text: str, draw: random.Random, share: float) -> str:
    """Invisible characters between the visible ones."""
    return _between(text, draw, share, draw.choice("\u200b\u200c\u2060"))


def separators(text: str, draw: random.Random, share: float) -> str:
    """One symbol between characters."""
    return _between(text, draw, share, draw.choice("·.*-_"))


def spaces(text: str, draw: random.Random, share: float) -> str:
    """Blanks between characters."""
    return _between(text, draw, share, " ")


def full_width(text: str, draw: random.Random, share: float) -> str:
    """Full-width letters and digits."""
    return _each(text, draw, share, lambda c: chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c)


def circled_digits(text: str, draw: random.Random, share: float) -> str:
    """Digits in circles."""
    return _each(text, draw, share, lambda c: c.translate(_CIRCLED))


def lookalikes(text: str, draw: random.Random, share: float) -> str:
    """Cyrillic and Greek letters that pass for Latin ones."""
    return _each(text, draw, share, lambda c: c.translate(_LOOKALIKES))


def emoji(text: str, draw: random.Random, share: float) -> str:
    """Emoji in place of words."""
    return _each(text, draw, share, lambda c: _STAND_INS.get(c, c))


def split_characters(text: str, draw: random.Random, share: float) -> str:
    """A character's parts written side by side."""
    return _each(text, draw, share, lambda c: _SPLITS.get(c, c))


def repeated(text: str, draw: random.Random, share: float) -> str:
    """Characters doubled."""
    return _each(text, draw, share / 2, lambda c: c * 2)


def entities(text: str, draw: random.Random, share: float) -> str:
    """Numeric character references."""
    form = draw.choice(("&#{};", "&#x{:x};"))
    return _each(text, draw, share, lambda c: form.format(ord(c)) if not c.isspace() else c)


def random_tail(text: str, draw: random.Random, share: float) -> str:
    """Random characters behind the text."""
    letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
    return text + draw.choice("#&_ ") + "".join(draw.choice(letters) for _ in range(3 if share < HEAVY else 6))


def traditional(text: str, draw: random.Random, share: float) -> str:
    """Traditional script, for a share of the characters."""
    return _each(text, draw, share if share < HEAVY else 1.0, lambda c: _to_traditional().get(c, c))


def same_sound(text: str, draw: random.Random, share: float) -> str:
    """Another common character of the same toneless sound."""

    def change(character: str) -> str:
        choices = [other for other in _of_sound().get(syllable_of(character), ()) if other != character]
        return draw.choice(choices) if choices else character

    return _each(text, draw, share / 2, change)


def pinyin(text: str, draw: random.Random, share: float) -> str:
    """The sound in Latin letters in place of the character."""
    return _each(text, draw, share / 2, lambda c: syllable_of(c) or c)


def initials(text: str, draw: random.Random, share: float) -> str:
    """The first letter of the sound in place of the character."""
    return _each(text, draw, share / 2, lambda c: syllable_of(c)[:1] or c)


def bracketed_pinyin(text: str, draw: random.Random, share: float) -> str:
    """Toned pinyin in brackets behind a character, as bad conversion leaves it."""
    return _each(text, draw, share / 2, lambda c: f"{c}({_toned(c)})" if _toned(c) else c)


EVASIONS: dict[str, Evasion] = {
    function.__name__: function
    for function in (
        zero_width,
        separators,
        spaces,
        full_width,
        circled_digits,
        lookalikes,
        emoji,
        split_characters,
        repeated,
        entities,
        random_tail,
        traditional,
        same_sound,
        pinyin,
        initials,
        bracketed_pinyin,
    )
}


@cache
def _toned(character: str) -> str:
    from pypinyin import Style, lazy_pinyin

    return str(lazy_pinyin(character, style=Style.TONE)[0]) if "\u4e00" <= character <= "\u9fff" else ""


@cache
def _of_sound() -> dict[str, str]:
    """The characters of GB 2312's first level, the 3,755 common ones, by sound."""
    by_sound: defaultdict[str, str] = defaultdict(str)
    for row in range(0xB0, 0xD8):
        for column in range(0xA1, 0xFF):
            try:
                character = bytes((row, column)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            by_sound[syllable_of(character)] += character
    return dict(by_sound)


@cache
def _to_traditional() -> dict[str, str]:
    """Simplified to Traditional, from the normaliser's own table turned round; the first form wins."""
    import json
    from importlib.resources import files

    table = json.loads(files("moderation.resources").joinpath("characters.json").read_text("ascii"))
    turned: dict[str, str] = {}
    for source, target in table["traditional"].items():
        if "\u4e00" <= source <= "\u9fff":
            turned.setdefault(target, source)
    return turned
