"""No detector takes the square of its input, whatever its patterns are fed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .bombs import NAMES, UNITS, articles

ROOT = Path(__file__).parents[2]


@pytest.mark.soak
@pytest.mark.parametrize("name", NAMES)
def test_no_pattern_explodes(name: str) -> None:
    """In a process of its own, since the limit is of processor time and set by a signal."""
    command = [sys.executable, "-m", "tests.fuzz.bombs", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3_000, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout == ""


def test_bombs_are_as_long_as_asked() -> None:
    for unit in UNITS:
        forms = dict(articles(unit, 1_000))
        assert 900 < len(forms["title"].title) <= 1_000
        assert len(forms["body"].blocks[0].text) == len(forms["title"].title)
        assert forms["blocks"].blocks


def test_a_slow_detector_and_one_that_raises_are_named() -> None:
    """The search would be blind if it found nothing here."""
    code = (
        "import tests.fuzz.bombs as b\n"
        "class Slow:\n"
        "    def __init__(self, resources): pass\n"
        "    def detect(self, document):\n"
        "        if document.text.startswith('加'): raise ValueError('no')\n"
        "        while document.text.startswith('薇'): pass\n"
        "b.DETECTORS = (Slow,); b.NAMES = ('slow',); b.SECONDS = 0.2; b.UNITS = ('a', '加', '薇')\n"
        "print('\\n'.join(b.bombs('slow', 100)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    found = done.stdout.splitlines()
    assert any("'加' as title: ValueError no" in line for line in found)
    assert any("'薇' as title: _TooLongError" in line for line in found)
    assert len(found) == 2
