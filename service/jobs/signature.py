"""How a receiver knows that a callback is ours and fresh."""

from __future__ import annotations

import hashlib
import hmac


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256 over `<timestamp>.<body>`, hexadecimal; the timestamp is in Unix seconds.

    The moment is signed with the body, so that a receiver can refuse an old callback that somebody sends again.
    """
    signed = f"{timestamp}.".encode("ascii") + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
