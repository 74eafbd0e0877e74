"""From where to where each element runs in the source: from its start tag to its end tag, or to where it ends unsaid.

The tree says what stands inside what; the tokens are followed with a stack of open elements that is held against it.
Where both disagree (foster parenting, formatting opened anew) the elements around have no extent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from moderation.repair.page import Page, Tree, UnmappedError
from moderation.repair.token import Kind, Token

VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split()
)
_BARRIERS = frozenset("applet button caption marquee object table td template th".split())
_CROSSING = frozenset("table tbody tfoot thead tr td th caption body html template applet marquee object".split())
"""End tags that a cell or a table does not stop."""
_MOST_STEPS = 20_000_000
_MOST_CONFLICTS = 10_000


class Extents:
    """The end of each element whose extent is sure, by the number of its start tag."""

    def __init__(self, page: Page) -> None:
        self.ends: dict[int, int] = {}
        self._tree = page.tree
        self._above = _tagged_parents(page.tree)
        self._unsure: set[int] = {token for token, nodes in page.tree.where.items() if len(nodes) > 1}
        self._stack: list[int] = []
        self._open: set[int] = set()
        self._names: Counter[str] = Counter()
        self._tokens = page.tokens
        self._steps = self._conflicts = 0
        self._follow(page.tokens, page.tree)
        for token in self._unsure:
            self.ends.pop(token, None)

    def _follow(self, tokens: Sequence[Token], tree: Tree) -> None:
        for number, token in enumerate(tokens):
            if token.kind is Kind.END:
                self._close(token)
                continue
            nodes = tree.where.get(number)
            if not nodes:
                continue
            self._align(self._above[nodes[0]], token.start)
            if token.kind is Kind.START:
                if token.name in VOID:
                    self.ends[number] = token.end
                else:
                    self._push(number)
        while self._stack:
            self._pop(tokens[-1].end)

    def _push(self, number: int) -> None:
        self._stack.append(number)
        self._open.add(number)
        self._names[self._tokens[number].name] += 1

    def _pop(self, end: int) -> None:
        number = self._stack.pop()
        self._open.discard(number)
        self._names[self._tokens[number].name] -= 1
        self.ends[number] = end

    def _align(self, parent: int, place: int) -> None:
        """Close what ended unsaid before a place, so that `parent` is the innermost open element."""
        if self._stack and self._stack[-1] == parent:
            return
        missing: list[int] = []
        while parent >= 0 and parent not in self._open:
            missing.append(parent)
            parent = self._above[self._tree.where[parent][0]]
        self._conflicts += bool(missing)
        self._count(len(missing))
        self._unsure.update(missing)
        while self._stack and self._stack[-1] != parent:
            if missing:
                self._unsure.add(self._stack[-1])
            self._pop(place)
        for number in reversed(missing):
            self._push(number)

    def _close(self, token: Token) -> None:
        name = token.name
        if not self._names[name]:
            return
        depth = len(self._stack)
        while depth and self._tokens[self._stack[depth - 1]].name != name:
            depth -= 1
            if self._tokens[self._stack[depth]].name in _BARRIERS and name not in _CROSSING:
                self._count(len(self._stack) - depth)
                return
        self._count(len(self._stack) - depth)
        while len(self._stack) > depth:
            self._pop(token.start)
        if name not in ("body", "html"):  # what follows them still belongs to the body
            self._pop(token.end)

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > _MOST_STEPS or self._conflicts > _MOST_CONFLICTS:
            raise UnmappedError("its elements are never closed")


def _tagged_parents(tree: Tree) -> list[int]:
    """For each node the start tag of the nearest element around it that has one; -1 for none."""
    found: list[int] = []
    for parent in tree.parents:
        found.append(-1 if parent < 0 else tree.marks[parent] if tree.marks[parent] >= 0 else found[parent])
    return found
