"""How elements look: the cascade of a page's own styles, worked out only for elements that somebody asks about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from selectolax.lexbor import LexborNode

from moderation.readers.declaration import FAMILIES, Colour, attribute_colour, colour, declarations
from moderation.readers.selector import Tree, compounds
from moderation.readers.stylesheet import Rule, specificity

_Rank = tuple[bool, bool, tuple[int, int, int], int]
_INLINE: tuple[int, int, int] = (0, 0, 0)
WHITE: Colour = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What text stands on: its colour, None where a picture is; `declared` is False for the white of a bare page."""

    colour: Colour | None
    declared: bool = True


@dataclass(frozen=True, slots=True)
class _Selected:
    key: str
    selector: str
    rule: Rule


class Looks:
    """The styles of one page."""

    def __init__(self, tree: Tree, rules: Sequence[Rule]) -> None:
        self._tree, self._rules = tree, rules
        self._keyed: dict[str, dict[str, list[_Selected]]] = {}
        self._grounds: dict[int, Ground] = {}
        self._possible: dict[int, list[_Selected]] = {}

    def style(self, node: LexborNode, families: Iterable[str]) -> dict[str, str]:
        """The values declared for an element: of its own attribute and of every rule that means it."""
        found: dict[str, tuple[_Rank, str]] = {}
        for family in families:
            for text, rank in self._declaring(node, family):
                for name, (value, important) in declarations(text).items():
                    own = (important, *rank)
                    if name not in found or found[name][0] <= own:
                        found[name] = own, value
        return {name: value for name, (_, value) in found.items()}

    def _declaring(self, node: LexborNode, family: str) -> Iterator[tuple[str, tuple[bool, tuple[int, int, int], int]]]:
        attributes = node.attributes
        inline = attributes.get("style")
        if inline:
            yield inline, (True, _INLINE, 0)
        if not self._rules:
            return
        keyed = self._by_key(family)
        names = (f".{name}" for name in (attributes.get("class") or "").split())
        for key in chain((f"#{attributes.get('id') or ''}",), names, (node.tag or "", "*")):
            for selected in keyed.get(key, ()):
                if not self._tree.afford(1):
                    return
                if node.mem_id in self._tree.select(selected.selector):
                    yield selected.rule.body, (False, specificity(selected.selector), selected.rule.order)

    def _by_key(self, family: str) -> dict[str, list[_Selected]]:
        """The rules of a family by what their last compound asks for."""
        keyed = self._keyed.get(family)
        if keyed is None:
            keyed = self._keyed[family] = defaultdict(list)
            has_say = FAMILIES[family].search
            for rule in self._rules:
                if has_say(rule.body.lower()) or "\\" in rule.body:
                    for selected in self._meaning(rule):
                        keyed[selected.key].append(selected)
        return keyed

    def _meaning(self, rule: Rule) -> Sequence[_Selected]:
        """Every selector of a rule that may mean an element of the page, with what its last compound asks for."""
        found = self._possible.get(rule.order)
        if found is None:
            found = self._possible[rule.order] = []
            for selector in rule.selectors():
                parts = compounds(selector) if self._tree.may_mean(selector) else ()
                if parts:
                    last = parts[-1]
                    key = f"#{last.ids[0]}" if last.ids else f".{last.classes[0]}" if last.classes else last.tag
                    found.append(_Selected(key or "*", selector, rule))
        return found

    def ground(self, node: LexborNode) -> Ground:
        """What the text of an element stands on: the nearest background of its own or around it."""
        passed: list[int] = []
        current: LexborNode | None = node
        result = Ground(WHITE, declared=False)
        while current is not None:
            known = self._grounds.get(current.mem_id)
            if known is None and current.is_element_node:
                passed.append(current.mem_id)
                known = self._own_ground(current)
            if known is not None:
                result = known
                break
            current = current.parent
        self._grounds.update(dict.fromkeys(passed, result))
        return result

    def _own_ground(self, node: LexborNode) -> Ground | None:
        attributes = node.attributes
        value = self.style(node, ("colour",)).get("background-color") or ""
        if value == "image" or attributes.get("background"):
            return Ground(None)
        found = colour(value) if value else attribute_colour(attributes.get("bgcolor"))
        return Ground(found) if found is not None and found[3] > 0.5 else None
