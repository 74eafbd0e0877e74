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
from moderation.detectors.body import Paragraph
from moderation.detectors.detector import TextClassifier
from moderation.detectors.kinship import MOST_PARAGRAPHS, Shares
from moderation.normalize import DISGUISE, Document
from moderation.taxonomy import CategoryId

_LONG = 40
"""A shorter paragraph shares too little with any other to tell its kin."""
_FEWEST = 3
_WITHIN, _ACROSS, _RATIO = 0.3, 0.25, 2.0
"""What paragraphs of one article share at least, those of two at most, and how many times more it must be."""
_FLOOR = 0.15
_FIRST = 6

_PROMOTION = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
_OFFER_SIZE = (12, 420)
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3,4}-?\d{3,4})(?!\d)|微信|微号|加微|加v|薇|vx|qq|电报|飞机号|扣扣|tg\b",
        r"热线|来电|致电|电话|咨询|联系|客服|找我|私聊|加群|网址|浏览器|官网",
        r"价格|报价|元起|一条龙|套餐|包年|付款|优惠|低价|免费|起发|现货|批发|当天|包邮|先.{1,6}后付|全国",
        r"我们(?:提供|公司|是|专业)|本公司|承接|办理|代办|定制|服务商|专业从事|服务[有项]|一站式|欢迎|值得信赖|满意",
        r"网站(?:建设|制作|优化|推广|设计|开发)|做网站|建站|seo|小程序|公众号开发|关键词排名|代运营|加盟|渠道",
    )
)
_SITE_BUILDER = re.compile(r"网站(?:建设|制作|优化|推广|设计|开发)|做网站|建站|seo|小程序|公众号开发")
_LAWFUL = 0.8
"""The most that an offer of websites counts: it is out of place, but no illicit trade."""
_KINDS_OF_CUE = 3
_READS_SOLD, _READS_SURE = 0.6, 0.9
_SHARED_SELDOM = 0.35
"""The share of the article's usual kinship that a foreign paragraph may have."""
_LOCAL = re.compile(r"([\u4e00-\u9fff]{2})(?=网站|做网站|建站|网络|seo|小程序|公众号)")
_LOCAL_TIMES = 3
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
    if score < _RATIO:
        return None
    chosen = np.zeros(count, dtype=bool)
    chosen[parity : last + 1 : 2] = True
    if title[chosen].sum() > title[~chosen].sum():
        parity = 1 - parity
    last = _last_turn(kin, long, parity, last)
    foreign = tuple(paragraphs[number] for number in range(parity, last + 1, 2))
    return Foreign(foreign, min(1.0, 0.75 + 0.1 * score / _RATIO)) if len(foreign) >= _FEWEST else None


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


def offers(
    document: Document,
    paragraphs: Sequence[Paragraph],
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
        for number, paragraph in enumerate(paragraphs[:count])
        if paragraph.block.kind is not BlockKind.HEADING
        and not any(paragraph.start <= start < paragraph.end for start, _ in told)
        and (cues := _cues(document, paragraph)) >= 1
    ]
    if not likely:
        return []
    usual = float(np.median(shares[:count, : count + 1].sum(axis=1)))
    suspects = {number for number, _ in likely}
    others = [other for other in range(count + 1) if other not in suspects]
    likely = [(number, cues) for number, cues in likely if shares[number, others].sum() <= _SHARED_SELDOM * usual]
    if not likely:
        return []
    ranges = [(paragraphs[number].start, paragraphs[number].end) for number, _ in likely]
    columns = [classifier.categories.index(category) for category in _PROMOTION]
    read = classifier.fast(document.normalized, ranges)[:, columns].max(axis=1)
    found = []
    for (number, cues), sold in zip(likely, map(float, read), strict=True):
        behind = any(number < other < count for other in others)
        text = document.text[paragraphs[number].start : paragraphs[number].end]
        reads = not any(quote in text for quote in _QUOTES) and len(text) <= _LONGEST_READ
        reads = reads and (sold >= _READS_SURE or (cues >= 2 and sold >= _READS_SOLD))
        if reads or (cues >= _KINDS_OF_CUE and behind):
            most = _LAWFUL if _SITE_BUILDER.search(text) else 1.0
            found.append((paragraphs[number], min(max(sold, _LEAST_SURE), most)))
    return found


def _cues(document: Document, paragraph: Paragraph) -> int:
    """How many kinds of things a paragraph says that advertisements say."""
    shortest, longest = _OFFER_SIZE
    if not shortest <= paragraph.size <= longest:
        return 0
    text = document.text[paragraph.start : paragraph.end]
    kinds = sum(cue.search(text) is not None for cue in _CUES)
    places = [match.group(1) for match in _LOCAL.finditer(text)]
    kinds += bool(document.steps_in(paragraph.start, paragraph.end) & DISGUISE)
    return kinds + any(places.count(place) >= _LOCAL_TIMES for place in set(places))
