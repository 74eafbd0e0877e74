from __future__ import annotations

import hashlib
import hmac

from service.jobs.signature import sign


def test_a_receiver_can_check_it_by_hand() -> None:
    expected = hmac.new("geheim-秘".encode(), b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert sign("geheim-秘", 1_700_000_000, b'{"a":1}') == f"v1={expected}"


def test_a_known_one() -> None:
    # printf '1700000000.{}' | openssl dgst -sha256 -hmac key
    assert sign("key", 1_700_000_000, b"{}") == "v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"


def test_the_moment_the_body_and_the_secret_count() -> None:
    assert len({sign("a", 1, b"x"), sign("a", 2, b"x"), sign("a", 1, b"y"), sign("b", 1, b"x")}) == 4
