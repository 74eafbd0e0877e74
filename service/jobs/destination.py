"""Where a callback may go: origins that the operator named, read by the same parser that sends."""

from __future__ import annotations

import re
from collections.abc import Iterable

import httpx

_LONGEST = 2000
_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


def origin_of(address: str) -> str:
    """`scheme://host[:port]` of a URL, in one spelling. Raises ValueError for what no callback can be sent to."""
    return _origin(_parsed(address))


def named_origin(text: str) -> str:
    """The origin an operator's entry stands for: a bare `host` or `host:port` means https. Raises ValueError."""
    url = _parsed(text if "://" in text else f"https://{text}")
    if url.raw_path != b"/" or url.fragment:
        raise ValueError(f"{text!r} is no origin; name a host, or scheme://host:port")
    return _origin(url)


def allowed(address: str, hosts: Iterable[str]) -> bool:
    """Whether a callback may go there, where the operator named `hosts`."""
    try:
        return origin_of(address) in {named_origin(host) for host in hosts}
    except ValueError:
        return False


def _parsed(address: str) -> httpx.URL:
    if len(address) > _LONGEST:
        raise ValueError(f"{len(address)} characters are over the limit of {_LONGEST}")
    try:
        url = httpx.URL(address)
        host = url.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        raise ValueError("this is no URL") from None
    if url.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        raise ValueError("a callback's URL is one of https:// and a host")
    if url.userinfo:
        raise ValueError("a callback's URL holds no user and password")
    return url


def _origin(url: httpx.URL) -> str:
    host = url.raw_host.decode("ascii")
    host = f"[{host}]" if ":" in host else host
    port = "" if url.port in (None, _DEFAULT_PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{host}{port}"
