"""Which elements of a page a selector means.

The parser's own search takes a power of the depth for `a b c`, so it is asked for single compounds only; how they
stand to each other is found here, once through the page for each compound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

Found = Mapping[int, LexborNode]
"""Elements by their memory ids."""

_PART = re.compile(
    r"(?P<compound>(?:\\.|\[[^\]]{0,100}\]|\((?:[^()]|\([^()]{0,100}\)){0,100}\)|[^\s>+~,()\[\]\\{}])++)"
    r"|\s*(?P<combinator>[>+~\s])\s*",
    re.S,
)
_SIMPLE = re.compile(r"(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<names>(?:[.#](?:[\w\-\u0080-\U0010ffff]|\\.)++)*+)\Z", re.S)
_NAME = re.compile(r"([.#])((?:[\w\-\u0080-\U0010ffff]|\\.)++)", re.S)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.S)
_MOVING = re.compile(
    r":(?:hover|focus|active|visited|target|checked|disabled|enabled|invalid|valid|has|host|placeholder|fullscreen"
    r"|before|after|first-line|first-letter)|::",
    re.I,
)  # states that come and go, and what is no element
_INNER = re.compile(r":(?:is|where|not|matches)\([^()]*[\s>+~][^()]*\)", re.I)
_CLASS = re.compile(r"\.([\w\-\u0080-\U0010ffff]+)")
_FEW, _FEW_QUERIES = 4, 40
_SPECIAL = re.compile(r"[\\(\[]")
_LONGEST, _MOST_PARTS = 400, 12
_MOST_VISITS = 8_000_000
"""Elements looked at for all selectors of a page: some seconds."""


@dataclass(frozen=True, slots=True)
class Compound:
    """One part of a selector. `tag` and the names are what is asked of an element; `text` where it asks for more."""

    combinator: str
    text: str
    tag: str
    ids: tuple[str, ...]
    classes: tuple[str, ...]
    simple: bool


@lru_cache(maxsize=8192)
def compounds(selector: str) -> tuple[Compound, ...]:
    """The compounds of a selector from left to right; none for one that means no element, or cannot be followed."""
    if len(selector) > _LONGEST or _MOVING.search(selector) or _INNER.search(selector):
        return ()
    parts: list[Compound] = []
    combinator, at = "", 0
    while at < len(selector):
        match = _PART.match(selector, at)
        if match is None:
            return ()
        at = match.end()
        found = match.group("combinator")
        if found:
            combinator = found.strip() or combinator.strip() or " "
        else:
            parts.append(_compound(combinator if parts else "", match.group("compound")))
            combinator = ""
    return tuple(parts) if not combinator.strip() and len(parts) <= _MOST_PARTS else ()


def _compound(combinator: str, text: str) -> Compound:
    match = _SIMPLE.match(text)
    if match is None:
        return Compound(combinator, text, "", (), (), False)
    names = [(kind, _unescaped(name)) for kind, name in _NAME.findall(match.group("names"))]
    ids = tuple(name for kind, name in names if kind == "#")
    classes = tuple(name for kind, name in names if kind == ".")
    return Compound(combinator, text, (match.group("tag") or "").lower().strip("*"), ids, classes, True)


def _unescaped(name: str) -> str:
    if "\\" not in name:
        return name
    return _ESCAPE.sub(lambda m: m.group(2) or chr(min(int(m.group(1), 16), 0x10FFFF)), name)


class Tree:
    """The elements of one page by name. `spent` says that a selector was left out because they were too many."""

    def __init__(self, parser: LexborHTMLParser) -> None:
        self._parser = parser
        self._classes: dict[str, dict[int, LexborNode]] | None = None
        self._compounds: dict[str, Found] = {}
        self._selected: dict[str, Found] = {}
        self._visits = 0
        self._size = 1 + (parser.raw_html or b"").count(b"<") // 4  # the parser looks faster than we do
        self.spent = False

    def _index(self) -> Mapping[str, Found]:
        """Every class of the page with its elements."""
        if self._classes is None:
            self._classes = {}
            for node in self._parser.css("[class]"):
                key = node.mem_id
                for name in (node.attributes.get("class") or "").split():
                    self._classes.setdefault(name, {})[key] = node
        return self._classes

    def may_mean(self, selector: str) -> bool:
        """False for a selector that asks for a class nobody has: a quick look that spares most of the work."""
        if "." not in selector or _SPECIAL.search(selector):
            return True
        names = self._index()
        return all(name in names for name in _CLASS.findall(selector))

    def select(self, selector: str) -> Found:
        """The elements a selector means; none for a broken one."""
        if not self.may_mean(selector):
            return {}
        found = self._selected.get(selector)
        if found is None:
            found = self._selected[selector] = self._select(compounds(selector))
        return found

    def _select(self, parts: tuple[Compound, ...]) -> Found:
        if not parts or any(name not in self._index() for part in parts for name in part.classes):
            return {}
        chosen = self._alone(parts[0])
        for part in parts[1:]:
            if not chosen:
                break
            if part.combinator == " " and len(chosen) <= _FEW:
                chosen = self._below(part.text, chosen)
            else:
                chosen = self._related(self._alone(part), part.combinator, chosen)
        return chosen

    def _alone(self, part: Compound) -> Found:
        found = self._compounds.get(part.text)
        if found is None:
            named = part.classes and len(self._compounds) >= _FEW_QUERIES
            found = self._compounds[part.text] = self._named(part) if named else self._asked(part.text)
        return found

    def _named(self, part: Compound) -> Found:
        index = self._index()
        found = dict(index.get(part.classes[0], {}))
        for name in part.classes[1:]:
            found = {key: node for key, node in found.items() if key in index.get(name, {})}
        if part.tag:
            found = {key: node for key, node in found.items() if node.tag == part.tag}
        return {key: node for key, node in found.items() if node.id in part.ids} if part.ids else found

    def _below(self, text: str, around: Found) -> Found:
        found: dict[int, LexborNode] = {}
        for key, node in around.items():
            found.update((below, inner) for below, inner in self._asked(text, node).items() if below != key)
        return found

    def _asked(self, text: str, inside: LexborNode | None = None) -> Found:
        if not self.afford(self._size if inside is None else 1 + self._size // 3):
            return {}
        try:
            return {node.mem_id: node for node in (inside or self._parser).css(text)}
        except (SelectolaxError, ValueError):  # broken, unknown, or with half a surrogate
            return {}

    def afford(self, visits: int) -> bool:
        """Count elements looked at; False once they are too many."""
        self._visits += visits
        if self._visits > _MOST_VISITS:
            self.spent = True
        return not self.spent

    def _related(self, nodes: Found, combinator: str, to: Found) -> Found:
        """Those nodes that stand in `combinator` to one of `to`."""
        known: dict[int, bool] = {}
        return {key: node for key, node in nodes.items() if self._leads(node, combinator, to, known)}

    def _leads(self, node: LexborNode, combinator: str, to: Found, known: dict[int, bool]) -> bool:
        passed: list[int] = []
        result = False
        for other in _steps(node, combinator):
            key = other.mem_id
            if key in to:
                result = True
            elif key in known:
                result = known[key]
            else:
                passed.append(key)
                continue
            break
        if combinator in " ~":
            known.update(dict.fromkeys(passed, result))
        self.afford(len(passed))
        return result


def _steps(node: LexborNode, combinator: str) -> Iterator[LexborNode]:
    upwards = combinator in " >"
    other = node.parent if upwards else node.prev
    while other is not None:
        if upwards or other.is_element_node:
            yield other
            if combinator in ">+":
                return
        other = other.parent if upwards else other.prev
