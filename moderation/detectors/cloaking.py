"""Content meant for crawlers: scripts that act on the referrer or the user agent, and redirects in the markup.

Scripts are read as text and never run. Strings hidden by fromCharCode, base64 or \\x escapes are decoded first.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from moderation.article import FieldName, FieldRef, Span
from moderation.detectors.detector import Detector, Resources
from moderation.normalize import Document
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_SCRIPT = re.compile(r"<script\b[^>]{0,500}>(.*?)</script", re.I | re.S)
_REFRESH = re.compile(r"<meta\b[^>]{0,300}http-equiv\s*=\s*[\"']?refresh[^>]{0,600}>", re.I)
_TARGET = re.compile(r"content\s*=\s*[\"']?\s*(\d{1,4})\s*[;,]\s*url\s*=\s*[\"']?([^\"'>\s]+)", re.I)
_ENGINE = re.compile(r"baidu|sogou|haosou|\bso\.com|360\.cn|google|bing|yahoo|\bsm\.cn|toutiao|yisou", re.I)
_SPIDER = re.compile(r"(?:baidu|360|yisou|sogou|byte|google|bing)[\w ]{0,12}(?:spider|bot)|spider", re.I)
_ACTION = re.compile(
    r"location\s*(?:\.\s*(?:href|replace|assign))?\s*[=(]|document\s*\.\s*write|\beval\s*\(|createElement|"
    r"window\s*\.\s*open|innerHTML|<iframe",
    re.I,
)
_CHAR_CODES = re.compile(
    r"fromCharCode\s*(?:\.apply\s*\([^,]{0,40},\s*\[)?\(?\s*((?:0x)?[0-9a-f]+(?:\s*,\s*(?:0x)?[0-9a-f]+){7,})", re.I
)
_BASE64 = re.compile(r"(?:atob|decode\w*|base64\w*)\s*\(\s*[\"']([A-Za-z0-9+/=]{24,})[\"']", re.I)
_ESCAPES = re.compile(r"(?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|%[0-9a-f]{2}){6,}", re.I)
_ESCAPE = re.compile(r"(?:\\x|\\u|%)([0-9a-f]+)", re.I)
_QUICK = 5
"""A refresh after more seconds than this is a notice that people can read."""


class CloakingDetector(Detector):
    """Reads the scripts and meta tags of a page's source."""

    specs = (
        SignalSpec(
            "cloaking.referrer_script", CategoryId.CLOAKING, "a script that acts on visits from a search engine"
        ),
        SignalSpec("cloaking.crawler_script", CategoryId.CLOAKING, "a script that treats crawlers differently"),
        SignalSpec("cloaking.meta_refresh", CategoryId.CLOAKING, "an instant redirect to another host"),
    )

    def __init__(self, resources: Resources) -> None:
        del resources

    def detect(self, document: Document) -> list[Signal]:
        """Signals with the script or tag as evidence, in the source."""
        article = document.article
        source = article.source
        if not article.selectors and not any(block.selector for block in article.blocks):
            return []  # no markup: a text that quotes a script runs none
        found: dict[str, list[Evidence]] = {}
        for match in _SCRIPT.finditer(source):
            for name in _script_findings(match.group(1)):
                found.setdefault(name, []).append(_evidence(document, match.start(1), match.end(1)))
        for match in _REFRESH.finditer(source):
            target = _TARGET.search(match.group())
            if target and int(target.group(1)) <= _QUICK and _is_foreign(target.group(2), document.article.url):
                found.setdefault("cloaking.meta_refresh", []).append(_evidence(document, *match.span()))
        return [Signal(name, CategoryId.CLOAKING, 1.0, tuple(evidence)) for name, evidence in found.items()]


def _evidence(document: Document, start: int, end: int) -> Evidence:
    return Evidence.of_raw(document.article, FieldRef(FieldName.SOURCE), Span(start, end))


def _script_findings(script: str) -> Iterator[str]:
    plain = "\n".join((script, *_decoded(script)))
    if not _ACTION.search(plain):
        return
    if "referrer" in plain and _ENGINE.search(plain):
        yield "cloaking.referrer_script"
    if "userAgent" in plain and _SPIDER.search(plain):
        yield "cloaking.crawler_script"


def _decoded(script: str) -> Iterator[str]:
    """The texts that a script hides in codes."""
    for match in _CHAR_CODES.finditer(script):
        yield "".join(_character(part.strip().lower()) for part in match.group(1).split(","))
    for match in _BASE64.finditer(script):
        try:
            yield base64.b64decode(match.group(1)).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            continue
    if _ESCAPES.search(script):
        yield _ESCAPE.sub(lambda escape: chr(int(escape.group(1)[:4], 16)), script)


def _character(code: str) -> str:
    """The character of a decimal or 0x code; nothing for what is neither."""
    if not code.startswith("0x") and not code.isdigit():
        return ""
    number = int(code, 16 if code.startswith("0x") else 10)
    return chr(number) if number < 0x110000 else ""


def _is_foreign(href: str, own: str | None) -> bool:
    try:
        host = urlsplit(href if "//" in href else f"//{href}" if href.startswith("www.") else href).hostname
        return host is not None and host != (urlsplit(own).hostname if own else None)
    except ValueError:
        return False
