"""Cells and drawings of the evaluation page: intervals, changes, precision-recall curves, reliability diagrams.

Drawings inside table cells stretch with the cell and are hidden from screen readers, since the figures stand beside
them; the charts carry a title and a description. Colours come from the classes of `resources/evaluation.html`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from moderation.training.bootstrap import Interval

_SCALES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
_LEFT, _TOP, _WIDTH, _HEIGHT = 38.0, 8.0, 206.0, 160.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of the document, its names, and whether it should be "high" or "low"."""

    key: str
    english: str
    chinese: str
    kind: str = "high"

    def heading(self) -> str:
        """Both names, with an arrow to where the figure should go."""
        return f"{escape(self.english)}&nbsp;{'↑' if self.kind == 'high' else '↓'}{zh(self.chinese)}"


def number(value: Any) -> float | None:
    """A finite number of the document, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def interval(raw: Any) -> Interval:
    """An interval of the document; one over no rows where there is none."""
    if not isinstance(raw, dict):
        return Interval(None, None, None, 0)
    return Interval(
        number(raw.get("value")), number(raw.get("low")), number(raw.get("high")), int(raw.get("rows") or 0)
    )


def scale_for(intervals: Sequence[Interval]) -> float:
    """The end of the shortest round axis from 0 that holds every interval."""
    return round_up(max((own.high or own.value or 0.0 for own in intervals), default=0.0))


def round_up(most: float) -> float:
    """The next round axis end, at most 1."""
    return next((end for end in _SCALES if most <= end), 1.0)


def _fluid(kind: str, body: str) -> str:
    return f'<svg class="fluid {kind}" aria-hidden="true" focusable="false">{body}</svg>'


def _upright(kind: str, x: float, top: float, bottom: float) -> str:
    return f'<line class="{kind}" x1="{x:.2f}%" x2="{x:.2f}%" y1="{top:g}" y2="{bottom:g}"/>'


def whiskers(own: Interval, kind: str, scale: float = 1.0, *, bar: bool = False, whole: float | None = None) -> str:
    """A value with its interval on a track from 0 to `scale`, as a dot or a bar; `whole` is a line to compare with.

    `kind` is "high" for a share that should be high and "low" for one that should be low.
    """

    def at(value: float) -> float:
        return 100 * min(max(value / scale, 0.0), 1.0)

    if own.value is None:
        return ""
    parts = ['<line class="track" x1="0" x2="100%" y1="8" y2="8"/>']
    if bar:
        parts.append(f'<rect class="fill" x="0" y="3" width="{at(own.value):.2f}%" height="10"/>')
    if whole is not None:
        parts.append(_upright("whole", at(whole), 0, 16))
    if own.low is not None and own.high is not None:
        low, high = at(own.low), at(own.high)
        parts.append(f'<line class="span" x1="{low:.2f}%" x2="{high:.2f}%" y1="8" y2="8"/>')
        parts += [_upright("cap", low, 5, 11), _upright("cap", high, 5, 11)]
    parts.append(f'<circle class="dot" cx="{at(own.value):.2f}%" cy="8" r="{3 if bar else 4}"/>')
    return _fluid(kind, "".join(parts))


def axis(kind: str, scale: float) -> str:
    """The axis over a column of whiskers."""
    places = [(0.0, "start", 0.0), (50.0, "middle", scale / 2), (100.0, "end", scale)]
    ticks = [
        f'<text x="{x:g}%" y="10" text-anchor="{anchor}">{value:g}</text>' + _upright("track", x, 13, 16)
        for x, anchor, value in places
    ]
    return _fluid(kind, "".join(ticks))


def diverging(change: float, kind: str, scale: float) -> str:
    """A bar from the middle: to the left a fall, to the right a rise, full where it is for the worse."""
    width = 50 * min(abs(change) / scale, 1.0)
    start = 50.0 if change >= 0 else 50.0 - width
    worse = change < 0 if kind == "high" else change > 0
    bar = f'<rect class="{"worse" if worse else "better"}" x="{start:.2f}%" y="4" width="{width:.2f}%" height="8"/>'
    track = '<line class="track" x1="0" x2="100%" y1="8" y2="8"/>'
    return _fluid(kind, track + (bar if width else "") + _upright("zero", 50.0, 1, 15))


def _x(share: float) -> str:
    return f"{_LEFT + _WIDTH * share:.1f}"


def _y(share: float) -> str:
    return f"{_TOP + _HEIGHT * (1 - share):.1f}"


def _line(kind: str, first: tuple[float, float], second: tuple[float, float]) -> str:
    (left, low), (right, high) = first, second
    return f'<line class="{kind}" x1="{_x(left)}" y1="{_y(low)}" x2="{_x(right)}" y2="{_y(high)}"/>'


def _chart(identifier: str, title: str, description: str, labels: tuple[str, str], body: str) -> str:
    """A square of shares from 0 to 1 with labelled axes."""
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += [_line("grid", (share, 0), (share, 1)), _line("grid", (0, share), (1, share))]
        if share in (0.0, 0.5, 1.0):
            parts.append(f'<text x="{_x(share)}" y="{_TOP + _HEIGHT + 16}" text-anchor="middle">{share:g}</text>')
            parts.append(f'<text x="{_LEFT - 8}" y="{float(_y(share)) + 3.5}" text-anchor="end">{share:g}</text>')
    parts += [_line("frame", (0, 0), (1, 0)), _line("frame", (0, 0), (0, 1))]
    middle = _TOP + _HEIGHT / 2
    across, up = (escape(label) for label in labels)
    return (
        f'<svg class="chart" viewBox="0 0 252 202" role="img" aria-labelledby="{identifier}-t {identifier}-d">'
        f'<title id="{identifier}-t">{escape(title)}</title><desc id="{identifier}-d">{escape(description)}</desc>'
        f"{''.join(parts)}{body}"
        f'<text x="{_x(0.5)}" y="{_TOP + _HEIGHT + 30}" text-anchor="middle">{across}</text>'
        f'<text x="10" y="{middle}" text-anchor="middle" transform="rotate(-90 10 {middle})">{up}</text></svg>'
    )


def precision_recall(identifier: str, name: str, result: dict[str, Any]) -> str:
    """The curve of one category, with its operating point and that point's intervals."""
    points = [(float(recall), float(precision)) for recall, precision in result.get("curve") or []]
    precision, recall = interval(result.get("precision")), interval(result.get("recall"))
    path = " ".join(f"{_x(across)},{_y(up)}" for across, up in points)
    body = f'<polyline class="curve" points="{path}"/>' if points else ""
    description = f"{len(points)} points; no operating point."
    if precision.value is not None and recall.value is not None:
        if recall.low is not None and recall.high is not None:
            body += _line("cross", (recall.low, precision.value), (recall.high, precision.value))
        if precision.low is not None and precision.high is not None:
            body += _line("cross", (recall.value, precision.low), (recall.value, precision.high))
        description = f"Operating point: precision {precision}, recall {recall}."
        place = f'cx="{_x(recall.value)}" cy="{_y(precision.value)}"'
        body += f'<circle class="point" {place} r="4.5"><title>{escape(description)}</title></circle>'
    labels = ("recall · 召回率", "precision · 精确率")
    return _chart(identifier, f"Precision against recall: {name}", description, labels, body)


def reliability(identifier: str, name: str, result: dict[str, Any]) -> str:
    """Observed shares against probabilities, each point sized by its rows, with the diagonal of perfect calibration."""
    body = _line("diagonal", (0, 0), (1, 1))
    told = []
    for mean, share, rows in sorted(result.get("reliability") or [], key=lambda own: -int(own[2])):
        point = f"probability {float(mean):.2f}, observed {float(share):.2f}, {int(rows)} rows"
        radius = 2 + 1.6 * math.log10(max(int(rows), 1))
        place = f'cx="{_x(float(mean))}" cy="{_y(float(share))}" r="{radius:.1f}"'
        body += f'<circle class="bin" {place}><title>{point}</title></circle>'
        told.append(point)
    labels = ("mean probability · 平均概率", "observed share · 实际比例")
    return _chart(identifier, f"Reliability: {name}", "; ".join(told) or "No rows.", labels, body)


def quality_cost(identifier: str, points: Sequence[dict[str, Any]], chosen: dict[str, Any]) -> str:
    """Recall against the share of ordinary titles that the encoder reads; the best at each cost is joined by a line."""
    best, front, dots = -1.0, [], []
    for point in points:
        place = (float(point["ordinary"]), float(point["recall"]))
        dots.append(f'<circle class="bin" cx="{_x(place[0])}" cy="{_y(place[1])}" r="2"/>')
        if place[1] > best:
            best = place[1]
            front.append(place)
    path = " ".join(f"{_x(across)},{_y(up)}" for across, up in front)
    told = f"Chosen: {chosen['ordinary']:.1%} of ordinary titles read, recall {chosen['recall']:.3f}."
    mark = f'<circle class="point" cx="{_x(chosen["ordinary"])}" cy="{_y(chosen["recall"])}" r="4.5">'
    body = f'{"".join(dots)}<polyline class="curve" points="{path}"/>{mark}<title>{escape(told)}</title></circle>'
    labels = ("ordinary titles read · 普通标题送读比例", "recall · 召回率")
    return _chart(identifier, "Quality against cost of the cascade", told, labels, body)


def zh(chinese: str) -> str:
    """The Chinese half of a heading."""
    return f' <span lang="zh-Hans">{escape(chinese)}</span>' if chinese else ""


def both(english: str, chinese: str) -> str:
    """A heading in both languages."""
    return f'{escape(english)}&nbsp;· <span lang="zh-Hans">{escape(chinese)}</span>'


def paragraph(english: str, chinese: str) -> str:
    """A note in both languages. Takes markup."""
    return f'<p class="note">{english} <span lang="zh-Hans">{chinese}</span></p>'


def words(own: Interval) -> str:
    """A value, its interval and its rows."""
    if own.value is None:
        return '<span class="words none" title="no rows · 无数据">–</span>'
    bounds = "" if own.low is None or own.high is None else f" <span>{own.low:.3f}–{own.high:.3f}</span>"
    rows = f' <span class="rows">n&nbsp;{own.rows}</span>' if own.rows else ""
    return f'<span class="words"><b>{own.value:.3f}</b>{bounds}{rows}</span>'


def table(kind: str, label: str, head: str, bodies: Iterable[str]) -> str:
    """A table that scrolls sideways where it must. `label` is plain text."""
    rows = "".join(body if body.startswith("<tbody") else f"<tbody>{body}</tbody>" for body in bodies)
    built = f'<table class="{kind}"><thead><tr>{head}</tr></thead>{rows}</table>'
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">{built}</div>'


def column(heading: str, kind: str = "") -> str:
    """The head of a column. Takes markup."""
    return f'<th scope="col" class="{kind}">{heading}</th>' if kind else f'<th scope="col">{heading}</th>'


def row_name(heading: str) -> str:
    """The head of a row. Takes markup."""
    return f'<th scope="row">{heading}</th>'


def cell(own: Interval, measure: Measure) -> str:
    """A cell with a bar, its whisker and the figures."""
    return f"<td>{whiskers(own, measure.kind, bar=True)}{words(own)}</td>"


def dots(own: Interval, measure: Measure, scale: float, whole: float | None) -> str:
    """A cell with a dot, its whisker and the figures beside it."""
    drawn = f"<div>{whiskers(own, measure.kind, scale, whole=whole)}</div>" if own.value is not None else ""
    return f'<td><div class="plot">{drawn}{words(own)}</div></td>'


def changed(own: Interval, measure: Measure, base: float | None, scale: float) -> str:
    """A cell with the figures and their change against `base`."""
    if own.value is None or base is None:
        return f"<td>{words(own)}</td>"
    change = round(own.value - base, 3)
    sign = "−" if change < 0 else "+" if change > 0 else "±"
    told = f'<span class="change">{sign}{abs(change):.3f}</span>'
    return f"<td>{told}{words(Interval(own.value, own.low, own.high, 0))}{diverging(change, measure.kind, scale)}</td>"
