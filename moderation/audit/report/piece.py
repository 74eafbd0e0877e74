"""What all sections are made of: headings, words, numbers, bars. Everything that comes from articles passes `words`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from moderation.renderers.mask import clip, visible
from moderation.renderers.report.view import ACTIONS, both, tag
from moderation.taxonomy import CategoryId, category

_COVERED = re.compile("＊+")
FAILED_NAME = ("无法读取", "Failed")
_NAMES: dict[str, tuple[str, str]] = {str(action): names for action, names in ACTIONS.items()} | {
    "failed": FAILED_NAME,
    "absent": ("不存在", "Absent"),
}


def words(text: str, limit: int = 120) -> str:
    """A text on one line, cut and escaped; what the ledger holds masked is shown as covered."""
    return _COVERED.sub(lambda match: f'<span class="mk">{match.group()}</span>', escape(visible(clip(text, limit))))


def section(identifier: str, chinese: str, english: str, *parts: str, told: tuple[str, str] | None = None) -> str:
    """A section with its heading, and a sentence below it."""
    lead = f'<p class="lead">{both(*told)}</p>' if told else ""
    heading = f"<h2>{both(chinese, english)}</h2>"
    return f'<section class="part-of" id="{identifier}">{heading}{lead}{"".join(parts)}</section>'


def number(value: int) -> str:
    """A count."""
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    """A share, with a digit where it is small."""
    share = 100 * part / whole if whole else 0.0
    if part and share < 0.1:
        return "<0.1%"
    return f"{share:.0f}%" if share >= 10 or part in (0, whole) else f"{share:.1f}%"


def action_name(action: str) -> str:
    """An action in its colour, in both languages."""
    chinese, english = _NAMES[action]
    return f'<span class="act {action}">{chinese} <span lang="en">{english}</span></span>'


def kinds(counts: Mapping[str, int], most: int = 4) -> str:
    """The most frequent categories as tags with their numbers."""
    listed = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    tags = [tag(CategoryId(name), f" {number(count)}") for name, count in listed[:most]]
    rest = len(listed) - most
    return " ".join(tags) + (f' <span class="count">另 {rest} 类</span>' if rest > 0 else "")


def kind_name(name: str) -> str:
    """A category as a tag, and its English name."""
    found = category(CategoryId(name))
    return f'{tag(found.id)} <span lang="en">{escape(found.name_en)}</span>'


def split_bar(reject: int, review: int, most: int) -> str:
    """A bar of what is rejected and what is to review, as long as their share of `most`."""
    whole = max(most, 1)
    first, second = 100 * reject / whole, 100 * review / whole
    return (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="8"></rect>'
        f'<rect class="fill-reject" width="{first:.2f}" height="8"></rect>'
        f'<rect class="fill-review" x="{first:.2f}" width="{second:.2f}" height="8"></rect></svg>'
    )


def days(range_: tuple[str, str]) -> str:
    """A first and a last day."""
    first, last = range_
    if not first:
        return '<span class="count">日期不详 <span lang="en">no date</span></span>'
    told = f'<time datetime="{escape(first)}">{escape(first)}</time>'
    return told if first == last else f'{told} – <time datetime="{escape(last)}">{escape(last)}</time>'


def table(heads: Iterable[tuple[str, str]], rows: Iterable[str], name: str, kind: str = "") -> str:
    """A table with a caption for those who do not see it. A head is its class and its label."""
    columns = "".join(f'<th scope="col" class="{look or "text"}">{label}</th>' for look, label in heads)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(name)}"><table class="grid {kind}">'
        f'<caption class="unseen">{escape(name)}</caption><thead><tr>{columns}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def left_out(count: int, chinese: str, english: str) -> str:
    """How many more there are."""
    if count <= 0:
        return ""
    return f'<p class="rest">{both(f"另有 {number(count)} {chinese}", f"{number(count)} more {english}")}</p>'
