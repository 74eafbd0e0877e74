"""The features of a page as an answer to its title, for the doorway model; training and serving share them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from moderation.address import host_of, is_foreign
from moderation.detectors import query_cue as cue
from moderation.detectors.detector import TextClassifier
from moderation.detectors.query_page import OUTLINE, QueryPage
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

_WINDOW, _MOST_WINDOWS = 80, 10
_ENOUGH = 120
"""A body with less text than this does not show what it leaves out."""
_FULL_LENGTH = math.log(3000)

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Readings:
    """What the fast model says: of the title, of the phrase it is about, and of windows of the body."""

    title: Scores
    stuffing: float
    clickbait: float
    key: Scores
    windows: Scores
    chosen: tuple[int, ...]
    """The number of the paragraph that each window begins."""
    hits: frozenset[int] = frozenset()
    """The paragraphs that hold the key."""

    @property
    def title_abuse(self) -> float:
        """The title's strongest category."""
        return float(self.title.max())

    @property
    def category(self) -> CategoryId:
        """The title's strongest category by name."""
        return SOLD_CATEGORIES[int(self.title.argmax())]

    @property
    def body_abuse(self) -> float:
        """The mean over windows of each one's strongest category."""
        return float(self.windows.max(axis=1).mean()) if len(self.windows) else 0.0

    @property
    def rest_abuse(self) -> float:
        """The same over the windows that do not hold the key."""
        rest = self.windows[[number not in self.hits for number in self.chosen]]
        return float(rest.max(axis=1).mean()) if len(rest) else 0.0


def read(page: QueryPage, classifier: TextClassifier) -> Readings:
    """What the fast model says of the title, of the phrase it quotes, and of the body, in one request."""
    chosen = _spread(len(page.paragraphs))
    windows = [(page.paragraphs[i][0], min(page.paragraphs[i][1], page.paragraphs[i][0] + _WINDOW)) for i in chosen]
    found = classifier.fast(page.document.normalized, [page.core, page.quoted or page.core, *windows])
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    return Readings(
        title=found[0, columns],
        stuffing=float(found[0, classifier.categories.index(CategoryId.KEYWORD_STUFFING)]),
        clickbait=float(found[0, classifier.categories.index(CategoryId.CLICKBAIT)]),
        key=found[1, columns],
        windows=found[2:, columns],
        chosen=tuple(chosen),
    )


def read_again(page: QueryPage, readings: Readings, classifier: TextClassifier) -> Readings:
    """The same, with the title read by every model and not by the fast one alone."""
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    return replace(readings, title=classifier.classify(page.document.normalized, [page.core])[0, columns])


def with_key(page: QueryPage, readings: Readings, classifier: TextClassifier) -> Readings:
    """The same, with the repeated piece of the title judged too. It costs a search, so doubtful pages get it alone."""
    if page.key is None:
        return readings
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    judged = classifier.fast(page.document.normalized, [page.key.range])[0, columns]
    return replace(readings, key=np.maximum(readings.key, judged), hits=frozenset(page.key.hits))


def _spread(number: int) -> Sequence[int]:
    """Up to ten paragraphs: the first seven, and three spread over the rest."""
    if number <= _MOST_WINDOWS:
        return range(number)
    rest = np.linspace(7, number - 1, _MOST_WINDOWS - 7).astype(int).tolist()
    return [*range(7), *rest]


def site_is_institution(page: QueryPage) -> bool:
    """Whether the page's own site says that it is a company, school, hospital or office."""
    host = host_of(page.document.article.url or "")
    if host and cue.OFFICIAL_HOST.search(host):
        return True
    return bool(cue.INSTITUTION.search(page.suffix)) or any(
        cue.INSTITUTION.search(line) and ("版权" in line or "保留" in line) for line in page.chrome
    )


def path_of(page: QueryPage) -> str:
    """Path and query of the page's address, in lower case."""
    try:
        parts = urlsplit(page.document.article.url or "")
    except ValueError:
        return ""
    return (parts.path + (f"?{parts.query}" if parts.query else "")).lower()


def installers(page: QueryPage) -> list[int]:
    """The numbers of links to a program for telephones on another site."""
    own = page.document.article.url
    return [
        number
        for number, (_, link) in enumerate(page.document.article.links())
        if ".apk" in link.href.lower() and is_foreign(link.href, own)
    ]


def is_thin(page: QueryPage) -> bool:
    """Whether the page holds little more than its title again."""
    return bool(page.paragraphs) and sum(end - start for start, end in page.answers) < 50


def features(page: QueryPage, readings: Readings) -> dict[str, float]:
    """The features by name, always the same names in the same order."""
    found = _of_readings(readings) | _of_shape(page) | _of_words(page)
    abuse, body, key = found["title_abuse"], found["body_abuse"], found["key_abuse"]
    query = max(abuse, 0.8 * key)
    made = query * found["heads"]
    away = (1.0 - found["overlap"]) * min(1.0, page.length / _ENOUGH)
    kept = max(0.0, 1.0 - found["warns"] - found["treats"] - found["reports"])
    talk = min(1.0, found["cliches"] + found["outline"] / 2)
    found |= {
        "made": made,
        "made*away": made * away,
        "made*thin": made * found["thin"],
        "made*sells": made * min(1.0, found["sells"]) * kept,
        "made*body": made * body * kept,
        "made*talk": made * talk * found["overlap"],
        "guest": max(found["title_explicit"], found["title_gambling"], found["title_fraud"])
        * found["heads"]
        * found["institution"],
        "made*quoted": made * found["quoted"],
        "made*question": made * found["question"],
        "made*warns": made * min(1.0, found["warns"]),
        "made*treats": made * min(1.0, found["treats"]),
        "made*reports": made * min(1.0, found["reports"]),
        "made*path": made * found["spam_path"],
        "made*segments": made * found["segments"],
        "made*clickbait": made * found["title_clickbait"],
        "made*signs": made * found["signs"],
        "made*density": made * found["density"],
        "key*talk": key * talk * found["density"],
        "body*sells": body * min(1.0, found["sells"]) * kept,
        "body*heads": body * found["heads"] * kept,
        "query*installer": query * found["installer"],
        "query*doubled": query * found["doubled"],
        "stuffing*away": found["title_stuffing"] * away * found["heads"],
        "stuffing*entities": found["title_stuffing"] * found["entities"],
        "other*query": query * (1.0 - found["heads"]),
    }
    # What a site is and where a page lies says something of an abusive title, and nothing of any other.
    return {name: value for name, value in found.items() if name not in ("institution", "spam_path")}


def _of_readings(readings: Readings) -> dict[str, float]:
    windows = readings.windows if len(readings.windows) else np.zeros((1, len(SOLD_CATEGORIES)), dtype=np.float32)
    found = {f"title_{kind}": float(value) for kind, value in zip(SOLD_CATEGORIES, readings.title, strict=True)}
    found |= {
        "title_abuse": readings.title_abuse,
        "title_clickbait": readings.clickbait,
        "title_stuffing": readings.stuffing,
        "key_abuse": float(readings.key.max()),
        "body_abuse": readings.body_abuse,
        "rest_abuse": readings.rest_abuse,
        "body_share": float((windows.max(axis=1) >= 0.5).mean()),
    }
    return found | {
        f"body_{kind}": float(value) for kind, value in zip(SOLD_CATEGORIES, windows.mean(axis=0), strict=True)
    }


def _of_shape(page: QueryPage) -> dict[str, float]:
    blocks = page.document.blocks[:60]
    return {
        "overlap": page.overlap,
        "density": page.density,
        "length": min(1.5, math.log1p(page.length) / _FULL_LENGTH),
        "short": float(page.length < 400),
        "thin": float(is_thin(page)),
        "heads": float(page.heads_page),
        "doubled": float(page.doubled > 1),
        "question": float(bool(cue.QUESTION.search(page.title))),
        "quoted": float(page.quoted is not None),
        "segments": min(8, sum(page.title.count(mark) for mark in "_|-,/【+")) / 8,
        "signs": min(1.0, 5 * cue.odd_signs(page.title)),
        "institution": float(site_is_institution(page)),
        "spam_path": float(bool(cue.SPAM_PATH.search(path_of(page)))),
        "installer": float(bool(installers(page))),
        "entities": float(any("#xff" in block.text for block in blocks)),
    }


def _of_words(page: QueryPage) -> dict[str, float]:
    body = page.body
    kinds = ("warns", "treats", "reports", "sells", "cliches", "reaches")
    found = {kind: cue.density(body, kind) for kind in kinds}
    sections = sum(bool(OUTLINE.match(text)) for text in page.texts[:60])
    return found | {
        "outline": sections / max(len(page.texts[:60]), 1),
        "markdown": float(bool(cue.RAW_MARKDOWN.search(body))),
        "shares": min(2, len(cue.SHARE.findall(body[:2000]))) / 2,
    }
