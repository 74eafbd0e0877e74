"""python -m benchmarks.audit.one SYSTEM FILE WORKERS: judge a site with one system; what it took, as JSON.

The processor time of children counts when they have ended, so that everything is in it.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from moderation.audit.judge import JudgeSpec, _moderators, spec_of
from moderation.readers import read_record

CHUNK = 64


def bare(spec: JudgeSpec, path: Path, workers: int) -> int:
    """Pool.imap_unordered over the same rows: reads, scores, keeps nothing."""
    counted = 0
    with get_context("spawn").Pool(workers, _begin, (spec,)) as pool:
        for _ in pool.imap_unordered(_score, _rows(path), chunksize=CHUNK):
            counted += 1
        pool.close()
        pool.join()
    return counted


def audited(spec: JudgeSpec, path: Path, workers: int, engine: str) -> int:
    """The audit itself, with its ledger, without its reports."""
    from moderation.audit.engine import LocalEngine
    from moderation.audit.ledger import Ledger
    from moderation.audit.runner import Run
    from moderation.audit.source import Options, open_source

    if engine == "dask":
        from moderation.audit.cluster import DaskEngine

        chosen: Any = DaskEngine(spec, workers)
    else:
        chosen = LocalEngine(spec, workers)
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.sqlite")
        run = Run(open_source([str(path)], Options()), chosen, ledger, lambda tally: None)
        run.go(ledger.begin({}))
        ledger.close()
    return run.tally.kept


def main(system: str, path: str, workers: str) -> None:
    """Judge, and say what it took."""
    spec = spec_of(None, None, None)
    began = time.monotonic()
    site, count = Path(path), int(workers)
    judged = bare(spec, site, count) if system == "bare" else audited(spec, site, count, system)
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = {
        "judged": judged,
        "seconds": time.monotonic() - began,
        "main_cpu": own.ru_utime + own.ru_stime,
        "cpu": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
    }
    print(json.dumps(told))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def _begin(spec: JudgeSpec) -> None:
    global _spec
    _spec = spec
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _moderators(spec)


def _score(row: dict[str, Any]) -> tuple[str, str]:
    moderator, _ = _moderators(_spec)
    verdict = moderator.score(read_record(row, limits=moderator.policy.limits))
    return verdict.article_id, str(verdict.action)


if __name__ == "__main__":
    main(*sys.argv[1:])
