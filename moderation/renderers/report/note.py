"""The notes beside a text: what was found there, why it matters, and how much it counts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from moderation.article import FieldName
from moderation.renderers.mask import visible
from moderation.renderers.report.finding import Finding
from moderation.renderers.report.paint import sign
from moderation.renderers.report.view import View, both
from moderation.signals import Evidence
from moderation.taxonomy import CategoryId, category, clauses

_MOST_LISTED = 40
_FIELDS = {
    FieldName.TITLE: "标题",
    FieldName.BLOCK: "段落",
    FieldName.DESCRIPTION: "描述",
    FieldName.KEYWORDS: "关键词",
    FieldName.LINK: "链接",
    FieldName.SOURCE: "源码",
}


def notes(view: View, findings: Sequence[Finding]) -> str:
    """The notes on one place of the page, in the order of their numbers."""
    return "".join(_note(view, finding) for finding in findings)


def row(text: str, beside: str) -> str:
    """A text with the notes on it. Notes come first, so that they can float from the line their text begins on."""
    return f'<div class="row"><div class="notes">{beside}</div>{text}</div>' if beside else text


def clause_names(kind: CategoryId) -> str:
    """The clauses a category can cite, by their Chinese names."""
    known = clauses()
    cited = [known[identifier] for identifier in category(kind).clauses]
    return "、".join(f"{escape(clause.name_zh)}" for clause in cited)


def weight(view: View, finding_signal: str, kind: CategoryId) -> str:
    """What a signal adds, as the probability it would make alone."""
    alone = view.alone(kind, finding_signal)
    if alone is None:
        return "未单独计入得分"
    return f"仅凭此信号，{escape(category(kind).name_zh)}的概率为 {alone:.2f}"


def place(evidence: Evidence) -> str:
    """Where an evidence stands: its field and its range."""
    field = evidence.field
    number = f" {field.index}" if field.name in (FieldName.BLOCK, FieldName.LINK) else ""
    return f"{_FIELDS[field.name]}{number}，{evidence.span.start}–{evidence.span.end}"


def _note(view: View, finding: Finding) -> str:
    key, kind = view.key, finding.category
    times = f' <span class="times">{finding.total} 处</span>' if finding.total > 1 else ""
    head = (
        f'<a class="n c-{kind}" href="#{key}-m{finding.number}">{sign(finding)}</a> '
        f"<b>{view.name(finding.signal, kind)}</b>{times}"
    )
    opening = f'class="note c-{kind}{" cut" if view.is_cut(finding) else ""}" id="{key}-n{finding.number}"'
    told, basis = _told(view, finding), _basis(view, finding)
    if finding.first != finding.number:
        same = f'<span class="same">同 <a href="#{key}-n{finding.first}">{finding.first}</a></span>'
        return f"<details {opening}><summary>{head} {same}</summary>{told}{basis}</details>"
    meaning = view.meaning(finding.signal, kind)
    return (
        f'<div {opening}><p class="what">{head}</p>{f"<p>{meaning}</p>" if meaning else ""}{told}'
        f'<p class="by">§ {clause_names(kind)}</p><p class="by">{weight(view, finding.signal, kind)}</p>'
        f"<details><summary>{both('依据', 'Details')}</summary>{basis}</details></div>"
    )


def _told(view: View, finding: Finding) -> str:
    """What the detector itself says of this place, each remark once."""
    remarks = list(dict.fromkeys(piece.evidence.note for piece in finding.pieces if piece.evidence.note))
    rest = f" …（另 {len(remarks) - 3} 条）" if len(remarks) > 3 else ""
    told = "；".join(view.words(remark, 160) for remark in remarks[:3])
    return f'<p class="told" lang="en">{told}{rest}</p>' if told else ""


def _basis(view: View, finding: Finding) -> str:
    """The signal's own name, the clauses in words, and the exact places."""
    known = clauses()
    cited = "".join(
        f"<li>§ {escape(clause.name_zh)}（{escape(clause.publisher)}）<span>{escape(clause.text_zh)}</span></li>"
        for clause in (known[identifier] for identifier in category(finding.category).clauses)
    )
    lines = "".join(_piece_line(view, finding, index) for index in range(min(len(finding.pieces), _MOST_LISTED)))
    rest = len(finding.pieces) + finding.left_out - _MOST_LISTED
    lines += f"<li>… 另有 {rest} 处</li>" if rest > 0 else ""
    return (
        f'<p><code>{escape(visible(finding.signal))}</code> <span lang="en">{view.english(finding.signal)}</span></p>'
        f'<ul class="clauses">{cited}</ul><ol class="pieces">{lines}</ol>'
    )


def _piece_line(view: View, finding: Finding, index: int) -> str:
    piece = finding.pieces[index]
    evidence = piece.evidence
    read_as = evidence.normalized
    normalized = f" → 「{view.words(read_as, 60)}」" if read_as and read_as != evidence.quote else ""
    times = f" ×{piece.times}" if piece.times > 1 else ""
    selector = f" <code>{view.words(evidence.selector, 200)}</code>" if evidence.selector else ""
    return (
        f'<li id="{view.key}-e{piece.number}"><b>{piece.number}</b> 「{view.quote(piece)}」{normalized}{times} '
        f'<span class="where">{place(evidence)}{selector}</span></li>'
    )
