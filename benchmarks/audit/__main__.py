"""python -m benchmarks.audit [--json FILE] [--full]

Audits made-up sites with the local engine, with a Dask cluster on this machine, and beside them bare multiprocessing
(Pool.imap_unordered of the same reading and scoring, nothing kept), at three sizes each. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.audit.made import KINDS, write_site

SYSTEMS = ("bare", "local", "dask")
_SAMPLED = 0.25
"""Seconds between two looks at the memory of all processes together."""
_FULL = {"titles": 1_000_000, "articles": 100_000}


@dataclass(frozen=True, slots=True)
class Point:
    """One system at one size. `cpu` is of all processes with their start; `memory` what they hold together (RSS)."""

    system: str
    kind: str
    rows: int
    seconds: float
    cpu: float
    main_cpu: float
    memory_mib: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run everything, print the tables, write the JSON where asked."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m benchmarks.audit", description=details, epilog=summary)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    parser.add_argument("--titles", type=int, default=8_000, metavar="N", help="rows of the largest site of titles")
    parser.add_argument("--articles", type=int, default=1_600, metavar="N", help="rows of the largest of articles")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds in turns, of which the best counts")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--full", action="store_true", help="1,000,000 titles and 100,000 articles, locally: hours")
    chosen = parser.parse_args(arguments)
    most = _FULL if chosen.full else {"titles": chosen.titles, "articles": chosen.articles}
    systems = ["local"] if chosen.full else chosen.systems
    points = [
        point
        for kind in KINDS
        if most[kind]
        for rows in (most[kind] // 4, most[kind] // 2, most[kind])
        for point in measured(kind, rows, systems, chosen.workers, 1 if chosen.full else chosen.rounds)
    ]
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(point) for point in points], indent=2), "utf-8")
    print(table(points), end="")


def measured(kind: str, rows: int, systems: Sequence[str], workers: int, rounds: int) -> list[Point]:
    """Every system over one site, in turns; of each figure the best, of memory the most."""
    with TemporaryDirectory() as folder:
        site = write_site(Path(folder) / f"{kind}.jsonl", kind, rows)
        seen: dict[str, list[Point]] = {system: [] for system in systems}
        for _ in range(rounds):
            for system in systems:
                print(f"{system}, {rows} {kind}", file=sys.stderr)
                seen[system].append(_one(system, kind, rows, site, workers))
    return [
        Point(
            system,
            kind,
            rows,
            min(point.seconds for point in points),
            min(point.cpu for point in points),
            min(point.main_cpu for point in points),
            max(point.memory_mib for point in points),
        )
        for system, points in seen.items()
    ]


def _one(system: str, kind: str, rows: int, site: Path, workers: int) -> Point:
    command = [sys.executable, "-m", "benchmarks.audit.one", system, str(site), str(workers)]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        family = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _memory(family))
            try:
                process.wait(_SAMPLED)
            except subprocess.TimeoutExpired:
                continue
        told = json.loads(process.stdout.read()) if process.stdout and process.returncode == 0 else {}
    if told.get("judged") != rows:
        raise SystemExit(f"{system} judged {told.get('judged')} of {rows} {kind}")
    return Point(system, kind, rows, told["seconds"], told["cpu"], told["main_cpu"], peak / 2**20)


def _memory(family: psutil.Process) -> int:
    held = 0
    try:
        for process in (family, *family.children(recursive=True)):
            held += process.memory_info().rss
    except psutil.NoSuchProcess:  # one that ended between being listed and being looked at
        return 0
    return held


def table(points: Sequence[Point]) -> str:
    """The points, and what one more row costs: between the smallest and the largest size, without the start."""
    lines = [
        "| system | rows | seconds | CPU seconds | of the main process | memory, MiB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        for point in (point for point in points if point.kind == kind):
            shown = f"{point.seconds:.1f} | {point.cpu:.1f} | {point.main_cpu:.1f} | {point.memory_mib:.0f}"
            lines.append(f"| {point.system} | {point.rows} {kind} | {shown} |")
    lines += [
        "",
        "| system | kind | CPU ms a row | rows a CPU second | beside bare | second half to first |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        costs = {system: cost for system in SYSTEMS if (cost := slope(points, system, kind)) is not None}
        for system, (cost, growth) in costs.items():
            ratio = f"{costs['bare'][0] / cost:.2f}" if "bare" in costs else "-"
            lines.append(f"| {system} | {kind} | {cost * 1000:.2f} | {1 / cost:.0f} | {ratio} | {growth:.2f} |")
    return "\n".join(lines) + "\n"


def slope(points: Sequence[Point], system: str, kind: str) -> tuple[float, float] | None:
    """CPU seconds of one more row, and how the cost of a row in the upper half compares with the lower: 1 is linear."""
    sizes = sorted((point.rows, point.cpu) for point in points if (point.system, point.kind) == (system, kind))
    if len(sizes) < 3:
        return None
    (low, first), (middle, second), (high, third) = sizes
    return (third - first) / (high - low), ((third - second) / (high - middle)) / ((second - first) / (middle - low))


if __name__ == "__main__":
    main()
