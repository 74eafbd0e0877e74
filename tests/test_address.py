"""Addresses: the host is read off the beginning, and is the one that the whole address has."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.address import host_of, is_foreign, site_of

PIECES = "http: https: ftp: a+b: 1x: // / : ? # @ [ ] ::1 www. WWW. a.com B.cn 例子.网 :80 % \t \n \x00 \x1f ℀ . javascript:".split(
    " "
)


def whole(href: str) -> str:
    text = href.strip()
    if "//" not in text and not text.lower().startswith("www."):
        return ""
    try:
        return urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""


@given(st.lists(st.sampled_from([*PIECES, " "]), max_size=7).map("".join))
@example("http://[::1/x")
@example("http://a.com\t.evil.com/x")
@example("http:////a.com")
@example("x//a.com/b")
def test_the_host_is_that_of_the_whole_address(href: str) -> None:
    assert host_of(href) == whole(href)


@pytest.mark.parametrize(
    ("href", "host"),
    [
        ("http://www.A.com/x?y", "www.a.com"),
        ("//a.com", "a.com"),
        ("www.a.com/x", "www.a.com"),
        ("https://user@a.com:80#top", "a.com"),
        ("/x//y", ""),
        ("mailto:a@b.com", ""),
        ("http://[::1", ""),
    ],
)
def test_hosts(href: str, host: str) -> None:
    assert host_of(href) == host


def test_sites() -> None:
    assert site_of("a.b.example.com.cn") == "example.com.cn"
    assert site_of("a.b.example.cn") == "example.cn"
    assert site_of("1.2.3.4") == "1.2.3.4"
    assert is_foreign("http://a.com/", "http://b.com/")
    assert not is_foreign("http://x.a.com/", "http://a.com/")
