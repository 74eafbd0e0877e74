"""The search for paragraphs that belong to another text: of a second article, turn and turn about, or of a seller.

Both rest on kinship: what does not belong shares no subject with the title and the paragraphs around it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.article import BlockKind
from moderation.detectors import query_cue as cue
from moderation.detectors.body import Paragraph
from moderation.detectors.detector import TextClassifier
from moderation.detectors.kinship import MOST_PARAGRAPHS, Shares
from moderation.detectors.offer_cues import Hints, cues_of, hints_of
from moderation.detectors.reading import Reading
from moderation.normalize import Document
from moderation.normalize.bigrams import UNIT
from moderation.taxonomy import SOLD_CATEGORIES

_LONG = 40
"""A shorter paragraph shares too little with any other to tell its kin."""
_FEWEST = 3
_WITHIN, _ACROSS, _RATIO = 0.3, 0.25, 2.0
"""What paragraphs of one article share at least, those of two at most, and how many times more it must be."""
_RATIO_SPUN = 1.1
"""The ratio that is asked for where the second article was spun: its words for common ones stand in no other turn."""
_FLOOR = 0.15
_FIRST = 6

_SITE_BUILDER = re.compile(r"网站(?:建设|制作|优化|推广|设计|开发)|做网站|建站|seo|小程序|公众号开发")
_LAWFUL = 0.8
"""The most that an offer of websites counts: it is out of place, but no illicit trade."""
_KINDS_OF_CUE = 3
_READS_SOLD, _READS_SURE = 0.6, 0.9
_LEAST_GAIN, _LEAST_GAIN_ALONE = -0.4, -0.1
"""How much better than as ordinary text, by the models of pairs, each character reads as sold, with several kinds of
cue or one. Set by eye on train and dev pages: few paragraphs that are called sold have less, most of them clean."""
_SHARED_SELDOM = 0.35
"""The share of the article's usual kinship that a foreign paragraph may have."""
_LEAST_SURE = 0.7
_QUOTES = "“《「"
_LONGEST_READ = 140
"""The classifier knows titles: what it says of a longer paragraph, or of one that quotes, is not asked."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Paragraphs that belong to another text."""

    paragraphs: tuple[Paragraph, ...]
    strength: float


def interleaved(paragraphs: Sequence[Paragraph], shares: Shares) -> Foreign | None:
    """The paragraphs of a second article that takes turns with the first, or None."""
    count = min(len(paragraphs), MOST_PARAGRAPHS)
    sizes = np.array([paragraph.size for paragraph in paragraphs[:count]], dtype=np.float64)
    long = sizes >= _LONG
    if long.sum() < 2 * _FEWEST:
        return None
    scale = 10.0 / np.sqrt(sizes)
    kin = shares[:count, :count] * (scale[:, None] * scale)
    beside = long[:-1] & long[1:]
    if beside.sum() >= _FEWEST and float(np.diagonal(kin, 1)[beside][:_FIRST].mean()) > 2 * _ACROSS:
        return None  # neighbours speak of the same
    # Which parity the second article has, the title says: it is not about that one.
    title = shares[count, :count]
    tried = [_turns(kin, long, parity) for parity in (0, 1)]
    score, parity, last = max(tried)
    if score < _RATIO_SPUN:
        return None
    spun = _spun_parity(paragraphs[:count])
    if spun is not None:
        parity = spun
    elif score < _RATIO:
        return None
    chosen = np.zeros(count, dtype=bool)
    chosen[parity : last + 1 : 2] = True
    if spun is None and title[chosen].sum() > title[~chosen].sum():
        parity = 1 - parity
    last = _last_turn(kin, long, parity, last)
    foreign = tuple(paragraphs[number] for number in range(parity, last + 1, 2))
    if len(foreign) < _FEWEST or 2 * sum(map(_is_list, foreign)) >= len(foreign):
        return None
    return Foreign(foreign, min(1.0, 0.75 + 0.1 * score / _RATIO))


def _spun_parity(paragraphs: Sequence[Paragraph]) -> int | None:
    """Which turns hold words of a spinning program, where only the one or the other do: those were stolen."""
    spun = [0, 0]
    for number, paragraph in enumerate(paragraphs):
        spun[number % 2] += cue.count(paragraph.block.text, "spun")
    return None if (spun[0] > 0) is (spun[1] > 0) else int(spun[1] > 0)


def _is_list(paragraph: Paragraph) -> bool:
    """True for a paragraph of links: a register has one under each of its letters."""
    return 2 * sum(len(link.anchor) for link in paragraph.block.links) > paragraph.size


def _turns(kin: npt.NDArray[np.float64], long: npt.NDArray[np.bool_], parity: int) -> tuple[float, int, int]:
    """How well every second paragraph, to the best last one, stands apart from all others: score, parity, last.

    The groups grow by one paragraph from one last to the next, so that their sums do, too.
    """
    inner = np.flatnonzero(long[parity::2]) * 2 + parity
    known = np.arange(1, len(inner) + 1, dtype=np.float64)
    others = float(long.sum()) - known
    square = kin[np.ix_(inner, inner)]
    total = kin[:, long].sum(axis=1)
    inside = np.cumsum(2.0 * np.tril(square, -1).sum(axis=1))
    crossing = np.cumsum(total[inner]) - inside
    outside = float(total[long].sum()) - 2.0 * crossing - inside
    within = np.minimum(inside / np.maximum(known * (known - 1), 1), outside / np.maximum(others * (others - 1), 1))
    across = crossing / np.maximum(known * others, 1)
    scores = within / (across + _FLOOR)
    scores[(known < _FEWEST) | (others < _FEWEST) | (within < _WITHIN) | (across > _ACROSS)] = 0.0
    if not len(scores) or scores.max() <= 0.0:
        return 0.0, parity, parity
    best = len(scores) - 1 - int(scores[::-1].argmax())
    return float(scores[best]), parity, int(inner[best])


def _last_turn(kin: npt.NDArray[np.float64], long: npt.NDArray[np.bool_], parity: int, known: int) -> int:
    """The last paragraph of the second article: behind it every paragraph is the first one's."""
    inside = np.zeros(len(long), dtype=bool)
    inside[parity : known + 1 : 2] = True
    inner, outer = inside & long, ~inside & long
    gained, best, last = 0.0, 0.0, parity
    for number in range(parity, len(long), 2):
        others = inner.copy()
        others[number] = False
        rest = outer.copy()
        rest[number] = False
        gained += float(kin[number, others].mean() - kin[number, rest].mean()) if others.any() and rest.any() else 0.0
        if gained > best:
            best, last = gained, number
    return last + 2 if last + 3 >= len(long) > last + 2 else last


def may_interleave(body: Reading) -> bool:
    """False where no second article can take turns with the first: too few paragraphs are long enough."""
    long = body.ends[:MOST_PARAGRAPHS] - body.begins[:MOST_PARAGRAPHS] >= _LONG
    turns = int(np.count_nonzero(long[1::2]))
    rest = int(np.count_nonzero(long)) - turns
    return turns + rest >= 2 * _FEWEST and max(turns, rest) >= _FEWEST


def may_offer(document: Document, body: Reading) -> Hints | None:
    """The paragraphs that hold what advertisements say, or None where no one of them can be an advertisement.

    One that says few such things is asked about only if it reads more like what is sold than its place explains.
    """
    hints = hints_of(document, body, min(len(body.begins), MOST_PARAGRAPHS))
    if not len(hints.numbers) or hints.kinds.max() >= _KINDS_OF_CUE:
        return hints if len(hints.numbers) else None
    begins, ends = body.begins[hints.numbers], body.ends[hints.numbers]
    bounds = np.stack((begins, np.minimum(ends - 1, len(body.glance) - 1)), axis=1).ravel()
    gains = np.add.reduceat(body.glance >> 8, bounds, dtype=np.int32)[::2] * UNIT
    least = np.where(hints.kinds > 1, _LEAST_GAIN, _LEAST_GAIN_ALONE)
    return hints if ((ends - begins <= _LONGEST_READ) & (gains > least * (ends - begins))).any() else None


def offers(
    document: Document,
    paragraphs: Sequence[Paragraph],
    hints: Hints,
    shares: Shares,
    classifier: TextClassifier,
    told: Collection[tuple[int, int]] = (),
) -> list[tuple[Paragraph, float]]:
    """Advertisements among the paragraphs of an article that is about something else, with how sure each is.

    A paragraph that holds one of `told` is somebody's own, with something in it.
    """
    count = min(len(paragraphs), MOST_PARAGRAPHS)
    likely = [
        (number, cues)
        for number in hints.numbers.tolist()
        if (paragraph := paragraphs[number]).block.kind is not BlockKind.HEADING
        and not any(paragraph.start <= start < paragraph.end for start, _ in told)
        and not _is_introduced(document, paragraphs, number)
        and (cues := cues_of(document, paragraph)) >= 1
    ]
    if not likely:
        return []
    usual = float(np.median(shares[:count, : count + 1].sum(axis=1)))
    others = np.ones(count + 1, dtype=bool)
    others[[number for number, _ in likely]] = False
    behind = int(np.flatnonzero(others[:count]).max(initial=-1))
    shared = shares[:, others].sum(axis=1)
    asked = []
    for number, cues in likely:
        text = document.text[paragraphs[number].start : paragraphs[number].end]
        reads = not any(quote in text for quote in _QUOTES) and len(text) <= _LONGEST_READ
        certain = cues >= _KINDS_OF_CUE and number < behind
        if shared[number] <= _SHARED_SELDOM * usual and (reads or certain):
            least = 0.0 if certain else _READS_SOLD if cues >= 2 else _READS_SURE
            asked.append((paragraphs[number], least, _LAWFUL if _SITE_BUILDER.search(text) else 1.0))
    if not asked:
        return []
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    ranges = [(paragraph.start, paragraph.end) for paragraph, _, _ in asked]
    read = classifier.fast(document.normalized, ranges)[:, columns].max(axis=1).tolist()
    return [
        (paragraph, min(max(sold, _LEAST_SURE), most))
        for (paragraph, least, most), sold in zip(asked, read, strict=True)
        if sold >= least
    ]


def _is_introduced(document: Document, paragraphs: Sequence[Paragraph], number: int) -> bool:
    """True behind a colon: the author shows what he speaks of."""
    return number > 0 and document.text[: paragraphs[number - 1].end].rstrip().endswith(":")
