"""What a page keeps out of sight: text that is there for a crawler and not for a reader, and by which means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.article import Block, Unread
from moderation.readers.declaration import (
    Colour,
    attribute_colour,
    colour,
    declarations,
    is_near,
    means_of,
    telling_families,
)
from moderation.readers.look import Looks
from moderation.readers.script import hidden_ids, is_telling, written_html
from moderation.readers.selector import Tree
from moderation.readers.stylesheet import Rule, read_sheet
from moderation.readers.written import filler_blocks, written_block

_MARKED = "[style],[hidden],[bgcolor],noscript,marquee,font[color],img[width],img[height]"
_BACKGROUND = re.compile(
    r"background(?:-color)?\s*:\s*(#[0-9a-f]{3,6}\b|[a-z]{3,20}\b|(?:rgb|hsl)a?\([^()]{1,40}\))", re.I
)
_INHERITED = {"visibility": ("visibility", "visibility"), "tiny_font": ("font", "font-size")}
_INHERITED |= dict.fromkeys(("same_colour", "white_text"), ("colour", "color"))
_END = "qingliu-end"
_MOST_SCRIPTS, _MOST_TAGS = 200, 10_000
_MOST_BELOW = 3_000
"""Elements inside a hidden one that are asked whether they show again."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a page hides.

    `by` names the means for an element by its memory id; an empty name says that it shows again inside a hidden one.
    `told` holds blocks that lack only their selector, by the element to tell them at: what a script writes, and the id
    that empty elements share.
    """

    by: Mapping[int, str]
    told: Mapping[int, Block] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()


def placed(block: Block, selector: str, container: str | None) -> Block:
    """A written block at the script that writes it."""
    links = tuple(replace(link, selector=selector) for link in block.links)
    return replace(block, links=links, selector=selector, container=container)


def hidden_elements(parser: LexborHTMLParser) -> Hidden:
    """What attributes, styles, style sheets and scripts of a page keep out of sight. Never raises."""
    sheets = [sheet.text(deep=True) for sheet in parser.css("style") if _holds(sheet.attributes.get("media"))]
    scripts = [(node, node.text(deep=True)) for node in parser.css("script")]
    telling = [(node, code) for node, code in scripts if is_telling(code)][:_MOST_SCRIPTS]
    sight = _Sight(parser, sheets)
    if not telling:
        sight.look()
        return Hidden(sight.by, filler_blocks(parser, sight.by), tuple(sight.unread()))
    written = {node.mem_id: (node, html) for node, code in telling if (html := written_html(code))}
    ids = {name for _, code in telling for name in hidden_ids(code)}
    sight.look(ids)
    blocks = filler_blocks(parser, sight.by)
    for key, (node, html) in written.items():
        block = _read_written(node, html, sheets, sight.by, written)
        if block is not None:
            blocks[key] = block
    return Hidden(sight.by, blocks, tuple(sight.unread()))


def _holds(media: str | None) -> bool:
    return not media or bool(read_sheet(f"@media {media[:200]}{{a{{color:red}}}}").rules)


def _read_written(
    script: LexborNode,
    html: str,
    sheets: Sequence[str],
    by: dict[int, str],
    written: Mapping[int, tuple[LexborNode, str]],
) -> Block | None:
    """What a script writes; where it opens a hidden element, what follows it is hidden up to the closing script."""
    tags = html.count("<")
    if tags > _MOST_TAGS or tags - 2 * html.count("</") > 1_000:
        return None
    parser = LexborHTMLParser(f'{html}<b id="{_END}"></b>')
    sight = _Sight(parser, [*sheets, *(sheet.text(deep=True) for sheet in parser.css("style"))])
    sight.look()
    open_node: LexborNode | None = parser.css_first(f"#{_END}")
    means = ""
    while open_node is not None and not means:
        means = sight.by.get(open_node.mem_id, "")
        open_node = open_node.parent
    if means:
        _hide_following(script, means, by, written)
    return written_block(parser, sight.by)


def _hide_following(
    script: LexborNode, means: str, by: dict[int, str], written: Mapping[int, tuple[LexborNode, str]]
) -> None:
    node = script.next
    while node is not None:
        if node.mem_id in written and "</" in written[node.mem_id][1]:
            return
        if node.is_element_node:
            by.setdefault(node.mem_id, means)
        node = node.next


class _Sight:
    """One look over a page."""

    def __init__(self, parser: LexborHTMLParser, sheets: Iterable[str]) -> None:
        self.by: dict[int, str] = {}
        self._parser = parser
        self._tree = Tree(parser)
        self._rules: list[Rule] = []
        self._grounds: set[Colour] = set()
        self._passed_over = 0
        self._doubtful: dict[int, tuple[LexborNode, set[str]]] = {}
        self._coloured: dict[int, LexborNode] = {}
        for text in sheets:
            if text.strip():
                self._take_in(text)
        self._looks = Looks(self._tree, self._rules)

    def _take_in(self, text: str) -> None:
        sheet = read_sheet(text)
        base = len(self._rules)
        self._rules += [replace(rule, order=base + rule.order) for rule in sheet.rules] if base else sheet.rules
        self._passed_over += sheet.passed_over
        found = dict.fromkeys(match.group(1).lower() for match in _BACKGROUND.finditer(text))
        self._grounds |= {known for value in list(found)[:200] if (known := colour(value)) is not None}

    def unread(self) -> Iterator[Unread]:
        """What of the style was not followed."""
        passed = self._passed_over
        if self._tree.spent:
            passed = max(passed, sum(len(rule.body) for rule in self._rules))
        if passed:
            yield Unread("style", passed, "more style rules than are followed")

    def look(self, ids: Iterable[str] = ()) -> None:
        """Fill `by`. `ids` are of elements that a script hides."""
        for node in self._parser.css(_MARKED):
            self._take_mark(node)
        for rule in self._rules:
            if rule.telling or rule.coloured:
                self._take_rule(rule)
        for node, families in self._doubtful.values():
            means = means_of(self._looks.style(node, families))
            if means:
                self.by.setdefault(node.mem_id, means)
        for key, node in self._coloured.items():
            means = "" if key in self.by else self._painted_over(node)
            if means:
                self.by[key] = means
        for name in ids:
            self.by.update((key, "script") for key in self._tree.select(f"#{name}") if key not in self.by)
        self._find_shown()

    def _take_mark(self, node: LexborNode) -> None:
        attributes, tag, key = node.attributes, node.tag, node.mem_id
        if "hidden" in attributes:
            self.by[key] = "hidden_attribute"
        elif tag == "noscript":
            self.by[key] = "noscript"
        elif tag == "marquee":
            style = declarations(attributes.get("style") or "")
            sides = [attributes.get(side) or style.get(side, ("", False))[0] for side in ("height", "width")]
            if any(_is_point(side) for side in sides):
                self.by[key] = "marquee"
        elif tag == "img" and any(_is_point(attributes.get(side)) for side in ("width", "height")):
            self.by[key] = "tiny_image"
        ground = attribute_colour(attributes.get("bgcolor"))
        if ground is not None:
            self._grounds.add(ground)
        style_text = attributes.get("style")
        if style_text:
            self._take_style(node, style_text)
        elif tag == "font":
            self._coloured[key] = node

    def _take_style(self, node: LexborNode, text: str) -> None:
        families = telling_families(text)
        if families:
            self._doubtful[node.mem_id] = node, set(families)
        if "color" in text.lower() or "background" in text.lower():
            found = declarations(text)
            ground = colour(found.get("background-color", ("", False))[0])
            if ground is not None:
                self._grounds.add(ground)
            if "color" in found:
                self._coloured[node.mem_id] = node

    def _take_rule(self, rule: Rule) -> None:
        for selector in rule.selectors():
            found = self._tree.select(selector)
            if not self._tree.afford(1 + len(found)):
                return
            for key, node in found.items():
                if rule.telling:
                    self._doubtful.setdefault(key, (node, set()))[1].update(rule.telling)
                if rule.coloured:
                    self._coloured[key] = node

    def _painted_over(self, node: LexborNode) -> str:
        """The means where the colour of an element's text is that of its ground."""
        declared = self._looks.style(node, ("colour",)) if node.attributes.get("style") or self._rules else {}
        own = colour(declared.get("color") or node.attributes.get("color") or "")
        if (
            own is None
            or "image" in declared.get("background-clip", "")
            or "text" in declared.get("background-clip", "")
        ):
            return ""
        if own[3] <= 0.05:
            return "same_colour"
        if min(own[:3]) < 0.97 and not any(is_near(own, ground) for ground in self._grounds):
            return ""
        ground = self._looks.ground(node)
        if ground.colour is None or not is_near(own, ground.colour):
            return ""
        return "same_colour" if ground.declared else "white_text"

    def _find_shown(self) -> None:
        """Mark what shows again inside an element that hides by a property its children may set anew."""
        hidden = [(key, *_INHERITED[means]) for key, means in self.by.items() if means in _INHERITED]
        nodes = {key: node for key, (node, _) in self._doubtful.items()} | self._coloured
        for key, family, name in hidden:
            if key not in nodes:
                continue
            below = nodes[key].css("*")[1:] if self._tree.afford(100) else []
            for node in below[:_MOST_BELOW] if self._tree.afford(len(below)) else ():
                if node.mem_id not in self.by and self._shows(node, family, name) and self._only_under(node, key):
                    self.by[node.mem_id] = ""

    def _shows(self, node: LexborNode, family: str, name: str) -> bool:
        value = self._looks.style(node, (family,)).get(name, "")
        if not value or value in ("inherit", "unset", "currentcolor"):
            return False
        if family == "colour":
            own, ground = colour(value), self._looks.ground(node).colour
            return own is not None and own[3] > 0.05 and (ground is None or not is_near(own, ground))
        return not means_of({name: value})

    def _only_under(self, node: LexborNode, key: int) -> bool:
        """True when nothing but the element `key` hides a node below it."""
        current = node.parent
        only = True
        while current is not None and only:
            means = self.by.get(current.mem_id, "")
            only = current.mem_id == key or not means
            current = current.parent
        return only


def _is_point(value: str | None) -> bool:
    """True for a length of at most two pixels."""
    text = (value or "").strip().lower().removesuffix("px")
    return bool(text) and text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit() and float(text) <= 2
