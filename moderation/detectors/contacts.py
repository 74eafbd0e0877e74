"""Contacts written so that a filter misses them and a person does not: 薇❤, V➕, QQ⑧⑧, spaced letters."""

from __future__ import annotations

import re

from moderation.article import FieldRef, Span
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import DISGUISE, Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

# Patterns run over normalised text (lower case, half width, circled digits already plain digits). None can backtrack
# over more than a bounded stretch.
_ID = r"[a-z0-9][a-z0-9_-]{4,19}"
_GAP = r"[\s:·.,_\-=>~*|\[\]【】()<➕+加❤♥💗💚🧡💛号號是为]{0,6}"
_DEFORMED = re.compile(
    rf"(?:薇|葳|溦|徽|嶶|v|威)(?:[信芯心❤♥✉]|\s?x)?{_GAP}[➕+加❤♥]{_GAP}{_ID}"
    rf"|(?:薇|葳|溦|徽|嶶)[信芯心❤♥]{_GAP}{_ID}"
    rf"|[➕+加](?:薇|葳|溦|徽|v)[信芯x]?{_GAP}{_ID}"
    rf"|(?:扣扣|抠抠|叩叩|企鹅|秋秋|球球|q\s?q|扣){_GAP}[1-9](?:[ ·._*\-]?[0-9]){{4,11}}"
    rf"|(?:纸?飞机|电报|telegram|(?<![a-z])tg)(?:号|群|频道|联系|客服)?\s?[:@][\s@]{{0,2}}{_ID}"
)
_PLAIN = re.compile(
    rf"(?:微信|wechat|weixin|(?<![a-z])[vw]x|加v|(?<![a-z])line){_GAP}{_ID}"
    r"|(?<![0-9])1[3-9][0-9](?:[ \-·._*]?[0-9]){8}(?![0-9])"
)
_CHINESE_DIGITS = re.compile(r"[零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺]{7,12}")
_BY_HAND = re.compile(
    r"(?:手动输入|复制(?:到)?浏览器|浏览器(?:打开|输入)|去掉(?:空格|汉字)|手打)[^\n]{0,30}[a-z0-9]{2,}"
)
_AMOUNT = re.compile(r"[万亿千百十元年月日]")


class ContactDetector(Detector):
    """Deformed contacts anywhere, and plain contacts in a title."""

    specs = (
        SignalSpec("contacts.deformed", CategoryId.ILLICIT_AD, "a contact written to slip past filters"),
        SignalSpec("contacts.in_title", CategoryId.ILLICIT_AD, "a contact in the title"),
        SignalSpec("contacts.by_hand", CategoryId.ILLICIT_AD, "an address the reader shall type by hand"),
    )

    def __init__(self, resources: Resources) -> None:
        del resources

    def detect(self, document: Document) -> list[Signal]:
        """Signals with the whole contact as evidence."""
        deformed, titled = self._contacts(document)
        by_hand = [
            Evidence.at(document, match.start(), match.end(), removable=True)
            for match in _BY_HAND.finditer(document.text)
        ]
        signals = []
        if deformed:
            strength = min(1.0, 0.7 + 0.1 * len(deformed))
            signals.append(Signal("contacts.deformed", CategoryId.ILLICIT_AD, strength, tuple(deformed)))
        if titled:
            signals.append(Signal("contacts.in_title", CategoryId.ILLICIT_AD, 0.8, tuple(titled)))
        if by_hand:
            signals.append(Signal("contacts.by_hand", CategoryId.ILLICIT_AD, 0.6, tuple(by_hand)))
        return signals

    def _contacts(self, document: Document) -> tuple[list[Evidence], list[Evidence]]:
        """Deformed contacts of the whole article, plain ones of the title."""
        text = document.text
        title_end = document.range_of(document.fields[0])[1]
        deformed = [
            Evidence.at(document, match.start(), match.end(), removable=match.start() > title_end)
            for match in _DEFORMED.finditer(text)
            if any(character.isdigit() for character in match.group()) or match.group().isascii()
        ]
        taken = {(evidence.field, evidence.span) for evidence in deformed}
        titled = []
        for match in _PLAIN.finditer(text):
            evidence = Evidence.at(document, match.start(), match.end(), removable=match.start() > title_end)
            if _overlaps(evidence, taken):
                continue
            if document.steps_in(match.start(), match.end()) & DISGUISE:
                deformed.append(evidence)
            elif match.start() < title_end:
                titled.append(evidence)
        titled += [
            Evidence.at(document, match.start(), match.end())
            for match in _CHINESE_DIGITS.finditer(text, 0, title_end)
            if not _AMOUNT.search(text[match.end() : match.end() + 1])
        ]
        return deformed, titled


def _overlaps(evidence: Evidence, taken: set[tuple[FieldRef, Span]]) -> bool:
    return any(field == evidence.field and span.overlaps(evidence.span) for field, span in taken)
