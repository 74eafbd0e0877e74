"""Whether a text warns of what it names: police, courts, banks and schools have to quote the lure."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.detectors.body import Paragraph, title_of
from moderation.normalize import Document

_WORDS = (
    "诈骗 骗局 骗子 警方 民警 公安 涉案 抓获 查处 打击 违法 犯罪 非法 举报 曝光"
    " 反诈 防骗 骗走 谨防 切勿 警惕 防范 判处 被告 禁止 严禁 不得 受害"
).split()
"""Whoever warns, reports or forbids has to name it."""
_THROUGHOUT, _THROUGHOUT_PAGE = 4, 5


def is_warning(text: str) -> bool:
    """True for a sentence or paragraph that warns, reports or forbids."""
    return any(word in text for word in _WORDS)


def warns(document: Document, paragraphs: Sequence[Paragraph]) -> bool:
    """True for an article whose title warns, or that warns throughout its paragraphs."""
    if is_warning(title_of(document)):
        return True
    body = document.text[paragraphs[0].start : paragraphs[-1].end] if paragraphs else ""
    return sum(map(body.count, _WORDS)) >= _THROUGHOUT


def warns_throughout(document: Document) -> bool:
    """True for a page that warns again and again, wherever it does, whatever its title says."""
    return sum(map(document.text.count, _WORDS)) >= _THROUGHOUT_PAGE


def is_public_warning(document: Document) -> bool:
    """True for a page whose title warns, or that warns again and again."""
    return is_warning(title_of(document)) or warns_throughout(document)
