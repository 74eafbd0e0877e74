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
from moderation.detectors.body import openings_of, paragraphs_of
from moderation.detectors.detector import Detector, Resources, Term
from moderation.detectors.title_core import is_site_name
from moderation.detectors.title_own import grown, is_own, is_piled, own_headings, planted_row, stands_alone
from moderation.detectors.title_page import PageText, page_text, share_in
from moderation.detectors.title_split import Group, Part, groups_of, has_number, name_of, rest_of, split
from moderation.normalize import Document
from moderation.normalize.bigrams import seams
from moderation.normalize.text import codes_of
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_LONGEST_PART = 26
_OPEN = 0.3
"""What the fast model gives less than this, and no sure term supports, is not looked at again."""
_SURE, _COVERED = 0.6, 0.5
"""A term of this weight speaks for a part that it fills to this share."""
_UNSUPPORTED, _BEYOND = 0.965, 0.99
_SHORT, _SHORT_SURE = 4, 0.88
_COMMON, _COMMON_ALL = 100, 40
"""A short part with a pair of characters seen more often, or with none seen less often, is an ordinary word."""
_SHORTEST_PART, _SHORTEST_REST = 2, 6
_ROW = 3
_OWN_SHARE, _OWN_PAIRS, _CLEAR_SHARE = 0.15, 3, 0.3
_FOREIGN_SHARE = 0.34
_CLEAN_REST, _SPOTLESS_REST = 0.4, 0.1
_SHORTEST_HEADING = 8
_SOLD_BODY = 0.35
"""The mean of what the model gives the first paragraphs of a page that sells something itself."""
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
_C = CategoryId
_NAMES = {
    **{category: f"title_part.{category}" for category in SOLD_CATEGORIES},
    _C.INJECTED_CONTENT: "title_part.planted",
    _C.KEYWORD_STUFFING: "title_part.queries",
}
_HAN, _WORD = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[\u3400-\u9fff]{3}")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A part that the page knows nothing of; `clear` says how plainly the rest is the page's own, 0 without a body."""

    group: Group
    text: str
    rest: tuple[int, int]
    clear: float
    terms: tuple[Term, ...]
    domain: bool
    numbered: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a candidate reads as, with the sure terms of that category."""

    candidate: _Candidate
    category: CategoryId
    probability: float
    terms: tuple[Term, ...]

    @property
    def likelihood(self) -> float:
        """The model's probability, raised by a sure term and by a domain or number glued to the name."""
        doubt = 1.0 - self.probability
        if self.terms:
            doubt *= 0.3
        if self.candidate.numbered:
            doubt *= 0.3
        return 1.0 - doubt


class TitlePartDetector(Detector):
    """Says which part of a title does not belong to its page, and what it sells."""

    specs = (
        *(
            SignalSpec(
                f"title_part.{category}", category, f"a part that reads as {category} hangs on another page's title"
            )
            for category in SOLD_CATEGORIES
        ),
        SignalSpec("title_part.planted", _C.INJECTED_CONTENT, "what a stranger hung on the title of somebody's page"),
        SignalSpec("title_part.queries", _C.KEYWORD_STUFFING, "queries piled before the title of somebody's page"),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        self._seams = seams()
        self._columns = [resources.classifier.categories.index(category) for category in SOLD_CATEGORIES]
        self._stuffed = resources.classifier.categories.index(_C.KEYWORD_STUFFING)
        self._terms = [term for term in resources.terms if term.category in SOLD_CATEGORIES or term.allow]
        self._automaton = CharwiseDoubleArrayAhoCorasick([term.text for term in self._terms])

    def detect(self, document: Document) -> list[Signal]:
        """The surest part, or the whole row before the page's own title; nothing where neither is foreign."""
        origin, end = document.range_of(FieldRef(FieldName.TITLE))
        title = document.text[origin:end].rstrip()
        parts = split(title)
        groups = [group for group in groups_of(parts, title) if _may_be(title, parts, group)]
        if not groups and len(parts) < _ROW:
            return []
        page = page_text(document, title)
        if _is_row(title, parts, page):
            return []
        candidates = [
            found for group in groups if (found := self._candidate(document, title, parts, group, page)) is not None
        ]
        best: tuple[float, _Reading] | None = None
        for reading in self._read(document, origin, parts, candidates):
            strength = self._strength(document, origin, reading, page)
            if strength >= _SAID and (best is None or strength > best[0] + 0.01):
                best = strength, reading
        headings = own_headings(document, page)
        if best is not None:
            strength, reading = best
            candidate = reading.candidate
            group = grown(title, parts, candidate.group, headings, page)
            said = {reading.category: strength}
            alone = page.speaks and stands_alone(title, parts, group, page, headings)
            if alone and not self._sells(document):
                said[_C.INJECTED_CONTENT] = strength
        else:
            row = planted_row(title, parts, page, headings) if page.speaks else None
            if row is None:
                return []
            group, said = row, self._of_row(document, origin, row, parts)
        if _C.INJECTED_CONTENT in said and is_piled(parts, group):
            said[_C.KEYWORD_STUFFING] = said[_C.INJECTED_CONTENT]
        evidence = tuple(_places(document, origin, title, group, page))
        return [Signal(_NAMES[category], category, value, evidence) for category, value in said.items()]

    def _of_row(self, document: Document, origin: int, row: Group, parts: Sequence[Part]) -> dict[CategoryId, float]:
        """What a row before somebody's title reads as, and how surely it was planted there."""
        start, end = row.range
        first, last = rest_of(parts, row)
        if _REPORTS.search(document.text, origin + start, origin + end):
            return {}
        whole, rest = self._classifier.fast(
            document.normalized, [(origin + start, origin + end), (origin + first, origin + last)]
        )
        sold = float(whole[self._columns].max())
        piled = float(whole[self._stuffed]) if row.last > _ROW else 0.0  # three may be columns
        if max(sold, piled) < _SAID or float(rest[self._columns].max()) >= _CLEAN_REST or self._sells(document):
            return {}
        said = {_C.INJECTED_CONTENT: min(max(sold, piled), _UNSUPPORTED)}
        if sold >= _SAID:
            said[SOLD_CATEGORIES[int(whole[self._columns].argmax())]] = min(sold, _UNSUPPORTED)
        return said

    def _sells(self, document: Document) -> bool:
        """True where the page's own text reads as an offer: then nobody hung it on the title."""
        windows = openings_of(paragraphs_of(document))
        if not windows:
            return False
        read = self._classifier.fast(document.normalized, windows)[:, self._columns].max(axis=1)
        return float(read.mean()) >= _SOLD_BODY

    def _candidate(
        self, document: Document, title: str, parts: Sequence[Part], group: Group, page: PageText
    ) -> _Candidate | None:
        """A part as a candidate, or None where the page speaks of it, or does not speak of the rest."""
        start, end = group.range
        text = title[start:end]
        own = parts[group.first : group.last]
        domain = any(part.domain for part in own)
        numbered = domain or any(has_number(title, part) for part in own)
        first, last = rest_of(parts, group)
        if not page.speaks:  # a title alone: only a name with its address is beyond doubt
            if not domain:
                return None
            return _Candidate(group, text, (first, last), 0.0, self._sure_terms(text), domain, numbered)
        if not group.leading and (text in page.chrome or (is_site_name(text) and not self._has_term(text))):
            return None  # the site's own name
        terms = self._sure_terms(text)
        if any(term.text in page.body for term in terms) or share_in(text, page.body)[0] > _FOREIGN_SHARE:
            return None
        if len(own) > 1 and any(is_own(title[part.start : part.end], page) for part in own):
            return None
        share, pairs = share_in(title[first:last], page.body)
        alone = any(
            _SHORTEST_HEADING <= len(heading) <= last - first and title.startswith(heading, first)
            for heading in (document.text[start:end].strip() for start, end in page.headings)
        )
        if not alone and (share < _OWN_SHARE or pairs < _OWN_PAIRS):
            return None
        clear = 1.0 if alone or share >= _CLEAR_SHARE else _UNCLEAR_LOSS
        return _Candidate(group, text, (first, last), clear, terms, domain, numbered)

    def _read(
        self, document: Document, origin: int, parts: Sequence[Part], candidates: Sequence[_Candidate]
    ) -> Iterator[_Reading]:
        """What they read as: one request to the fast model, and one to all models for what it leaves open."""
        if not candidates:
            return
        names = (name_of(parts, candidate.group) for candidate in candidates)
        ranges = [(origin + first, origin + last) for first, last in names]
        likely = self._classifier.fast(document.normalized, ranges)[:, self._columns].max(axis=1)
        wanted = [i for i, one in enumerate(candidates) if likely[i] >= (_OPEN / 3 if one.terms else _OPEN)]
        if not wanted:
            return
        judged = self._classifier.classify(document.normalized, [ranges[i] for i in wanted])[:, self._columns]
        for i, row in zip(wanted, judged, strict=True):
            column = int(np.argmax(row))
            own = tuple(term for term in candidates[i].terms if term.category is SOLD_CATEGORIES[column])
            yield _Reading(candidates[i], SOLD_CATEGORIES[column], float(row[column]), own)

    def _has_term(self, text: str) -> bool:
        return any(not self._terms[index].allow for _, _, index in self._automaton.find_overlapping(text))

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

    def _strength(self, document: Document, origin: int, reading: _Reading, page: PageText) -> float:
        """How sure it is that this part was hung on the title."""
        candidate = reading.candidate
        likelihood = self._alone(candidate.text, reading)
        if likelihood < _SAID:
            return 0.0
        first, last = candidate.rest
        read = self._classifier.probabilities(document.normalized, origin + first, origin + last)
        rest = float(read[self._columns].max())
        if not page.speaks:
            return likelihood if reading.probability >= _CERTAIN_ALONE and rest < _SPOTLESS_REST else 0.0
        if rest >= _CLEAN_REST:
            return 0.0
        if not candidate.domain:  # nobody's own title begins with another's address
            likelihood *= candidate.clear
        if not candidate.numbered and self._is_subject(page.body, reading.category):
            likelihood *= _TOPICAL_LOSS
        return likelihood

    def _alone(self, text: str, reading: _Reading) -> float:
        """How likely it is a seller's, by itself.

        What the model alone says hardly suffices to reject, of a short word or of what may be a site's name never:
        columns have short names, too (`视频|`, `登录入口_`), but those are common words.
        """
        if reading.terms or reading.candidate.numbered:
            return reading.likelihood
        size = len(_HAN.findall(text))
        beyond = reading.probability >= _BEYOND and size > _SHORT
        likelihood = min(reading.probability, _BEYOND if beyond else _UNSUPPORTED)
        if size > 2 and not _WORD.search(text):
            return 0.0  # nothing but syllables in a row: `一区 二区`, `国产/日韩/欧美`
        if size <= _SHORT:
            counts = self._counts(text)
            common = counts.max(initial=0.0) > _COMMON if size < _SHORT else counts.min(initial=_COMMON) >= _COMMON_ALL
            if common or size < 2 or likelihood < _SHORT_SURE:
                return 0.0
            return likelihood * _UNCLEAR_LOSS if size < _SHORT else likelihood
        if is_site_name(text):
            return likelihood * _UNCLEAR_LOSS if reading.probability >= _SHORT_SURE else 0.0
        return likelihood

    def _counts(self, text: str) -> npt.NDArray[np.float32]:
        """How often each pair of Chinese characters that stand together was seen in ordinary text."""
        codes = codes_of(text)
        rows, han = self._seams.rows(codes), (codes >= 0x3400) & (codes <= 0x9FFF)
        return self._seams.text.counts(rows[:-1], rows[1:])[han[:-1] & han[1:]]

    def _is_subject(self, body: str, category: CategoryId) -> bool:
        """True for a page whose own text is in the field that the part sells in: then it may be a column's name."""
        found = {
            index for _, _, index in self._automaton.find_overlapping(body) if self._terms[index].category is category
        }
        return len(found) >= _TOPICAL


def _is_row(title: str, parts: Sequence[Part], page: PageText) -> bool:
    """True for bracketed keywords that the body repeats as anchors: stuffing and splicing, which others find whole."""
    row = [title[part.start : part.end] for part in parts[:_ROW]]
    return (
        all(part.bracketed for part in parts[:_ROW]) and len(row) == _ROW and all(text in page.anchors for text in row)
    )


def _may_be(title: str, parts: Sequence[Part], group: Group) -> bool:
    """False where no seller's name can be: a date, a column, a report; or where no title is left without it."""
    first, last = group.range
    if not _SHORTEST_PART <= last - first <= _LONGEST_PART:
        return False
    text = title[first:last]
    if not _HAN.search(text) or _REPORTS.search(text):
        return False
    first, last = rest_of(parts, group)
    single = group.last == len(parts) - 1 if group.leading else group.first == 1
    return last - first >= _SHORTEST_REST and not (single and is_site_name(title[first:last]))


def _places(document: Document, origin: int, title: str, group: Group, page: PageText) -> Iterator[Evidence]:
    """The part wherever the page repeats its title. Without a body nobody knows which half is the page's own."""
    first, last = group.cut
    places = [(origin + first, origin + last), *(_repeats(document, title, group, page) if page.speaks else ())]
    for place in places:
        yield Evidence.at(document, *place, removable=page.speaks)


def _repeats(document: Document, title: str, group: Group, page: PageText) -> Iterator[tuple[int, int]]:
    """The same part where a heading or the description repeats the title."""
    first, last = group.cut
    fields = [document.range_of(FieldRef(FieldName.DESCRIPTION)), *page.headings]
    for start, end in fields:
        if end - start > last - first and document.text.startswith(title[:last], start, end):
            yield start + first, start + last
