"""The article as readable text, block by block, with notes beside what was found in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from moderation.article import Block, BlockKind, FieldName, FieldRef, Region
from moderation.renderers.mask import visible
from moderation.renderers.report.finding import Finding
from moderation.renderers.report.note import notes, row
from moderation.renderers.report.view import View, both

_NEAR = 2
"""Quiet lines shown before and after a loud one."""
_OPENING = 4
"""Quiet lines shown at the beginning of an article."""
_WORTH_FOLDING = 5
_MOST_CELLS = 60
_MOST_QUIET = 200_000
"""Cost of the quiet text that one article may put into the page; beyond it, folds only count."""
_LINK_COST = 60
_REGIONS = {
    Region.MAIN: ("正文", "Main"),
    Region.HEADER: ("页眉", "Header"),
    Region.NAVIGATION: ("导航", "Navigation"),
    Region.SIDEBAR: ("侧栏", "Sidebar"),
    Region.FOOTER: ("页脚", "Footer"),
    Region.COMMENTS: ("评论", "Comments"),
}
_BULLETS = tuple("•·-*–—●○◦▪■◆▶1234567890（(①②③④⑤⑥⑦⑧⑨")


@dataclass(frozen=True, slots=True)
class _Line:
    """One block, or the cells of one row of a table."""

    indices: tuple[int, ...]
    findings: tuple[Finding, ...]
    loud: bool
    cost: int
    first_hidden: bool


@dataclass(frozen=True, slots=True)
class _Fold:
    """Lines in which nothing was found."""

    lines: tuple[_Line, ...]


class Sheet:
    """The layout of one article."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._left = _MOST_QUIET

    def html(self) -> str:
        """The title and the blocks in reading order, region by region."""
        view = self._view
        title = FieldRef(FieldName.TITLE)
        found = view.findings.by_field.get(title, [])
        text = view.painted(title) if view.article.title.strip() else '<span class="none">（无标题）</span>'
        parts = [row(f'<p class="b title"><span class="tag">标题</span>{text}</p>', notes(view, found))]
        blocks = list(enumerate(view.article.blocks))
        for region, group in groupby(blocks, key=lambda pair: pair[1].region):
            lines = list(self._lines([index for index, _ in group]))
            rows = "".join(self._rows(lines))
            parts.append(rows if region is Region.MAIN else self._apart(region, lines, rows))
        if not blocks:
            parts.append(row('<p class="none">没有正文。 <span lang="en">No body.</span></p>', ""))
        return "".join(parts)

    def _apart(self, region: Region, lines: Sequence[_Line], rows: str) -> str:
        found = sum(finding.total for line in lines for finding in line.findings)
        count = sum(len(line.indices) for line in lines)
        told = f"{count} 段，{found} 处发现" if found else f"{count} 段，无发现"
        opened = " open" if any(line.loud for line in lines) else ""
        name = both(*_REGIONS[region])
        summary = f'<summary>{name} <span class="count">{told}</span></summary>'
        return f'<details class="region"{opened}>{summary}{rows}</details>'

    def _lines(self, indices: Sequence[int]) -> Iterator[_Line]:
        blocks = self._view.article.blocks
        before: Block | None = None
        for _, group in groupby(indices, key=lambda index: _together(index, blocks[index])):
            cells = list(group)
            for start in range(0, len(cells), _MOST_CELLS):
                line = self._line(cells[start : start + _MOST_CELLS], before)
                before = blocks[line.indices[-1]]
                yield line

    def _line(self, indices: Sequence[int], before: Block | None) -> _Line:
        view = self._view
        blocks = [view.article.blocks[index] for index in indices]
        fields = [FieldRef(FieldName.BLOCK, index) for index in indices]
        found = [finding for field in fields for finding in view.findings.by_field.get(field, ())]
        cost = sum(len(block.text) + _LINK_COST * (1 + len(block.links)) for block in blocks)
        loud = bool(found) or any(view.cuts.get(field) for field in fields)
        how = (blocks[0].hidden, blocks[0].hidden_by)
        first = blocks[0].hidden and (before is None or (before.hidden, before.hidden_by) != how)
        return _Line(tuple(indices), tuple(found), loud, cost, first)

    def _rows(self, lines: Sequence[_Line]) -> Iterator[str]:
        for item in _folded(lines):
            if isinstance(item, _Fold):
                yield self._fold(item)
            else:
                yield row(self._painted(item), notes(self._view, item.findings))

    def _fold(self, fold: _Fold) -> str:
        blocks = self._view.article.blocks
        indices = [index for line in fold.lines for index in line.indices]
        hidden = sum(blocks[index].hidden for index in indices)
        told = f"… {len(indices):,} 段无发现" + (f"，其中 {hidden:,} 段隐藏" if hidden else "")
        shown: list[str] = []
        for number, line in enumerate(fold.lines):
            if line.cost > self._left:
                rest = len(fold.lines) - number
                shown.append(f'<p class="none">… 其余 {rest:,} 段太长，未载入本页。</p>')
                break
            self._left -= line.cost
            shown.append(self._painted(line))
        return f'<details class="fold"><summary>{told}</summary>{"".join(shown)}</details>'

    def _painted(self, line: _Line) -> str:
        if len(line.indices) > 1:
            return f'<div class="b row-of">{"".join(self._cell(index) for index in line.indices)}</div>'
        index = line.indices[0]
        block = self._view.article.blocks[index]
        text = self._text(index, block)
        label = _hidden_label(block) if line.first_hidden else ""
        place = f'id="{self._view.key}-b{index}" data-b="{index}"'
        match block.kind:
            case BlockKind.HEADING:
                element, kind = "h4", "heading"
            case BlockKind.CODE:
                element, kind = "pre", "code"
            case BlockKind.LIST_ITEM:
                element, kind = "p", "item own" if block.text.lstrip().startswith(_BULLETS) else "item"
            case BlockKind.TABLE_CELL:
                element, kind = "p", "cell"
            case BlockKind.ATTRIBUTE:
                element, kind = "p", "attribute"
                label += '<span class="tag">属性文字</span>'
            case BlockKind.PARAGRAPH:
                element, kind = "p", "para"
        hidden = " hid" if block.hidden else ""
        gone = " gone" if self._is_gone(index, block) else ""
        return f'<{element} class="b {kind}{hidden}{gone}">{label}<span {place}>{text}</span></{element}>'

    def _cell(self, index: int) -> str:
        block = self._view.article.blocks[index]
        hidden = " hid" if block.hidden else ""
        place = f'id="{self._view.key}-b{index}" data-b="{index}"'
        return f'<span class="td{hidden}"><span {place}>{self._text(index, block)}</span></span>'

    def _text(self, index: int, block: Block) -> str:
        field = FieldRef(FieldName.BLOCK, index)
        self._view.placed.add(index)
        # Of a hidden block it goes without saying that its links are hidden.
        links = [replace(link, hidden=False) for link in block.links] if block.hidden else block.links
        return self._view.painted(field, code=block.kind is BlockKind.CODE, links=links)

    def _is_gone(self, index: int, block: Block) -> bool:
        """True when the repair leaves nothing of a block."""
        cuts = self._view.cuts.get(FieldRef(FieldName.BLOCK, index), [])
        kept, position = "", 0
        for cut in cuts:
            kept += block.text[position : cut.start]
            position = cut.end
        return bool(cuts) and not (kept + block.text[position:]).strip()


def _together(index: int, block: Block) -> tuple[str, int | str]:
    """What blocks of one line have in common: the row of their table, else nothing."""
    if block.kind is BlockKind.TABLE_CELL and block.container:
        return ("row", block.container)
    return ("block", index)


def _folded(lines: Sequence[_Line]) -> Iterator[_Line | _Fold]:
    """The lines with long quiet stretches folded, but for what stands next to a loud line."""
    done = 0
    for loud, group in groupby(lines, key=lambda line: line.loud):
        run = list(group)
        start, done = done, done + len(run)
        head = _OPENING if start == 0 else _NEAR
        tail = _NEAR if done < len(lines) else 0
        if loud or len(run) < head + tail + _WORTH_FOLDING:
            yield from run
            continue
        yield from run[:head]
        yield _Fold(tuple(run[head : len(run) - tail]))
        yield from run[len(run) - tail :]


def _hidden_label(block: Block) -> str:
    how = f" <code>{escape(visible(block.hidden_by))}</code>" if block.hidden_by else ""
    return f'<span class="tag how">隐藏{how}</span>'
