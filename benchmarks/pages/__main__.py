"""python -m pip install -r benchmarks/pages/requirements.txt && python -m benchmarks.pages [--json FILE]

Times whole pages, from bytes to verdict, beside a naive stack and an extractor, and as pages grow; prints Markdown.
Runs on one core. A system that the machine lacks a package for says so in its row.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.core import one_core
from benchmarks.pages.cascade import escalations, labelled_pages
from benchmarks.pages.clock import Curve, grown, in_turns, parts
from benchmarks.pages.growth import AXES
from benchmarks.pages.made import Made, abusive_page, clean_page, small_page
from benchmarks.pages.report import Line, Report
from benchmarks.pages.systems import Judge, Ours, systems
from moderation.artifacts import default_model, load_artifact
from moderation.scoring import EncoderUse


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for, print the tables, write the JSON where asked."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m benchmarks.pages", description=details, epilog=summary)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="rounds of which the fastest counts")
    parser.add_argument("--doublings", type=int, metavar="N", help="at most so many doublings; 0 for no growth curves")
    parser.add_argument("--cascade-pages", type=int, default=100, metavar="N", help="labelled pages for the encoder")
    chosen = parser.parse_args(arguments)
    with one_core():
        report = measured(chosen.rounds, chosen.doublings, chosen.cascade_pages)
    if chosen.json:
        chosen.json.write_text(report.json(), "utf-8")
    print(report.markdown(), end="")


def measured(rounds: int, doublings: int | None, cascade_pages: int) -> Report:
    """A whole run."""
    pages = (clean_page(), abusive_page(), small_page())
    judges, missing = _made()
    _say("systems")
    times = in_turns(judges, pages, rounds)
    lines = tuple(Line(name, times.get(name, {}), missing.get(name, "")) for name in (*judges, *missing))
    alone = Ours(EncoderUse.NEVER)
    _say("parts")
    found = {page.name: parts(alone, page, rounds) for page in pages}
    _say("encoder")
    labelled = list(labelled_pages(most=cascade_pages))
    cascade = escalations(alone, Ours(EncoderUse.UNCERTAIN), labelled) if labelled else None
    return Report(_facts(pages, rounds), lines, found, cascade, _curves(alone, doublings))


def _made() -> tuple[dict[str, Judge], dict[str, str]]:
    judges: dict[str, Judge] = {}
    missing: dict[str, str] = {}
    for system in systems():
        _say(system.name)
        try:
            judges[system.name] = system.make()
        except ImportError as error:
            missing[system.name] = f"not run: {error}"
    return judges, missing


def _curves(alone: Ours, doublings: int | None) -> tuple[Curve, ...]:
    curves = []
    for axis in AXES if doublings != 0 else ():
        _say(axis.name)
        curves.append(grown(alone, axis.name, axis.shape, axis.sizes(doublings)))
    return tuple(curves)


def _facts(pages: Sequence[Made], rounds: int) -> tuple[str, ...]:
    model = load_artifact(default_model())
    return (
        f"Model {model.label}; Python {platform.python_version()}, one of {os.cpu_count()} cores, {platform.machine()}",
        f"Processor time, the fastest of {rounds} rounds in which all systems take turns; ratios are to the first row",
        *(f"{page.name}: {len(page.data):,} bytes, {page.links} links" for page in pages),
    )


def _say(step: str) -> None:
    print(step, file=sys.stderr)


if __name__ == "__main__":
    main()
