"""Which part of a page an element is, by its tag, its role and the names its author gave it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from moderation.article import Region

_TAGS = {
    "main": Region.MAIN,
    "article": Region.MAIN,
    "nav": Region.NAVIGATION,
    "aside": Region.SIDEBAR,
    "footer": Region.FOOTER,
    "header": Region.HEADER,
}
_ROLES = {
    "main": Region.MAIN,
    "navigation": Region.NAVIGATION,
    "menubar": Region.NAVIGATION,
    "complementary": Region.SIDEBAR,
    "contentinfo": Region.FOOTER,
    "banner": Region.HEADER,
}
_NAMED = re.compile(
    r"(?<![a-z])(?:(?P<comments>comments?|replies|reply-?list|pinglun|liuyan)|(?P<footer>foot(?:er)?|copyright|bottom)"
    r"|(?P<sidebar>side(?:bar)?|aside|widget|sidebox)|(?P<navigation>nav(?:bar|igation)?|menu|breadcrumbs?|crumbs?|daohang)"
    r"|(?P<header>header|topbar|banner))(?![a-z])",
    re.I,
)
_WITHIN = frozenset({Region.MAIN, Region.SIDEBAR, Region.FOOTER, Region.HEADER})
"""What comments and a menu may stand in; a footer inside a menu is the menu's."""


def region_of(tag: str, attributes: Mapping[str, str | None], around: Region) -> Region:
    """The region of an element, given that of the element around it."""
    if around not in _WITHIN:
        return around
    known = _TAGS.get(tag) or _ROLES.get((attributes.get("role") or "").lower())
    if known is None:
        names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"
        match = _NAMED.search(names) if len(names) > 1 else None
        known = Region(match.lastgroup) if match and match.lastgroup else None
    if known is None or (known is Region.HEADER and around is not Region.MAIN):
        return around
    return known
