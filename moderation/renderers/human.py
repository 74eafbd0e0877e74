"""A verdict for people: the action, the probabilities, the reasons and where the evidence stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain

from moderation.article import Article, FieldName, FieldRef, Span
from moderation.renderers.mask import ExplicitMask, clip, visible
from moderation.signals import Evidence, Signal
from moderation.taxonomy import category, clauses
from moderation.verdict import Action, CategoryScore, Coverage, Reason, Repair, Verdict, Versions

_ACTIONS = {
    Action.REJECT: ("REJECT 拒绝", "bold red"),
    Action.REVIEW: ("REVIEW 复审", "bold yellow"),
    Action.ALLOW: ("ALLOW 通过", "bold green"),
}
_LEAST = 0.05
"""Categories less likely than this are only counted."""
_MOST_PLACES = 12
_LONGEST_TITLE = 400
_BAR = 20
_NARROW, _WIDE = 22, 28
"""Widths of the left column: for places, and for category names."""

_Part = tuple[str, str]
"""A text and its style."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One paragraph, beside a label where there is one."""

    parts: Sequence[_Part]
    indent: int = 0
    label: _Part = ("", "")
    label_width: int = 0


_BLANK = _Line([("", "")])


def render(verdict: Verdict, article: Article, *, unmasked: bool = False, colour: bool, width: int = 100) -> str:
    """The verdict as text. What signals found explicit is masked unless `unmasked`."""
    hidden = ExplicitMask(() if unmasked else verdict.signals)
    judged = {reason.category for reason in verdict.reasons}
    # What led to the action comes first, then the strongest.
    signals = sorted(verdict.signals, key=lambda signal: (signal.category not in judged, -signal.strength))
    sections = (
        _header(verdict, article, hidden),
        _categories(verdict.categories),
        _reasons(verdict.reasons, hidden),
        _signals(signals, hidden),
        _repair(verdict.repair, hidden) if verdict.repair else (),
        _coverage(verdict.coverage),
        _versions(verdict.versions, verdict.elapsed_ms),
    )
    return _layout(sections, colour, width)


def _header(verdict: Verdict, article: Article, hidden: ExplicitMask) -> Iterator[_Line]:
    yield _Line([_ACTIONS[verdict.action], ("  ", ""), (visible(verdict.article_id), "bold")])
    title = visible(clip(hidden.quote(FieldRef(FieldName.TITLE), 0, article.title), _LONGEST_TITLE))
    yield _Line([(title, "") if title.strip() else ("(no title)", "dim")])


def _categories(scores: Sequence[CategoryScore]) -> Iterator[_Line]:
    yield _heading("Categories 类别")
    shown = sorted((score for score in scores if score.probability >= _LEAST), key=lambda score: -score.probability)
    for score in shown:
        filled = round(score.probability * _BAR)
        style = "red" if score.probability >= 0.5 else "yellow"
        yield _Line(
            [("█" * filled, style), ("░" * (_BAR - filled), "dim"), (f" {score.probability:.2f}", "")],
            2,
            (f"{category(score.category).name_zh} {score.category}", ""),
            _WIDE,
        )
    rest = len(scores) - len(shown)
    if rest:
        noun = "category" if rest == 1 else "categories"
        yield _Line([(f"{rest} {'other ' if shown else ''}{noun} below {_LEAST}", "dim")], 2)


def _reasons(reasons: Sequence[Reason], hidden: ExplicitMask) -> Iterator[_Line]:
    if reasons:
        yield _heading("Reasons 理由")
    known = clauses()
    for reason in reasons:
        label, style = _ACTIONS[reason.action]
        kind = category(reason.category)
        yield _Line([(f"{kind.name_zh} {kind.name_en}", "bold"), (f"  {reason.rule}", "dim")], 2, (label, style), 11)
        for message in (reason.message_zh, reason.message_en):
            yield _Line([(visible(hidden.words(message)), "")], 4)
        for identifier in reason.clauses:
            clause = known.get(identifier)
            name = f"{clause.name_zh} ({clause.publisher} {clause.name_en})" if clause else identifier
            yield _Line([(f"§ {name}", "dim")], 4)


def _signals(signals: Sequence[Signal], hidden: ExplicitMask) -> Iterator[_Line]:
    if signals:
        yield _heading("Evidence 证据")
    for signal in signals:
        name = category(signal.category).name_zh
        yield _Line([(signal.name, "bold cyan"), (f" · {name} · strength {signal.strength:.2f}", "dim")], 2)
        for evidence in signal.evidence[:_MOST_PLACES]:
            yield from _evidence(evidence, hidden)
        yield from _more(len(signal.evidence) - _MOST_PLACES)


def _evidence(evidence: Evidence, hidden: ExplicitMask) -> Iterator[_Line]:
    parts = [(_quoted(hidden.quote(evidence.field, evidence.span.start, evidence.quote)), "")]
    if evidence.normalized != evidence.quote:
        parts.append((f" → {_quoted(hidden.words(evidence.normalized))}", "dim"))
    if evidence.note:
        parts.append((f" {clip(visible(hidden.words(evidence.note)))}", "italic"))
    yield from _place(evidence.field, evidence.span, parts, evidence.selector)


def _repair(repair: Repair, hidden: ExplicitMask) -> Iterator[_Line]:
    yield _heading("Repair 修复")
    count = len(repair.removals)
    pieces = "1 piece" if count == 1 else f"{count} pieces"
    yield _Line([(f"Without {pieces} of text the action is ", ""), _ACTIONS[repair.action_after]], 2)
    for removal in repair.removals[:_MOST_PLACES]:
        quote = hidden.quote(removal.field, removal.span.start, removal.quote)
        yield from _place(removal.field, removal.span, [(_quoted(quote), "")], removal.selector)
    yield from _more(count - _MOST_PLACES)


def _coverage(coverage: Coverage) -> Iterator[_Line]:
    share = f" ({coverage.read * 100 // coverage.total} %)" if coverage.total else ""
    yield _heading("Coverage 覆盖")
    yield _Line([(f"Read {coverage.read} of {coverage.total} characters{share}", "")], 2)
    for unread in coverage.unread:
        text = f"{visible(unread.part)}, {unread.characters} characters: {visible(unread.reason)}"
        yield _Line([("Not read: ", "yellow"), (text, "")], 2)


def _versions(versions: Versions, elapsed_ms: float) -> Iterator[_Line]:
    names = f"model {versions.model} · policy {versions.policy} · lexicon {versions.lexicon}"
    yield _BLANK
    yield _Line([(f"{names} · package {versions.package} · {elapsed_ms:.1f} ms", "dim")])


def _heading(text: str) -> _Line:
    return _Line([(f"\n{text}", "bold")])


def _place(field: FieldRef, span: Span, parts: Sequence[_Part], selector: str | None) -> Iterator[_Line]:
    yield _Line(parts, 4, (f"{field} {span.start}-{span.end}", "cyan"), _NARROW)
    if selector:
        yield _Line([(visible(selector), "dim")], 4, label_width=_NARROW)


def _more(count: int) -> Iterator[_Line]:
    if count > 0:
        yield _Line([(f"… and {count} more", "dim")], 4)


def _quoted(text: str) -> str:
    return f"「{visible(clip(text))}」"


def _layout(sections: Iterable[Iterable[_Line]], colour: bool, width: int) -> str:
    from rich.console import Console  # 50 ms, and only this form needs it
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    stream = StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        force_jupyter=False,
        legacy_windows=False,
    )
    for line in chain.from_iterable(sections):
        grid = Table.grid(padding=(0, 1, 0, 0))
        cells = [Text.assemble(*line.parts, overflow="fold")]
        if line.label_width:
            grid.add_column(width=min(line.label_width, width * 2 // 5), overflow="fold")
            cells.insert(0, Text.assemble(line.label, overflow="fold"))
        grid.add_column(overflow="fold")
        grid.add_row(*cells)
        console.print(Padding(grid, (0, 0, 0, line.indent)))
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().split("\n")) + "\n"
