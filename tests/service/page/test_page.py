from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from moderation.renderers.report import inline_sources, palette

from ..conftest import Start

ROOM = Path(__file__).parents[3] / "service" / "page"
PARTS = {"/": "text/html", "/page.css": "text/css", "/page.js": "text/javascript", "/page.svg": "image/svg+xml"}
HOST = re.compile(r"(?:[a-z]+:)?//([\w.-]+\.[a-z]{2,}|[\d.]+)", re.I)


class Elements(HTMLParser):
    """The start tags of a document, and the words of each language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def elements() -> list[tuple[str, dict[str, str | None]]]:
    return Elements((ROOM / "index.html").read_text("utf-8")).found


def policy_of(client: TestClient, path: str) -> dict[str, list[str]]:
    policy = client.get(path).headers["content-security-policy"]
    return {name: sources for name, *sources in (rule.split() for rule in policy.split(";"))}


@pytest.mark.parametrize(("path", "media_type"), PARTS.items())
def test_each_part_is_asked_for_again_and_sent_once(client: TestClient, path: str, media_type: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    tag = answer.headers["etag"]
    for tags in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"if-none-match": tags})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["content-security-policy"] == answer.headers["content-security-policy"]
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert client.head(path).status_code == 200


def test_the_policy_allows_the_pages_own_parts_and_the_reports(client: TestClient) -> None:
    style, script = inline_sources()
    assert policy_of(client, "/") == {
        "default-src": ["'none'"],
        "script-src": ["'self'", script],
        "style-src": ["'self'", style],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    report = client.post("/v1/score?report=true", json={"id": 1, "title": "校运会下周开幕"}).json()["report"]
    assert style in report
    assert script in report
    for path in ("/page.css", "/page.js", "/page.svg"):
        assert policy_of(client, path) == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}


def test_nothing_comes_from_another_host(client: TestClient) -> None:
    hosts = {host for path in PARTS for host in HOST.findall(client.get(path).text)}
    # The address in the examples, the name space of SVG, and the links of a sample.
    assert {host for host in hosts if not host.endswith(".example")} == {"127.0.0.1", "www.w3.org"}
    assert "@import" not in client.get("/page.css").text
    assert "url(" not in client.get("/page.css").text


def test_the_document_has_no_style_or_script_of_its_own(elements: list[tuple[str, dict[str, str | None]]]) -> None:
    for tag, attributes in elements:
        assert tag != "style"
        assert tag != "script" or attributes.get("src") == "/page.js"
        assert not [name for name in attributes if name == "style" or name.startswith("on")], (tag, attributes)


def test_every_word_is_said_in_both_languages(elements: list[tuple[str, dict[str, str | None]]]) -> None:
    said = [
        attributes["lang"] for tag, attributes in elements if attributes.get("lang") in ("zh", "en") and tag != "html"
    ]
    assert said[::2] == ["zh"] * (len(said) // 2)
    assert said[1::2] == ["en"] * (len(said) // 2)
    problems = re.search(r"const PROBLEMS = \{(.*?)\n\};", (ROOM / "page.js").read_text("utf-8"), re.S)
    assert problems
    for line in problems[1].strip().splitlines():
        assert re.search(r': \["[^"]*[一-鿿][^"]*", "[A-Z][^"一-鿿]*"\],$', line), line


def test_every_problem_of_the_service_has_words(client: TestClient) -> None:
    from service.problem import KINDS

    script = client.get("/page.js").text
    told = re.search(r"const PROBLEMS = \{(.*?)\n\};", script, re.S)
    assert told
    # A person with a browser cannot cause the one that is left out.
    for slug in {kind.slug for kind in KINDS} - {"method-not-allowed"}:
        assert re.search(rf'^  "?{slug}"?: ', told[1], re.M), slug


def test_without_a_script_the_page_says_how_to_call(
    client: TestClient, elements: list[tuple[str, dict[str, str | None]]]
) -> None:
    text = client.get("/").text
    assert "<noscript>" in text
    forms = [attributes for tag, attributes in elements if tag == "form"]
    assert forms
    assert all("hidden" in attributes for attributes in forms)
    section = text[text.index('<section id="api"') :]
    assert "hidden" not in section
    assert "curl -X POST" in section
    assert "moderation.hooks import Client" in section
    assert 'href="/openapi.json"' in section


def test_the_page_tells_of_addresses_that_exist(client: TestClient) -> None:
    told = set(re.findall(r"<code>(GET|POST) (/v1/[\w/{}]+)</code>", client.get("/").text))
    known = {
        (method.upper(), path) for path, item in client.get("/openapi.json").json()["paths"].items() for method in item
    }
    assert len(told) >= 6
    assert told <= known


def test_the_page_is_no_part_of_the_interface(client: TestClient) -> None:
    assert not PARTS.keys() & client.get("/openapi.json").json()["paths"].keys()


def test_the_page_asks_for_a_key_where_one_is_needed(start: Start) -> None:
    assert 'data-keys="optional"' in start().get("/").text
    strict = start(keys="always", body_limit=2048).get("/")
    assert strict.status_code == 200
    assert 'data-keys="required"' in strict.text
    assert 'data-limit="2048"' in strict.text


def test_words_stand_out_from_the_paper() -> None:
    for colours in palette().split("@media"):
        named = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", colours))
        for ink, paper in product(("ink", "quiet", "link", "green", "amber", "red"), ("paper", "sheet")):
            assert contrast(named[ink], named[paper]) >= 4.5, (ink, paper, colours[:40])


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
