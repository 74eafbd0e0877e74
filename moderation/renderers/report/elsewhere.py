"""What was found outside the text that readers see: in meta, in the addresses of links, in the source."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.article import FieldName, FieldRef, Span
from moderation.renderers.report.finding import Finding
from moderation.renderers.report.note import notes, row
from moderation.renderers.report.paint import Layers, paint
from moderation.renderers.report.view import View, both

_AROUND = 120
"""Characters of context before and after what was found in the source."""
_META = {FieldName.DESCRIPTION: ("描述", "description"), FieldName.KEYWORDS: ("关键词", "keywords")}


def elsewhere(view: View) -> str:
    """The section; empty where the article has no meta and nothing was found in links or source."""
    parts = [*_meta(view), *_links(view), *_source(view)]
    if not parts:
        return ""
    name = both("正文之外", "Outside the text")
    return f'<section class="else"><h3>{name}</h3><div class="sheet">{"".join(parts)}</div></section>'


def _meta(view: View) -> list[str]:
    texts = {FieldName.DESCRIPTION: view.article.description, FieldName.KEYWORDS: view.article.keywords}
    parts = []
    for name, text in texts.items():
        if text.strip():
            field = FieldRef(name)
            label = f'<span class="tag">{both(*_META[name])}</span>'
            body = f'<p class="b meta">{label}<span data-f="{name}">{view.painted(field)}</span></p>'
            parts.append(row(body, notes(view, view.findings.by_field.get(field, ()))))
    return parts


def _links(view: View) -> list[str]:
    parts = []
    for field, found in view.findings.by_field.items():
        if field.name is FieldName.LINK:
            block, link = view.links[field.index]
            anchor = view.words(link.anchor.strip(), 80) or "无文字"
            where = f'<a href="#{view.key}-b{block}">段落 {block}</a>' if block in view.placed else f"段落 {block}"
            told = f'<span class="where">锚文本「{anchor}」，{where}</span><br>'
            label = f'<span class="tag">{both("链接地址", "href")}</span> {told}'
            text = f'<span class="href" data-f="{field}">{view.painted(field)}</span>'
            parts.append(row(f'<p class="b meta">{label}{text}</p>', notes(view, found)))
    return parts


def _source(view: View) -> list[str]:
    """The source around each finding; near ones share a snippet."""
    field = FieldRef(FieldName.SOURCE)
    source = view.article.source
    parts = []
    for finding in view.findings.by_field.get(field, ()):
        windows = _windows(finding, len(source))
        line = source.count("\n", 0, finding.pieces[0].span.start) + 1
        told = f'<span class="tag">{both("源码", "source")}</span> <span class="where">第 {line} 行起</span>'
        label = f'<p class="b meta">{told}</p>'
        layers = Layers([finding], view.masked(field), view.cuts.get(field, ()), windows=windows)
        text = f'<pre class="b code" data-f="source">{paint(source, layers, view.key, code=True)}</pre>'
        parts.append(row(label + text, notes(view, [finding])))
    return parts


def _windows(finding: Finding, size: int) -> Sequence[Span]:
    windows: list[Span] = []
    for piece in sorted(finding.pieces, key=lambda piece: piece.span):
        start, end = max(piece.span.start - _AROUND, 0), min(piece.span.end + _AROUND, size)
        if windows and start <= windows[-1].end:
            windows[-1] = Span(windows[-1].start, max(windows[-1].end, end))
        else:
            windows.append(Span(start, end))
    return windows
