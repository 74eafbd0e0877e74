from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="the service is not installed: pip install 'qingliu[service]'")

from service import problem
from service.parsing import parsed
from service.problem import Problem


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e999]",
        b"[" + b"9" * 5000 + b"]",
        b"[" * 99_999,
    ],
)
def test_what_is_no_json_that_can_be_written_again_is_malformed(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        parsed(body)
    assert caught.value.kind is problem.MALFORMED


def test_numbers_and_half_a_surrogate_pair_are_json() -> None:
    assert parsed(b'[1, -2.5, 1e3, "\\ud800", null]') == [1, -2.5, 1000.0, "\ud800", None]
