"""The text of one field as HTML: evidence marked at its exact span, cuts struck out, explicit ranges covered.

The text content of what is made here is the field itself, without the elements of classes `n`, `host` and `gap`; a
character that a screen would hide or obey stands as `<span class="esc" data-c="HEX">`, a covered range as `<span
class="mk" data-m="BASE64">`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from moderation.address import host_of
from moderation.article import Link, Span
from moderation.renderers.mask import clip, mask, visible
from moderation.renderers.report.finding import Finding, Piece
from moderation.taxonomy import CategoryId

LETTERS = {
    CategoryId.EXPLICIT: "色",
    CategoryId.GAMBLING: "赌",
    CategoryId.FRAUD: "诈",
    CategoryId.ILLICIT_AD: "广",
    CategoryId.CLICKBAIT: "标",
    CategoryId.KEYWORD_STUFFING: "堆",
    CategoryId.LINK_SPAM: "链",
    CategoryId.HIDDEN_CONTENT: "藏",
    CategoryId.INJECTED_CONTENT: "插",
    CategoryId.DOORWAY: "桥",
    CategoryId.CLOAKING: "伪",
}
"""A sign for each category, so that no finding is told by colour alone."""

_DEEPEST = 12
"""Evidence on one place beyond this is told in the notes only."""
_APART = 4
"""A piece nearer than this to the last one of its finding gets no sign of its own."""
_LONG, _AROUND = 50_000, 600
"""A field longer than this is shown only around what was found in it."""

_ODD = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
    + "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_EMOJI = "\u2600-\u27bf\ufe0f\U0001f1e6-\U0001faff"
_JOINED_EMOJI = re.compile(f"(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])")
_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")


@dataclass(frozen=True, slots=True)
class Layers:
    """What lies over a text. `masked` and `cuts` are in order and apart from one another."""

    findings: Sequence[Finding] = ()
    masked: Sequence[Span] = ()
    cuts: Sequence[Span] = ()
    links: Sequence[Link] = ()
    windows: Sequence[Span] | None = field(default=None)
    """The ranges to show, in order and apart, where that is not the whole text."""


def sign(finding: Finding) -> str:
    """The sign of a finding, such as 插4."""
    return f"{LETTERS[finding.category]}{finding.number}"


def paint(text: str, layers: Layers, key: str, *, code: bool = False) -> str:
    """The field as HTML. `key` begins the ids of the article; `code` keeps white space as it is."""
    return "".join(_Painter(text, layers, key, code).parts())


def shown(text: str) -> str:
    """A plain text escaped, with odd characters spelled out and one line break for any run with one."""
    return _BREAK.sub(_one_break, _spelled(text))


class _Cover:
    """Ranges that lie apart, asked for by position."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self._starts = [span.start for span in spans]

    def at(self, position: int) -> Span | None:
        place = bisect_right(self._starts, position) - 1
        return self.spans[place] if place >= 0 and position < self.spans[place].end else None


class _Painter:
    def __init__(self, text: str, layers: Layers, key: str, code: bool) -> None:
        self.text, self.key, self.code = text, key, code
        self._masked, self._cuts = _Cover(layers.masked), _Cover(layers.cuts)
        self._veils: dict[Span, str] = {}
        self._starting: defaultdict[int, list[tuple[Finding, Piece]]] = defaultdict(list)
        for finding in layers.findings:
            for piece in finding.pieces:
                self._starting[piece.span.start].append((finding, piece))
        found = [piece.span for finding in layers.findings for piece in finding.pieces]
        windows = layers.windows
        if windows is None:
            windows = _around([*found, *layers.cuts], len(text)) if len(text) > _LONG else [Span(0, len(text))]
        self._windows = _Cover(windows)
        placed = [(_place_of(link, text), link) for link in layers.links]
        if len(windows) != 1 or len(windows[0]) < len(text):
            placed = [(place, link) for place, link in placed if self._is_shown(place.end)]
        self._linked = _Cover(list(_apart(place for place, _ in placed)))
        self._ending: defaultdict[int, list[Link]] = defaultdict(list)
        for place, link in placed:
            self._ending[place.end].append(link)
        edges = {0, len(text), *self._starting, *self._ending}
        for spans in (found, layers.masked, layers.cuts, self._linked.spans, windows):
            edges.update(edge for span in spans for edge in (span.start, span.end))
        self._edges = sorted(edges)
        self._active: list[tuple[Finding, Piece]] = []
        self._signed: dict[int, int] = {}
        first, last = len(text) - len(text.lstrip()), len(text.rstrip())
        self._inner = Span(min(first, last), last)

    def parts(self) -> Iterator[str]:
        """The HTML from edge to edge."""
        left_out = 0
        for here, after in pairwise([*self._edges, self._edges[-1]]):
            if not self._is_shown(here):
                left_out += after - here
                continue
            if left_out:
                yield _gap(left_out)
                left_out = 0
            yield from (self._chip(link) for link in self._ending.get(here, ()))
            yield self._wrapped(self._begin(here), here)
            if after > here:
                yield self._wrapped(self._segment(here, after), here)
        if left_out:
            yield _gap(left_out)

    def _is_shown(self, here: int) -> bool:
        if here < len(self.text):
            return self._windows.at(here) is not None
        return self._windows.spans[-1].end == here

    def _begin(self, here: int) -> str:
        """Take in the pieces that start here; returns the signs to put before them."""
        self._active = [(finding, piece) for finding, piece in self._active if piece.span.end > here]
        signs = []
        for finding, piece in self._starting.get(here, ()):
            last = self._signed.get(finding.number)
            if last is None or here - last >= _APART:
                signs.append(_sign(finding, self.key, first=last is None))
            self._signed[finding.number] = max(piece.span.end, last or 0)
            if len(self._active) < _DEEPEST and len(piece.span):
                self._active.append((finding, piece))
        return "".join(signs)

    def _wrapped(self, html: str, here: int) -> str:
        return f"<del>{html}</del>" if html and self._cuts.at(here) else html

    def _segment(self, here: int, after: int) -> str:
        cover = self._masked.at(here)
        html = self._veiled(cover, here, after) if cover else self._plain(here, after)
        classes = ["ln"] if self._linked.at(here) else []
        if not self._active:
            return f'<span class="ln">{html}</span>' if classes else html
        # The shortest range says most about its place.
        top = min(reversed(self._active), key=lambda pair: len(pair[1].span))[0]
        classes.insert(0, f"c-{top.category}")
        if len({finding.number for finding, _ in self._active}) > 1:
            classes.append("x")
        numbers = " ".join(piece.number for _, piece in self._active)
        return f'<mark class="{" ".join(classes)}" data-e="{numbers}">{html}</mark>'

    def _veiled(self, cover: Span, here: int, after: int) -> str:
        if cover not in self._veils:
            self._veils[cover] = mask(self.text[cover.start : cover.end])
        veil = self._veils[cover][here - cover.start : after - cover.start]
        return veiled(self.text[here:after], veil, cover.start)

    def _plain(self, here: int, after: int) -> str:
        text = self.text[here:after]
        if self.code:
            return _spelled(text)
        # Blanks at the ends of a field are kept in the page but not seen; an indent of wide blanks is the author's.
        before = max(min(self._inner.start, after) - here, 0)
        behind = max(after - max(self._inner.end, here + before), 0)
        head, middle, tail = text[:before], text[before : len(text) - behind], text[len(text) - behind :]
        blank, wide, indent = head.partition("\u3000")
        return f"{_blank(blank)}{_spelled(wide + indent)}{shown(middle)}{_blank(tail)}"

    def _chip(self, link: Link) -> str:
        place = _place_of(link, self.text)
        cut = self._cuts.at(place.start) if len(place) else self._cuts.at(max(place.start - 1, 0))
        chip = link_chip(link)
        return f"<del>{chip}</del>" if cut and cut.end >= place.end else chip


def veiled(text: str, veil: str, group: int | str) -> str:
    """A covered text; pieces of one group are uncovered together. What is under it is encoded, not removed."""
    code = b64encode(_seen(text).encode()).decode("ascii")
    return f'<span class="mk" data-g="{group}" data-m="{code}">{escape(_seen(veil))}</span>'


def link_chip(link: Link) -> str:
    """Where a link leads: its host, a scheme that is no page, or this site."""
    host = host_of(link.href)
    scheme = re.match(r"\s*([a-z][a-z0-9+.-]{0,20}):", link.href, re.I) if not host else None
    text = host or (f"{scheme.group(1).lower()}:" if scheme else "本站")
    kind = "" if host or scheme else " own"
    hidden = "隐藏 " if link.hidden else ""
    return f'<span class="host{kind}">{hidden}{escape(visible(clip(text, 60)))}</span>'


def _sign(finding: Finding, key: str, *, first: bool) -> str:
    place = f' id="{key}-m{finding.number}"' if first else ""
    return f'<a class="n c-{finding.category}"{place} href="#{key}-n{finding.number}">{sign(finding)}</a>'


def _gap(size: int) -> str:
    return f'<span class="gap">… 略去 {size:,} 字 …</span>'


def _seen(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def _spelled(text: str) -> str:
    """A text escaped, with every character that a screen would hide or obey as a chip of its code."""
    return _ODD.sub(_chip_of, escape(text))


def _chip_of(match: re.Match[str]) -> str:
    char = match.group()
    if char == "\u200d" and _JOINED_EMOJI.match(match.string, match.start()):
        return char
    code = f"{ord(char):X}"
    return f'<span class="esc" data-c="{code}">{"" if char == chr(13) else f"U+{code:0>4}"}</span>'


def _blank(text: str) -> str:
    return f'<span class="ws">{_spelled(text)}</span>' if text else ""


def _one_break(match: re.Match[str]) -> str:
    before, _, after = match.group().partition("\n")
    return f"{_blank(before)}\n{_blank(after)}"


def _place_of(link: Link, text: str) -> Span:
    start = min(max(link.start, 0), len(text))
    return Span(start, min(start + len(link.anchor), len(text)))


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """Those ranges that do not overlap one before them, in order."""
    end = 0
    for span in sorted(spans):
        if len(span) and span.start >= end:
            yield span
            end = span.end


def _around(spans: Sequence[Span], size: int) -> list[Span]:
    """The beginning of a text and the neighbourhood of each range, joined where they meet."""
    windows: list[Span] = []
    for span in sorted([Span(0, 3 * _AROUND), *spans]):
        start, end = max(span.start - _AROUND, 0), min(span.end + _AROUND, size)
        if windows and start <= windows[-1].end:
            windows[-1] = Span(windows[-1].start, max(windows[-1].end, end))
        else:
            windows.append(Span(start, end))
    return windows
