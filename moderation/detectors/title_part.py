"""A foreign part in somebody else's title: a seller's name or query hung before or behind what the page is about.

The title as a whole is diluted by the stolen rest, so its parts are judged. One is foreign when it reads as abuse, the
rest does not, and the page speaks of the rest and not of it. (THREATS.md, sections 1, 2 and 6.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation.article import FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources, Term
from moderation.detectors.title_core import is_site_name
from moderation.detectors.title_page import PageText, page_text, share_in
from moderation.detectors.title_split import Group, Part, has_number, leading, split, trailing
from moderation.normalize import Document
from moderation.normalize.bigrams import seams
from moderation.normalize.text import codes_of
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_SOLD = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
_MOST_GROUPED = 3
_LONGEST_PART = 26
_OPEN = 0.3
"""What the fast model gives less than this, and no sure term supports, is not looked at again."""
_SURE, _COVERED = 0.6, 0.5
"""A term of this weight speaks for a part that it fills to this share."""
_UNSUPPORTED = 0.965
_SHORT, _SHORT_SURE = 4, 0.93
_COMMON, _COMMON_ALL = 100, 40
"""A short part with a pair of characters seen more often, or with none seen less often, is an ordinary word."""
_SHORTEST_REST = 6
_FEW = 2
_OWN_SHARE, _OWN_PAIRS, _CLEAR_SHARE = 0.15, 3, 0.3
_FOREIGN_SHARE = 0.34
_CLEAN_REST, _SPOTLESS_REST = 0.4, 0.1
_SHORTEST_HEADING = 8
_SAID = 0.75
_CERTAIN_ALONE = 0.97
_TOPICAL = 3
"""So many terms of the category in the body make it the page's own subject."""
_TOPICAL_LOSS, _UNCLEAR_LOSS = 0.85, 0.93
_REPORTS = re.compile(
    r"警方|民警|公安|反诈|诈骗|骗局|防骗|判决|获刑|被判|法院|查处|查获|整治|打击|戒赌|通报|公告|提示|提醒|警示|财报|年报|新闻|案例"
    r"|科普|健康|保健|百科|频道|专栏|栏目|专题|评测|测评|攻略|[》”\"]|案\Z"
)
"""A part with one of these speaks about its words, or names a column."""
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a group reads as, and how surely, before the page is asked."""

    group: Group
    category: CategoryId
    probability: float
    terms: tuple[Term, ...]
    numbered: bool

    @property
    def likelihood(self) -> float:
        """The model's probability, raised by a sure term and by a domain or number glued to the name."""
        doubt = 1.0 - self.probability
        if self.terms:
            doubt *= 0.3
        if self.numbered:
            doubt *= 0.3
        return 1.0 - doubt


class TitlePartDetector(Detector):
    """Says which part of a title does not belong to its page, and what it sells."""

    specs = tuple(
        SignalSpec(f"title_part.{category}", category, f"a part that reads as {category} hangs on another page's title")
        for category in _SOLD
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        self._seams = seams()
        self._columns = [resources.classifier.categories.index(category) for category in _SOLD]
        self._terms = [term for term in resources.terms if term.category in _SOLD or term.allow]
        self._automaton = CharwiseDoubleArrayAhoCorasick([term.text for term in self._terms])

    def detect(self, document: Document) -> list[Signal]:
        """At most one signal: the surest part."""
        origin, end = document.range_of(FieldRef(FieldName.TITLE))
        title = document.text[origin:end].rstrip()
        parts = split(title)
        if not parts:
            return []
        readings = self._read(document, origin, title, parts)
        if not readings:
            return []
        page = page_text(document, title)
        found: tuple[float, _Reading] | None = None
        for reading in readings:
            strength = self._strength(document, origin, title, parts, reading, page)
            if strength >= _SAID and (found is None or strength > found[0] + 0.01):
                found = strength, reading
        return [self._signal(document, origin, title, page, *found)] if found else []

    def _read(self, document: Document, origin: int, title: str, parts: Sequence[Part]) -> list[_Reading]:
        """The groups that may be foreign, by one request to the fast model, and one to all for the doubtful."""
        groups = [group for group in _groups(title, parts) if self._may_be(title, parts, group)]
        if not groups:
            return []
        ranges = [(origin + first, origin + last) for first, last in (_name(parts, group) for group in groups)]
        fast = self._fast(document, ranges)
        terms = [self._sure_terms(title[group.range[0] : group.range[1]]) for group in groups]
        open_ = [i for i, found in enumerate(terms) if fast[i].max() >= _OPEN or (found and fast[i].max() >= _OPEN / 3)]
        if not open_:
            return []
        judged = self._classifier.classify(document.normalized, [ranges[i] for i in open_])[:, self._columns]
        readings = []
        for i, row in zip(open_, judged, strict=True):
            column = int(np.argmax(row))
            category = _SOLD[column]
            own = tuple(term for term in terms[i] if term.category is category)
            numbered = any(part.domain or has_number(title, part) for part in parts[groups[i].first : groups[i].last])
            readings.append(_Reading(groups[i], category, float(row[column]), own, numbered))
        return readings

    def _fast(self, document: Document, ranges: Sequence[tuple[int, int]]) -> npt.NDArray[np.float32]:
        """One request for many; the name of a site alone is remembered from its other pages."""
        if len(ranges) > _FEW:
            return self._classifier.fast(document.normalized, ranges)[:, self._columns]
        return np.stack(
            [self._classifier.probabilities(document.normalized, *place)[self._columns] for place in ranges]
        )

    def _may_be(self, title: str, parts: Sequence[Part], group: Group) -> bool:
        """False where no seller's name can be: a date, a column, a report; or where no title is left without it."""
        first, last = group.range
        if last - first > _LONGEST_PART or last - first < 2:
            return False
        text = title[first:last]
        if not _HAN.search(text) or _REPORTS.search(text):
            return False
        first, last = _rest(parts, group)
        single = group.last == len(parts) - 1 if group.leading else group.first == 1
        return last - first >= _SHORTEST_REST and not (single and is_site_name(title[first:last]))

    def _sure_terms(self, text: str) -> tuple[Term, ...]:
        """The sure terms of a part that fill it, less those inside a longer harmless one."""
        hits = [(start, end, self._terms[index]) for start, end, index in self._automaton.find_overlapping(text)]
        hits.sort(key=lambda hit: (hit[0], -hit[1]))
        kept: list[Term] = []
        reach, covered = -1, 0
        for start, end, term in hits:
            if end > reach:
                if not term.allow and term.weight >= _SURE:
                    kept.append(term)
                    covered += end - max(start, reach)
                reach = end
        return tuple(kept) if covered >= _COVERED * len(text) else ()

    def _strength(
        self, document: Document, origin: int, title: str, parts: Sequence[Part], reading: _Reading, page: PageText
    ) -> float:
        """How sure it is that this part was hung on the title."""
        group = reading.group
        text = title[group.range[0] : group.range[1]]
        likelihood = self._alone(text, reading)
        if likelihood < _SAID:
            return 0.0
        first, last = _rest(parts, group)
        rest = self._classifier.probabilities(document.normalized, origin + first, origin + last)[self._columns]
        if not page.speaks:
            domain = any(part.domain for part in parts[group.first : group.last])
            beyond = reading.probability >= _CERTAIN_ALONE and (domain or (reading.terms and reading.numbered))
            return likelihood if beyond and float(rest.max()) < _SPOTLESS_REST else 0.0
        if float(rest.max()) >= _CLEAN_REST:
            return 0.0
        body = page.body
        known, _ = share_in(text, body)
        if known > _FOREIGN_SHARE or any(term.text in body for term in reading.terms):
            return 0.0
        if not group.leading and text in page.chrome:
            return 0.0  # the site's own name
        share, pairs = share_in(title[first:last], body)
        alone = any(
            _SHORTEST_HEADING <= len(heading) <= last - first and title.startswith(heading, first)
            for heading in (document.text[start:end].strip() for start, end in page.headings)
        )
        if not alone and (share < _OWN_SHARE or pairs < _OWN_PAIRS):
            return 0.0
        if not (alone or share >= _CLEAR_SHARE):
            likelihood *= _UNCLEAR_LOSS
        if not reading.numbered and self._is_subject(body, reading.category):
            likelihood *= _TOPICAL_LOSS
        return likelihood

    def _alone(self, text: str, reading: _Reading) -> float:
        """How likely it is a seller's, by itself.

        What the model alone says never suffices to reject, of a short word or of what may be a site's name still less:
        columns have short names, too (`视频|`, `登录入口_`), but those are common words.
        """
        if reading.terms or reading.numbered:
            return reading.likelihood
        likelihood = min(reading.probability, _UNSUPPORTED)
        size = len(_HAN.findall(text))
        if size <= _SHORT:
            rows = self._seams.rows(codes_of(text))
            counts = self._seams.text.counts(rows[:-1], rows[1:])
            common = counts.max(initial=0.0) > _COMMON if size < _SHORT else counts.min(initial=_COMMON) >= _COMMON_ALL
            if common or size < 2 or likelihood < _SHORT_SURE:
                return 0.0
            return likelihood * _UNCLEAR_LOSS if size < _SHORT else likelihood
        if is_site_name(text):
            return likelihood * _UNCLEAR_LOSS if reading.probability >= _SHORT_SURE else 0.0
        return likelihood

    def _is_subject(self, body: str, category: CategoryId) -> bool:
        """True for a page whose own text is in the field that the part sells in: then it may be a column's name."""
        found = {
            index for _, _, index in self._automaton.find_overlapping(body) if self._terms[index].category is category
        }
        return len(found) >= _TOPICAL

    def _signal(
        self, document: Document, origin: int, title: str, page: PageText, strength: float, reading: _Reading
    ) -> Signal:
        group = reading.group
        first, last = group.cut
        removable = page.speaks
        evidence = [Evidence.at(document, origin + first, origin + last, removable=removable)]
        if removable:
            evidence += [
                Evidence.at(document, *place, removable=True) for place in _repeats(document, title, group, page)
            ]
        return Signal(f"title_part.{reading.category}", reading.category, min(1.0, strength), tuple(evidence))


def _groups(title: str, parts: Sequence[Part]) -> Iterator[Group]:
    """Runs of parts at the head of a title, and behind it, there also before the name of the site."""
    size = len(parts)
    for count in range(1, min(_MOST_GROUPED, size - 1) + 1):
        yield leading(title, parts, count)
    for last in (size, size - 1):
        for first in range(max(1, last - _MOST_GROUPED), last):
            yield trailing(title, parts, first, last)


def _name(parts: Sequence[Part], group: Group) -> tuple[int, int]:
    """What to classify: a single name without the domain or number glued to it."""
    start, end = group.range
    return (start, parts[group.last - 1].name_end) if group.last - group.first == 1 else (start, end)


def _rest(parts: Sequence[Part], group: Group) -> tuple[int, int]:
    """The title's own part: what is left, for a part behind it all that stands before."""
    if group.leading:
        return parts[group.last].start, parts[-1].end
    return parts[0].start, parts[group.first - 1].end


def _repeats(document: Document, title: str, group: Group, page: PageText) -> Iterator[tuple[int, int]]:
    """The same part where a heading or the description repeats the title."""
    first, last = group.cut
    piece = title[first:last]
    fields = [document.range_of(FieldRef(FieldName.DESCRIPTION)), *page.headings]
    for start, end in fields:
        text = document.text[start:end].rstrip()
        if len(text) > len(piece) and group.leading and text.startswith(piece):
            yield start, start + len(piece)
        elif len(text) > len(piece) and not group.leading and text.endswith(piece) and text[:6] == title[:6]:
            yield start + len(text) - len(piece), start + len(text)
