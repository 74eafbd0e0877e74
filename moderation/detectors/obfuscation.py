"""Disguise as such: characters a person overlooks and a filter stumbles over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote

from moderation.article import FieldName, FieldRef, Span
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document, Normalized, Step, normalize
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_HAN = r"[\u3400-\u9fff]"
_SEPARATED = re.compile(rf"(?<![\u3400-\u9fffa-z0-9]){_HAN}(?:([ ·.\-_*|/~^+])\s?{_HAN}(?:\1\s?{_HAN}){{2,}})")
_TAIL = re.compile(r"[&#~|_ ][a-z0-9]{3,6}$|[(\[【][a-z0-9]{4,8}[)\]】]$")
_MIXED_CASE = re.compile(r"(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[0-9]|[A-Za-z]{4})[A-Za-z0-9]{3,8}")
_ORNAMENT = (
    r"[\u2190-\u23ff\u2500-\u2767\u2794-\u27bf\u2900-\u2bff\u3004\u3012\u3013\u3020"
    r"\u06de\u06e9\u0e51\u0f04-\u0f09\u1420-\u1430]"
)
_WRAPPED = re.compile(rf"(?<![^\n]){_ORNAMENT}{{2,}} ?([^\n]{{2,80}}?) ?{_ORNAMENT}{{2,}}(?=\n|\Z| ?[-_|–])")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}){6,}")
_LIKELY, _DOUBTFUL = 0.3, 0.5
_HARMLESS = 0.5
"""What a title in escapes counts that says nothing bad: some system has escaped it twice."""
_FEW_INVISIBLE = 3
_EMOJI_JOINER = "\u200d"


class ObfuscationDetector(Detector):
    """Invisible characters inside words, look-alike letters, separated characters, escaped titles, random tails."""

    specs = (
        SignalSpec("obfuscation.invisible", CategoryId.HIDDEN_CONTENT, "invisible characters inside Chinese words"),
        SignalSpec("obfuscation.lookalike", CategoryId.KEYWORD_STUFFING, "look-alike glyphs in the title"),
        SignalSpec("obfuscation.separated", CategoryId.KEYWORD_STUFFING, "single characters kept apart by symbols"),
        SignalSpec("obfuscation.escaped_title", CategoryId.CLOAKING, "the title is written in character escapes"),
        SignalSpec("obfuscation.random_tail", CategoryId.KEYWORD_STUFFING, "the title ends in random characters"),
        SignalSpec("obfuscation.wrapped", CategoryId.KEYWORD_STUFFING, "the title stands between rows of ornaments"),
        *(
            SignalSpec(f"obfuscation.{category}", category, f"the title reads as {category} once its disguise is off")
            for category in SOLD_CATEGORIES
        ),
    )

    def __init__(self, resources: Resources) -> None:
        self._classifier = resources.classifier

    def detect(self, document: Document) -> list[Signal]:
        """Signals for the title and, where it makes sense, the body."""
        found = (
            self._invisible(document),
            self._title_steps(document),
            _separated(document),
            _random_tail(document),
            self._wrapped(document),
            self._percent_codes(document),
        )
        return [signal for signals in found for signal in signals]

    def _abuse(self, text: Normalized, start: int, end: int) -> tuple[CategoryId, float]:
        """What a text reads as most."""
        scores = self._classifier.probabilities(text, start, end).tolist()
        known = dict(zip(self._classifier.categories, scores, strict=True))
        category = max(SOLD_CATEGORIES, key=lambda candidate: known[candidate])
        return category, known[category]

    def _wrapped(self, document: Document) -> list[Signal]:
        """Ornaments before and behind the title (✿✿…▓▒), and what the title reads as without them."""
        start, end = document.range_of(FieldRef(FieldName.TITLE))
        match = _WRAPPED.search(document.text, start, end)
        if match is None:
            return []
        evidence = (Evidence.at(document, match.start(), match.end()),)
        signals = [Signal("obfuscation.wrapped", CategoryId.KEYWORD_STUFFING, 1.0, evidence)]
        category, probability = self._abuse(document.normalized, *match.span(1))
        if probability >= _LIKELY:
            signals.append(Signal(f"obfuscation.{category}", category, probability, evidence))
        return signals

    def _percent_codes(self, document: Document) -> list[Signal]:
        """A title in percent codes, if what they say is abusive: a tutorial may show harmless ones."""
        field = FieldRef(FieldName.TITLE)
        raw = document.article.title
        match = _PERCENT.search(raw) if "%" in raw else None
        if match is None:
            return []
        said = normalize(unquote(raw, errors="replace"))
        category, probability = self._abuse(said, 0, len(said))
        if probability < _LIKELY:
            return []
        evidence = (Evidence.of_raw(document.article, field, Span(*match.span()), note=said.text[:60]),)
        return [
            Signal("obfuscation.escaped_title", CategoryId.CLOAKING, 1.0, evidence),
            Signal(f"obfuscation.{category}", category, probability, evidence),
        ]

    def _invisible(self, document: Document) -> list[Signal]:
        """Invisible characters: copied along with a harmless title, a disguise in one that sells something."""
        start, end = document.range_of(FieldRef(FieldName.TITLE))
        signals = _invisible(document)
        if not any(item.field.name is FieldName.TITLE for signal in signals for item in signal.evidence):
            return signals
        if self._abuse(document.normalized, start, end)[1] >= _DOUBTFUL:
            return signals
        return [replace(signal, strength=min(signal.strength, _HARMLESS)) for signal in signals]

    def _title_steps(self, document: Document) -> list[Signal]:
        """Look-alike glyphs, and characters written as escapes: weak unless what they say is abusive."""
        signals = _title_steps(document)
        for index, signal in enumerate(signals):
            if signal.name == "obfuscation.escaped_title":
                start, end = document.range_of(FieldRef(FieldName.TITLE))
                if self._abuse(document.normalized, start, end)[1] < _DOUBTFUL:
                    signals[index] = replace(signal, strength=min(signal.strength, _HARMLESS))
        return signals


def _invisible(document: Document) -> list[Signal]:
    """Invisible characters between two Chinese characters: nothing a keyboard produces."""
    evidence = []
    text = document.text
    for position in document.normalized.touched(Step.INVISIBLE).tolist():
        pair = text[position : position + 2]
        if len(pair) == 2 and all("\u3400" <= character <= "\u9fff" for character in pair):
            item = Evidence.at(document, position, position + 2, note="invisible characters inside")
            if _EMOJI_JOINER not in item.quote:
                evidence.append(item)
    if not evidence:
        return []
    in_title = any(item.field.name is FieldName.TITLE for item in evidence)
    strength = 0.9 if in_title else min(1.0, len(evidence) / _FEW_INVISIBLE) * 0.8
    return [Signal("obfuscation.invisible", CategoryId.HIDDEN_CONTENT, strength, tuple(evidence))]


def _title_steps(document: Document) -> list[Signal]:
    field = FieldRef(FieldName.TITLE)
    start, end = document.range_of(field)
    signals = []
    for name, category, step, fits, least, bare, rise in (
        ("lookalike", CategoryId.KEYWORD_STUFFING, Step.LOOKALIKE, str.isalnum, 2, 0.3, 2.0),
        ("escaped_title", CategoryId.CLOAKING, Step.ENTITY, _is_han, 1, 0.5, 1.0),
    ):
        touched = document.normalized.changed(step)
        inside = [i for i in touched[(touched >= start) & (touched < end)].tolist() if fits(document.text[i])]
        if len(inside) >= least:
            evidence = tuple(Evidence.at(document, first, last) for first, last in _runs(inside))
            strength = min(1.0, bare + rise * len(inside) / max(end - start, 1))
            signals.append(Signal(f"obfuscation.{name}", category, strength, evidence))
    return signals


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges that positions in order make where each follows the one before."""
    first = previous = positions[0]
    for position in positions[1:]:
        if position != previous + 1:
            yield first, previous + 1
            first = position
        previous = position
    yield first, previous + 1


def _separated(document: Document) -> list[Signal]:
    start, end = document.range_of(FieldRef(FieldName.TITLE))
    evidence = tuple(
        Evidence.at(document, match.start(), match.end()) for match in _SEPARATED.finditer(document.text, start, end)
    )
    # Spaced-out notices (通 知 公 告) are old typography; symbols between characters are not.
    evidence = tuple(item for item in evidence if " " not in item.normalized)
    return [Signal("obfuscation.separated", CategoryId.KEYWORD_STUFFING, 0.7, evidence)] if evidence else []


def _random_tail(document: Document) -> list[Signal]:
    """A tail like &eJu6: mixed case and digits, no word."""
    start, end = document.range_of(FieldRef(FieldName.TITLE))
    match = _TAIL.search(document.text[start:end])
    if match is None or start + match.start() == start:
        return []
    evidence = Evidence.at(document, start + match.start(), start + match.end())
    if _MIXED_CASE.search(evidence.quote) is None:
        return []
    return [Signal("obfuscation.random_tail", CategoryId.KEYWORD_STUFFING, 0.6, (evidence,))]
