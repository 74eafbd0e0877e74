"""Bogofilter, the mail filter, as a scorer of lines of words."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence

import numpy as np

from benchmarks.quality.data import Floats
from benchmarks.quality.missing import Missing

_READING = ("--unicode=yes", "--charset-default=utf-8", "--multi-token-count=2")
_JUDGING = ("-m0.02,0.1", "--ns-esf=0.1", "--sp-esf=0.1", "-t", "--terse-format=%.15g")
_HEAD = b"From title\nContent-Type: text/plain; charset=utf-8\n\n"


class Bogofilter:
    """A trained bogofilter with its word list in a folder of its own. Raises Missing where the program is not."""

    def __init__(self, abusive: Sequence[str], clean: Sequence[str]) -> None:
        program = shutil.which("bogofilter")
        if program is None:
            raise Missing("no bogofilter here; Debian has a package of that name")
        self._folder = tempfile.TemporaryDirectory()
        self._command = (program, "-C", "-d", self._folder.name, "-M", *_READING)
        self._run(abusive, "-s")
        self._run(clean, "-n")

    def spamicity(self, lines: Sequence[str]) -> Floats:
        """The spamicity of each line, from 0 to 1, by one run of the program."""
        found = self._run(lines, *_JUDGING).split()
        if len(found) != len(lines):
            raise RuntimeError(f"bogofilter answered {len(found)} of {len(lines)} lines")
        return np.array(found, dtype=np.float64)

    def _run(self, lines: Sequence[str], *options: str) -> str:
        mailbox = b"".join(_HEAD + line.encode() + b"\n\n" for line in lines)
        done = subprocess.run([*self._command, *options], input=mailbox, capture_output=True, check=False)
        if done.returncode > 2:  # 0, 1 and 2 are spam, ham and unsure
            raise RuntimeError(f"bogofilter: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()
