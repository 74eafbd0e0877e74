"""What style hides: the declarations by which text is there for a crawler and not for a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_RULE = re.compile(r"([^{}@;]{1,200})\{([^{}]{0,2000})\}")
_NAMED = re.compile(r"[.#][A-Za-z][\w-]*\Z", re.ASCII)
_NUMBER = re.compile(r"(-?[0-9]*\.?[0-9]+)\s*(px|em|rem|pt|%|vw|vh)?")
_MOST_HIDING = 2_000
"""Selectors of a style sheet that are followed."""
_FAR = {"px": 500.0, "pt": 400.0, "em": 30.0, "rem": 30.0, "%": 100.0, "vw": 100.0, "vh": 100.0}
_INVISIBLE_SIZE = {"px": 1.0, "pt": 1.0, "em": 0.05, "rem": 0.05, "%": 5.0}
_COLOURS = {"white": "fff", "black": "000", "transparent": "transparent"}


def hidden_elements(parser: LexborHTMLParser) -> set[int]:
    """The elements that attribute, style or style sheet keep out of sight, by their memory ids."""
    found = {node.mem_id for node in parser.css("[hidden],[style],noscript") if _is_hidden(node)}
    sheets = (sheet.text(deep=True) for sheet in parser.css("style"))
    selectors = list(dict.fromkeys(selector for sheet in sheets for selector in hiding_selectors(sheet)))
    if selectors:
        found |= {node.mem_id for node in parser.css(",".join(selectors[:_MOST_HIDING]))}
    return found


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return node.tag == "noscript" or "hidden" in attributes or hides(attributes.get("style") or "")


def hides(style: str) -> bool:
    """True when a declaration list keeps text out of sight: removed, shrunk, moved away, or painted over."""
    found = dict(_declarations(style))
    if not found:
        return False
    if found.get("display") == "none" or found.get("visibility") in ("hidden", "collapse"):
        return True
    if _at_most(found.get("opacity"), 0.01) or _is_tiny(found.get("font-size")):
        return True
    if _is_far(found.get("text-indent")):
        return True
    if found.get("position") in ("absolute", "fixed") and any(
        _is_far(found.get(side)) for side in ("left", "top", "right", "bottom", "margin-left", "margin-top")
    ):
        return True
    if found.get("overflow") == "hidden" and any(_is_tiny(found.get(side)) for side in ("height", "max-height")):
        return True
    colour = _colour(found.get("color", ""))
    return bool(colour) and colour == _colour(found.get("background-color", found.get("background", "")))


def hiding_selectors(sheet: str) -> Iterator[str]:
    """The classes and ids that a style sheet hides by a rule of their own (`.a { … }`, `#b, .c { … }`)."""
    for match in _RULE.finditer(sheet):
        if hides(match.group(2)):
            for selector in match.group(1).split(","):
                if _NAMED.match(selector.strip()):
                    yield selector.strip()


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    for part in style.lower().split(";"):
        name, colon, value = part.partition(":")
        if colon:
            yield name.strip(), value.replace("!important", "").strip()


def _size(value: str | None) -> tuple[float, str] | None:
    match = _NUMBER.match(value or "")
    return (float(match.group(1)), match.group(2) or "px") if match else None


def _is_tiny(value: str | None) -> bool:
    size = _size(value)
    return size is not None and 0 <= size[0] <= _INVISIBLE_SIZE.get(size[1], 0.0)


def _is_far(value: str | None) -> bool:
    size = _size(value)
    return size is not None and size[0] <= -_FAR.get(size[1], 500.0)


def _at_most(value: str | None, limit: float) -> bool:
    size = _size(value)
    return size is not None and size[0] <= limit


def _colour(value: str) -> str:
    """A colour in one form, as far as plain notations go; an empty text for anything else."""
    value = value.strip()
    if value in _COLOURS:
        return _COLOURS[value]
    if match := re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", value):
        digits = match.group(1)
        return digits[::2] if len(digits) == 6 and digits[::2] == digits[1::2] else digits
    if match := re.fullmatch(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", value):
        return _colour("#" + "".join(f"{min(int(part), 255):02x}" for part in match.groups()))
    return ""
