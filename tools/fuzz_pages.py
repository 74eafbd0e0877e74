"""Judge pages assembled from nasty tokens, until the time is up, and shorten each that fails.

Usage: `python tools/fuzz_pages.py --minutes N [--seed N] [--atheris]`. A page fails when anything but an InputError is raised,
when something said about it does not hold (tests/fuzz/tokens.py), or when it takes longer than `--limit` seconds.
Finds belong in `tests/fuzz/finds.py`. With `--atheris` (installed apart: `pip install atheris`) the tokens are chosen by
coverage of the package's code.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
_SECONDS_OF_SHORTENING = 60.0
_WEIGHTS = (6, 1, 2, 1, 1)
"""How often each of the formats is drawn."""


class _TooLongError(Exception):
    """A page took longer than the limit."""


def main() -> None:
    """Fuzz and report; the exit status is 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--limit", type=float, default=20.0, help="seconds that one page may take")
    parser.add_argument("--atheris", action="store_true", help="choose tokens by coverage")
    options = parser.parse_args()
    check, tokens, forms = _set_up(options.atheris)
    signal.signal(signal.SIGALRM, _too_long)

    def failure(pieces: Sequence[str], form: str) -> str | None:
        """What goes wrong with a page, as a short text that is the same for the same mistake."""
        signal.setitimer(signal.ITIMER_REAL, options.limit)
        try:
            check("".join(pieces).encode("utf-8", "surrogatepass"), form)
        except RecursionError:
            return "RecursionError"
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            return f"{type(error).__name__} {Path(place.filename).name}:{place.lineno} {str(error)[:80]}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return None

    if options.atheris:
        _by_coverage(failure, tokens, forms, options.minutes)
        return
    sys.exit(1 if _at_random(failure, tokens, forms, options.minutes, options.seed) else 0)


def _set_up(covered: bool) -> tuple[Callable[[bytes, str], object], list[str], Sequence[str]]:
    """The check, the tokens with some abusive and clean titles, and the formats."""
    if covered:
        atheris: Any = import_module("atheris")
        with atheris.instrument_imports(include=["moderation"]):
            import moderation.detectors
            import moderation.readers  # noqa: F401
    from moderation import Moderator
    from tests.fuzz.tokens import FORMATS, TOKENS, judged

    moderator = Moderator.load()
    draw = random.Random(1)
    with (ROOT / "data" / "titles.jsonl").open(encoding="utf-8") as lines:
        titles = [row["text"] for line in lines if (row := json.loads(line))["split"] == "train"]
    return (lambda data, form: judged(moderator, data, form)), [*TOKENS, *draw.sample(titles, 150)], FORMATS


def _too_long(*_: object) -> None:
    raise _TooLongError


Failure = Callable[[Sequence[str], str], str | None]


def _at_random(failure: Failure, tokens: list[str], forms: Sequence[str], minutes: float, seed: int) -> int:
    draw = random.Random(seed)
    end = time.monotonic() + 60 * minutes
    found: dict[str, list[str]] = {}
    pages = 0
    while time.monotonic() < end:
        form = draw.choices(forms, weights=_WEIGHTS)[0]
        pieces = _drawn(draw, tokens)
        pages += 1
        what = failure(pieces, form)
        key = (what or "").rpartition(" ")[0]
        if what and key not in found:
            found[key] = shortened(pieces, partial(_fails_alike, failure, form, what))
            print(f"{form}: {what}\n  {''.join(found[key])!r}", flush=True)
    print(f"seed {seed}: {pages} pages, {len(found)} different failures")
    return len(found)


def _fails_alike(failure: Failure, form: str, what: str, pieces: list[str]) -> bool:
    """True when a page fails with the same error at the same place."""
    found = failure(pieces, form)
    return found is not None and found.split(" ")[:2] == what.split(" ")[:2]


def _drawn(draw: random.Random, tokens: list[str]) -> list[str]:
    """Tokens of one page: some pages use few kinds of token again and again."""
    kinds = draw.sample(tokens, draw.choice((3, 8, 30))) if draw.random() < 0.6 else tokens
    pieces = draw.choices(kinds, k=int(2 ** draw.uniform(1, 9)))
    if draw.random() < 0.2:
        place = draw.randrange(len(pieces))
        pieces[place:place] = draw.choices(kinds, k=draw.randint(1, 4)) * draw.choice((10, 100, 400))
    return pieces


def shortened(pieces: Sequence[str], fails: Callable[[list[str]], bool]) -> list[str]:
    """The pieces that still fail after leaving out as many as a minute allows (delta debugging)."""
    rest = list(pieces)
    size = max(len(rest) // 2, 1)
    end = time.monotonic() + _SECONDS_OF_SHORTENING
    while time.monotonic() < end:
        start, cut = 0, False
        while start < len(rest) and time.monotonic() < end:
            shorter = rest[:start] + rest[start + size :]
            if shorter and fails(shorter):
                rest, cut = shorter, True
            else:
                start += size
        if size == 1 and not cut:
            break
        size = max(size // 2, 1)
    return rest


def _by_coverage(failure: Failure, tokens: list[str], forms: Sequence[str], minutes: float) -> None:
    atheris: Any = import_module("atheris")

    def one(data: bytes) -> None:
        pairs: Any = zip(data[1::2], data[2::2], strict=False)
        pieces = [tokens[(high * 256 + low) % len(tokens)] for high, low in pairs]
        form = forms[data[0] % len(forms)] if data else forms[0]
        what = failure(pieces, form)
        if what:
            raise RuntimeError(f"{form}: {what}: {''.join(pieces)!r}")

    atheris.Setup([sys.argv[0], f"-max_total_time={int(60 * minutes)}", "-max_len=600", "-timeout=120"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
