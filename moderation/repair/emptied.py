"""Which elements a removal leaves empty: they go as a whole, so that no hollow item or list stays behind."""

from __future__ import annotations

from collections.abc import Iterator

from moderation.repair.extent import Extents
from moderation.repair.page import Tree

_SOLID = frozenset(
    "math video audio iframe object embed canvas input button select textarea meter progress script style link meta"
    " base template area frame frameset applet".split()
)
"""What stands for itself without any text, or does something."""
_PICTURES = frozenset(("img", "svg", "picture"))
_ITEMS = frozenset("li dd dt tr figure".split())
"""Entries of a list: a picture in one belongs to its link."""
_KEPT = frozenset("html head body title td th caption col colgroup option optgroup select textarea button".split())
"""Never taken out on their own: a page needs them, or a table would shift."""
_NEAR = 3
"""Levels around a link within which a picture with the same target belongs to it."""


class Emptied:
    """The elements that go, once some texts and some elements are gone."""

    def __init__(self, tree: Tree, extents: Extents, texts: set[int], elements: set[int]) -> None:
        """`texts` are tokens that lose all their text; `elements` are nodes that go in any case."""
        self._tree, self._extents = tree, extents
        self._whole = set(elements)
        self._size = size = len(tree.nodes)
        self._text, self._gone = [0] * size, [0] * size
        for node, places in tree.texts.items():
            self._text[node] = len(places)
            self._gone[node] = sum(token in texts for _, token in places)
        for node in tree.unknown:
            self._text[node] = 1
        self._sum(self._text)
        self._sum(self._gone)
        self._whole |= {node for node in range(size) if tree.tags[node] == "a" and self._lost_its_text(node)}
        self._whole |= set(self._same_pictures())
        self._solid, self._hollow = self._count_solid()

    def chosen(self) -> list[int]:
        """The outermost elements to take out, in document order; each has an extent."""
        tree = self._tree
        found: list[int] = []
        inside = [False] * self._size
        for node in range(self._size):
            parent = tree.parents[node]
            if parent >= 0 and inside[parent]:
                inside[node] = True
            elif self._goes(node):
                inside[node] = True
                found.append(node)
        return found

    def hollow_links(self) -> Iterator[int]:
        """The links that lose all their text."""
        return (node for node in self._whole if self._tree.tags[node] == "a")

    def _goes(self, node: int) -> bool:
        tree = self._tree
        if tree.marks[node] < 0 or tree.marks[node] not in self._extents.ends:
            return False
        if node in self._whole:
            return True
        if tree.tags[node] in _KEPT or self._text[node] > self._gone[node] or self._solid[node]:
            return False
        return self._gone[node] > 0 or self._hollow[node] > 0

    def _lost_its_text(self, node: int) -> bool:
        return 0 < self._text[node] == self._gone[node]

    def _sum(self, counts: list[int]) -> None:
        parents = self._tree.parents
        for node in range(self._size - 1, 0, -1):
            if counts[node]:
                counts[parents[node]] += counts[node]

    def _count_solid(self) -> tuple[list[int], list[int]]:
        """For each element how much in it stands for itself and stays, and how many links in it go."""
        tree = self._tree
        solid, pictures, hollow = ([0] * self._size for _ in range(3))
        for node in range(self._size - 1, -1, -1):
            tag, parent = tree.tags[node], tree.parents[node]
            if node in self._whole:
                solid[node] = pictures[node] = 0
                hollow[node] = int(tag == "a")
            else:
                solid[node] += tag in _SOLID
                pictures[node] += tag in _PICTURES
                if pictures[node] and tag in _ITEMS and hollow[node] and self._text[node] == self._gone[node]:
                    pictures[node] = 0
            if parent >= 0:
                solid[parent] += solid[node]
                pictures[parent] += pictures[node]
                hollow[parent] += hollow[node]
        return [one + other for one, other in zip(solid, pictures, strict=True)], hollow

    def _same_pictures(self) -> Iterator[int]:
        """Links that hold only a picture, beside a link with the same target that goes."""
        tree = self._tree
        gone = {
            (around, self._target(node))
            for node in self._whole
            if tree.tags[node] == "a" and self._target(node)
            for around in self._around(node)
        }
        if not gone:
            return
        for node, tag in enumerate(tree.tags):
            if tag == "a" and not self._text[node] and self._holds_pictures(node):
                target = self._target(node)
                if any((around, target) in gone for around in self._around(node)):
                    yield node

    def _target(self, node: int) -> str:
        return self._tree.nodes[node].attributes.get("href") or ""

    def _around(self, node: int) -> Iterator[int]:
        for _ in range(_NEAR):
            node = self._tree.parents[node]
            if node < 0 or self._tree.tags[node] in ("body", "html"):
                return
            yield node

    def _holds_pictures(self, node: int) -> bool:
        return any(self._tree.tags[child] in _PICTURES for child in self._tree.children.get(node, ()))
