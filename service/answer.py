"""JSON answers that can hold any text an article can: half a surrogate pair is escaped, not an error."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from moderation.renderers.verdict_json import dumps


class JsonResponse(Response):
    """A JSON body."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of a JSON value."""
        return dumps(content).encode("utf-8")
