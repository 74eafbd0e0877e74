"""The little markup that families write: marked elements, and inserted text that can be found again.

A family writes marks; `gold.settle` reads them, turns them into selectors and spans, and takes them out again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

OPEN, CLOSE = "\ue000", "\ue001"
"""Private-use characters around text that was put into another's."""

_HREF, _ANCHOR, _END = "\ue002", "\ue003", "\ue004"
_LINK = re.compile(f"{_HREF}(.*?){_ANCHOR}(.*?){_END}")


def inserted(text: str) -> str:
    """Text that repair must cut."""
    return f"{OPEN}{text}{CLOSE}"


def link(anchor: str, href: str) -> str:
    """A link inside raw text; `encode` makes an element of it."""
    return f"{_HREF}{href}{_ANCHOR}{anchor}{_END}"


def inserted_link(anchor: str, href: str) -> str:
    """A link that repair must cut."""
    return inserted(link(anchor, href))


def encode(text: str) -> str:
    """Raw text as HTML."""
    return _LINK.sub(r'<a href="\1">\2</a>', escape(text, quote=False))


def mark(*roles: str) -> str:
    """The attribute that says what an element is: bad, good, hidden, donor, or text (it may hold insertions)."""
    return f' data-gold="{" ".join(roles)}"' if roles else ""


def element(tag: str, inner: str, *roles: str, attributes: str = "") -> str:
    """An element around ready HTML. `attributes` are written as they are."""
    return f"<{tag}{' ' + attributes if attributes else ''}{mark(*roles)}>{inner}</{tag}>"


def paragraphs(texts: Iterable[str], *roles: str, tag: str = "p", indent: str = "") -> str:
    """Raw texts as marked elements, one a line."""
    return "\n".join(element(tag, indent + encode(text), *roles) for text in texts)


def anchors(links: Iterable[tuple[str, str]], between: str = " ") -> str:
    """`(anchor, href)` pairs as links."""
    return between.join(f'<a href="{escape(href)}">{escape(text, quote=False)}</a>' for text, href in links)


def items(links: Iterable[tuple[str, str]]) -> str:
    """`(anchor, href)` pairs as list items."""
    return "\n".join(f"<li>{anchors([pair])}</li>" for pair in links)
