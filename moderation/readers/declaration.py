"""Declarations of style: what a list of them says, and by which means it keeps text out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import tinycss2
import tinycss2.color4

Declared = Mapping[str, tuple[str, bool]]
"""Value and importance of each property, in lower case; shorthands are taken apart as far as hiding needs."""

Colour = tuple[float, float, float, float]
"""Red, green, blue and alpha, 0 to 1."""

FAMILIES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "display": r"display|content-visibility",
        "visibility": r"visibility",
        "opacity": r"opacity|filter|animation",
        "font": r"font",
        "indent": r"text-indent|overflow",
        "place": r"position|left|top|right|bottom|inset|margin|translate|transform|z-index|clip|scale",
        "size": r"height|width|overflow",
        "colour": r"colou?r|background",
    }.items()
}
"""By family of means: the properties that have a say in it, for or against; for a list in lower case."""

_AWAY = r"\s*:[^;]{0,60}?(?:-\s*(?:[0-9]{2}|calc)|calc|[0-9]{4})"
_NO_SIZE = r"\s*:\s*0*(?:[01](?![0-9.])|0?\.[0-9])"
_TELLING_OF = {
    "display": r"display\s*:\s*none|content-visibility\s*:\s*hidden",
    "visibility": r"v(?<!content-v)isibility\s*:\s*(?:hidden|collapse)",
    "opacity": r"opacity\s*[:=(]\s*(?:0?\.0|0(?!\.[1-9]))",
    "font": r"font-size\s*:\s*(?:0*[0-2](?![0-9.])|0*\.[01]|0*[01]?\.[0-9]+p[xt])"
    r"|font\s*:[^;]{0,60}?\b0*[0-2](?:p[xt])?\s*[/ ]",
    "indent": r"text-indent\s*:\s*(?:-|calc|100%|[0-9]{4})",
    "place": "|".join(side + _AWAY for side in ("left", "top", "right", "bottom", "inset", "margin"))
    + r"|translate|scale|matrix|c(?<![-\w]c)lip|z-index\s*:\s*-",
    "size": "|".join(side + _NO_SIZE for side in ("height", "width")),
}
"""For a list in lower case. Every alternative begins with a letter of its own: the search then skips to such letters,
which is eight times as fast."""
_TELLING: Mapping[str, re.Pattern[str]] = {name: re.compile(pattern) for name, pattern in _TELLING_OF.items()}
_ANY_TELLING = re.compile("|".join([*_TELLING_OF.values(), r"\\", r"/\*"]))
_PLAIN = re.compile(r"[\w\s:;.,#%!-]*\Z", re.ASCII)
_LENGTH = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(px|pt|em|rem|ex|ch|%|vw|vh)?\Z")
_PIXELS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "%": 10.0, "vw": 12.8, "vh": 8.0}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:px|pt|em|rem|ex|ch|%|vw|vh)?")
_FONT_SIZE = re.compile(r"(?:0|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:px|pt|em|rem|ex|%|vw))(?=/|\Z)")
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})\Z")
_DISPLAYS = frozenset(
    "none inline block inline-block flex inline-flex grid inline-grid table table-row table-cell table-row-group"
    " list-item contents flow-root inherit initial unset revert -webkit-box run-in".split()
)
_ALPHA = re.compile(r"opacity\s*[=(]\s*([0-9]*\.?[0-9]+)\s*(%?)")
_SCALED_AWAY = re.compile(r"scale(?:x|y|3d)?\(\s*0*(?:0|\.0[0-9]*|0\.0[0-9]*)\s*[,)]|matrix\(\s*0\s*,")
_MOVED = re.compile(r"translate(?:x|y|3d)?\(([^()]*)\)")
_FAR, _FAR_AHEAD = 470.0, 3_000.0
_LONGEST = 20_000
"""Characters of one declaration list that are read."""


def telling_families(text: str) -> tuple[str, ...]:
    """The families of means that a declaration list may use, by its look alone; colours are not among them."""
    lowered = text.lower()
    if not _ANY_TELLING.search(lowered):
        return ()
    if "\\" in text or "/*" in text:  # names and values may be written in escapes, or apart
        return tuple(_TELLING)
    return tuple(name for name, pattern in _TELLING.items() if pattern.search(lowered))


@lru_cache(maxsize=4096)
def declarations(text: str) -> Declared:
    """The declarations of a list. Never raises; what is broken is left out, as a browser does."""
    found: dict[str, tuple[str, bool]] = {}
    for name, value, important in _plain(text) if _PLAIN.match(text) else _parsed(text[:_LONGEST]):
        for single, part in _taken_apart(name, value):
            if not found.get(single, ("", False))[1] or important:
                found[single] = part, important
    return found


def _plain(text: str) -> Iterator[tuple[str, str, bool]]:
    """A list without functions, strings, comments and escapes, for which splitting is parsing."""
    for part in text.lower().split(";"):
        name, colon, value = part.partition(":")
        value, mark, rest = value.partition("!")
        important = bool(mark) and rest.strip() == "important"
        if colon and (important or not mark):
            yield name.strip(), " ".join(value.split()), important


def _parsed(text: str) -> Iterator[tuple[str, str, bool]]:
    for node in tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            value = "".join(" " if part.type == "comment" else part.serialize() for part in node.value)
            yield node.lower_name, " ".join(value.lower().split()), node.important


def _taken_apart(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name == "font":
        sizes = (match.group() for part in value.split() if (match := _FONT_SIZE.match(part)))
        yield "font-size", next(sizes, "")
    elif name in ("background", "background-color", "background-image"):
        yield from _background(name, value)
    elif name in ("margin", "inset"):
        parts = value.split() or [""]
        edges = ("margin-top", "margin-left") if name == "margin" else ("top", "left")
        yield edges[0], parts[0]
        yield edges[1], parts[3] if len(parts) == 4 else parts[min(1, len(parts) - 1)]
    elif name in ("overflow-x", "overflow-y"):
        yield "overflow", value
    elif name in ("-moz-opacity", "-khtml-opacity"):
        yield "opacity", value
    elif name in ("-ms-transform", "-webkit-transform", "-moz-transform"):
        yield "transform", value
    elif name == "-webkit-clip-path":
        yield "clip-path", value
    elif name == "-ms-filter":
        yield "filter", value
    elif name != "display" or value in _DISPLAYS:
        yield name, value


def _background(name: str, value: str) -> Iterator[tuple[str, str]]:
    if "url(" in value or "gradient(" in value:
        yield "background-color", "image"
    elif name != "background-image":
        parts = value.split() if "(" not in value else [value]
        yield "background-color", next((part for part in parts if colour(part) is not None), "")


def means_of(style: Mapping[str, str]) -> str:
    """The means by which computed values keep text out of sight; empty when they do not. Colours are not judged."""
    get = style.get
    if get("display") == "none" or get("content-visibility") == "hidden":
        return "display_none"
    if get("visibility") in ("hidden", "collapse"):
        return "visibility"
    if _is_transparent(style):
        return "opacity"
    if _is_tiny(get("font-size")):
        return "tiny_font"
    if _is_indented_away(style):
        return "text_indent"
    return _placed_away(style) or _sized_away(style)


def _is_transparent(style: Mapping[str, str]) -> bool:
    if "animation" in style or "animation-name" in style:
        return False  # it fades in by itself
    try:
        value = style.get("opacity", "1")
        if (float(value[:-1]) / 100 if value.endswith("%") else float(value)) <= 0.05:
            return True
    except ValueError:
        pass
    match = _ALPHA.search(style.get("filter", ""))
    if match is None:
        return False
    whole = "alpha" in style["filter"] or bool(match.group(2))
    return float(match.group(1)) <= (5 if whole else 0.05)


def _is_tiny(size: str | None) -> bool:
    match = _LENGTH.match(size or "")
    if match is None:
        return False
    unit = match.group(2) or "px"
    return 0 <= float(match.group(1)) * (0.16 if unit == "%" else _PIXELS[unit]) <= 2.0


def _pixels(value: str | None) -> float:
    """A length, roughly, in pixels; nothing for what is none."""
    if not value:
        return 0.0
    if value.startswith(("calc(", "-webkit-calc(")):
        first = _NUMBER.search(value)
        value = first.group() if first else ""
    match = _LENGTH.match(value)
    return float(match.group(1)) * _PIXELS[match.group(2) or "px"] if match else 0.0


def _is_indented_away(style: Mapping[str, str]) -> bool:
    indent = style.get("text-indent")
    if not indent:
        return False
    shift = _pixels(indent)
    return shift <= -_FAR or (shift >= 1_000 and style.get("overflow") == "hidden")


def _placed_away(style: Mapping[str, str]) -> str:
    out_of_flow = style.get("position") in ("absolute", "fixed")
    if out_of_flow or style.get("position") == "relative":
        shifts = [_pixels(style.get(side)) for side in ("left", "top", "right", "bottom")]
        if min(shifts) <= -_FAR or max(shifts[:2]) >= _FAR_AHEAD:
            return "off_screen"
    if min(_pixels(style.get("margin-left")), _pixels(style.get("margin-top"))) <= -_FAR:
        return "off_screen"
    transform = style.get("transform", "")
    if transform or "translate" in style or "scale" in style:
        if _SCALED_AWAY.search(transform) or style.get("scale") in ("0", "0%"):
            return "clipped"
        moved = [part for match in _MOVED.finditer(transform) for part in match.group(1).split(",")]
        moved += style.get("translate", "").split()
        if any(abs(_pixels(part.strip())) >= 1_000 for part in moved):
            return "off_screen"
    if _is_clipped(style.get("clip", ""), style.get("clip-path", "")):
        return "clipped"
    behind = style.get("z-index", "")
    return "behind" if out_of_flow and behind.startswith("-") and behind != "-0" else ""


def _is_clipped(clip: str, path: str) -> bool:
    if clip.startswith("rect("):
        edges = [_pixels(number) for number in _NUMBER.findall(clip)]
        if len(edges) == 4 and (edges[1] - edges[3] <= 1 or edges[2] - edges[0] <= 1):
            return True
    numbers = [_pixels(number) for number in _NUMBER.findall(path)]
    if path.startswith("inset("):
        return bool(numbers) and numbers[0] >= 500 and path.find("%") > 0
    if path.startswith(("circle(", "ellipse(", "polygon(")):
        return bool(numbers) and not any(numbers[:1] if path.startswith("circle") else numbers)
    return False


def _sized_away(style: Mapping[str, str]) -> str:
    if style.get("overflow") not in ("hidden", "clip"):
        return ""
    sides = (style.get(side) for side in ("height", "max-height", "width", "max-width"))
    small = any(
        match and float(match.group(1)) * _PIXELS[match.group(2) or "px"] <= 1.0 for match in map(_match, sides)
    )
    return "zero_size" if small else ""


def _match(value: str | None) -> re.Match[str] | None:
    return _LENGTH.match(value) if value else None


@lru_cache(maxsize=2048)
def colour(value: str) -> Colour | None:
    """A colour in any notation of CSS or of old attributes; None for what is none."""
    value = value.strip().lower()
    if _HEX.match(value):
        if len(value) == 4:
            return int(value[1], 16) / 15, int(value[2], 16) / 15, int(value[3], 16) / 15, 1.0
        return int(value[1:3], 16) / 255, int(value[3:5], 16) / 255, int(value[5:], 16) / 255, 1.0
    if len(value) > 80:
        return None
    try:
        parsed = tinycss2.color4.parse_color(value)
        if parsed is None or isinstance(parsed, str):
            return None
        red, green, blue, alpha = parsed.to("srgb")
    except (ValueError, TypeError, NotImplementedError, AttributeError):
        return None
    return float(red or 0), float(green or 0), float(blue or 0), float(1 if alpha is None else alpha)


def attribute_colour(value: str | None) -> Colour | None:
    """The colour in an attribute such as `bgcolor`, where the `#` may be missing."""
    return (colour(value) or colour(f"#{value}")) if value else None


def is_near(left: Colour, right: Colour) -> bool:
    """True when text of one colour cannot be told from a ground of the other."""
    return max(abs(a - b) for a, b in zip(left[:3], right[:3], strict=True)) <= 0.05
