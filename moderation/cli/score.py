"""`moderation score`, `policy check` and `schema`: what needs no training package."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation.cli.exits import EXIT_FAILED, EXIT_REJECT, EXIT_REVIEW, EXIT_USAGE, stop

if TYPE_CHECKING:
    from moderation.article import Article
    from moderation.pipeline import Moderator
    from moderation.readers import Limits
    from moderation.readers.file import Outcome
    from moderation.verdict import Verdict

policy_app = typer.Typer(no_args_is_help=True, help="Policies: check one before it is used.")


class Format(StrEnum):
    """How verdicts are printed."""

    HUMAN = "human"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    HTML = "html"
    ANNOTATION = "annotation"


class FailOn(StrEnum):
    """From which action on the exit code says so."""

    REVIEW = "review"
    REJECT = "reject"
    NEVER = "never"


class StreamFormat(StrEnum):
    """What standard input holds."""

    HTML = "html"
    MD = "md"
    TXT = "txt"
    JSON = "json"
    JSONL = "jsonl"


def load_moderator(model: Path | None, policy: Path | None, profile: str | None) -> Moderator:
    """The moderator that the options name, or an end with a message."""
    from moderation.artifacts import ArtifactError
    from moderation.pipeline import Moderator
    from moderation.policy import PolicyError

    try:
        return Moderator.load(model, policy, profile)
    except PolicyError as error:
        stop(error, EXIT_USAGE)
    except (ArtifactError, OSError, ValueError) as error:
        stop(error)


class _Output:
    """Prints verdicts as they come where the format allows it, and remembers what the exit code must say."""

    def __init__(self, form: Format, unmasked: bool) -> None:
        self._form, self._unmasked = form, unmasked
        self._kept: list[tuple[Verdict, Article, str | None]] = []
        self._failures: list[tuple[str, str]] = []
        self.reviewed = self.rejected = False

    @property
    def failed(self) -> bool:
        return bool(self._failures)

    def failure(self, source: str, message: str) -> None:
        self._failures.append((source, message))
        print(f"moderation: {message}", file=sys.stderr)

    def verdict(self, verdict: Verdict, article: Article, path: str | None) -> None:
        from moderation.renderers import human, verdict_json
        from moderation.verdict import Action

        self.reviewed |= verdict.action is Action.REVIEW
        self.rejected |= verdict.action is Action.REJECT
        if self._form is Format.HUMAN:
            colour = sys.stdout.isatty()
            width = _terminal_width() if colour else 100
            print(human.render(verdict, article, unmasked=self._unmasked, colour=colour, width=width))
        elif self._form is Format.JSONL:
            print(verdict_json.dumps(verdict_json.to_json(verdict, article)))
        else:
            self._kept.append((verdict, article, path))

    def finish(self) -> None:
        import json

        from moderation.renderers import verdict_json

        if self._form is Format.JSON:
            verdicts = [verdict_json.to_json(verdict, article) for verdict, article, _ in self._kept]
            print(json.dumps(verdicts, ensure_ascii=True, indent=2))
        elif self._form is Format.SARIF:
            from moderation.detectors import DETECTORS
            from moderation.renderers import sarif

            specs = [spec for detector in DETECTORS for spec in detector.specs]
            print(json.dumps(sarif.to_sarif(self._kept, self._failures, specs), ensure_ascii=True, indent=2))
        elif self._form is Format.HTML:
            self._report()
        elif self._form is Format.ANNOTATION:
            from moderation.renderers import annotation

            print(json.dumps(annotation.to_annotations(self._kept, _file_bytes), ensure_ascii=True, indent=2))

    def _report(self) -> None:
        from datetime import datetime

        from moderation.detectors import DETECTORS
        from moderation.renderers import report

        specs = [spec for detector in DETECTORS for spec in detector.specs]
        results = [(verdict, article) for verdict, article, _ in self._kept]
        now = datetime.now().astimezone()
        print(report.render(results, self._failures, specs, unmasked=self._unmasked, made_at=now), end="")


def _file_bytes(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def _terminal_width() -> int:
    import shutil

    return min(shutil.get_terminal_size((100, 24)).columns, 140)


def _outcomes(paths: Sequence[str], stdin: StreamFormat, limits: Limits) -> Iterator[tuple[Outcome, str | None]]:
    from moderation.readers import read, read_stream

    for path in paths:
        if path == "-":
            for outcome in read_stream(sys.stdin.buffer, stdin.value, limits):
                yield outcome, None
        else:
            for outcome in read(path, limits):
                yield outcome, path


def _view(view: Path, paths: Sequence[str], limits: Limits) -> Article:
    """The crawler's view of the one page that is scored; anything else is a mistake in the command."""
    from moderation.article import Article
    from moderation.readers import read

    if len(paths) != 1 or (paths[0] != "-" and not Path(paths[0]).is_file()):
        stop("--crawler-view goes with one page: name one file, or - for standard input", EXIT_USAGE)
    if not view.is_file():
        stop(f"--crawler-view: {view}: no such file", EXIT_USAGE)
    outcomes = list(islice(read(view, limits), 2))
    if len(outcomes) != 1 or not isinstance(outcomes[0], Article):
        stop(f"--crawler-view: {outcomes[0] if outcomes else view}: this is not one page", EXIT_USAGE)
    return outcomes[0]


def score(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or - for standard input.", metavar="PATH...")],
    form: Annotated[
        Format | None, typer.Option("--format", help="Default: human on a terminal, else jsonl.", show_default=False)
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="From which action on the exit code is not 0.")] = FailOn.REVIEW,
    policy: Annotated[Path | None, typer.Option(help="A policy file instead of the shipped one.")] = None,
    profile: Annotated[str | None, typer.Option(help="A site profile of the policy: hospital, news, shop.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model folder instead of the shipped one.")] = None,
    stdin_format: Annotated[StreamFormat, typer.Option(help="What standard input holds.")] = StreamFormat.JSONL,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show explicit text in full.")] = False,
    crawler_view: Annotated[
        Path | None, typer.Option(help="The same page as a crawler was served it; takes one file as PATH.")
    ] = None,
) -> None:
    """Score articles and say why.

    Exit code: 0 all allowed, 1 something could not be read or scored, 2 usage, 3 something to review, 4 something
    rejected.
    """
    from moderation.readers import InputError

    moderator = load_moderator(model, policy, profile)
    view = _view(crawler_view, paths, moderator.policy.limits) if crawler_view else None
    output = _Output(form or (Format.HUMAN if sys.stdout.isatty() else Format.JSONL), unmasked)
    outcomes = _outcomes(paths, stdin_format, moderator.policy.limits)
    if view is not None:
        outcomes = iter(pages := list(islice(outcomes, 2)))
        if len(pages) > 1:
            stop(f"--crawler-view goes with one page, and {paths[0]} holds more", EXIT_USAGE)
    for outcome, path in outcomes:
        if isinstance(outcome, InputError):
            output.failure(outcome.source or path or "-", str(outcome))
            continue
        try:
            verdict = moderator.score(outcome if view is None else replace(outcome, crawler_view=view))
        except Exception as error:  # one article must not end the batch
            output.failure(path or "-", f"{outcome.id}: could not be scored: {type(error).__name__}: {error}")
            continue
        output.verdict(verdict, outcome, path)
    output.finish()
    if output.failed:
        raise typer.Exit(EXIT_FAILED)
    if output.rejected and fail_on is not FailOn.NEVER:
        raise typer.Exit(EXIT_REJECT)
    if output.reviewed and fail_on is FailOn.REVIEW:
        raise typer.Exit(EXIT_REVIEW)


@policy_app.command("check")
def policy_check(path: Annotated[Path, typer.Argument(help="A policy file.")]) -> None:
    """Validate a policy; an error points at its line."""
    from moderation.policy import Policy, PolicyError

    try:
        policy = Policy.load(path)
    except PolicyError as error:
        stop(error)
    profiles = ", ".join(policy.profiles) or "no profiles"
    print(f"{path}: good. Version {policy.version}, {len(policy.rules)} rules, {profiles}.")


def schema() -> None:
    """Print the JSON Schema of a verdict."""
    import json

    from moderation.renderers import verdict_json

    print(json.dumps(verdict_json.schema(), ensure_ascii=False, indent=2))
