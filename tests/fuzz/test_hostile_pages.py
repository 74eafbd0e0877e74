"""Hostile input ends in a verdict or in a clear InputError: it neither hangs, crashes nor swells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation import Moderator
from moderation.readers import InputError
from moderation.readers.encoding import decode

from .finds import FINDS
from .hostile import HTML, MARKDOWN
from .tokens import FORMATS, TOKENS, judged

ROOT = Path(__file__).parents[2]
_LARGE = {
    "long_script": 160_000,  # 5 MB
    "many_links": 100_000,
    "links_in_one_block": 100_000,
    "tiny_tags": 1_000_000,
    "long_title": 200_000,
    "null_bytes": 200_000,
    "data_uris": 1_000_000,
    "zero_width": 500_000,
    "combining_marks": 500_000,
    "right_to_left": 300_000,
}
"""Sizes of pages of several megabytes; the others are of 20,000."""
_TIMEOUT = 600.0


@pytest.mark.parametrize("name", HTML)
@pytest.mark.parametrize("size", [0, 1, 30])
def test_small_hostile_pages(moderator: Moderator, name: str, size: int) -> None:
    judged(moderator, HTML[name](size).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", MARKDOWN)
@pytest.mark.parametrize("size", [0, 1, 30])
def test_small_hostile_markdown(moderator: Moderator, name: str, size: int) -> None:
    judged(moderator, MARKDOWN[name](size).encode(), "markdown")


@pytest.mark.soak
@pytest.mark.parametrize("name", [*HTML, *MARKDOWN])
def test_large_hostile_pages(name: str) -> None:
    """In a process of its own: a hang or a swollen page ends there."""
    command = [sys.executable, "-m", "tests.fuzz.limited", name, str(_LARGE.get(name, 20_000))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.startswith(("judged: ", "refused: "))


@pytest.mark.parametrize(("form", "page"), FINDS)
def test_finds(moderator: Moderator, form: str, page: str) -> None:
    judged(moderator, page.encode("utf-8", "surrogatepass"), form)


@pytest.mark.parametrize(
    "data",
    [
        "<meta charset=gbk><title>简体标题</title><p>正文".encode("gbk") + "<p>另一段".encode(),
        b"<meta charset=utf-8><p>" + "正文".encode("big5") + "繁體".encode() + b"\xff\xfe\x00",
        "\ufeff<p>正文".encode("utf-16-le"),
        "<p>正文".encode("utf-8-sig") + b"\xc3\x28" + "字".encode("gb18030"),
        b"<meta charset=" + b"x" * 5_000 + b"><p>\x81",
        b"<meta charset=rot13><p>\xe4\xbd",
        b"<?xml version='1.0' encoding='big5'?><p>\xa4\xa4",
        b"\x00" * 2_000,
        b"\x1f\x8b\x08" + bytes(range(256)) * 8,
        bytes(range(256)),
        b"",
        b"<",
        b"&",
    ],
)
def test_mixed_and_broken_encodings(moderator: Moderator, data: bytes) -> None:
    outcome = judged(moderator, data)
    assert not isinstance(outcome, InputError) or outcome.message


def test_the_check_sees_a_lost_quote(moderator: Moderator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer would be blind if its own check let a wrong place pass."""
    from dataclasses import replace

    page = "<title>百家乐真人娱乐在线开户</title><p>正文".encode()
    verdict = judged(moderator, page)
    assert not isinstance(verdict, InputError)
    assert any(signal.evidence for signal in verdict.signals)
    wrong = tuple(
        replace(signal, evidence=tuple(replace(evidence, quote="别的") for evidence in signal.evidence))
        for signal in verdict.signals
    )
    monkeypatch.setattr(Moderator, "score", lambda self, article: replace(verdict, signals=wrong))
    with pytest.raises(AssertionError):
        judged(moderator, page)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(pieces=st.lists(st.sampled_from(TOKENS), max_size=60), form=st.sampled_from(FORMATS))
def test_pages_assembled_from_nasty_tokens(moderator: Moderator, pieces: list[str], form: str) -> None:
    judged(moderator, "".join(pieces).encode("utf-8", "surrogatepass"), form)


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text, damaged = decode(data)
    except InputError:
        return
    assert damaged >= 0
    text.encode("utf-8", "surrogatepass")
