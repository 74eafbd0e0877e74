"""Disguise as such: characters a person overlooks and a filter stumbles over."""

from __future__ import annotations

import re

from moderation.article import FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document, Step
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_HAN = r"[\u3400-\u9fff]"
_SEPARATED = re.compile(rf"(?<![\u3400-\u9fffa-z0-9]){_HAN}(?:([ ·.\-_*|/~^+])\s?{_HAN}(?:\1\s?{_HAN}){{2,}})")
_TAIL = re.compile(r"[&#~|_ ][a-z0-9]{3,6}$|[(\[【][a-z0-9]{4,8}[)\]】]$")
_MIXED_CASE = re.compile(r"(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[0-9]|[A-Za-z]{4})[A-Za-z0-9]{3,8}")
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
    )

    def __init__(self, resources: Resources) -> None:
        del resources

    def detect(self, document: Document) -> list[Signal]:
        """Signals for the title and, where it makes sense, the body."""
        found = (_invisible(document), _title_steps(document), _separated(document), _random_tail(document))
        return [signal for signals in found for signal in signals]


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
    touched = document.normalized.touched(Step.LOOKALIKE | Step.ENTITY)
    inside = [position for position in touched.tolist() if start <= position < end]
    glyphs = [i for i in inside if document.steps_in(i, i + 1) & Step.LOOKALIKE and document.text[i].isalnum()]
    escaped = [
        i for i in inside if document.steps_in(i, i + 1) & Step.ENTITY and "\u3400" <= document.text[i] <= "\u9fff"
    ]
    if len(glyphs) >= 2:
        evidence = tuple(Evidence.at(document, i, i + 1) for i in glyphs)
        strength = min(1.0, 0.3 + 2 * len(glyphs) / max(end - start, 1))
        signals.append(Signal("obfuscation.lookalike", CategoryId.KEYWORD_STUFFING, strength, evidence))
    if escaped:
        evidence = tuple(Evidence.at(document, i, i + 1) for i in escaped)
        strength = min(1.0, 0.5 + len(escaped) / max(end - start, 1))
        signals.append(Signal("obfuscation.escaped_title", CategoryId.CLOAKING, strength, evidence))
    return signals


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
