"""Contacts written so that a filter misses them and a person does not: 薇❤, V➕, QQ⑧⑧, spaced letters."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from moderation.article import FieldName, Span
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import DISGUISE, Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

# Patterns run over normalised text (lower case, half width, circled digits already plain digits). None can backtrack
# over more than a bounded stretch, and the only blank in them is a space: a line break is where a field ends.
_ID = r"[a-z0-9][a-z0-9_-]{4,19}"
_GAP = r"[ :·.,_\-=>~*|\[\]【】()<➕+加❤♥💗💚🧡💛号號是为]{0,6}"


def _each(heads: str, rest: str) -> str:
    """One alternative for each head: where all begin with a letter, the search skips what none begins with."""
    return "|".join(head + rest for head in heads.split())


_DEFORMED = re.compile(
    "|".join(
        (
            _each("薇 葳 溦 徽 嶶 v 威", rf"(?:[信芯心❤♥✉]| ?x)?{_GAP}[➕+加❤♥]{_GAP}{_ID}"),
            _each("薇 葳 溦 徽 嶶", rf"[信芯心❤♥]{_GAP}{_ID}"),
            _each(r"➕ \+ 加", rf"(?:薇|葳|溦|徽|v)[信芯x]?{_GAP}{_ID}"),
            _each(r"扣扣 抠抠 叩叩 企鹅 秋秋 球球 q\x20q 扣", rf"{_GAP}[1-9](?:[ ·._*\-]?[0-9]){{4,11}}"),
            # Written plainly it is a number like any other; broken up it is not.
            rf"qq{_GAP}[1-9](?=[0-9]{{0,11}}[ ·._*\-][0-9])(?:[ ·._*\-]?[0-9]){{4,11}}",
            _each(
                "纸飞机 飞机 电报 telegram tg(?<![a-z]tg)",
                rf"(?:号|群|频道|联系|客服)? ?[:@][ @]{{0,2}}{_ID}",
            ),
        )
    )
)
_PLAIN = re.compile(
    _each("微信 wechat weixin vx(?<![a-z]vx) wx(?<![a-z]wx) 加v line(?<![a-z]line)", rf"{_GAP}{_ID}")
    + rf"|qq{_GAP}[1-9][0-9]{{4,11}}"
    + r"|1(?<![0-9]1)[3-9][0-9](?:[ \-·._*]?[0-9]){8}(?![0-9])"
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
        by_hand = [_found(document, *match.span()) for match in _BY_HAND.finditer(document.text)]
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
        found = [
            match.span()
            for match in _DEFORMED.finditer(text)
            if any(character.isdigit() for character in match.group()) or match.group().isascii()
        ]
        deformed = [_found(document, *span) for span in found]
        taken = [document.normalized.raw_span(*span) for span in found]
        ends = [span.end for span in taken]
        titled: list[Evidence] = []
        # Beyond the title a plain contact says nothing, unless a disguise had to be undone to read it.
        disguised = len(document.normalized.touched(DISGUISE)) > 0
        for match in _PLAIN.finditer(text) if disguised else _PLAIN.finditer(text, 0, title_end):
            hidden = document.steps_in(match.start(), match.end()) & DISGUISE
            if (hidden or match.start() < title_end) and not _overlaps(document, match.span(), taken, ends):
                (deformed if hidden else titled).append(_found(document, *match.span()))
        titled += [
            Evidence.at(document, match.start(), match.end())
            for match in _CHINESE_DIGITS.finditer(text, 0, title_end)
            if not _AMOUNT.search(text[match.end() : match.end() + 1])
        ]
        return deformed, titled


def _found(document: Document, start: int, end: int) -> Evidence:
    return Evidence.at(document, start, end, removable=document.field_at(start).name is FieldName.BLOCK)


def _overlaps(document: Document, place: tuple[int, int], taken: Sequence[Span], ends: Sequence[int]) -> bool:
    """True when a range shares raw text with one of those taken, which stand in order and end at `ends`."""
    span = document.normalized.raw_span(*place)
    following = bisect_right(ends, span.start)
    return following < len(taken) and span.overlaps(taken[following])
