"""Text and links that a crawler finds and a reader does not, told from what is hidden for the reader's comfort."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from moderation.article import FieldName, FieldRef, Span
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.hidden_group import Group, groups_of, keyword_pieces, repetition
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_LIKELY, _SURE = 0.7, 0.9
_UNCOMFORTABLE = {
    "tiny_font": 2.0, "same_colour": 2.0, "marquee": 2.0, "behind": 1.5, "text_indent": 1.5, "off_screen": 1.2,
    "white_text": 1.2, "noscript": 1.0, "script": 1.0, "clipped": 0.8, "zero_size": 0.8, "opacity": 0.4,
    "visibility": 0.4, "display_none": 0.4, "hidden_attribute": 0.2,
}  # fmt: skip
"""How much a means of hiding speaks against links to strangers: what menus and tabs use, little."""

_ENOUGH = 2.2
_FEWEST_SITES = 3
_FEWEST_WORDS, _REPEATED = 8, 0.6
_NOTICE = re.compile(r"java ?script|脚本|浏览器", re.I)
_STOP = re.compile(r"[。！？；.!?]")
_JOINING = re.compile(r"[的了是在和与有不要请可就把被从对会能也]")
_PROSE = 0.04
"""The share of joining words in sentences; rows of keywords have next to none."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A group with what the classifier says of it: how many entries, how many are likely and sure abuse, the worst."""

    group: Group
    entries: int
    likely: int
    sure: int
    worst: float
    stuffed: float

    @property
    def share(self) -> float:
        return self.likely / self.entries if self.entries else 0.0


class HiddenDetector(Detector):
    """Judges the hidden blocks of each hidden element together."""

    specs = (
        SignalSpec("hidden.abusive_text", CategoryId.HIDDEN_CONTENT, "hidden text that reads as abusive"),
        SignalSpec("hidden.foreign_links", CategoryId.HIDDEN_CONTENT, "hidden links to other hosts"),
        SignalSpec("hidden.image_texts", CategoryId.HIDDEN_CONTENT, "abusive words as texts of pictures nobody sees"),
        SignalSpec("hidden.keywords", CategoryId.HIDDEN_CONTENT, "a hidden list of variants of one keyword"),
        SignalSpec("hidden.filler_tags", CategoryId.HIDDEN_CONTENT, "empty elements of many kinds under one id"),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        self._columns = [self._classifier.categories.index(category) for category in SOLD_CATEGORIES]
        self._stuffing = self._classifier.categories.index(CategoryId.KEYWORD_STUFFING)

    def detect(self, document: Document) -> list[Signal]:
        """At most one signal of each kind, with every block of the elements that deceive."""
        found: dict[str, tuple[float, list[int]]] = {}
        groups = list(groups_of(document))
        for judged in self._judge(document, groups):
            for name, strength in _findings(document, judged):
                strongest, blocks = found.setdefault(name, (0.0, []))
                found[name] = max(strongest, strength), [*blocks, *judged.group.blocks]
        return [
            Signal(name, CategoryId.HIDDEN_CONTENT, strength, tuple(_whole(document, index) for index in blocks))
            for name, (strength, blocks) in found.items()
        ]

    def _judge(self, document: Document, groups: Sequence[Group]) -> list[_Judged]:
        """Every text of every group, read in one go."""
        ranges = list(dict.fromkeys(entry for group in groups for entry in group.entries))
        worst, stuffed = {}, {}
        if ranges:
            scores = self._classifier.fast(document.normalized, ranges)
            worst = dict(zip(ranges, scores[:, self._columns].max(axis=1).tolist(), strict=True))
            stuffed = dict(zip(ranges, scores[:, self._stuffing].tolist(), strict=True))
        judged = []
        for group in groups:
            values = [worst[entry] for entry in group.entries]
            judged.append(
                _Judged(
                    group,
                    len(values),
                    sum(value >= _LIKELY for value in values),
                    sum(value >= _SURE for value in values),
                    max(values, default=0.0),
                    sum(stuffed[entry] >= _LIKELY for entry in group.entries) / max(1, len(values)),
                )
            )
        return judged


def _findings(document: Document, judged: _Judged) -> list[tuple[str, float]]:
    group = judged.group
    if group.means == "filler":
        return [("hidden.filler_tags", 1.0)]
    if not group.links and _repeats_the_page(document, group):
        return []
    if not group.sites and (_is_notice(document, group) or _is_folded_prose(document, group)):
        return []
    found = []
    if _reads_as_abuse(judged):
        strength = min(1.0, 0.7 + 0.1 * min(judged.likely, 3) + 0.3 * judged.share)
        found.append(("hidden.image_texts" if group.pictures else "hidden.abusive_text", strength))
    points = _points(judged)
    if group.sites >= _FEWEST_SITES or (group.sites and group.most_hosts() >= _FEWEST_SITES):
        if points >= _ENOUGH:
            found.append(("hidden.foreign_links", min(1.0, 0.6 + 0.16 * (points - _ENOUGH))))
    elif not found and (_is_odd(group) or judged.stuffed >= 0.5) and _is_keyword_list(document, group):
        found.append(("hidden.keywords", 1.0))
    return found


def _reads_as_abuse(judged: _Judged) -> bool:
    """Whether the texts are abusive enough for the way they are hidden and where they lead.

    A hidden tab of an honest site may hold a title that looks dangerous; its neighbours do not.
    """
    group, share = judged.group, judged.share
    odd = _is_odd(group)
    if group.pictures:
        return judged.entries >= 3 and judged.likely >= 2 and share >= 0.25
    if group.sites:
        few = judged.entries <= 3 and judged.worst >= (_LIKELY if odd else _SURE)
        return few or (judged.likely >= 2 and share >= 0.25) or (judged.likely >= 3 and share >= 0.12)
    if group.links:
        return judged.sure >= 2 and share >= (0.3 if odd else 0.5) and judged.likely >= 3
    if group.listed and judged.sure >= 3 and share >= 0.3:
        return True
    return share >= 0.5 and judged.worst >= (0.75 if odd or judged.likely > 1 else _SURE)


def _is_odd(group: Group) -> bool:
    """True for a means that comfort seldom needs."""
    return _UNCOMFORTABLE.get(group.means, 1.0) >= 1.0


def _points(judged: _Judged) -> float:
    """How much speaks for links that were hidden to sell them, less what speaks for comfort."""
    group = judged.group
    points = _UNCOMFORTABLE.get(group.means, 1.0) + 0.15 * min(group.sites, 12)
    points += 4.0 * judged.share + 2.0 * judged.stuffed + 2.0 * group.cheap_share()
    points += 1.0 if group.most_hosts() >= 5 else 0.0
    points -= 1.5 if group.labelled else 0.0
    return points - 2.0 * group.own_links / max(1, group.links)


def _repeats_the_page(document: Document, group: Group) -> bool:
    """True for a text to share or print, which the title or the summary says in the open."""
    said = f"{document.article.title}\n{document.article.description}"
    return all(document.blocks[index].text.strip() in said for index in group.blocks)


def _is_notice(document: Document, group: Group) -> bool:
    """True for what a page says to those who run no scripts."""
    texts = [document.blocks[index].text for index in group.blocks]
    return group.means == "noscript" and all(_NOTICE.search(text) for text in texts if text.strip())


def _is_folded_prose(document: Document, group: Group) -> bool:
    """True for sentences, folded away, that lead nowhere else: a tab, an answer, a warning that quotes a pitch.

    Keywords are no sentences: they lack the words that join others. A means that comfort never needs is no fold.
    """
    if _is_odd(group):
        return False
    hidden = "".join(document.text_of(FieldRef(FieldName.BLOCK, index)) for index in group.blocks)
    return bool(_STOP.search(hidden)) and len(_JOINING.findall(hidden)) >= _PROSE * len(hidden)


def _is_keyword_list(document: Document, group: Group) -> bool:
    words = [word for index in group.blocks for word in keyword_pieces(document.blocks[index].text)]
    distinct = sorted(set(words))
    return len(distinct) >= _FEWEST_WORDS and repetition(distinct) >= _REPEATED


def _whole(document: Document, index: int) -> Evidence:
    block, ref = document.blocks[index], FieldRef(FieldName.BLOCK, index)
    note = f"hidden by {block.hidden_by}" if block.hidden_by else "hidden"
    return Evidence.of_raw(document.article, ref, Span(0, len(block.text)), note=note, removable=True)
