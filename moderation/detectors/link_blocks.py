"""Blocks of links: bought or abusive ones, bad entries in good ones, a link seller's placeholder, glued counters.

`link_segment` finds the blocks, `link_features` puts them in numbers, `link_model` decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from moderation.article import Article, FieldName, FieldRef, Span
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.link_features import Description, describe
from moderation.detectors.link_model import Floats, Judgement, LinkModel, accused
from moderation.detectors.link_segment import Entry, LinkBlock, link_blocks
from moderation.detectors.warning import is_public_warning
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_ABUSIVE, _NAMED = 0.5, 0.7
_LEAST = 0.6
"""A block that is over its level is at least for a person to see."""
_DOUBTFUL, _MOST_ASKED = 0.035, 12
_CONFIRMED, _CONFIRMED_AWAY = 0.975, 0.9
"""A doubtful entry is shown to every model there is; it counts where they are so sure, and sooner if it leads away or
to an address of another form."""
_FEWEST_OF_ALL, _MOST_OF_ALL = 3, 0.6
"""Where so many entries are bad, the rest goes with them: a broken-into site links its own pages too."""
_ONE_ENTRY = 0.75
"""What an entry says that was only confirmed so: alone it is for a person to see, three are beyond doubt."""
_ONE_OF_ITS_OWN = 0.45
"""The same of a link that stays on the site: alone it is no finding, two are for a person to see."""
_RUBRIC = 3
_ON_TOPIC = 0.5
_SELLER = re.compile(
    r"[(\[【]\s?(?:黑帽|灰帽|白帽|站群|外链|友链|蜘蛛池)\s?(?:seo|技术)?\s?[)\]】]\s?(?:发布|代发|出租|出售|购买|交换|位)?"
    r"|(?:外链|友链|单向链接|黑链)(?:位)?(?:发布|出租|出售|代发|购买|招租)"
)
_SPACE_FOR_RENT = re.compile(r"(?:广告位|链接位)(?:招租|出租)")
_HINTS = ("seo", "技术", "外链", "友链", "单向链接", "黑链", "站群", "蜘蛛池", "位招租", "位出租")
_RENT_STRENGTH = 0.4
"""Honest sites let their advertising space too."""
_LONGEST_PLACEHOLDER = 24
_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9](?: [0-2][0-9]:[0-5][0-9])?")
_CLOCK = re.compile(r":[0-5][0-9]:[0-5][0-9][0-9]+ ?(?:人|次)(?:浏览|阅读|点击)")
_LONGEST_COUNTER = 6


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is wrong: entries of one block, all of it when `whole`."""

    block: LinkBlock
    entries: Sequence[int]
    probability: float
    whole: bool


@dataclass(frozen=True, slots=True)
class _Trust:
    """What speaks for the site's own links: an honest title, an article that warns of what it names."""

    honest: bool
    warns: bool


class LinkBlockDetector(Detector):
    """Finds blocks of links (or, in plain text, lists of titles) that are bought, and bad entries in the others."""

    specs = (
        SignalSpec("link_blocks.abusive_anchors", CategoryId.LINK_SPAM, "a link block with abusive anchors"),
        SignalSpec("link_blocks.off_topic", CategoryId.LINK_SPAM, "a block of bought links about something else"),
        *(
            SignalSpec(f"link_blocks.{category}", category, f"an anchor in a link block reads as {category}")
            for category in SOLD_CATEGORIES
        ),
        SignalSpec("link_blocks.placeholder", CategoryId.LINK_SPAM, "a link seller's placeholder in the template"),
        SignalSpec(
            "link_blocks.glued_counters", CategoryId.DOORWAY, "hit counters glued to dates, as page farms print"
        ),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        self._model = LinkModel.default()
        self._columns = [self._classifier.categories.index(category) for category in SOLD_CATEGORIES]

    def asks(self, document: Document) -> Iterator[tuple[int, int]]:
        """Every anchor."""
        return ((entry.start, entry.end) for block in document.once(link_blocks) for entry in block.entries)

    def detect(self, document: Document) -> list[Signal]:
        """Signals for every block of links of the article."""
        signals: list[Signal] = []
        blocks = document.once(link_blocks)
        if blocks:
            description = describe(document, blocks, self._classifier)
            judgement = self._model.judge(description)
            confirmed = self._confirmed(document, description, judgement)
            trust = _Trust(self._honest(document), is_public_warning(document))
            findings = list(_findings(description, judgement, self._model.levels, confirmed, trust))
            if findings:
                signals += self._link_signals(document, description, findings)
        placeholders, strength = _placeholders(document)
        if placeholders:
            signals.append(Signal("link_blocks.placeholder", CategoryId.LINK_SPAM, strength, placeholders))
        counters = tuple(Evidence.at(document, start, end) for start, end in _glued(document.text))
        if counters:
            strength = min(1.0, 0.3 + 0.1 * len(counters))
            signals.append(Signal("link_blocks.glued_counters", CategoryId.DOORWAY, strength, counters))
        return signals

    def _honest(self, document: Document) -> bool:
        """Whether the title is none of those that bad anchors have: then what is on its subject is honest, too."""
        title = document.range_of(FieldRef(FieldName.TITLE))
        return float(self._classifier.fast(document.normalized, [title])[:, self._columns].max()) < _ABUSIVE

    def _confirmed(self, document: Document, description: Description, judgement: Judgement) -> set[int]:
        """The entries that the small model leaves open and the classifier, with all its models, does not."""
        bad_block, bad_entry = self._model.levels.tolist()
        open_ones = (judgement.entries >= _DOUBTFUL) & (judgement.entries < bad_entry)
        open_ones &= judgement.blocks[description.owners] < bad_block
        asked = np.flatnonzero(open_ones)
        if not len(asked):
            return set()
        asked = asked[np.argsort(-judgement.entries[asked], kind="stable")[:_MOST_ASKED]]
        ranges = [(description.entries[entry].start, description.entries[entry].end) for entry in asked.tolist()]
        found = self._classifier.classify(document.normalized, ranges)[:, self._columns].max(axis=1)
        strange = np.maximum(description.facts["foreign"], description.facts["apart"])[asked] > 0
        enough = np.where(strange, _CONFIRMED_AWAY, _CONFIRMED)
        return set(asked[found >= enough].tolist())

    def _link_signals(
        self, document: Document, description: Description, findings: Sequence[_Finding]
    ) -> Iterator[Signal]:
        judged = description.probabilities[:, self._columns]
        named = judged.argmax(axis=1)
        named_ones = [entry for finding in findings for entry in finding.entries if judged[entry].max() >= _NAMED]
        for place, category in enumerate(SOLD_CATEGORIES):
            own = [entry for entry in named_ones if named[entry] == place]
            if own:
                evidence = tuple(
                    Evidence.at(document, description.entries[entry].start, description.entries[entry].end)
                    for entry in own
                )
                yield Signal(f"link_blocks.{category}", category, float(judged[own, place].max()), evidence)
        groups: dict[str, list[_Finding]] = {"abusive_anchors": [], "off_topic": []}
        for finding in findings:
            abusive = description.facts["abuse"][list(finding.entries)].max() >= _ABUSIVE
            groups["abusive_anchors" if abusive else "off_topic"].append(finding)
        for name, group in groups.items():
            if group:
                evidence = tuple(
                    piece
                    for finding in group
                    for piece in _cut(document.article, description, finding, _note(description, named, finding))
                )
                strongest = max(finding.probability for finding in group)
                yield Signal(f"link_blocks.{name}", CategoryId.LINK_SPAM, strongest, evidence)


def _findings(
    description: Description, judgement: Judgement, levels: Floats, confirmed: Collection[int], trust: _Trust
) -> Iterator[_Finding]:
    """The bad blocks, and the bad entries of the others."""
    begins = description.begins.tolist()
    whole, bad = accused(description, judgement, levels)
    counts = np.add.reduceat(bad.astype(int), description.begins).tolist()
    for number, block in enumerate(description.blocks):
        own = range(begins[number], begins[number] + len(block.entries))
        if whole[number] and trust.warns and trust.honest and not description.facts["foreign"][list(own)].any():
            continue
        if whole[number]:
            yield _Finding(block, own, max(float(judgement.blocks[number]), _LEAST), whole=True)
            continue
        sure = [entry for entry in own if bad[entry] and _counts(description, entry, trust)] if counts[number] else []
        doubtful = (
            [entry for entry in own if entry in confirmed and _counts(description, entry, trust)] if confirmed else []
        )
        if sure or doubtful:
            away = any(description.facts["foreign"][entry] for entry in (*sure, *doubtful))
            one = _ONE_ENTRY if away else _ONE_OF_ITS_OWN
            probability = 1 - (1 - one) ** (len(sure) + len(doubtful))
            if sure:
                probability = max(probability, float(judgement.entries[sure].max()))
            bad_ones = sorted(sure + doubtful)
            mostly = len(bad_ones) >= _FEWEST_OF_ALL and len(bad_ones) >= _MOST_OF_ALL * len(own)
            together = mostly and not block.running
            yield _Finding(block, own if together else bad_ones, probability, together)


def _counts(description: Description, entry: int, trust: _Trust) -> bool:
    """False for a link to a page of the same site that is a mere rubric (视频), on an honest subject, or warned of.

    Only its neighbours could accuse it, and they make a bad block.
    """
    facts = description.facts
    if facts["foreign"][entry]:
        return True
    place = description.entries[entry]
    if place.end - place.start <= _RUBRIC:
        return False
    on_topic = trust.honest and facts["overlap"][entry] >= _ON_TOPIC
    return bool(facts["apart"][entry]) or not (on_topic or trust.warns)


def _note(description: Description, named: np.ndarray, finding: _Finding) -> str:
    """Which features spoke, in plain words."""
    facts, own = description.facts, list(finding.entries)
    parts = []
    foreign = int(facts["foreign"][own].sum())
    if foreign:
        parts.append(f"{foreign} of {len(own)} links lead to other sites")
    kinds = Counter(str(SOLD_CATEGORIES[named[entry]]) for entry in own if facts["abuse"][entry] >= _ABUSIVE)
    parts += [f"{count} {'anchors read' if count > 1 else 'anchor reads'} as {kind}" for kind, count in kinds.items()]
    for name, words in (
        ("grey", "name a trade that buys links"),
        ("cheap", "use cheap domain endings"),
        ("odd", "use random-looking names of sites"),
        ("hidden", "are out of sight"),
    ):
        count = int(facts[name][own].sum())
        if count:
            parts.append(f"{count} {words}")
    return ", ".join(parts) or "out of place among its links"


def _cut(article: Article, description: Description, finding: _Finding, note: str) -> Iterator[Evidence]:
    """Everything that belongs to what is bad, so that cutting it leaves no half of it behind."""
    if finding.whole:
        yield from _whole(article, range(finding.block.first, finding.block.last + 1), note)
        return
    for number in finding.entries:
        entry = description.entries[number]
        if not entry.shared:
            yield from _whole(article, range(entry.first, entry.last + 1), note)
            continue
        yield from _anchor(article, entry, note)


def _anchor(article: Article, entry: Entry, note: str) -> Iterator[Evidence]:
    """An anchor among others in one block: its text, to be cut, and its link, which says which element it is."""
    span = Span(entry.raw, entry.raw + entry.size)
    yield Evidence.of_raw(article, FieldRef(FieldName.BLOCK, entry.block), span, note=note, removable=True)
    if entry.number >= 0:
        link = FieldRef(FieldName.LINK, entry.number)
        yield Evidence.of_raw(article, link, Span(0, len(entry.href)), note=note, removable=True)


def _whole(article: Article, indexes: range, note: str) -> Iterator[Evidence]:
    for index in indexes:
        text = article.blocks[index].text
        if text.strip():
            span = Span(len(text) - len(text.lstrip()), len(text.rstrip()))
            yield Evidence.of_raw(article, FieldRef(FieldName.BLOCK, index), span, note=note, removable=True)


def _glued(text: str) -> Iterator[tuple[int, int]]:
    """Dates with a counter stuck before them, and clocks with one behind."""
    for match in _DATE.finditer(text):
        digits = text[max(match.start() - _LONGEST_COUNTER - 1, 0) : match.start()]
        size = len(digits) - len(digits.rstrip("0123456789"))
        if 1 <= size <= _LONGEST_COUNTER:
            yield match.start() - size, match.end()
    for match in _CLOCK.finditer(text):
        hour = text[max(match.start() - 2, 0) : match.start()]
        if len(hour) == 2 and hour.isascii() and hour.isdigit() and hour < "30":
            yield match.start() - 2, match.end()


def _placeholders(document: Document) -> tuple[tuple[Evidence, ...], float]:
    """Short blocks that are a link seller's placeholder, and how much they say."""
    found: list[Evidence] = []
    strength = 0.0
    if not any(hint in document.text for hint in _HINTS):
        return (), strength
    for index in range(len(document.blocks)):
        start, end = document.block_range(index)
        if end - start > _LONGEST_PLACEHOLDER:
            continue
        for pattern, value in ((_SELLER, 1.0), (_SPACE_FOR_RENT, _RENT_STRENGTH)):
            match = pattern.search(document.text, start, end)
            if match:
                found.append(Evidence.at(document, match.start(), match.end(), removable=True))
                strength = max(strength, value)
    return tuple(found), strength
