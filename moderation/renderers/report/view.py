"""What every part of a report needs to know of one article: its findings, what to cover, what to cut, and names."""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from moderation.article import Article, FieldName, FieldRef, Link, Span
from moderation.renderers.mask import ExplicitMask, clip, visible
from moderation.renderers.report.finding import Finding, Findings, Piece
from moderation.renderers.report.paint import Layers, paint
from moderation.taxonomy import CategoryId, category
from moderation.verdict import Action, Verdict

ACTIONS = {Action.REJECT: ("拒绝", "Reject"), Action.REVIEW: ("复审", "Review"), Action.ALLOW: ("通过", "Allow")}


class View:
    """One article and its verdict, ready to be shown. `key` begins every id of the article in the page."""

    def __init__(
        self, verdict: Verdict, article: Article, key: str, descriptions: Mapping[str, str], *, unmasked: bool
    ) -> None:
        self.verdict, self.article, self.key = verdict, article, key
        self.mask = ExplicitMask(() if unmasked else verdict.signals)
        self.findings = Findings(verdict.signals)
        self.cuts: defaultdict[FieldRef, list[Span]] = defaultdict(list)
        for removal in verdict.repair.removals if verdict.repair else ():
            self.cuts[removal.field].append(removal.span)
        for field, spans in self.cuts.items():
            self.cuts[field] = joined(spans)
        self.links: list[tuple[int, Link]] = list(article.links())
        self.placed: set[int] = set()
        """The blocks whose text stands in the page."""
        self._descriptions = descriptions
        self._masked: dict[FieldRef, list[Span]] = {}
        self._contributions = {
            (score.category, part.signal): part.value for score in verdict.categories for part in score.contributions
        }

    def text_of(self, field: FieldRef) -> str:
        """As `Article.text_of`, at one cost for any link."""
        return self.links[field.index][1].href if field.name is FieldName.LINK else self.article.text_of(field)

    def words(self, text: str, limit: int = 400) -> str:
        """A text that is no field (a note, an address, a name), on one line, covered and escaped."""
        return escape(visible(clip(self.mask.words(text), limit)))

    def title(self, limit: int = 200) -> str:
        """The title on one line, covered and escaped; never empty."""
        title = self.article.title
        whole = FieldRef(FieldName.TITLE)
        covered = self.mask.words(self.mask.quote(whole, 0, title))
        return escape(visible(clip(covered, limit))) if title.strip() else "（无标题）"

    def masked(self, field: FieldRef) -> list[Span]:
        """The ranges of a field to cover."""
        if field not in self._masked:
            self._masked[field] = self.mask.spans(field, self.text_of(field))
        return self._masked[field]

    def painted(self, field: FieldRef, *, code: bool = False, links: Sequence[Link] = ()) -> str:
        """A whole field with everything that lies over it."""
        text = self.text_of(field)
        layers = Layers(self.findings.by_field.get(field, ()), self.masked(field), self.cuts.get(field, ()), links)
        return paint(text, layers, self.key, code=code)

    def quote(self, piece: Piece, limit: int = 60) -> str:
        """What a piece of evidence quotes, covered, and cut where it is long."""
        evidence = piece.evidence
        text = evidence.quote[:limit]
        start, end = evidence.span.start, evidence.span.start + len(text)
        masked = [
            Span(max(span.start, start) - start, min(span.end, end) - start)
            for span in self.masked(evidence.field)
            if span.start < end and start < span.end
        ]
        rest = len(evidence.quote) - len(text)
        tail = f'<span class="gap">…（另 {rest} 字）</span>' if rest > 0 else ""
        return paint(" ".join(text.split()) if not masked else text, Layers(masked=masked), self.key) + tail

    def is_cut(self, finding: Finding) -> bool:
        """True when the repair takes away every piece of a finding."""
        cuts = self.cuts.get(finding.field, [])
        return bool(cuts) and all(
            any(cut.start <= piece.span.start and piece.span.end <= cut.end for cut in cuts) for piece in finding.pieces
        )

    def alone(self, kind: CategoryId, signal: str) -> float | None:
        """The probability a category would have by one signal alone; None where the signal was not counted."""
        value = self._contributions.get((kind, signal))
        return None if value is None else 1.0 - math.exp(-max(value, 0.0))

    def name(self, signal: str, kind: CategoryId) -> str:
        """What a signal is called, in Chinese where that is known."""
        return escape(chinese_of(signal, kind)[0] or visible(signal))

    def meaning(self, signal: str, kind: CategoryId) -> str:
        """What a signal means, in Chinese where that is known."""
        chinese = chinese_of(signal, kind)[1]
        if chinese:
            return escape(chinese)
        english = self.english(signal)
        return f'<span lang="en">{english}</span>' if english else ""

    def english(self, signal: str) -> str:
        """What a signal means, in English."""
        return escape(visible(self._descriptions.get(signal, "")))


def joined(spans: Sequence[Span]) -> list[Span]:
    """The same ranges in order, joined where they overlap, without empty ones."""
    found: list[Span] = []
    for span in sorted(span for span in spans if len(span)):
        if found and span.start < found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def tag(kind: CategoryId, more: str = "") -> str:
    """A category by its Chinese name, in its colour."""
    return f'<span class="tag c-{kind}">{escape(category(kind).name_zh)}{more}</span>'


def both(chinese: str, english: str) -> str:
    """A label in both languages."""
    return f'{escape(chinese)} <span lang="en">{escape(english)}</span>'


@cache
def _names() -> dict[str, tuple[str, str]]:
    raw = tomllib.loads(files("moderation.resources").joinpath("signal_names.toml").read_text("utf-8"))
    return {key: (value[0], value[1]) for key, value in raw["signals"].items()}


def chinese_of(signal: str, kind: CategoryId) -> tuple[str, str]:
    """The name and meaning of a signal; a pattern stands for one signal of each category."""
    names = _names()
    found = names.get(signal) or names.get(signal.replace(str(kind), "*", 1)) or ("", "")
    return found[0].format(category=category(kind).name_zh), found[1].format(category=category(kind).name_zh)
