"""A page as an answer to its title: the title without the site's name, what the page says, and what repeats.

An algorithm beside the doorway detector; it reads a document and judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from moderation.article import BlockKind, FieldName, FieldRef, Region
from moderation.normalize import Document

_PROSE = (BlockKind.PARAGRAPH, BlockKind.TABLE_CELL, BlockKind.LIST_ITEM)
_OUTSIDE = (Region.HEADER, Region.NAVIGATION, Region.SIDEBAR, Region.FOOTER, Region.COMMENTS)
_SHORTEST, _MOST = 8, 400
_READ, _READ_AT_END = 4_000, 1_000
"""So many characters of the body are read from its beginning, and so many from its end: a doorway shows early."""
_SEARCHED = 100_000
_BYLINE = re.compile(r"本报|记者|作者|[文图][/:]|来源|编辑|审核|\(|通讯员|本文|导语|摘要|目录")
OUTLINE = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,2}[、.,:\s]|\([一二三四五六七八九十]\)|第[一二三四五][步,、:名个]|\d{1,2}[.、:]\s?\D"
    r"|#{1,4}\s?\S|\*\*|[问答][:]|套餐[a-z]:|[❶-❿㈠-㈩①-⑳]|『[壹贰叁肆伍陆柒捌玖拾]』|步骤)"
)
"""How a section of a body begins."""
_SUFFIX = re.compile(r"(?:\s+[-|–—·]\s*|\s*[_|–—]\s*|-)([^-_|–—]{2,16})$")
_CHROME = re.compile(
    r"版权|保留所有权利|保留所有|备案|icp备|热线|^(?:来源|时间|作者|日期|发布|发表|编辑)|浏览[:次]|^\(|阅读:|点击[:次]|©"
)
_WORDS = re.compile(r"[\u3400-\u9fffa-z0-9]{3,}")
_QUOTED = re.compile(r"[“《「『\"]([^”》」』\"]{2,16})[”》」』\"]")
_KEY, _KEYED, _TITLE = (3, 8), 40, 80
HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_TWO_HAN = re.compile(r"[\u3400-\u9fff]{2}")

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Key:
    """A piece of the title that the body repeats. `hits` are the numbers of the paragraphs that hold it."""

    text: str
    range: Range
    hits: tuple[int, ...]


class QueryPage:
    """The parts of a document that tell whether it answers its title. All positions are of `document.text`."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.title_field = FieldRef(FieldName.TITLE)
        start, end = document.range_of(self.title_field)
        whole = document.text[start:end]
        bare = whole.rstrip()
        start += len(whole) - len(whole.lstrip())
        self.headings = list(_headings(document))
        head, suffix = _split(bare.strip(), [document.text[first:last].strip() for first, last in self.headings])
        self.core: Range = (start, start + len(head))
        self.title, self.suffix = head, suffix

    @cached_property
    def _prose(self) -> tuple[list[Range], list[str]]:
        """Paragraphs of the article, and lines that speak of the site."""
        ranges: list[Range] = []
        chrome: list[str] = []
        document = self.document
        text = document.text
        for index in document.unlinked:
            block = document.blocks[index]
            if block.hidden or block.kind not in _PROSE or len(block.text) < 4:
                continue
            start, end = document.block_range(index)
            if block.region in _OUTSIDE or (end - start < 60 and _CHROME.search(text, start, end)):
                chrome.append(text[start:end])
            elif end - start >= _SHORTEST and len(ranges) < _MOST:
                ranges.append((start, end))
        return ranges, chrome

    @property
    def paragraphs(self) -> list[Range]:
        """Paragraphs without links, in the article's own part of the page."""
        return self._prose[0]

    @property
    def chrome(self) -> list[str]:
        """What stands around the article: copyright lines, hotlines, sources."""
        return self._prose[1]

    @cached_property
    def texts(self) -> list[str]:
        """The texts of the paragraphs."""
        return [self.document.text[start:end] for start, end in self.paragraphs]

    @cached_property
    def body(self) -> str:
        """The beginning and the end of the article's text."""
        whole = "\n".join(self.texts)
        if len(whole) <= _READ + _READ_AT_END:
            return whole
        return f"{whole[:_READ]}\n{whole[-_READ_AT_END:]}"

    @cached_property
    def length(self) -> int:
        """Characters of all paragraphs."""
        return sum(end - start for start, end in self.paragraphs)

    @cached_property
    def heads_page(self) -> bool:
        """Whether the article stands under its title: the page was made for it, not only its head changed.

        The heading next before the body decides, unless it is one of the body's own sections. A page without any
        heading stands under its title.
        """
        document = self.document
        body = next((start for start, end in self.answers if end - start >= 25), len(document.text))
        above = [document.text[start:end].strip() for start, end in self.headings if start < body]
        if not above:
            return True
        own = [text for text in above if len(text) >= 6 and not OUTLINE.match(text) and not _BYLINE.match(text)]
        title, heading = _bare(self.title), _bare((own or above)[-1])
        if not title or heading == title:
            return bool(title)
        return (len(title) >= 6 and title in heading) or (2 * len(heading) > len(title) and title.startswith(heading))

    @cached_property
    def doubled(self) -> int:
        """How many headings are the title."""
        return sum(self.document.text[start:end].strip() == self.title for start, end in self.headings)

    @cached_property
    def answers(self) -> list[Range]:
        """The paragraphs that are more than the title again."""
        size, text = len(self.title) + 12, self.document.text
        return [
            (start, end)
            for start, end in self.paragraphs
            if end - start > size or not self.title or self.title not in text[start:end]
        ]

    @cached_property
    def overlap(self) -> float:
        """The share of the title's two-character pairs that the body holds; 1 where either has no text."""
        pairs = pairs_of(self.title)
        if not pairs or not self.paragraphs:
            return 1.0
        text = self.document.text
        body = "\n".join(text[start:end] for start, end in self.answers)[:_SEARCHED]
        return sum(pair in body for pair in pairs) / len(pairs)

    @cached_property
    def quoted(self) -> Range | None:
        """The first phrase in quotation marks of the title."""
        match = _QUOTED.search(self.title)
        return (self.core[0] + match.start(1), self.core[0] + match.end(1)) if match else None

    @cached_property
    def key(self) -> Key | None:
        """The piece of the title that most paragraphs hold; a longer one while it loses few of them."""
        texts = self.texts[:_KEYED]
        pieces = [
            (first, tuple(range(len(texts))))
            for match in _WORDS.finditer(self.title[:_TITLE])
            for first in range(match.start(), match.end() - _KEY[0] + 1)
        ]
        found: Key | None = None
        most = 0
        for size in range(_KEY[0], _KEY[1] + 1):
            pieces = self._grown(pieces, size, texts)
            if not pieces:
                break
            first, hits = max(pieces, key=lambda piece: len(piece[1]))
            most = max(most, len(hits))
            if len(hits) >= 0.7 * most:
                start = self.core[0] + first
                found = Key(self.title[first : first + size], (start, start + size), hits)
        return found

    def _grown(
        self, pieces: Sequence[tuple[int, tuple[int, ...]]], size: int, texts: Sequence[str]
    ) -> list[tuple[int, tuple[int, ...]]]:
        """Those pieces of the title that, at this size, still stand in two paragraphs."""
        grown = []
        for first, hits in pieces:
            piece = self.title[first : first + size]
            if len(piece) == size and piece.isalnum():
                left = tuple(number for number in hits if piece in texts[number])
                if len(left) >= 2:
                    grown.append((first, left))
        return grown

    @cached_property
    def density(self) -> float:
        """The share of paragraphs that hold the key."""
        return len(self.key.hits) / max(1, min(len(self.texts), _KEYED)) if self.key else 0.0


def _bare(text: str) -> str:
    """The letters of a text: a template writes other signs between them in a heading than in a title."""
    return "".join(filter(str.isalnum, text))


def pairs_of(text: str) -> set[str]:
    """The two-character pairs of all Chinese runs."""
    return {run[i : i + 2] for run in HAN_RUN.findall(text) for i in range(len(run) - 1)}


def _headings(document: Document) -> Iterator[Range]:
    for index in document.unlinked:
        if document.blocks[index].kind is BlockKind.HEADING:
            yield document.block_range(index)


def _split(title: str, headings: list[str]) -> tuple[str, str]:
    """The title itself and the site's name after it. A heading that begins the title decides."""
    for heading in headings:
        if len(heading) >= 4 and title.startswith(heading):
            return heading, title[len(heading) :].strip(" -_|–—·")
    match = _SUFFIX.search(title)
    if match and match.start() >= 4 and _TWO_HAN.search(match.group(1)):
        return title[: match.start()].rstrip(), match.group(1).strip()
    return title, ""
