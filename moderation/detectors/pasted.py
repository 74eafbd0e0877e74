"""The search for phrases pasted between two words of somebody's text.

Ordinary text is taken to come from a model of character pairs that now and then hands over to a second one, of what is
sold, and goes on afterwards where it stopped. A span is scored by the log-likelihood ratio of that story: how much
better the second model explains its inside, and how well the text reads on over the cut.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from moderation.detectors.body import Paragraph, title_of
from moderation.detectors.detector import TextClassifier
from moderation.normalize import Document
from moderation.normalize.bigrams import BREAK, Seams
from moderation.normalize.text import codes_of
from moderation.taxonomy import CategoryId

SHORTEST, LONGEST = 3, 18
_LIKELY = 9.5
"""The least log-likelihood ratio, less what the length costs: no reading could make up for a lower one."""
_PROMISING = 1.5
"""What a pasted phrase has gained by its third character, or else no span begins there."""
_CLAUSE_COST = 7.0
"""What a comma inside costs: the span is a clause of the text."""
_CLAUSES = ",、"
_CLOSED = "\n。!?;:“”‘’\"'《》<>()[]{}「」『』=/\\"
"""No phrase runs over one of these."""
_NEVER = 99.0
_MOST = 400

_SOLD = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
_READ = 2.5
"""What the classifier's log-odds weigh against the search's ratio."""
_MOST_READ = 3.0
"""Above such log-odds the classifier is sure anyway, and no longer tells a good span from a better one."""
_PER_CHARACTER = 0.8
"""What each character costs in the choice between spans that overlap."""
_DOUBTFUL, _SURE, _CERTAIN = 17.0, 19.0, 35.0
"""The score at which a phrase is asked about again, believed, and believed in full."""
_ON_WARNING = 25.0
"""The score that is asked for in an article that warns."""
_CONFIRMED = 0.5
_READS_AS = 0.5
_SHORTEST_PARAGRAPH = 20
_CLUSTERS, _SPANS_OF_CLUSTER = 5, 20
_KNOWN = 12.0
"""What it costs when all of a span's pairs of characters stand elsewhere in the article: it is its subject."""
_MOST_DISTINCT = 3
"""So many different phrases are no paste but what the article is about."""
_WARNINGS = (
    "诈骗 骗局 骗子 警方 民警 公安 涉案 抓获 查处 打击 违法 犯罪 非法 举报 曝光"
    " 谨防 切勿 警惕 防范 判处 被告 禁止 严禁 不得 受害"
).split()
"""Whoever warns, reports or forbids has to name it."""
_THROUGHOUT = 4


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a text that may have been pasted, with its log-likelihood ratio."""

    start: int
    end: int
    ratio: float


def _costs() -> npt.NDArray[np.float32]:
    table = np.zeros(0x10000, dtype=np.float32)
    table[codes_of(_CLAUSES)] = _CLAUSE_COST
    table[codes_of(_CLOSED)] = _NEVER
    return table


_COSTS = _costs()


def likely_spans(text: str, model: Seams) -> list[Span]:
    """Spans that were likely pasted into a text, the likeliest first; they overlap."""
    codes = codes_of(text)
    rows = model.rows(codes)
    size = len(rows)
    if size < SHORTEST + 4:
        return []
    left, right = rows[:-1], rows[1:]
    ordinary = model.text.follow(left, right)
    breaks = np.full(size, BREAK, dtype=np.int16)
    cost = np.cumsum(_COSTS.take(np.minimum(codes, 0xFFFF)))
    gained = np.concatenate((np.zeros(1), np.cumsum(model.sold.follow(left, right) - ordinary))) - cost
    begin = np.full(size, -_NEVER)
    begin[1:] = model.sold.follow(breaks[1:], rows[1:]) - ordinary + _COSTS.take(np.minimum(codes[1:], 0xFFFF)) * -1
    finish = model.sold.follow(rows, breaks)
    finish[:-1] -= ordinary
    starts = np.flatnonzero((begin[:-2] + gained[2:] - gained[:-2])[1:] > _PROMISING) + 1
    found: list[npt.NDArray[np.float64]] = []
    for length in range(SHORTEST, min(LONGEST, size - 2) + 1):
        starts = starts[starts < size - length]
        ends = starts + length
        bound = begin[starts] + gained[ends - 1] - gained[starts] + finish[ends - 1]
        least = _LIKELY + _PER_CHARACTER * length
        chosen = bound > least
        if chosen.any():
            first, end = starts[chosen], ends[chosen]
            ratio = bound[chosen] + model.text.follow(rows[first - 1], rows[end])
            found.append(np.stack((first, end, ratio), axis=1)[ratio > least])
    if not found:
        return []
    table = np.concatenate(found)
    table = table[np.argsort(-table[:, 2], kind="stable")[:_MOST]]
    return [Span(int(first), int(end), float(ratio)) for first, end, ratio in table]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pasted phrase."""

    start: int
    end: int
    category: CategoryId
    score: float

    @property
    def strength(self) -> float:
        """How sure it is, 0.68 to 1."""
        return min(1.0, 0.68 + 0.32 * (self.score - _SURE) / (_CERTAIN - _SURE))


class PhraseSearch:
    """Finds phrases that the models of character pairs call pasted and the classifier calls an offer."""

    def __init__(self, classifier: TextClassifier, model: Seams) -> None:
        self._classifier = classifier
        self._model = model
        self._columns = [classifier.categories.index(category) for category in _SOLD]

    def find(self, document: Document, paragraphs: Sequence[Paragraph]) -> list[Phrase]:
        """The phrases pasted into the sentences of an article; none where it is about what they say."""
        running = [paragraph for paragraph in paragraphs if _is_running(document, paragraph)]
        if not running:
            return []
        first, last = running[0].start, running[-1].end
        text = document.text
        begins = [paragraph.start for paragraph in running]
        spans = [
            Span(span.start + first, span.end + first, span.ratio)
            for span in likely_spans(text[first:last], self._model)
            if span.start + first < running[bisect_right(begins, span.start + first) - 1].end
        ]
        clusters = [cluster for cluster in _clustered(spans) if not _is_quoted(text, cluster[0])][:_CLUSTERS]
        ranges = [(span.start, span.end) for cluster in clusters for span in cluster]
        if not ranges:
            return []
        read = self._classifier.fast(document.normalized, ranges)[:, self._columns]
        said: list[tuple[Phrase, float]] = []
        at = 0
        for cluster in clusters:
            phrase = _best(cluster, read[at : at + len(cluster)])
            at += len(cluster)
            if phrase is not None:
                share = _known_share(text[first:last], text[phrase.start : phrase.end])
                said.append((phrase, phrase.score - _KNOWN * share))
        if len({text[phrase.start : phrase.end] for phrase, _ in said}) >= _MOST_DISTINCT:
            return []
        least = _ON_WARNING if said and _warns(document, paragraphs) else _DOUBTFUL
        found = [replace(phrase, score=score) for phrase, score in said if score >= least]
        return [phrase for phrase in found if phrase.score >= _SURE or self._confirmed(document, phrase)]

    def _confirmed(self, document: Document, phrase: Phrase) -> bool:
        """Ask every model, not only the fast one."""
        row = self._classifier.classify(document.normalized, [(phrase.start, phrase.end)])[0]
        return float(row[self._columns].max()) >= _CONFIRMED


def _is_running(document: Document, paragraph: Paragraph) -> bool:
    """True for a paragraph of sentences that warns of nothing."""
    text = document.text[paragraph.start : paragraph.end]
    if len(text) < _SHORTEST_PARAGRAPH or not any(mark in text for mark in ",。!?;"):
        return False
    linked = sum(len(link.anchor) for link in paragraph.block.links)
    return 3 * linked < len(text) and not any(word in text for word in _WARNINGS)


def _warns(document: Document, paragraphs: Sequence[Paragraph]) -> bool:
    """True for an article whose title warns, or that warns throughout."""
    title = title_of(document)
    body = document.text[paragraphs[0].start : paragraphs[-1].end]
    return any(word in title for word in _WARNINGS) or sum(map(body.count, _WARNINGS)) >= _THROUGHOUT


def _clustered(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans that overlap with the likeliest of their kind, cluster by cluster."""
    clusters: list[list[Span]] = []
    for span in spans:
        for cluster in clusters:
            if span.start < cluster[0].end and cluster[0].start < span.end:
                cluster.append(span)
                break
        else:
            clusters.append([span])
    return [cluster[:_SPANS_OF_CLUSTER] for cluster in clusters]


def _is_quoted(text: str, span: Span) -> bool:
    """True between quotation marks, brackets or behind a colon: somebody names it."""
    before = text[max(0, span.start - 40) : span.start].rpartition("\n")[2]
    if before[-1:] == ":":
        return True
    return any(before.rfind(opening) > before.rfind(closing) for opening, closing in ("“”", "‘’", "《》", "()", "「」"))


def _best(cluster: Sequence[Span], read: npt.NDArray[np.float32]) -> Phrase | None:
    """The span of a cluster that both models like best, if they like it enough."""
    best: tuple[float, int] | None = None
    for number, (span, row) in enumerate(zip(cluster, read, strict=True)):
        probability = min(max(float(row.max()), 0.001), 0.999)
        reading = min(math.log(probability / (1 - probability)), _MOST_READ)
        value = span.ratio + _READ * reading - _PER_CHARACTER * (span.end - span.start)
        if best is None or value > best[0]:
            best = (value, number)
    if best is None:
        return None
    value, number = best
    span, row = cluster[number], read[number]
    if value < _DOUBTFUL or float(row.max()) < _READS_AS:
        return None
    return Phrase(span.start, span.end, _SOLD[int(row.argmax())], value)


def _known_share(body: str, phrase: str) -> float:
    """The share of a phrase's pairs of characters that stand in the article outside of the phrase."""
    rest = body.replace(phrase, "\n")
    pairs = [phrase[at : at + 2] for at in range(len(phrase) - 1)]
    return sum(pair in rest for pair in pairs) / max(len(pairs), 1)
