"""Foreign text in a copied article: phrases inside sentences, words behind paragraphs, paragraphs between its own.

Whoever copies an article to sell something leaves most of it alone, so that what does not belong stands out: it reads
as an offer where nothing around it does, and the text goes on where it stopped. (THREATS.md, sections 4, 6 and 8.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from moderation.article import FieldName, FieldRef, Span
from moderation.detectors.body import Paragraph, paragraphs_of, title_of
from moderation.detectors.dealt_words import dealt_words
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.foreign_paragraph import interleaved, may_interleave, may_offer, offers
from moderation.detectors.kinship import shared_pairs
from moderation.detectors.linked_phrases import linked_phrases
from moderation.detectors.pasted import Phrase, PhraseSearch
from moderation.detectors.reading import read_body
from moderation.detectors.tag_words import Word, tag_words
from moderation.detectors.title_prefix import foreign_prefixes
from moderation.normalize import Document
from moderation.normalize.bigrams import seams
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_STANZA = 2
"""Line breaks inside a paragraph that make it a stanza."""
_CLAUSE = re.compile(r"\s*第[一二三四五六七八九十百零〇0-9]+[条條款章节節]")
_FEWEST_CLAUSES = 2
_INJECTED = CategoryId.INJECTED_CONTENT
_OFFERED = 0.5


class SpliceDetector(Detector):
    """Finds what was put into an article, exactly, so that cutting it restores the article."""

    specs = (
        SignalSpec("splice.phrase", _INJECTED, "a phrase that sells something, pasted between two words of a sentence"),
        SignalSpec("splice.tag_words", _INJECTED, "words that sell something behind sentences or paragraphs"),
        SignalSpec("splice.interleaved", _INJECTED, "a second article that takes turns with the first, by paragraph"),
        SignalSpec("splice.offer", _INJECTED, "an advertisement between the paragraphs of another text"),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier
        self._model = seams()
        self._phrases = PhraseSearch(resources.classifier, self._model)

    def detect(self, document: Document) -> list[Signal]:
        """One signal for each kind of foreign text."""
        paragraphs = paragraphs_of(document)
        if not paragraphs:
            return []
        body = read_body(document, paragraphs, self._model)
        signals = []
        words = tag_words(document, paragraphs, body, self._classifier)
        dealt = dealt_words(document, body, self._model, self._classifier)
        words += [new for new in dealt if not any(new.start < old.end and old.start < new.end for old in words)]
        if words:
            signals.append(_word_signal(document, words))
        told = [(word.start, word.end) for word in words]
        hints = may_offer(document, body)
        mixed = may_interleave(body)
        second, sold = None, []
        if mixed or hints is not None:
            shares = shared_pairs(title_of(document), body, self._model)
            second = interleaved(paragraphs, shares) if mixed else None
            if second is not None and _is_one_text(paragraphs, second.paragraphs):
                second = None
            if second is not None:
                signals.append(_whole(document, "splice.interleaved", second.strength, second.paragraphs))
            elif hints is not None:
                sold = offers(document, paragraphs, hints, shares, self._classifier, told)
        sold = [] if sold and self._sells(document) else sold
        if sold:
            strength = max(value for _, value in sold)
            signals.append(_whole(document, "splice.offer", strength, [paragraph for paragraph, _ in sold]))
        taken = [
            *told,
            *((paragraph.start, paragraph.end) for paragraph, _ in sold),
            *((paragraph.start, paragraph.end) for paragraph in (second.paragraphs if second else ())),
        ]
        linked = linked_phrases(document, paragraphs, self._classifier)
        taken += [(phrase.start, phrase.end) for phrase in linked]
        phrases = linked + [
            phrase
            for phrase in self._phrases.find(document, paragraphs, body)
            if not any(phrase.start < end and start < phrase.end for start, end in taken)
        ]
        if phrases and not self._sells(document):
            signals.append(_phrase_signal(document, phrases))
        if signals and (second or words):
            # One finding, so that nobody cuts the one half and leaves the other.
            prefixes = foreign_prefixes(document, paragraphs, taken, self._classifier)
            extra = tuple(Evidence.at(document, start, end, removable=True) for start, end in prefixes)
            signals[0] = replace(signals[0], evidence=(*signals[0].evidence, *extra))
        return signals

    def _sells(self, document: Document) -> bool:
        """True when the title is an offer itself: then the article is one, and nobody pasted it in."""
        start, end = document.range_of(document.fields[0])
        read = self._classifier.probabilities(document.normalized, start, end)
        return any(float(read[self._classifier.categories.index(category)]) >= _OFFERED for category in SOLD_CATEGORIES)


def _is_one_text(paragraphs: Sequence[Paragraph], foreign: Sequence[Paragraph]) -> bool:
    """True where paragraphs take turns because of what they are: a refrain, the articles of a law, lists of links."""
    return _is_verse(foreign) or _is_numbered(paragraphs, foreign) or _is_listed(foreign)


def _is_listed(paragraphs: Sequence[Paragraph]) -> bool:
    """True for paragraphs that are rows of links under headings."""
    linked = [sum(len(link.anchor) for link in paragraph.block.links) for paragraph in paragraphs]
    return 2 * sum(2 * size >= paragraph.size for size, paragraph in zip(linked, paragraphs, strict=True)) >= len(
        linked
    )


def _is_verse(paragraphs: Sequence[Paragraph]) -> bool:
    """True for stanzas: a refrain takes turns with them, and nobody stole it."""
    lines = [paragraph.block.text.strip().count("\n") for paragraph in paragraphs]
    return 2 * sum(count >= _STANZA for count in lines) >= len(lines)


def _is_numbered(paragraphs: Sequence[Paragraph], foreign: Sequence[Paragraph]) -> bool:
    """True for the articles of one law: both parts are numbered, in one and the same count."""
    between = [paragraph for paragraph in paragraphs if paragraph.number <= foreign[-1].number]
    second = {paragraph.number for paragraph in foreign}
    counted = [paragraph.number in second for paragraph in between if _CLAUSE.match(paragraph.block.text)]
    return min(sum(counted), len(counted) - sum(counted)) >= _FEWEST_CLAUSES


def _word_signal(document: Document, words: Sequence[Word]) -> Signal:
    evidence = tuple(Evidence.at(document, word.start, word.end, removable=True) for word in words)
    return Signal("splice.tag_words", _INJECTED, min(1.0, 0.7 + 0.1 * len(words)), evidence)


def _whole(document: Document, name: str, strength: float, paragraphs: Sequence[Paragraph]) -> Signal:
    evidence = tuple(_text_of(document, paragraph) for paragraph in paragraphs)
    return Signal(name, _INJECTED, strength, evidence)


def _text_of(document: Document, paragraph: Paragraph) -> Evidence:
    """A whole paragraph as evidence, as it stands in its block."""
    field = FieldRef(FieldName.BLOCK, paragraph.number)
    size = len(document.article.text_of(field))
    return Evidence.of_raw(document.article, field, Span(0, size), removable=True)


def _phrase_signal(document: Document, phrases: Sequence[Phrase]) -> Signal:
    strength = max(phrase.strength for phrase in phrases)
    evidence = tuple(
        Evidence.at(document, phrase.start, phrase.end, note=f"reads as {phrase.category}", removable=True)
        for phrase in sorted(phrases, key=lambda phrase: phrase.start)
    )
    return Signal("splice.phrase", _INJECTED, strength, evidence)
