"""The search for phrases pasted between two words of somebody's text.

Spans that the models of character pairs call pasted are read by the classifier, and weighed against the article: what
it is about anyway, what it warns of and what it quotes was not pasted into it.
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
from moderation.detectors.pasted_spans import PER_CHARACTER, Found, Span, SpanSearch
from moderation.detectors.query_cue import count
from moderation.detectors.reading import Reading
from moderation.detectors.warning import is_warning, warns
from moderation.normalize import Document, Step
from moderation.normalize.bigrams import Seams
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_MOST = 400
_LONGEST_COMPARED = 65_536
"""Of a longer text, whether it holds a phrase elsewhere is asked only after the classifier."""
_READ = 2.5
"""What the classifier's log-odds weigh against the search's ratio."""
_MOST_READ = 3.0
"""Above such log-odds the classifier is sure anyway, and no longer tells a good span from a better one."""
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
_NAMING = tuple(": 一句 所谓 所谓的 名为 叫做 写着 声称 自称 号称 宣称 标榜 诸如 例如 比如".split())
"""What stands before a phrase that somebody names."""
_MOST_DISTINCT, _SEVERAL = 3, 21.0
"""So many different phrases are no paste but what the article is about, unless each stands in a paragraph of its own;
then this score is asked for."""
_TRADITIONAL = 0.08
"""The share of characters that the other script would write otherwise, in a text of the one."""


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
        self._search = SpanSearch(model)
        self._columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]

    def find(self, document: Document, paragraphs: Sequence[Paragraph], body: Reading) -> list[Phrase]:
        """The phrases pasted into the sentences of an article; none where it is about what they say."""
        spans, first, last = _in_running(document, paragraphs, self._search.spans(body))
        text = document.text
        clusters = [cluster for cluster in _clustered(spans) if not _is_quoted(text, cluster[0].start)][:_CLUSTERS]
        title = title_of(document)
        around = f"{title}\n{text[first:last]}"
        script = _Script(document, first, last)
        if not any(_may_score(span, around, text, script) for cluster in clusters for span in cluster):
            return []
        ranges = [(span.start, span.end) for cluster in clusters for span in cluster]
        read = self._classifier.fast(document.normalized, ranges)[:, self._columns]
        said: list[tuple[Phrase, float]] = []
        at = 0
        for cluster in clusters:
            phrase = _best(cluster, read[at : at + len(cluster)], script)
            at += len(cluster)
            said_of = phrase is not None and (
                _is_quoted(text, phrase.start) or _is_subject(text[phrase.start : phrase.end], title)
            )
            if phrase is not None and not said_of:
                share = _known_share(around, text[phrase.start : phrase.end])
                said.append((phrase, phrase.score - _KNOWN * share))
        least = _ON_WARNING if said and (count(title, "warns") or warns(document, paragraphs)) else _DOUBTFUL
        if len({text[phrase.start : phrase.end] for phrase, _ in said}) >= _MOST_DISTINCT:
            if not _one_each([phrase for phrase, _ in said], paragraphs):
                return []
            least = max(least, _SEVERAL)
        found = [replace(phrase, score=score) for phrase, score in said if score >= least]
        return [phrase for phrase in found if phrase.score >= _SURE or self._confirmed(document, phrase)]

    def _confirmed(self, document: Document, phrase: Phrase) -> bool:
        """Ask every model, not only the fast one."""
        row = self._classifier.classify(document.normalized, [(phrase.start, phrase.end)])[0]
        return float(row[self._columns].max()) >= _CONFIRMED


def _in_running(document: Document, paragraphs: Sequence[Paragraph], found: Found) -> tuple[list[Span], int, int]:
    """The likeliest spans in paragraphs of running text, best first, and where such paragraphs begin and end."""
    if not len(found):
        return [], 0, 0
    found = found + np.array((paragraphs[0].start, paragraphs[0].start, 0.0))
    begins = np.array([paragraph.start for paragraph in paragraphs])
    numbers = begins.searchsorted(found[:, 0], side="right") - 1
    running = np.zeros(len(paragraphs), dtype=bool)
    for number in np.unique(numbers).tolist():
        running[number] = _is_running(document, paragraphs[number])
    if not running.any():
        return [], 0, 0
    first = next(paragraph.start for paragraph in paragraphs if _is_running(document, paragraph))
    last = next(paragraph.end for paragraph in reversed(paragraphs) if _is_running(document, paragraph))
    inside = np.flatnonzero((found[:, 0] > first) & (found[:, 1] < last))
    found, numbers = found[inside], numbers[inside]
    order = np.lexsort((found[:, 0], found[:, 1] - found[:, 0], -found[:, 2]))[:_MOST]
    spans = []
    for number, (start, end, ratio) in zip(numbers[order].tolist(), found[order].tolist(), strict=True):
        if running[number] and start < paragraphs[number].end:
            spans.append(Span(int(start), int(end), ratio))
    return spans, first, last


def _may_score(span: Span, around: str, text: str, script: _Script) -> bool:
    """False where no reading could make up for what the article says itself."""
    highest = span.ratio + _READ * _MOST_READ - PER_CHARACTER * (span.end - span.start) + script.gain(span)
    if len(around) <= _LONGEST_COMPARED:
        highest -= _KNOWN * _known_share(around, text[span.start : span.end])
    return highest >= _DOUBTFUL


def _is_running(document: Document, paragraph: Paragraph) -> bool:
    """True for a paragraph of sentences that warns of nothing."""
    text = document.text[paragraph.start : paragraph.end]
    if len(text) < _SHORTEST_PARAGRAPH or not any(mark in text for mark in ",。!?;"):
        return False
    linked = sum(len(link.anchor) for link in paragraph.block.links)
    return 3 * linked < len(text) and not is_warning(text)


def _one_each(phrases: Sequence[Phrase], paragraphs: Sequence[Paragraph]) -> bool:
    """True where no paragraph holds two of the phrases: an advertisement piles them, a program deals them out."""
    begins = [paragraph.start for paragraph in paragraphs]
    holding = [bisect_right(begins, phrase.start) for phrase in phrases]
    return len(set(holding)) == len(holding)


def _is_subject(phrase: str, title: str) -> bool:
    """True where the title says three characters of a phrase: the article is about it."""
    return any(phrase[at : at + 3] in title for at in range(len(phrase) - 2))


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


def _is_quoted(text: str, start: int) -> bool:
    """True between quotation marks, brackets, behind a colon or a word that names: somebody speaks of it."""
    before = text[max(0, start - 40) : start].rpartition("\n")[2]
    if before.endswith(_NAMING):
        return True
    return any(before.rfind(opening) > before.rfind(closing) for opening, closing in ("“”", "‘’", "《》", "()", "「」"))


class _Script:
    """How telling it is that a span of an article in Traditional characters has none of them."""

    def __init__(self, document: Document, start: int, end: int) -> None:
        marks = document.normalized.marks
        self._start = start
        self._gain = 0.0
        if marks is not None and start < end:
            changed = (marks[start:end] & np.uint16(Step.TRADITIONAL)) != 0
            share = float(changed.mean())
            if share >= _TRADITIONAL:
                self._gain = -math.log(1.0 - share)
                self._sums = np.concatenate(([0], np.cumsum(changed)))

    def gain(self, span: Span) -> float:
        """The log-likelihood ratio of its script; nought for a span in the article's own."""
        if not self._gain or self._sums[span.end - self._start] > self._sums[span.start - self._start]:
            return 0.0
        return self._gain * (span.end - span.start)


def _best(cluster: Sequence[Span], read: npt.NDArray[np.float32], script: _Script) -> Phrase | None:
    """The span of a cluster that both models like best, if they like it enough."""
    best: tuple[float, int] | None = None
    for number, (span, row) in enumerate(zip(cluster, read, strict=True)):
        probability = min(max(float(row.max()), 0.001), 0.999)
        reading = min(math.log(probability / (1 - probability)), _MOST_READ)
        value = span.ratio + _READ * reading - PER_CHARACTER * (span.end - span.start) + script.gain(span)
        if best is None or value > best[0]:
            best = (value, number)
    if best is None:
        return None
    value, number = best
    span, row = cluster[number], read[number]
    if value < _DOUBTFUL or float(row.max()) < _READS_AS:
        return None
    return Phrase(span.start, span.end, SOLD_CATEGORIES[int(row.argmax())], value)


def _known_share(body: str, phrase: str) -> float:
    """The share of a phrase's pairs of characters that stand in the article outside of the phrase."""
    rest = body.replace(phrase, "\n")
    pairs = [phrase[at : at + 2] for at in range(len(phrase) - 1)]
    return sum(pair in rest for pair in pairs) / max(len(pairs), 1)
