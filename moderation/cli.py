"""The command `moderation`: the only module that prints."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from moderation.article import Article
    from moderation.pipeline import Moderator
    from moderation.readers import Limits
    from moderation.readers.file import Outcome
    from moderation.verdict import Verdict

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
policy_app = typer.Typer(no_args_is_help=True, help="Policies: check one before it is used.")
app.add_typer(policy_app, name="policy")

EXIT_FAILED, EXIT_USAGE, EXIT_REVIEW, EXIT_REJECT = 1, 2, 3, 4


class Format(StrEnum):
    """How verdicts are printed."""

    HUMAN = "human"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"


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


def _stop(message: object, code: int = EXIT_FAILED) -> NoReturn:
    print(f"moderation: {message}", file=sys.stderr)
    raise typer.Exit(code)


def _moderator(model: Path | None, policy: Path | None, profile: str | None) -> Moderator:
    from moderation.artifacts import ArtifactError
    from moderation.pipeline import Moderator
    from moderation.policy import PolicyError

    try:
        return Moderator.load(model, policy, profile)
    except PolicyError as error:
        _stop(error, EXIT_USAGE)
    except (ArtifactError, OSError, ValueError) as error:
        _stop(error)


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


@app.command()
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
) -> None:
    """Score articles and say why.

    Exit code: 0 all allowed, 1 something could not be read or scored, 2 usage, 3 something to review, 4 something
    rejected.
    """
    from moderation.readers import InputError

    moderator = _moderator(model, policy, profile)
    output = _Output(form or (Format.HUMAN if sys.stdout.isatty() else Format.JSONL), unmasked)
    for outcome, path in _outcomes(paths, stdin_format, moderator.policy.limits):
        if isinstance(outcome, InputError):
            output.failure(outcome.source or path or "-", str(outcome))
            continue
        try:
            verdict = moderator.score(outcome)
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
        _stop(error)
    profiles = ", ".join(policy.profiles) or "no profiles"
    print(f"{path}: good. Version {policy.version}, {len(policy.rules)} rules, {profiles}.")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a verdict."""
    import json

    from moderation.renderers import verdict_json

    print(json.dumps(verdict_json.schema(), ensure_ascii=False, indent=2))


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A training configuration, such as configs/title.toml.")],
    target: Annotated[Path, typer.Option(help="Where the model folder is written.")] = Path("models"),
) -> None:
    """Train a model, evaluate it on the held-out splits and export it."""
    try:
        from moderation.training import train as training
        from moderation.training.card import result_table
        from moderation.training.dataset import DatasetError
    except ModuleNotFoundError as error:
        _stop(f"training needs more packages ({error.name}): pip install 'qingliu[train]'")
    try:
        results = training.train(training.load_config(config), target, lambda line: print(line, file=sys.stderr))
    except (DatasetError, ValueError, OSError) as error:
        _stop(error)
    for split, result in results.items():
        print(f"\n{split}\n{result_table(result)}")


@app.command()
def evaluate(
    corpus: Annotated[Path, typer.Option(help="A labelled corpus in JSONL.")] = Path("data/titles.jsonl"),
    pages: Annotated[Path | None, typer.Option(help="A pages corpus in JSONL, to be judged too.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Splits; default test and test_unseen.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model folder instead of the shipped one.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy file instead of the shipped one.")] = None,
    card: Annotated[bool, typer.Option("--robustness", help="Also measure under every disguise.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a report to look at.")] = None,
) -> None:
    """Measure titles, and pages if given, at the policy's thresholds, with intervals."""
    try:
        from moderation.training import document
        from moderation.training.dataset import DatasetError
    except ModuleNotFoundError as error:
        _stop(f"evaluation needs more packages ({error.name}): pip install 'qingliu[train]'")
    from moderation.artifacts import ArtifactError
    from moderation.policy import PolicyError

    try:
        result = document.measure(corpus, pages, split or ["test", "test_unseen"], model, policy, card)
        print(document.text(result))
        if json_file is not None:
            json_file.write_text(document.as_json(result), "utf-8")
        if html_file is not None:
            html_file.write_text(document.as_html(result), "utf-8")
    except (DatasetError, PolicyError, ArtifactError, ValueError, OSError) as error:
        _stop(error)


@app.command()
def gate(
    corpus: Annotated[Path, typer.Option(help="The labelled corpus.")] = Path("data/titles.jsonl"),
    floors: Annotated[Path, typer.Option(help="The bounds.")] = Path("data/floors.json"),
    model: Annotated[Path | None, typer.Option(help="A model folder instead of the shipped one.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Raise the bounds to the level reached.")] = False,
    allow_lower: Annotated[bool, typer.Option("--allow-lower", help="With --update: lower bounds too.")] = False,
) -> None:
    """Fail when a model falls below the floors, or the corpus has changed under them."""
    try:
        from moderation.training import document
        from moderation.training.dataset import DatasetError
        from moderation.training.gate import Floors, GateError, check, updated
    except ModuleNotFoundError as error:
        _stop(f"the gate needs more packages ({error.name}): pip install 'qingliu[train]'")
    from moderation.artifacts import ArtifactError

    try:
        result = document.measure(corpus, None, ["dev", "test", "test_unseen"], model, None, False)
        if update:
            old = Floors.load(floors) if floors.exists() else None
            updated(old, result.titles, result.digests, allow_lower).save(floors)
            print(f"{floors}: updated")
            return
        wrong = check(Floors.load(floors), result.titles, result.digests)
    except (DatasetError, GateError, ArtifactError, ValueError, OSError) as error:
        _stop(error)
    for line in wrong:
        print(line)
    if wrong:
        raise typer.Exit(EXIT_FAILED)
    print(f"{result.model} passes every bound in {floors}")


@app.command()
def corpus(
    path: Annotated[Path, typer.Argument(help="A labelled corpus in JSONL, CSV or Parquet.")] = Path(
        "data/titles.jsonl"
    ),
    most: Annotated[float, typer.Option(help="Fail above this share of near-duplicates.")] = 0.03,
) -> None:
    """Count a corpus: rows by split, group, category and hand, pairs, near-duplicates, digests."""
    from collections import Counter

    try:
        from moderation.training.dataset import DatasetError
        from moderation.training.split import digest, load_corpus, near_duplicate_share
    except ModuleNotFoundError as error:
        _stop(f"the corpus needs more packages ({error.name}): pip install 'qingliu[train]'")
    try:
        rows = load_corpus(path)
    except DatasetError as error:
        _stop(error)
    print(f"{len(rows)} rows")
    for name, counts in (
        ("split", Counter(row.split for row in rows)),
        ("group", Counter(row.group for row in rows)),
        ("category", Counter(str(category) for row in rows for category in row.categories)),
        ("hand", Counter(row.hand for row in rows)),
    ):
        print(f"{name}: " + ", ".join(f"{value} {count}" for value, count in sorted(counts.items())))
    print(f"minimal pairs: {len({(row.hand, row.pair) for row in rows if row.pair})}")
    for split in sorted({row.split for row in rows}):
        print(f"digest of {split}: {digest(rows, split)}")
    share = near_duplicate_share(rows)
    print(f"near-duplicates: {share:.2%}")
    if share > most:
        raise typer.Exit(EXIT_FAILED)


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Qingliu screens Chinese articles before they are published."""
    if version:
        from moderation import __version__

        print(__version__)
        raise typer.Exit
