"""python -m tests.fuzz.limited NAME SIZE: judge one hostile page in little memory, and say what came of it.

The limits are of this process: memory, so that a swelling page cannot take the machine, and processor time, so that a hang ends.
"""

from __future__ import annotations

import resource
import sys

from moderation import Moderator
from moderation.readers import InputError
from tests.fuzz.hostile import HTML, MARKDOWN
from tests.fuzz.tokens import judged

GIGABYTES = 4
SECONDS = 240


def main() -> None:
    """Judge, and print the action or the error."""
    name, size = sys.argv[1], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30, GIGABYTES << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    source = (HTML | MARKDOWN)[name](size)
    form = "html" if name in HTML else "markdown"
    verdict = judged(Moderator.load(), source.encode("utf-8", "surrogatepass"), form)
    said = f"refused: {verdict.message}" if isinstance(verdict, InputError) else f"judged: {verdict.action}"
    spent = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{said}; {len(source):,} characters, {spent.ru_utime + spent.ru_stime:.1f} s, {spent.ru_maxrss >> 10} MB")


if __name__ == "__main__":
    main()
