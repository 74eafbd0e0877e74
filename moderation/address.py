"""The address of a page: its host, and the site that owns the host."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

_SHARED_SUFFIXES = frozenset("com net org gov edu ac co mil idv".split())
"""Second levels under which a country registers names: `example.com.cn` is one site."""


_HEAD = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#\x00-\x20\x7f]*(?=[/?#]|\Z)")


def host_of(href: str) -> str:
    """The host that an address names, in lower case; empty for a relative or broken one.

    `www.a.com/x` without a scheme is taken as typed by a person: its host is `www.a.com`.
    """
    text = href.strip()
    if "//" not in text:
        if text[:4].lower() != "www.":
            return ""
        text = f"//{text}"
    head = _HEAD.match(text)  # a page's many addresses have few hosts
    return _host(head.group() if head else text)


@lru_cache(maxsize=4096)
def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """The registered name that a host belongs to: `a.b.example.com.cn` is of `example.com.cn`."""
    labels = host.rstrip(".").split(".")
    if len(labels) <= 2 or labels[-1].isdigit():
        return host
    shared = len(labels[-1]) == 2 and labels[-2] in _SHARED_SUFFIXES
    return ".".join(labels[-3:] if shared else labels[-2:])


def is_foreign(href: str, own: str | None) -> bool:
    """True for an address on another site than `own`, the address of the page; where that is unknown, for any host."""
    host = host_of(href)
    return bool(host) and (not own or site_of(host) != site_of(host_of(own)))
