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
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs"}
_MAX_DAMAGE = 1_000
"""A declared or dominant encoding may fail in at most one of so many bytes (scraped pages cut characters in two)."""


def decode(data: bytes) -> tuple[str, int]:
    """The text of `data` and how many damaged bytes stand in it as U+FFFD.

    Raises InputError for binary data and for bytes that are in no encoding of Chinese.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _lenient(data, encoding)
    if b"\x00" in data[:65536] and data.count(b"\x00") > len(data) // 1_000:
        raise InputError(f"binary data (a null byte at {data.index(0)})")
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError as error:
        offset = error.start
    declared = _DECLARED.search(data[:4096])
    candidates = [declared.group(1).decode("ascii").lower()] if declared else []
    candidates += [_guess(data), "utf-8"]
    for name in candidates:
        try:
            return _lenient(data, _ALIASES.get(name, name))
        except (InputError, LookupError):
            continue
    raise InputError(f"not UTF-8 (byte 0x{data[offset]:02x} at {offset}), nor GB18030, nor Big5")


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes  # only for what is not UTF-8: 60 ms to import

    best = from_bytes(data[:200_000], cp_isolation=["gb18030", "big5hkscs", "big5"]).best()
    return best.encoding if best else "utf-8"


def _lenient(data: bytes, encoding: str) -> tuple[str, int]:
    try:
        return data.decode(encoding), 0
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
    damaged = text.count("\ufffd") - data.count("\ufffd".encode())
    if damaged > max(1, len(data) // _MAX_DAMAGE):
        raise InputError(f"{damaged} bytes are no {encoding}")
    return text, damaged
