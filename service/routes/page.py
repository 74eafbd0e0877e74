"""`GET /`: the page for people, and its parts. It asks for nothing outside this service."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from fastapi import APIRouter, Request, Response

from moderation import __version__
from moderation.renderers.report import inline_sources, palette
from service.settings import Settings

_ROOM = files("service") / "page"
_NOTHING = "default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class _Part:
    """One answer, ready: its tag is the hash of what is sent, so that a browser asks again and mostly gets a 304."""

    content: bytes
    media_type: str
    policy: str

    def answer(self, request: Request) -> Response:
        tag = f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Security-Policy": self.policy}
        if _has(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type=self.media_type)


def routes(settings: Settings) -> APIRouter:
    """The page as these settings want it."""
    parts = {
        "/": _Part(_document(settings), "text/html", _policy()),
        "/page.css": _Part((palette() + _text("page.css")).encode(), "text/css", _NOTHING),
        "/page.js": _Part(_text("page.js").encode(), "text/javascript", _NOTHING),
        "/page.svg": _Part(_text("page.svg").encode(), "image/svg+xml", _NOTHING),
    }
    router = APIRouter(include_in_schema=False)
    for path, part in parts.items():
        router.add_api_route(path, part.answer)
    return router


def _policy() -> str:
    # A report in a frame by `srcdoc` is bound by this policy too, hence its style and script by their hashes.
    style, script = inline_sources()
    own = f"script-src 'self' {script}; style-src 'self' {style}; img-src 'self'; connect-src 'self'"
    return f"{_NOTHING}; {own}; base-uri 'none'; form-action 'none'"


def _document(settings: Settings) -> bytes:
    page = Template(_text("index.html"))
    keys = "required" if settings.keys_required else "optional"
    return page.substitute(keys=keys, limit=settings.body_limit, version=escape(__version__)).encode()


def _text(name: str) -> str:
    return _ROOM.joinpath(name).read_text("utf-8")


def _has(tags: str, tag: str) -> bool:
    # Compared weakly, as RFC 9110 wants it here: a proxy that compresses weakens the tag.
    return tags.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in tags.split(","))
