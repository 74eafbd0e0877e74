"""One look for the figures and tables of all notebooks, and the masking of what they print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import matplotlib.pyplot as plt
from IPython.display import HTML
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from moderation.renderers.mask import mask
from moderation.taxonomy import CategoryId
from moderation.training.dataset import Row

# The colours of Okabe and Ito (2008), told apart with any kind of colour vision.
ABUSIVE, HARD, PLAIN = "#D55E00", "#0072B2", "#7F7F7F"
GREEN, PURPLE, AMBER, INK, PALE = "#009E73", "#AA4499", "#E69F00", "#222222", "#D9D9D9"
GROUP_COLOURS = {"abusive": ABUSIVE, "hard": HARD, "plain": PLAIN}
GROUP_NAMES = {"abusive": "abusive", "hard": "hard clean", "plain": "plain clean"}

_SETTINGS = {
    "figure.figsize": (7.5, 3.8),
    "figure.dpi": 120,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelcolor": INK,
    "axes.edgecolor": PLAIN,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#ECECEC",
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 2,
    "lines.solid_capstyle": "round",
}


def use() -> None:
    """Draw every figure from here on in this look."""
    plt.rcParams.update(_SETTINGS)


def percent(axis: Axes, which: str, decimals: int | None = 0) -> None:
    """Write shares of 0 to 1 on an axis (`x`, `y` or `xy`) as percentages."""
    for name in which:
        getattr(axis, f"{name}axis").set_major_formatter(PercentFormatter(1.0, decimals))


def bare(axis: Axes) -> None:
    """Bars that carry their own figures need no scale."""
    axis.spines["bottom"].set_visible(False)
    axis.spines["left"].set_visible(False)
    axis.tick_params(left=False, bottom=False, labelbottom=False)


def say(axis: Axes, x: float, y: float, text: str, colour: str = INK, **options: Any) -> None:
    """A label beside what it names, instead of a legend."""
    defaults = {"fontsize": 10, "va": "center", "annotation_clip": False}
    axis.annotate(text, (x, y), color=colour, **(defaults | options))


def stacked(axis: Axes, names: Sequence[str], parts: dict[str, Sequence[int]], colours: dict[str, str]) -> None:
    """Horizontal bars in parts, the first name on top; figures in the parts where they fit, and the whole behind."""
    ends = [0] * len(names)
    most = max(map(sum, zip(*parts.values(), strict=True)))
    for part, sizes in parts.items():
        bars = axis.barh(range(len(names)), sizes, left=ends, color=colours[part], height=0.72)
        labels = [f"{size:,}" if size > most * 0.075 else "" for size in sizes]
        axis.bar_label(bars, labels, label_type="center", color="white", fontsize=9)
        ends = [end + size for end, size in zip(ends, sizes, strict=True)]
    axis.bar_label(bars, [f"{end:,}" for end in ends], padding=5, fontsize=9)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.9)
    bare(axis)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HTML:
    """A table that keeps Chinese text in line."""

    def line(cells: Sequence[Any], tag: str) -> str:
        return "<tr>" + "".join(f'<{tag} style="text-align:left">{escape(str(cell))}</{tag}>' for cell in cells)

    return HTML(f"<table>{line(head, 'th')}{''.join(line(row, 'td') for row in rows)}</table>")


def shown(row: Row) -> str:
    """The text of a row, masked where it is explicit."""
    return mask(row.text) if CategoryId.EXPLICIT in row.categories else row.text
