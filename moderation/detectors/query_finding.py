"""What a person can check on a page made for a query, one finding at a time.

Each rule asks for abuse and for the shape of a doorway together: honest pages have either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from moderation.article import FieldName, FieldRef, Span
from moderation.detectors import query_cue as cue
from moderation.detectors.query_features import (
    Readings,
    installers,
    is_thin,
    path_of,
    site_is_institution,
)
from moderation.detectors.query_page import OUTLINE, QueryPage, pairs_of
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_C = CategoryId
SPECS = (
    SignalSpec("doorway.query_in_every_paragraph", _C.DOORWAY, "nearly every paragraph repeats an abusive query"),
    SignalSpec("doorway.offer", _C.DOORWAY, "an abusive title over a text that offers the same from end to end"),
    SignalSpec("doorway.wrapped_query", _C.DOORWAY, "an abusive query as the subject of a body that talks round it"),
    SignalSpec(
        "doorway.site_mismatch", _C.DOORWAY, "the site says it is of a trade that has no business with the title"
    ),
    SignalSpec("doorway.template_slots", _C.DOORWAY, "one place name in every paragraph of an illicit offer"),
    SignalSpec("doorway.thin_query", _C.DOORWAY, "nothing but an abusive query, repeated"),
    SignalSpec(
        "doorway.stitched", _C.DOORWAY, "sections stitched by machine: variants in brackets, spun words, blanks"
    ),
    SignalSpec("doorway.glued_title", _C.DOORWAY, "a title glued from queries of which the body knows only some"),
    SignalSpec("doorway.installer", _C.DOORWAY, "an app of the title's kind from a stranger's host over another text"),
    SignalSpec("doorway.url", _C.EXPLICIT, "the address of a page without a text of its own names explicit content"),
)
RAW_MARKDOWN = re.compile(r"#{2,4} ?[^\s#]")
_GLUE = re.compile(r"[,_|]\s*|\s+|-(?=[\u3400-\u9fff])")
_PLACE = re.compile(r"[\u3400-\u9fff]{2,4}")
_OFFER, _SELLS = 0.75, 0.3
"""What a title reads as, and what its text says and reads as, of a page that is an advertisement."""
_SPOKEN_OF = 0.4
"""The share of its title that a page speaks of under a heading of other words."""
_HONEST = 0.45
"""Words of warning, treating or reporting so dense (two in a hundred characters count 1) say: this is about abuse."""


def findings(page: QueryPage, readings: Readings | None, stuffing: float) -> list[Signal]:
    """The signals of all rules. Without readings the page has nothing abusive in sight."""
    found = [*_stitched(page), *_glued(page, readings, stuffing), *_by_address(page)]
    if readings is None:
        return found
    query = max(readings.title_abuse, float(readings.key.max()))
    if query >= 0.5:
        body = page.body
        honest = sum(cue.density(body, kind) for kind in ("warns", "treats", "reports"))
        found += _installer(page)
        if honest < _HONEST:
            found += _of_query(page, readings, query)
    return found


def _signal(name: str, strength: float, *evidence: Evidence, category: CategoryId = _C.DOORWAY) -> Signal:
    return Signal(f"doorway.{name}", category, min(1.0, strength), evidence)


def _title(page: QueryPage, note: str = "") -> list[Evidence]:
    start, end = page.core
    return [Evidence.at(page.document, start, end, note=note)] if end > start else []


def _paragraphs(page: QueryPage, numbers: tuple[int, ...]) -> list[Evidence]:
    return [Evidence.at(page.document, *page.paragraphs[number]) for number in numbers[:5]]


def _of_query(page: QueryPage, readings: Readings, query: float) -> Iterator[Signal]:
    key = page.key
    abuse = float(readings.key.max())
    if key and len(key.text) >= 4 and abuse >= 0.6 and len(key.hits) >= 3 and page.density >= 0.6:
        yield _signal("query_in_every_paragraph", page.density, *_title(page), *_paragraphs(page, key.hits))
    if abuse >= 0.7 and readings.rest_abuse < 0.35 and (key or page.quoted) and page.overlap >= 0.3:
        talk = cue.density(page.body, "cliches")
        sections = sum(bool(OUTLINE.match(text)) for text in page.texts[:60])
        if talk >= 0.35 and (sections or talk >= 0.6):
            yield _signal("wrapped_query", 0.5 + talk / 2, *_title(page), *_paragraphs(page, key.hits if key else ()))
    if query >= 0.8 and page.heads_page and float(readings.title[:3].max()) >= 0.8 and site_is_institution(page):
        yield _signal("site_mismatch", query, *_title(page, f"the site: {page.suffix or 'an institution'}"))
    if query >= 0.8 and page.heads_page and is_thin(page):
        yield _signal("thin_query", query, *_title(page), *_paragraphs(page, tuple(range(len(page.paragraphs)))))
    sells = cue.density(page.body, "sells")
    if (
        query >= _OFFER
        and not cue.speaks_about(page.title)
        and (page.heads_page or page.overlap >= _SPOKEN_OF)
        and sells >= _SELLS
        and readings.body_abuse >= _SELLS
        and len(page.texts) > 1
    ):
        yield _signal("offer", query, *_title(page), *_paragraphs(page, tuple(range(len(page.paragraphs)))))
    yield from _slots(page, readings)


def _slots(page: QueryPage, readings: Readings) -> Iterator[Signal]:
    """The title begins with a place, and so does the service in most paragraphs."""
    match = _PLACE.match(page.title)
    if match is None or len(page.texts) < 3 or max(readings.title_abuse, readings.body_abuse) < 0.5:
        return
    place = page.title[:2]
    hits = tuple(number for number, text in enumerate(page.texts) if place in text)
    times = page.body.count(place) + page.title.count(place)
    if len(hits) >= 3 and len(hits) >= 0.6 * len(page.texts) and times >= 5:
        yield _signal("template_slots", len(hits) / len(page.texts), *_title(page), *_paragraphs(page, hits))


def _stitched(page: QueryPage) -> Iterator[Signal]:
    """Traces of a program that stitches, spins or copies: they need no abusive word."""
    body = page.body
    variants = cue.variants(f"{page.title}\n{body}")
    blocks = page.document.blocks[:120]
    marks = [number for number, block in enumerate(blocks) if cue.STITCH_MARK.match(block.text)]
    blanks = len(cue.STRAY_BLANK.findall(body))
    spun = cue.count(body, "spun")
    tag = cue.TEMPLATE_TAG.search(f"{page.title}\n{body}")
    signs = (
        1.0 * bool(variants)
        + 1.0 * bool(tag)
        + 0.3 * (len(marks) >= 2)
        + 0.4 * (blanks >= 3 and 100 * blanks >= len(body) / 3)
        + 0.4 * (spun >= 2)
        + 0.3 * (spun >= 5)
    )
    if signs >= 0.7 and (variants or tag or spun >= 2):
        places = [page.document.block_range(number) for number in marks[:5]]
        evidence = [*_title(page), *(Evidence.at(page.document, *place) for place in places)]
        strength = 1.0 if tag else 0.6 + 0.4 * min(1.0, signs - 0.6)  # nobody types the program's own tags
        yield _signal("stitched", strength, *evidence)


def _glued(page: QueryPage, readings: Readings | None, stuffing: float) -> Iterator[Signal]:
    """At least two parts of the title share no pair of characters with the body or each other."""
    parts = [part for part in _GLUE.split(page.title) if len(part) >= 4]
    if len(parts) < 2 or page.length < 150:
        return
    entities = any("#xff" in block.text for block in page.document.blocks[:60])
    if not entities and stuffing < 0.5:
        return
    body = "\n".join(page.texts)[:20_000]
    strange = [part for part in parts if not any(pair in body for pair in pairs_of(part))]
    repeated = any(pairs_of(one) & pairs_of(other) for one in strange for other in strange if one is not other)
    if (entities and strange) or (
        len(strange) >= 2 and not repeated and (readings is None or readings.title_abuse < 0.8)
    ):
        yield _signal("glued_title", 1.0 if entities and strange else 0.85, *_title(page))


def _installer(page: QueryPage) -> Iterator[Signal]:
    """A program for telephones from another host, under a title that the text does not speak of."""
    numbers = installers(page)
    if not numbers or page.overlap > 0.3:
        return
    article = page.document.article
    evidence = []
    for number in numbers[:3]:
        field = FieldRef(FieldName.LINK, number)
        evidence.append(Evidence.of_raw(article, field, Span(0, len(article.link(number).href))))
    yield _signal("installer", 1.0, *_title(page), *evidence)


def _by_address(page: QueryPage) -> Iterator[Signal]:
    path = path_of(page)
    if len(path) > 1 and cue.EXPLICIT_PATH.search(path) and page.length < 300:
        yield _signal("url", 1.0, *_title(page, f"under {path[:80]}"), category=_C.EXPLICIT)
