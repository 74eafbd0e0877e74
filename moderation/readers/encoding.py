"""Bytes to text: by byte-order mark, by the page's own declaration, then by content."""

from __future__ import annotations

import codecs
import re

from moderation.readers.failure import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.I)
_CHINESE = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "big5hkscs", "x-x-big5"), "big5hkscs"),
}
_FOREIGN = re.compile(r"(?:iso-8859|windows-|latin|shift_jis|euc-|koi8)")
"""Declared encodings to believe once no Chinese one fits; Python knows codecs that are no charset of any page."""
_FREQUENT = frozenset(
    "的一是不了在人有我他這这中大來来上國国個个到說说們们為为子和你地出道也時时年得就那要下以生會会自著着去之過过家學学對对"
    "可她里後后小麼么心多天而能好都然沒没日於于起還还發发成事只作當当想看文無无開开手十用主行方又如前所本見见經经頭头面公同三"
    "已老從从動动兩两長长，。、"
)
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_MAX_DAMAGE = 200
"""An encoding may fail in at most one of so many bytes beyond ASCII (scraped pages cut characters in two)."""


def decode(data: bytes) -> tuple[str, int]:
    """The text of `data` and how many damaged bytes stand in it as U+FFFD.

    Raises InputError for binary data and for bytes that are in no encoding of Chinese.
    """
    text, damaged, _ = decode_named(data)
    return text, damaged


def decode_named(data: bytes) -> tuple[str, int, str]:
    """As `decode`, with the encoding that was found, by its name in Python."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return *_lenient(data, encoding), encoding
    if b"\x00" in data[:65536] and data.count(b"\x00") > max(1, len(data) // 1_000):
        raise InputError(f"binary data (a null byte at {data.index(0)})")
    try:
        return data.decode("utf-8"), 0, "utf-8"
    except UnicodeDecodeError as error:
        offset = error.start
    declared = _DECLARED.search(data[:4096])
    name = declared.group(1).decode("ascii").lower() if declared else ""
    for candidate in ("utf-8", _CHINESE.get(name), _guess(data), name if _FOREIGN.match(name) else None, "gb18030"):
        try:
            if candidate:
                return *_lenient(data, candidate), candidate
        except (InputError, LookupError):
            continue
    raise InputError(f"not UTF-8 (byte 0x{data[offset]:02x} at {offset}), nor GB18030, nor Big5")


def _guess(data: bytes) -> str | None:
    """The encoding in which the most frequent characters of Chinese show up most, or None where none does."""
    found = {name: _frequent(data[:200_000].decode(name, "replace")) for name in ("gb18030", "big5hkscs")}
    best = max(found, key=found.__getitem__)
    return best if found[best] else None


def _frequent(text: str) -> int:
    return sum(character in _FREQUENT for character in text)


def _lenient(data: bytes, encoding: str) -> tuple[str, int]:
    try:
        return data.decode(encoding), 0
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
    damaged = text.count("\ufffd") - data.count("\ufffd".encode())
    beyond_ascii = len(data) - len(data.translate(None, _BEYOND_ASCII))
    cut_short = text.endswith("\ufffd")  # a file that ends inside a character is damaged there, however short it is
    if damaged > cut_short + beyond_ascii // _MAX_DAMAGE:
        raise InputError(f"{damaged} bytes are no {encoding}")
    return text, damaged
