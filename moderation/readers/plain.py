"""Plain text to an article: one block for each line, a headline where the layout shows one."""

from __future__ import annotations

import re

from moderation.article import Article, Block, BlockKind
from moderation.readers.failure import InputError, Limits

BULLET = re.compile(r"(?P<indent>[^\S\n]*)(?:[•·●▪◦‣■□◆○*+\-–—]|[0-9]{1,3}[.、)）])[^\S\n]+")
_META = re.compile(
    r"(?:作者|時間|时间|来源|來源|发布|發布|编辑|編輯|日期|责编|责任编辑)\s*[:：].*\d{2,4}\s*[-年/.]\s*\d{1,2}"
)
_FURNITURE = re.compile(
    r"^\W*(?:当前位置|當前位置|您的位置|您现在的位置|位置[:：]|首页|首頁|来源[:：]|來源[:：]|时间[:：]|時間[:：]|日期[:：]|字[号號][:：]|"
    r"上一篇|下一篇|返回|放大圖片|放大图片|图片来源|TOP\b)|^\W*\w?\W*$|^[\d\s:：/.年月日-]+$|\.(?:jpe?g|png|gif)\W*$|<\w"
)
_KEYWORD_ROW = re.compile(r"^[^。！？!?；;]*(?:[_|,，-][^_|,，。！？!?；;-]{2,26}){4,}[?？]?$")
_TITLE_WINDOW = 12
_LONGEST_TITLE = 80
_LONGEST_SENTENCE = 40
_LONGEST_ROW = 300
_LONGEST_BYLINE = 200


def read_text(
    text: str,
    *,
    identifier: str,
    title: str | None = None,
    url: str | None = None,
    description: str = "",
    keywords: str = "",
    limits: Limits | None = None,
) -> Article:
    """Read a plain text. Without `title`, a line above a byline or a short first line is the headline.

    Every block keeps its place in the source; indented lines below a bullet belong to its item.
    Raises InputError for more blocks than `limits` allow.
    """
    limits = limits or Limits()
    lines = _lines(text)
    if len(lines) > limits.blocks:
        raise InputError(f"more than {limits.blocks} blocks in one text")
    headline = None if title is not None else _headline(text, lines)
    blocks = []
    item_indent: int | None = None
    for start, end in lines:
        if (start, end) == headline:
            continue
        line = text[start:end]
        indent = start - (text.rfind("\n", 0, start) + 1)
        bullet = BULLET.match(line)
        if bullet:
            item_indent = indent
        elif item_indent is not None and indent <= item_indent:
            item_indent = None
        if item_indent is not None:
            kind = BlockKind.LIST_ITEM
        else:
            kind = BlockKind.HEADING if line.startswith("#") and len(line) <= _LONGEST_TITLE else BlockKind.PARAGRAPH
        blocks.append(Block(kind, line, source_start=start))
    return Article(
        id=identifier,
        title=text[slice(*headline)] if headline else title or "",
        blocks=tuple(blocks),
        url=url,
        description=description,
        keywords=keywords,
        source=text,
        title_start=headline[0] if headline else None,
    )


def _lines(text: str) -> list[tuple[int, int]]:
    """Start and end of every line that holds something, without the blanks around it."""
    found = []
    start = 0
    for line in text.split("\n"):
        bare = line.strip()
        if bare:
            first = start + line.index(bare)
            found.append((first, first + len(bare)))
        start += len(line) + 1
    return found


def _headline(text: str, lines: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The line above a byline, else the first line that is short or a row of keywords; page furniture is neither."""
    near = lines[:_TITLE_WINDOW]
    telling = [span for span in near if not _FURNITURE.search(text[slice(*span)])]
    for start, end in near[1:]:
        if _META.search(text, start, min(end, start + _LONGEST_BYLINE)):
            above = [span for span in telling if span[0] < start]
            return above[-1] if above else None
    if not telling:
        return None
    start, end = telling[0]
    line = text[start:end]
    if len(line) > _LONGEST_ROW:  # and the pattern takes the square of the length
        return None
    if _KEYWORD_ROW.search(line):
        return telling[0]
    sentence = line[-1] in "。；;，," and len(line) > _LONGEST_SENTENCE
    return None if sentence or len(line) > _LONGEST_TITLE else telling[0]
