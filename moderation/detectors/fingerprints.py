"""What page farms leave in the source: empty elements with random names, and titles in character codes."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator

from moderation.article import Span
from moderation.detectors.source import Element

_ID = re.compile(r""" id=["']?([A-Za-z][A-Za-z0-9]{3,11})["'> ]""")
_CLOSING = re.compile(r"></([a-z]++[0-9][a-z0-9]*+)>")  # of an element that holds no text
_HEADINGS = frozenset(f"h{level}" for level in range(1, 10))
_FEWEST_IDS, _FEWEST_TAGS, _FEWEST_KINDS = 5, 3, 3
_MOST_IDS = 5
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));?")
_HAN = re.compile(r"[\u3400-\u9fff]")
_BROKEN_UP = re.compile(r"[\u3400-\u9fff]&#|[0-9a-fA-F];[\u3400-\u9fff]")
_FEWEST_ESCAPED, _FEWEST_BREAKS = 3, 2
_BODY = 4_000


def random_elements(source: str) -> Iterator[tuple[Span, float]]:
    """The first of several empty elements with one random id, or with a name that no language of markup has."""
    enough = source.count(" id=") >= _FEWEST_IDS
    ids = Counter(match.group(1) for match in _ID.finditer(source)) if enough else Counter()
    for name, times in ids.most_common(_MOST_IDS):
        if times < _FEWEST_IDS:
            break
        empty = re.compile(rf"""<([a-zA-Z][\w-]*) id=["']?{name}["']?></\1>""")
        found = list(empty.finditer(source))
        if len(found) >= _FEWEST_IDS:
            # Sloppy templates repeat an id, too, but always on one kind of element.
            several = len({match.group(1).lower() for match in found}) >= _FEWEST_KINDS
            yield Span(*found[0].span()), 1.0 if several and _is_random(name) else 0.6
    tags = Counter(match.group(1) for match in _CLOSING.finditer(source))
    strange = [name for name in tags if name not in _HEADINGS and _is_random(name)]
    places = [(at, at + 2 * len(name) + 5) for name in strange[:50] if (at := source.find(f"<{name}></{name}>")) >= 0]
    if places and sum(tags[name] for name in strange) >= _FEWEST_TAGS:
        yield Span(*min(places)), 1.0


def _is_random(name: str) -> bool:
    """True for letters and digits in turns (`x7k2q`), which nobody chooses for a name."""
    turns = sum(left.isdigit() != right.isdigit() for left, right in itertools.pairwise(name))
    return len(name) >= 4 and turns >= 2


def title_escapes(source: str, title: Element) -> float:
    """How much speaks against a title that is written in numeric references; 0 where ordinary writing needs them.

    A page of an old encoding has references for rare characters, and some systems write all Chinese so. A farm
    escapes its title and leaves the body plain, or escapes some common characters among others to break words up.
    """
    raw = title.content(source)
    codes = [int(match.group(1), 16) if match.group(1) else int(match.group(2)) for match in _REFERENCE.finditer(raw)]
    common = sum(_is_common(chr(code)) for code in codes if 0x3400 <= code <= 0x9FFF)
    if common < _FEWEST_ESCAPED:
        return 0.0
    if len(_BROKEN_UP.findall(raw)) >= _FEWEST_BREAKS:
        return 0.75
    body = source[title.end : title.end + _BODY]
    return 0.4 if len(_HAN.findall(body)) > body.count("&#") else 0.2


def _is_common(character: str) -> bool:
    """True for a character that every Chinese encoding holds, so that none has to write it as a reference."""
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False
