"""A page as an answer to its title: the title without the site's name, what the page says, and what repeats.

An algorithm beside the doorway detector; it reads a document and judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from moderation.article import BlockKind, FieldName, FieldRef, Region
from moderation.normalize import Document

_PROSE = (BlockKind.PARAGRAPH, BlockKind.TABLE_CELL, BlockKind.LIST_ITEM)
_OUTSIDE = (Region.HEADER, Region.NAVIGATION, Region.SIDEBAR, Region.FOOTER, Region.COMMENTS)
_SHORTEST, _MOST = 8, 400
_READ, _READ_AT_END = 4_000, 1_000
"""So many characters of the body are read from its beginning, and so many from its end: a doorway shows early."""
_SUFFIX = re.compile(r"(?:\s+[-|–—·]\s*|\s*[_|–—]\s*|-)([^-_|–—]{2,16})$")
_CHROME = re.compile(r"版权|保留所有权利|保留所有|备案|icp备|热线|^(?:来源|时间|作者|日期|发布|发表|编辑)|浏览[:次]|^\(|阅读:|点击[:次]|©")
_WORDS = re.compile(r"[\u3400-\u9fffa-z0-9]{3,}")
_QUOTED = re.compile(r"[“《「『\"]([^”》」』\"]{2,16})[”》」』\"]")
_KEY = (3, 8)
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
        for index, block in enumerate(document.blocks):
            if block.links or block.hidden or block.kind not in _PROSE or len(block.text) < 4:
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
        """Whether a heading repeats the title: the page was made for it, not only its head changed."""
        return bool(self.title) and any(
            self.document.text[start:end].strip() == self.title for start, end in self.headings
        )

    @cached_property
    def doubled(self) -> int:
        """How many headings are the title."""
        return sum(self.document.text[start:end].strip() == self.title for start, end in self.headings)

    @cached_property
    def overlap(self) -> float:
        """The share of the title's two-character pairs that the body holds; 1 for a title without Chinese."""
        pairs = {run[i : i + 2] for run in re.findall(r"[\u3400-\u9fff]{2,}", self.title) for i in range(len(run) - 1)}
        if not pairs:
            return 1.0
        everything = "\n".join(self.texts) if self.length <= 20_000 else self.body
        return sum(pair in everything for pair in pairs) / len(pairs)

    @cached_property
    def quoted(self) -> Range | None:
        """The first phrase in quotation marks of the title."""
        match = _QUOTED.search(self.title)
        return (self.core[0] + match.start(1), self.core[0] + match.end(1)) if match else None

    @cached_property
    def key(self) -> Key | None:
        """The piece of the title that most paragraphs hold, the longest of such pieces."""
        best: tuple[int, int] | None = None
        found: Key | None = None
        texts = self.texts[:40]
        for size in range(_KEY[0], _KEY[1] + 1):
            grown: Key | None = None
            for match in _WORDS.finditer(self.title):
                for first in range(match.start(), match.end() - size + 1):
                    piece = self.title[first : first + size]
                    hits = tuple(number for number, text in enumerate(texts) if piece in text)
                    if len(hits) >= 2 and (grown is None or len(hits) > len(grown.hits)):
                        grown = Key(piece, (self.core[0] + first, self.core[0] + first + size), hits)
            if grown is None:
                break
            value = (len(grown.hits), size)
            # A longer piece wins while it loses few paragraphs: it says what the query was.
            if best is None or value[0] >= max(2, 0.7 * best[0]):
                best, found = (max(value[0], best[0] if best else 0), size), grown
        return found

    @cached_property
    def density(self) -> float:
        """The share of paragraphs that hold the key."""
        return len(self.key.hits) / max(1, min(len(self.texts), 40)) if self.key else 0.0


def _headings(document: Document) -> Iterator[Range]:
    for index, block in enumerate(document.blocks):
        if block.kind is BlockKind.HEADING and not block.links:
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
