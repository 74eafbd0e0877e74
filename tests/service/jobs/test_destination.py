from __future__ import annotations

import pytest

from service.jobs.destination import allowed, named_origin, origin_of

HOSTS = ("cms.example", "hooks.example:8443", "http://10.0.0.5:8080", "[2001:db8::1]")


@pytest.mark.parametrize(
    "address",
    [
        "https://cms.example/done",
        "https://cms.example:443/done?x=1",
        "HTTPS://CMS.Example/",
        "https://hooks.example:8443/",
        "http://10.0.0.5:8080/a",
        "https://[2001:db8::1]/a",
    ],
)
def test_what_the_operator_named(address: str) -> None:
    assert allowed(address, HOSTS)


@pytest.mark.parametrize(
    "address",
    [
        "http://cms.example/done",  # not encrypted
        "https://cms.example:8443/",
        "https://cms.example.evil.example/",
        "https://evil.example/cms.example",
        "https://evil.example#@cms.example",
        "https://evil.example\\@cms.example/",
        "https://cms.example@evil.example/",
        "https://user:secret@cms.example/",
        "https://cms.example./",
        "https://sub.cms.example/",
        "https://cms.example\r\nHost: evil.example/",
        "https://cms.example\x00.evil.example/",
        "http://10.0.0.5/",
        "http://169.254.169.254/latest/meta-data/",
        "https://ｃms.example.evil/",
        "file:///etc/passwd",
        "ftp://cms.example/",
        "//cms.example/",
        "cms.example/done",
        "https:///done",
        "",
        "https://cms.example/" + "a" * 2000,
    ],
)
def test_nothing_else(address: str) -> None:
    assert not allowed(address, HOSTS)


def test_without_hosts_nothing_is_allowed() -> None:
    assert not allowed("https://cms.example/", ())


def test_one_spelling() -> None:
    assert origin_of("HTTPS://Bücher.Example:443/x?y#z") == "https://xn--bcher-kva.example"
    for entry in ("cms.example", "cms.example:443", "https://cms.example/", "HTTPS://CMS.EXAMPLE:443"):
        assert named_origin(entry) == "https://cms.example"
    assert named_origin("http://[::1]:80") == "http://[::1]"


@pytest.mark.parametrize(
    "entry", ["cms.example/path", "https://cms.example/path", "ftp://a.example", "*", "*.a.example", "a b", ""]
)
def test_an_entry_that_is_no_origin_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"URL|origin"):
        named_origin(entry)
