"""Pages made for a query: title, summary and body from different sources, or a body that only serves the title.

A small model reads the whole page (`query_features`); beside it stand findings that a person can check one by one. Most
pages are let go after one cheap request: neither their title nor their body reads as abuse.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files

import numpy as np

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors import query_finding as finding
from moderation.detectors.body import title_of
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.query_cue import density, speaks_about
from moderation.detectors.query_features import Readings, features, read, read_again, with_key
from moderation.detectors.query_page import HAN_RUN, QueryPage, pairs_of
from moderation.detectors.warning import is_warning
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_BODY = (BlockKind.PARAGRAPH, BlockKind.TABLE_CELL)
_SHORTEST_BODY = 300
_FEWEST_PAIRS = 4
_SUMMARY_LENGTH = (40, 400)
_STRANGE = 0.20
"""Below this share of pairs found in the body a summary may belong to another text."""
_STRANGE_TOPIC = 0.15
"""Below this share of its repeated pairs, which carry its topic, it does."""
_FEWEST_TOPIC_PAIRS = 4
_GLANCE, _OFFERED = 0.03, 0.3
"""A page whose title the model likes less, and whose text offers nothing, is let go at a glance."""
_DOUBT, _STUFFED, _SOLD = 0.12, 0.3, 0.3
"""A page whose title, quoted phrase and body all stay below is read no further."""
_SPOKEN_OF = 0.6
"""What a title that warns of its subject, or reports on it, leaves of the probability: no query says such words."""
_REACHED = 0.2
"""A text that says so often how to be reached sells, whatever its title warns of: who was cheated once pays again."""
_SAID = 0.3
"""A page less likely a doorway than this is not spoken of."""
_INNOCENT = 0.3
"""A title that warns, and that the fast model likes less than this as an offer, is a warning."""


class DoorwayDetector(Detector):
    """Says when a page exists for its title's query and not for a reader."""

    specs = (
        SignalSpec("doorway.title_mismatch", CategoryId.DOORWAY, "no word of the title occurs in the body"),
        SignalSpec("doorway.summary_mismatch", CategoryId.DOORWAY, "the summary is of another text than the body"),
        SignalSpec("doorway.page", CategoryId.DOORWAY, "the page as a whole reads as made for its title's query"),
        *finding.SPECS,
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        self._sold = [resources.classifier.categories.index(category) for category in SOLD_CATEGORIES]
        self._stuffed = resources.classifier.categories.index(CategoryId.KEYWORD_STUFFING)
        self._model = DoorwayModel.default()

    def detect(self, document: Document) -> list[Signal]:
        """Signals for the page as a whole."""
        page = QueryPage(document)
        signals = list(_mismatches(page))
        start, end = document.range_of(page.title_field)
        title = self._classifier.probabilities(document.normalized, start, end)
        readings = None
        if page.quoted or float(title.max()) >= _GLANCE or density(page.body, "sells") >= _OFFERED:
            readings = read(page, self._classifier)
        if readings is not None and page.paragraphs and _in_doubt(readings):
            readings = with_key(page, readings, self._classifier)
            probability = self._model.probability(features(page, readings))
            if probability >= _SAID:  # then it is worth asking every model what the title says
                readings = read_again(page, readings, self._classifier)
                probability = self._model.probability(features(page, readings))
            if speaks_about(page.title) and density(page.body, "reaches") < _REACHED:
                probability *= _SPOKEN_OF
            if probability >= _SAID:
                signals.append(Signal("doorway.page", CategoryId.DOORWAY, probability, tuple(_grounds(page))))
        signals += finding.findings(page, readings, float(title[self._stuffed]))
        if float(title[self._sold].max()) < _INNOCENT and is_warning(title_of(document)):
            # It quotes the offer that it warns of, and offers nothing.
            signals = [signal for signal in signals if signal.name not in ("doorway.page", "doorway.offer")]
        return signals


class DoorwayModel:
    """Logistic regression over the features of a page."""

    def __init__(self, names: tuple[str, ...], coefficients: np.ndarray, offset: float) -> None:
        if len(names) != len(coefficients) or not np.isfinite(coefficients).all():
            raise ValueError("the doorway model's arrays do not fit")
        self._names, self._coefficients, self._offset = names, coefficients.tolist(), offset

    @classmethod
    def default(cls) -> DoorwayModel:
        """The shipped model (`resources/doorway.npz`)."""
        with (
            files("moderation.resources").joinpath("doorway.npz").open("rb") as stream,
            np.load(stream, allow_pickle=False) as stored,
        ):
            names = tuple(json.loads(str(stored["about"]))["names"])
            return cls(names, stored["coefficients"], float(stored["offset"][0]))

    def probability(self, found: dict[str, float]) -> float:
        """How likely a page with these features is a doorway. Raises KeyError for a feature it was not given."""
        linear = self._offset + sum(
            weight * found[name] for name, weight in zip(self._names, self._coefficients, strict=True)
        )
        return float(1.0 / (1.0 + np.exp(-np.clip(linear, -30.0, 30.0))))


def _in_doubt(readings: Readings) -> bool:
    return (
        max(readings.title_abuse, float(readings.key.max())) >= _DOUBT
        or readings.stuffing >= _STUFFED
        or readings.body_abuse >= _SOLD
    )


def _grounds(page: QueryPage) -> Iterator[Evidence]:
    """The title, and the first paragraphs that repeat its key."""
    start, end = page.core
    if end > start:
        yield Evidence.at(page.document, start, end, note="the query that the page is made for")
    for number in page.key.hits[:3] if page.key else ():
        first, last = page.paragraphs[number]
        yield Evidence.at(page.document, first, last, note="repeats it")


def _mismatches(page: QueryPage) -> Iterator[Signal]:
    document = page.document
    summary = _summary(document)
    # Items of a list are often titles and summaries of other pages: they are no body to compare with.
    ranges = (
        document.block_range(index)
        for index in document.unlinked
        if document.blocks[index].kind in _BODY and FieldRef(FieldName.BLOCK, index) != summary
    )
    body = "\n".join(document.text[start:end] for start, end in ranges)
    if len(body) < _SHORTEST_BODY:
        return
    pairs = pairs_of(page.title)
    if len(pairs) >= _FEWEST_PAIRS and not any(pair in body for pair in pairs):
        start, end = document.range_of(page.title_field)
        evidence = Evidence.at(document, start, end, note="no two characters of it stand together in the body")
        yield Signal("doorway.title_mismatch", CategoryId.DOORWAY, 0.6, (evidence,))
    if summary is not None and _is_strange(document.text_of(summary), body):
        start, end = document.range_of(summary)
        evidence = Evidence.at(document, start, end, note="its topic does not occur in the body")
        yield Signal("doorway.summary_mismatch", CategoryId.DOORWAY, 0.8, (evidence,))


def _is_strange(summary: str, body: str) -> bool:
    counted = Counter(run[i : i + 2] for run in HAN_RUN.findall(summary) for i in range(len(run) - 1))
    topic = [pair for pair, count in counted.items() if count > 1]
    if len(topic) < _FEWEST_TOPIC_PAIRS or sum(pair in body for pair in topic) >= _STRANGE_TOPIC * len(topic):
        return False
    return sum(pair in body for pair in counted) < _STRANGE * len(counted)


def _summary(document: Document) -> FieldRef | None:
    """The page's own summary: its description, or a long heading or raw-Markdown line among the first blocks."""
    shortest, longest = _SUMMARY_LENGTH
    description = FieldRef(FieldName.DESCRIPTION)
    if len(document.text_of(description)) >= shortest:
        return description
    for index, block in enumerate(document.blocks[:6]):
        field = FieldRef(FieldName.BLOCK, index)
        text = document.text_of(field).strip()
        if shortest <= len(text) <= longest and (
            block.kind is BlockKind.HEADING or finding.RAW_MARKDOWN.search(document.article.text_of(field))
        ):
            return field
    return None
