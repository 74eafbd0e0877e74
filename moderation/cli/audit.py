"""`moderation audit`: which published articles are poisoned, why, since when, and what to cut."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from moderation.cli.exits import EXIT_REJECT, EXIT_REVIEW, EXIT_USAGE, extra_packages, say, stop
from moderation.cli.score import FailOn

if TYPE_CHECKING:
    from moderation.audit.item import Source
    from moderation.audit.judge import JudgeSpec
    from moderation.audit.ledger import Ledger
    from moderation.audit.mend import Mending
    from moderation.audit.runner import Engine, Run, Tally

_INTERRUPTED = 130
_SAY_EVERY = 10.0


class EngineName(StrEnum):
    """Who judges."""

    LOCAL = "local"
    DASK = "dask"


def audit(
    source: Annotated[list[str], typer.Argument(help="Files and globs, folders, or a database address.")],
    out: Annotated[Path, typer.Option(help="The audit's folder; a run goes on where one stopped.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", help="ours=theirs: title=post_title; may be given again."),
    ] = None,
    table: Annotated[str | None, typer.Option(help="The table of a database.")] = None,
    query: Annotated[str | None, typer.Option(help="A SELECT instead of a table; needs --key.")] = None,
    key: Annotated[str | None, typer.Option(help="The column that names an article; default: primary key, id.")] = None,
    preset: Annotated[str | None, typer.Option(help="A known system's tables or layout: wordpress, …")] = None,
    where: Annotated[str | None, typer.Option(help="Only rows for which this holds: SQL, for databases.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what was published or changed from this day on.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many articles.")] = None,
    sample: Annotated[float | None, typer.Option(min=0, max=1, help="A share of them, always the same.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of text files; by default it is found out.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Local processes, or a Dask cluster.")] = EngineName.LOCAL,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one for each core.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="tcp://… of a Dask cluster; default: one is made here.")] = None,
    ledger_address: Annotated[
        str | None, typer.Option("--ledger", help="A PostgreSQL address instead of SQLite in --out.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="A model folder instead of the shipped one.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy file instead of the shipped one.")] = None,
    profile: Annotated[str | None, typer.Option(help="A site profile of the policy.")] = None,
    shadow_model: Annotated[Path | None, typer.Option(help="Judge with this one, too: what would change?")] = None,
    shadow_policy: Annotated[Path | None, typer.Option(help="The same with another policy.")] = None,
    baseline: Annotated[
        str | None, typer.Option(help="An earlier audit's --out, or its ledger's address, to say what changed.")
    ] = None,
    repair_dir: Annotated[Path | None, typer.Option(help="Write each repairable article here, mended.")] = None,
    fail_on: Annotated[FailOn, typer.Option(help="From which action on the exit code is not 0.")] = FailOn.REVIEW,
) -> None:
    """Judge everything a site has published; resumable, and comparable with the next run.

    Exit code: 0 nothing flagged, 1 stopped before the end, 2 usage, 3 something to review, 4 something rejected,
    130 interrupted (run the same command again to go on).
    """
    with extra_packages("audit"):
        from moderation.audit.baseline import open_baseline
        from moderation.audit.folder_lock import FolderLock, LockedError
        from moderation.audit.item import SourceError
        from moderation.audit.ledger import LedgerError
        from moderation.audit.source import Options, open_source
    options = Options(
        columns=tuple(columns or ()),
        table=table,
        query=query,
        key=key,
        preset=preset,
        where=where,
        since=since,
        sample=sample,
        encoding=encoding,
    )
    if repair_dir is not None:
        _check_repair_dir(repair_dir, source)
    spec = _spec(model, policy, profile, shadow_model, shadow_policy)
    try:
        opened = open_source(source, options)
        if baseline is not None:
            before = open_baseline(baseline)
            before.facts()  # what cannot be compared with is told before the work, not after it
            before.close()
        out.mkdir(parents=True, exist_ok=True)
        with FolderLock(out):
            ledger = _judged(opened, spec, _engine(engine, spec, workers, scheduler), ledger_address or out, limit)
            _finish(ledger, out, opened.name, baseline)
            if repair_dir is not None:
                mending = replace(spec, mend=True)
                _mended(opened, _engine(engine, mending, workers, scheduler), ledger, repair_dir)
            code = _exit_code(ledger, fail_on)
            ledger.close()
    except LockedError as error:
        stop(error, EXIT_USAGE)
    except (SourceError, LedgerError, OSError) as error:
        stop(f"{error}\nWhat was judged so far is kept: run the same command again to go on.")
    raise typer.Exit(code)


def _spec(*chosen: Any) -> JudgeSpec:
    from moderation.artifacts import ArtifactError
    from moderation.audit.judge import spec_of
    from moderation.policy import PolicyError

    try:
        return spec_of(*chosen)
    except PolicyError as error:
        stop(error, EXIT_USAGE)
    except (ArtifactError, OSError, ValueError) as error:
        stop(error)


def _engine(name: EngineName, spec: JudgeSpec, workers: int | None, scheduler: str | None) -> Engine:
    if name is EngineName.DASK:
        from moderation.audit.cluster import DaskEngine

        return DaskEngine(spec, workers, scheduler)
    from moderation.audit.engine import LocalEngine

    return LocalEngine(spec, workers)


def _judged(source: Source, spec: JudgeSpec, engine: Engine, where: Path | str, limit: int | None) -> Ledger:
    """The ledger with every article of the source in it, or an end with a message."""
    from moderation.audit.ledger import Ledger
    from moderation.audit.runner import Run

    ledger = Ledger(where / "ledger.sqlite" if isinstance(where, Path) else where)
    progress = ledger.begin({"source": source.fingerprint(), **spec.facts(), "limit": limit})
    if progress.read and not progress.finished:
        say(f"going on behind article {progress.read}")
    with _bar(source.total(), limit, progress.read) as advance:
        run = Run(source, engine, ledger, advance)
        with _ctrl_c(run):
            whole = run.go(progress, limit)
    if not whole:
        say("interrupted: run the same command again to go on")
        raise typer.Exit(_INTERRUPTED)
    return ledger


@contextmanager
def _bar(total: int | None, limit: int | None, done: int) -> Iterator[Callable[[Tally], None]]:
    """A progress bar on standard error: rate, time left, flagged so far. Without a terminal, a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    expected = min(total, limit) if total is not None and limit is not None else total or limit
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[flagged]}"),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("auditing", total=expected, completed=done, rate="", flagged="")
        started, said = time.monotonic(), time.monotonic()

        def advance(tally: Tally) -> None:
            nonlocal said
            now = time.monotonic()
            rate = f"{tally.kept / max(now - started, 1e-3):.0f}/s"
            counts = tally.counts
            flagged = f"{counts.get('reject', 0)} rejected, {counts.get('review', 0)} to review"
            flagged += f", {counts['failed']} failed" if counts.get("failed") else ""
            bar.update(task, completed=done + tally.kept, rate=rate, flagged=flagged)
            if bar.disable and now - said > _SAY_EVERY:
                said = now
                say(f"{done + tally.kept} of {expected if expected is not None else '?'} ({rate}): {flagged}")

        yield advance


@contextmanager
def _ctrl_c(run: Run | Mending) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) reads no further and keeps what is at work; the second ends at once."""

    def stopped(number: int, _: object) -> None:
        say("stopping: what is at work is still kept; once more to end at once")
        run.stop()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stopped) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _finish(ledger: Ledger, out: Path, source: str, baseline: str | None) -> None:
    """Write the results and the report."""
    from moderation.audit.baseline import compare, open_baseline, shadow
    from moderation.audit.report import Told, render
    from moderation.audit.report.survey import Survey, campaign_line
    from moderation.audit.result import write_results

    written = write_results(ledger, out)
    before = open_baseline(baseline) if baseline is not None else None
    changes = compare(before, ledger, out / "changes.csv") if before is not None else None
    if before is not None:
        before.close()
    told = Told(source, changes, shadow(ledger, out / "shadow.csv"))
    survey = Survey(ledger)
    texts = {
        "campaigns.jsonl": "".join(campaign_line(*found) + "\n" for found in enumerate(survey.campaigns.values(), 1)),
        "report.html": render(survey, told),
    }
    for name, text in texts.items():
        draft = out / f".{name}.draft"
        draft.write_text(text, "utf-8")
        written.append(draft.replace(out / name))
    written += [out / name for name in ("changes.csv", "shadow.csv") if (out / name).exists()]
    say(f"written {', '.join(str(path) for path in written)}")


def _mended(source: Source, engine: Engine, ledger: Ledger, folder: Path) -> None:
    """Every repairable article in the folder, or an end with a message."""
    from moderation.audit.mend import Mending, RepairFolderError

    mending = Mending(source, engine, ledger, folder)
    say(f"reading {source.name} again to mend what can be mended")
    try:
        with _ctrl_c(mending):
            whole = mending.go()
    except RepairFolderError as error:
        stop(error, EXIT_USAGE)
    if not whole:
        say("interrupted: run the same command again to go on")
        raise typer.Exit(_INTERRUPTED)
    say(f"written {folder}: {mending.written} mended, {mending.failed} could not be (see its manifest.csv)")


def _check_repair_dir(folder: Path, sources: list[str]) -> None:
    """Refuse to write mended pages among the pages that are audited."""
    for name in sources:
        place = Path(name)
        if "://" not in name and place.is_dir() and folder.resolve().is_relative_to(place.resolve()):
            stop(f"--repair-dir {folder} lies in {name}, whose pages are audited; choose another place", EXIT_USAGE)


def _exit_code(ledger: Ledger, fail_on: FailOn) -> int:
    counts = ledger.counts()
    if counts.get("failed"):
        say(f"{counts['failed']} articles could not be read or judged; they stand in the results as failed")
    if counts.get("reject") and fail_on is not FailOn.NEVER:
        return EXIT_REJECT
    if counts.get("review") and fail_on is FailOn.REVIEW:
        return EXIT_REVIEW
    return 0
