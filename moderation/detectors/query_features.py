"""The features of a page as an answer to its title, for the doorway model; training and serving share them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from moderation.address import host_of, is_foreign
from moderation.detectors import query_cue as cue
from moderation.detectors.detector import TextClassifier
from moderation.detectors.query_page import QueryPage
from moderation.taxonomy import CategoryId

ABUSE = (CategoryId.EXPLICIT, CategoryId.GAMBLING, CategoryId.FRAUD, CategoryId.ILLICIT_AD)
_WINDOW, _MOST_WINDOWS = 90, 12
_FULL_LENGTH = math.log(3000)

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Readings:
    """What the fast model says: of the title, of its key, and of windows of the body, each over `ABUSE`."""

    title: Scores
    stuffing: float
    key: Scores
    windows: Scores
    holding: npt.NDArray[np.bool_]
    """Which windows hold the key."""

    @property
    def title_abuse(self) -> float:
        """The title's strongest category."""
        return float(self.title.max())

    @property
    def category(self) -> CategoryId:
        """The title's strongest category by name."""
        return ABUSE[int(self.title.argmax())]

    @property
    def body_abuse(self) -> float:
        """The mean over windows of each one's strongest category."""
        return float(self.windows.max(axis=1).mean()) if len(self.windows) else 0.0

    @property
    def rest_abuse(self) -> float:
        """The same over the windows that do not hold the key."""
        rest = self.windows[~self.holding]
        return float(rest.max(axis=1).mean()) if len(rest) else 0.0


def read(page: QueryPage, classifier: TextClassifier) -> Readings:
    """One request for everything that the fast model is asked about a page."""
    document = page.document
    chosen = _spread(len(page.paragraphs))
    windows = [(page.paragraphs[i][0], min(page.paragraphs[i][1], page.paragraphs[i][0] + _WINDOW)) for i in chosen]
    key = page.key.range if page.key else page.quoted or page.core
    found = classifier.fast(document.normalized, [page.core, key, *windows])
    columns = [classifier.categories.index(category) for category in ABUSE]
    hits = set(page.key.hits) if page.key else set()
    return Readings(
        title=found[0, columns],
        stuffing=float(found[0, classifier.categories.index(CategoryId.KEYWORD_STUFFING)]),
        key=found[1, columns],
        windows=found[2:, columns],
        holding=np.array([i in hits for i in chosen], dtype=bool),
    )


def _spread(number: int) -> Sequence[int]:
    """Up to twelve paragraphs: the first eight, and four spread over the rest."""
    if number <= _MOST_WINDOWS:
        return range(number)
    rest = np.linspace(8, number - 1, _MOST_WINDOWS - 8).astype(int).tolist()
    return [*range(8), *rest]


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
    rest = page.length - sum(text.count(page.title) * len(page.title) for text in page.texts) if page.title else 0
    return rest < 40


NAMES = (
    "title_explicit", "title_gambling", "title_fraud", "title_illicit", "title_abuse", "title_stuffing",
    "key_abuse", "body_abuse", "rest_abuse", "body_share", "body_explicit", "body_gambling", "body_fraud", "body_illicit",
    "overlap", "density", "length", "short", "thin", "heads", "other_heading", "doubled", "question", "quoted",
    "warns", "treats", "reports", "sells", "cliches", "reaches", "outline", "markdown", "shares",
    "institution", "spam_path", "installer", "entities",
    "abuse*heads", "abuse*no_overlap", "abuse*no_overlap*heads", "abuse*other_heading", "abuse*density", "abuse*thin",
    "abuse*institution", "abuse*cliches", "abuse*sells", "abuse*warns", "abuse*treats", "abuse*reports",
    "key*cliches", "key*density", "key*outline", "body*sells", "body*heads", "guest*institution", "abuse*installer",
    "stuffing*no_overlap*heads", "stuffing*entities", "sells*density", "body*warns", "body*no_overlap",
)  # fmt: skip


def vector(page: QueryPage, readings: Readings) -> Scores:
    """The features by the order of `NAMES`."""
    body, paragraphs = page.body, max(len(page.texts), 1)
    abuse, heads = readings.title_abuse, float(page.heads_page)
    other = float(bool(page.headings) and not page.heads_page)
    windows = readings.windows if len(readings.windows) else np.zeros((1, len(ABUSE)), dtype=np.float32)
    kinds = windows.mean(axis=0).tolist()
    cues = [cue.density(body, words) / 2 for words in (cue.WARNS, cue.TREATS, cue.REPORTS, cue.SELLS, cue.CLICHES)]
    warns, treats, reports, sells, cliches = cues
    reaches = cue.density(body, cue.REACHES) / 2
    outline = sum(bool(cue.OUTLINE.match(text)) for text in page.texts) / paragraphs
    markdown = float(bool(cue.RAW_MARKDOWN.search(body)))
    shares = min(2, len(cue.SHARE.findall(body[:2000]))) / 2
    institution = float(site_is_institution(page))
    away, thin = 1.0 - page.overlap, float(is_thin(page))
    entities = float("#xff" in page.document.article.source or any("#xff" in b.text for b in page.document.blocks[:40]))
    installer = float(bool(installers(page)))
    guest = float(readings.title[:3].max()) * institution * heads
    body_abuse, key = readings.body_abuse, float(readings.key.max())
    values = [
        *readings.title.tolist(), abuse, readings.stuffing,
        key, body_abuse, readings.rest_abuse, float((windows.max(axis=1) >= 0.5).mean()), *kinds,
        page.overlap, page.density, min(1.5, math.log1p(page.length) / _FULL_LENGTH), float(page.length < 400), thin,
        heads, other, float(page.doubled > 1), float(bool(cue.QUESTION.search(page.title))), float(page.quoted is not None),
        *cues, reaches, outline, markdown, shares,
        institution, float(bool(cue.SPAM_PATH.search(path_of(page)))), installer, entities,
        abuse * heads, abuse * away, abuse * away * heads, abuse * other, abuse * page.density, abuse * thin,
        abuse * institution, abuse * cliches, abuse * sells, abuse * warns, abuse * treats, abuse * reports,
        key * cliches, key * page.density, key * outline, body_abuse * sells, body_abuse * heads, guest, abuse * installer,
        readings.stuffing * away * heads, readings.stuffing * entities, sells * page.density, body_abuse * warns,
        body_abuse * away,
    ]  # fmt: skip
    return np.array(values, dtype=np.float32)
