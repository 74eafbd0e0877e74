"""Removals cut from the source of a page. What cannot be placed with certainty is not cut, and named.

Each cut is checked: the tree of the cut page must be the tree of the page without what was removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser

from moderation.article import Article, Span
from moderation.repair.emptied import Emptied
from moderation.repair.extent import Extents
from moderation.repair.page import Page, Reader, Tree, UnmappedError, serialised
from moderation.repair.place import Place, Places
from moderation.verdict import Removal

_BLANK_RUN = re.compile(r"[ \t\n\r\f]+")
_BETWEEN_TAGS = re.compile(r">[ \t\n\r\f]+<")
_MOST_CHECKS = 24
_LONGEST_LEAD = 200


@dataclass(frozen=True, slots=True)
class Refusal:
    """A removal that was not cut, and why."""

    removal: Removal
    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What to delete from a source, in order and apart, and what was refused."""

    cuts: tuple[Span, ...]
    refusals: tuple[Refusal, ...] = ()

    def apply(self, source: str) -> str:
        """The source without the cuts."""
        kept, done = [], 0
        for cut in self.cuts:
            kept.append(source[done : cut.start])
            done = cut.end
        return "".join(kept) + source[done:]


@dataclass(frozen=True, slots=True)
class _Step:
    """One deletion, in the source and in the tree: an element, a part of a text, or (a part of) an attribute."""

    span: Span
    node: int
    part: Place | None = None
    removals: tuple[int, ...] = ()


@dataclass(slots=True)
class _Wanted:
    """What removals ask for: parts of texts and attributes, and whole elements, each with the removal that asked."""

    parts: list[tuple[Place, int]] = field(default_factory=list)
    elements: dict[int, int] = field(default_factory=dict)
    whole_texts: set[int] = field(default_factory=set)


def edit_page(source: str, article: Article, removals: Sequence[Removal], reader: Reader) -> Edit:
    """Cut removals from the page that `reader` reads as `article`."""
    try:
        page = Page(source, reader)
        extents = Extents(page)
    except UnmappedError as error:
        return Edit((), tuple(Refusal(removal, str(error)) for removal in removals))
    editor = _Editor(page, extents, article)
    return editor.edit(removals)


class _Editor:
    """Edits one page once."""

    def __init__(self, page: Page, extents: Extents, article: Article) -> None:
        self._page, self._extents, self._article = page, extents, article
        self._refused: dict[int, str] = {}

    def edit(self, removals: Sequence[Removal]) -> Edit:
        """The cuts for all removals that can be placed and checked."""
        steps = self._steps(self._placed(removals))
        sound = set(self._sound(steps))
        for step in steps:
            if step not in sound:
                for number in step.removals:
                    self._refused.setdefault(number, "the page would be read differently around it")
        refusals = [Refusal(removals[number], reason) for number, reason in sorted(self._refused.items())]
        return Edit(tuple(self._cuts(sound)), tuple(refusals))

    def _placed(self, removals: Sequence[Removal]) -> _Wanted:
        wanted = _Wanted()
        places = Places(self._page, self._article)
        for number, removal in enumerate(removals):
            try:
                found = places.of(removal)
            except UnmappedError as error:
                self._refused[number] = str(error)
                continue
            for node in found.elements:
                wanted.elements.setdefault(node, number)
            wanted.parts += ((part, number) for part in found.parts)
        by_token: dict[int, list[Place]] = {}
        for part, _ in wanted.parts:
            if not part.attribute:
                by_token.setdefault(part.token, []).append(part)
        wanted.whole_texts |= {
            token
            for token, parts in by_token.items()
            if any(part.whole for part in parts) or (len(parts) > 1 and places.is_all(token, parts))
        }
        return wanted

    def _steps(self, wanted: _Wanted) -> list[_Step]:
        page, tree = self._page, self._page.tree
        emptied = Emptied(tree, self._extents, wanted.whole_texts, set(wanted.elements))
        steps: list[_Step] = []
        inside = [False] * len(tree.nodes)
        chosen = set(emptied.chosen())
        hollow = set(emptied.hollow_links())
        owners: dict[int, list[int]] = {node: [] for node in chosen}
        outermost = [-1] * len(tree.nodes)
        kept_link = [False] * len(tree.nodes)
        for node, parent in enumerate(tree.parents):
            within = parent >= 0 and inside[parent]
            inside[node] = within or node in chosen
            outermost[node] = node if node in chosen else outermost[parent] if parent >= 0 else -1
            # A link whose tags cannot be cut would stay as a link without text: then nothing of it is cut.
            kept_link[node] = not inside[node] and (node in hollow or (parent >= 0 and kept_link[parent]))
        for node, number in wanted.elements.items():
            if outermost[node] >= 0:
                owners[outermost[node]].append(number)
            else:
                self._refused.setdefault(number, "where its element ends is not certain")
        for part, number in wanted.parts:
            if outermost[part.node] >= 0:
                owners[outermost[part.node]].append(number)
            elif kept_link[part.node]:
                self._refused.setdefault(number, "where its link ends is not certain")
            else:
                steps.append(_Step(part.span, part.node, part, (number,)))
        for node, numbers in owners.items():
            token = page.tokens[tree.marks[node]]
            span = Span(token.start, self._extents.ends[tree.marks[node]])
            steps.append(_Step(span, node, None, tuple(dict.fromkeys(numbers))))
        return sorted(steps, key=lambda step: step.span)

    def _sound(self, steps: list[_Step]) -> list[_Step]:
        """The steps after which the page is what it should be: all of them, nearly always.

        Where not, halves are tried, but never a part of what one removal asks for.
        """
        groups = _connected([step for step in steps if not self._refused.keys() & set(step.removals)])
        steps = [step for group in groups for step in group]
        if not steps or self._check(self._page.tree, steps):
            return steps
        sound: list[_Step] = []
        checks = 1
        waiting = [groups[len(groups) // 2 :], groups[: len(groups) // 2]]
        while waiting and checks < _MOST_CHECKS:
            some = waiting.pop()
            if not some:
                continue
            checks += 1
            tried = [*sound, *(step for group in some for step in group)]
            if self._check(self._page.reparsed(), tried):
                sound = tried
            elif len(some) > 1:
                waiting += some[len(some) // 2 :], some[: len(some) // 2]
        return sound

    def _check(self, tree: Tree, steps: Sequence[_Step]) -> bool:
        """True when the cut source parses to the tree without what the steps remove. Uses up the tree."""
        _apply(self._page, tree, steps)
        left = self._page.unmarked(serialised(tree.parser))
        cut = Edit(tuple(self._cuts(steps))).apply(self._page.source)
        return _without_blanks(left) == _without_blanks(serialised(LexborHTMLParser(cut)))

    def _cuts(self, steps: Iterable[_Step]) -> list[Span]:
        """The ranges to delete; where elements fill a whole line, that line goes with its end."""
        source = self._page.source
        cuts: list[Span] = []
        for run in _runs(source, sorted(steps, key=lambda step: step.span)):
            whole = all(step.part is None for step in run)
            line = _line(source, run[0].span.start, run[-1].span.end) if whole and self._may_join(run) else None
            for span in [line] if line else [step.span for step in run]:
                if cuts and span.start <= cuts[-1].end:
                    cuts[-1] = Span(cuts[-1].start, max(cuts[-1].end, span.end))
                else:
                    cuts.append(span)
        return cuts

    def _may_join(self, run: Sequence[_Step]) -> bool:
        """True where blanks around elements mean nothing."""
        tree = self._page.tree
        node = run[0].node
        while node >= 0:
            if tree.tags[node] in ("pre", "listing", "textarea", "plaintext"):
                return False
            node = tree.parents[node]
        return True


def _without_blanks(page: str) -> str:
    """A page with its runs of blanks as one, and none between tags."""
    return _BLANK_RUN.sub(" ", _BETWEEN_TAGS.sub("><", page))


def _connected(steps: Sequence[_Step]) -> list[list[_Step]]:
    """The steps in groups: those that serve one removal stay together."""
    leaders: dict[int, int] = {}

    def leader(number: int) -> int:
        while (above := leaders.setdefault(number, number)) != number:
            leaders[number] = number = leaders.setdefault(above, above)
        return number

    for step in steps:
        for number in step.removals[1:]:
            leaders[leader(number)] = leader(step.removals[0])
    groups: dict[int, list[_Step]] = {}
    for step in steps:
        groups.setdefault(leader(step.removals[0]), []).append(step)
    return list(groups.values())


def _runs(source: str, steps: Sequence[_Step]) -> Iterable[list[_Step]]:
    """Steps with nothing but blanks of one line between them."""
    run: list[_Step] = []
    for step in steps:
        if run and (step.span.start < run[-1].span.end or source[run[-1].span.end : step.span.start].strip(" \t")):
            yield run
            run = []
        run.append(step)
    if run:
        yield run


def _line(source: str, start: int, end: int) -> Span | None:
    """The whole lines that a range fills, the last line end included; None where something stands beside it."""
    first = max(source.rfind("\n", 0, start) + 1, start - _LONGEST_LEAD)
    if source[first:start].strip(" \t") or (first > 0 and source[first - 1] != "\n"):
        return None
    while end < len(source) and source[end] in " \t":
        end += 1
    if source.startswith("\r\n", end):
        return Span(first, end + 2)
    return Span(first, end + 1) if source.startswith("\n", end) else None


def _apply(page: Page, tree: Tree, steps: Sequence[_Step]) -> None:
    """Remove from the tree what the steps remove from the source."""
    texts: dict[int, list[Place]] = {}
    for step in steps:
        if step.part is not None and step.part.attribute:
            _cut_attribute(page, tree, step.part)
        elif step.part is not None:
            texts.setdefault(step.node, []).append(step.part)
    for node, parts in texts.items():
        text, placed = page.placed(tree.nodes[node].text_content or "")
        starts = {token: place for place, token in placed}
        ranges = sorted((starts[part.token] + part.start, starts[part.token] + part.end) for part in parts)
        kept, done = [], 0
        for start, end in ranges:
            kept.append(text[done : max(start, done)])
            done = max(done, end)
        tree.nodes[node].replace_with("".join(kept) + text[done:])
    for step in steps:
        if step.part is None:
            tree.nodes[step.node].remove()


def _cut_attribute(page: Page, tree: Tree, part: Place) -> None:
    attributes = tree.nodes[part.node].attrs
    if part.whole:
        del attributes[part.attribute]
    else:
        value = attributes[part.attribute] or ""
        attributes[part.attribute] = value[: part.start] + value[part.end :]
