"""A callback is believed only with the service's signature, and only for a while."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from moderation.hooks import CallbackError, verify_callback

SECRET = "b3c1f0"
NOW = 1_790_000_000
CONTENT = {"job_id": "j-1", "status": "done", "total": 2, "actions": {"allow": 2}, "failed": 0}
OUTSIDE = "661493dfa78226a305f91615bfc247d247808088486eebfd505ef291f92a4ed9"
BODY = json.dumps(CONTENT).encode()


def signed(body: bytes = BODY, secret: str = SECRET, timestamp: Any = NOW) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Qingliu-Timestamp": str(timestamp), "Qingliu-Delivery": "d-1", "Qingliu-Signature": f"v1={digest}"}


@pytest.mark.parametrize("name", [str, str.lower, str.upper])
@pytest.mark.parametrize("secret", [SECRET, SECRET.encode()])
@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_signed_one_is_read(name: Any, secret: str | bytes, seconds: int) -> None:
    headers = {name(key): value for key, value in signed().items()}
    assert verify_callback(BODY, headers, secret, now=NOW + seconds) == CONTENT


def test_a_signature_known_from_outside() -> None:
    """Made by: printf '1790000000.{"job_id":"j-1"}' | openssl dgst -sha256 -hmac b3c1f0"""
    headers = {"qingliu-timestamp": "1790000000", "qingliu-signature": "v1=" + OUTSIDE}
    assert verify_callback(b'{"job_id":"j-1"}', headers, SECRET, now=NOW) == {"job_id": "j-1"}


@pytest.mark.parametrize(
    ("body", "headers", "why"),
    [
        (BODY, {}, "no signature"),
        (BODY, signed() | {"Qingliu-Signature": ""}, "no signature"),
        (BODY, {name: value for name, value in signed().items() if name != "Qingliu-Timestamp"}, "no signature"),
        (BODY, signed(timestamp="soon"), "no number of seconds"),
        (BODY, signed(timestamp="-5"), "no number of seconds"),
        (BODY, signed(timestamp="１７９０"), "no number of seconds"),
        (BODY, signed(timestamp=str(NOW) + "\n"), "no number of seconds"),
        (BODY + b" ", signed(), "signature is wrong"),
        (BODY, signed(secret="other"), "signature is wrong"),
        (BODY, signed() | {"Qingliu-Timestamp": str(NOW + 1)}, "signature is wrong"),
        (BODY, signed() | {"Qingliu-Signature": signed()["Qingliu-Signature"][3:]}, "signature is wrong"),
        (
            BODY,
            signed() | {"Qingliu-Signature": signed()["Qingliu-Signature"].replace("v1", "v2")},
            "signature is wrong",
        ),
        (BODY, signed() | {"Qingliu-Signature": signed()["Qingliu-Signature"][:-1]}, "signature is wrong"),
        (BODY, signed() | {"Qingliu-Signature": "v1=签名\ud800"}, "signature is wrong"),
        (BODY, signed(timestamp=NOW - 301), "301 s old, over 300 s"),
        (BODY, signed(timestamp=NOW + 301), "301 s ahead, over 300 s"),
        # Old and forged: nothing is said about age to who does not hold the secret.
        (BODY, signed(timestamp=NOW - 301, secret="other"), "signature is wrong"),
        (b"[]", signed(b"[]"), "no JSON object"),
        (b"{", signed(b"{"), "no JSON object"),
        (b"\xff", signed(b"\xff"), "no JSON object"),
        (b"[" * 100_000, signed(b"[" * 100_000), "no JSON object"),
    ],
)
def test_others_are_refused(body: bytes, headers: dict[str, str], why: str) -> None:
    with pytest.raises(CallbackError, match=why):
        verify_callback(body, headers, SECRET, now=NOW)


def test_the_tolerance_is_the_receivers() -> None:
    assert verify_callback(BODY, signed(timestamp=NOW - 900), SECRET, tolerance=900, now=NOW) == CONTENT
    with pytest.raises(CallbackError, match=r"1 s old, over 0\.5 s"):
        verify_callback(BODY, signed(timestamp=NOW - 1), SECRET, tolerance=0.5, now=NOW)


def test_without_a_time_it_is_now() -> None:
    assert verify_callback(BODY, signed(timestamp=int(time.time())), SECRET) == CONTENT
    with pytest.raises(CallbackError, match="old"):
        verify_callback(BODY, signed(timestamp=int(time.time()) - 3600), SECRET)


def test_a_receivers_own_mistakes_are_named() -> None:
    with pytest.raises(TypeError, match="raw body"):
        verify_callback("{}", signed(), SECRET, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="secret is empty"):
        verify_callback(BODY, signed(secret=""), "", now=NOW)
