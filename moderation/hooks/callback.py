"""What a receiver of the service's callbacks does first: find out whether the service sent it, and lately."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class CallbackError(Exception):
    """The call is not, or not provably, the service's: answer 401 and do nothing. Its text quotes nothing of it."""


def verify_callback(
    body: bytes, headers: Mapping[str, str], secret: str | bytes, *, tolerance: float = 300, now: float | None = None
) -> dict[str, Any]:
    """What the service says about a finished job, if it was signed with `secret` no more than `tolerance` seconds ago.

    `body` is the raw body, byte for byte as it came: JSON written anew has another signature. The names of `headers`
    are looked up in any case. `now` is Unix time, for tests. The signature is HMAC-SHA256 over `<timestamp>.<body>`, as
    hexadecimal digits behind `v1=`. A delivery may arrive more than once, and its `Qingliu-Delivery` header is not
    signed: remember the `job_id`. Raises CallbackError for a signature that is missing, old or wrong, and for a body
    that is no JSON object.
    """
    if not isinstance(body, bytes):
        raise TypeError(f"body is the raw body in bytes, not {type(body).__name__}")
    key = secret.encode() if isinstance(secret, str) else secret
    if not key:
        raise ValueError("the secret is empty")
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = given.get("qingliu-timestamp", ""), given.get("qingliu-signature", "")
    if not timestamp or not signature:
        raise CallbackError("the callback carries no signature: Qingliu-Timestamp or Qingliu-Signature is missing")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise CallbackError("the callback's timestamp is no number of seconds")
    expected = "v1=" + hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    # In bytes: compare_digest refuses texts beyond ASCII.
    if not hmac.compare_digest(expected.encode(), signature.strip().encode("utf-8", "replace")):
        raise CallbackError("the callback's signature is wrong: another secret, or a body that was changed")
    age = (time.time() if now is None else now) - int(timestamp)
    if not abs(age) <= tolerance:
        raise CallbackError(f"the callback is {abs(age):.0f} s {'old' if age > 0 else 'ahead'}, over {tolerance:g} s")
    return _content(body)


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise CallbackError("the callback is no JSON object")
    return content
