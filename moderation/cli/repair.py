"""`moderation repair`: a file without what offends in it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from moderation.cli.exits import EXIT_FAILED, EXIT_REJECT, EXIT_REVIEW, EXIT_USAGE, stop
from moderation.cli.score import StreamFormat, load_moderator

if TYPE_CHECKING:
    from moderation.renderers.mask import ExplicitMask
    from moderation.repair.mend import Mended, MendedFile

_FORMS = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
    ".txt": "txt",
    ".json": "json",
    ".jsonl": "jsonl",
}
_MOST_PLACES = 12


def repair(
    path: Annotated[str, typer.Argument(help="A file, or - for standard input.", metavar="PATH")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Where to write the result; - for standard output.")
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Write the result over PATH.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Cut also where that is no help.")] = False,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show explicit text; the diff is a patch.")] = False,
    policy: Annotated[Path | None, typer.Option(help="A policy file instead of the shipped one.")] = None,
    profile: Annotated[str | None, typer.Option(help="A site profile of the policy: hospital, news, shop.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model folder instead of the shipped one.")] = None,
    stdin_format: Annotated[StreamFormat, typer.Option(help="What standard input holds.")] = StreamFormat.HTML,
) -> None:
    """Cut from a file the least that lets it pass, and show what was cut and what is left.

    Without -o or --in-place nothing is written. Exit code: 0 it passes, unchanged or repaired; 1 it cannot be read or
    written; 2 usage; 3 still to review; 4 still rejected.
    """
    from moderation.readers import InputError
    from moderation.repair.mend import mend
    from moderation.verdict import Action

    form = _form(path, stdin_format)
    target = _target(path, output, in_place)
    moderator = load_moderator(model, policy, profile)
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        done = mend(data, form, path, moderator.score, limits=moderator.policy.limits, partial=partial)
    except InputError as error:
        stop(error)
    except OSError as error:
        stop(f"{path}: {(error.strerror or str(error)).lower()}")
    for failure in done.failures:
        print(f"moderation: {failure}", file=sys.stderr)
    worst = max((article.action for article in done.articles), default=Action.ALLOW)
    written = target is not None and (done.data != data or worst is Action.ALLOW)
    if written and target is not None:
        _write(target, done.data)
    report = sys.stderr if output == "-" else sys.stdout
    for line in _report(done, path, unmasked, report):
        print(line, file=report)
    if target is not None:
        place = "standard output" if target == "-" else target
        print(f"written {place}" if written else f"{place}: nothing was written", file=report)
    if done.failures:
        raise typer.Exit(EXIT_FAILED)
    if worst is not Action.ALLOW:
        raise typer.Exit(EXIT_REJECT if worst is Action.REJECT else EXIT_REVIEW)


def _form(path: str, stdin_format: StreamFormat) -> str:
    if path == "-":
        return stdin_format.value
    form = _FORMS.get(Path(path).suffix.lower())
    if form is None:
        stop(f"{path}: cannot repair this; use {', '.join(_FORMS)}", EXIT_USAGE)
    return form


def _target(path: str, output: str | None, in_place: bool) -> str | None:
    """Where to write; a file is not written over unless that is asked for."""
    if in_place:
        if output is not None or path == "-":
            stop("--in-place needs a file, and no -o", EXIT_USAGE)
        return path
    if output not in (None, "-") and path != "-":
        same = Path(output).exists() and Path(path).exists() and Path(output).samefile(path)
        if same:
            stop(f"{output} is the file itself; --in-place writes over it", EXIT_USAGE)
    return output


def _write(target: str, data: bytes) -> None:
    """Write all or nothing, and check what then stands there."""
    if target == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    place = Path(target)
    try:
        with tempfile.NamedTemporaryFile(dir=place.resolve().parent, prefix=f".{place.name}.", delete=False) as draft:
            draft.write(data)
        try:
            if place.exists():
                shutil.copymode(place, draft.name)
            else:
                umask = os.umask(0)
                os.umask(umask)
                Path(draft.name).chmod(0o666 & ~umask)
            Path(draft.name).replace(place.resolve())
        except OSError:
            Path(draft.name).unlink(missing_ok=True)
            raise
        if place.read_bytes() != data:
            stop(f"{target}: what was written does not stand there")
    except OSError as error:
        stop(f"{target}: {(error.strerror or str(error)).lower()}")


def _report(done: MendedFile, path: str, unmasked: bool, stream: TextIO) -> Iterator[str]:
    from moderation.renderers.change import unified
    from moderation.renderers.mask import ExplicitMask, visible

    signals = [signal for article in done.articles for signal in (*article.before.signals, *article.after.signals)]
    masks = ExplicitMask(() if unmasked else signals)
    exact = unmasked and not stream.isatty()
    yield from unified(done.text, done.cuts, visible(path), None if exact else masks.words)
    for article in done.articles:
        yield from _article(article, ExplicitMask(() if unmasked else article.before.signals))


def _article(mended: Mended, masks: ExplicitMask) -> Iterator[str]:
    from moderation.renderers.mask import clip, visible
    from moderation.verdict import Action

    name = visible(mended.article.id)
    before, after = mended.before.action, mended.after.action
    count = len(mended.removals)
    pieces = "1 piece" if count == 1 else f"{count} pieces"
    if before is Action.ALLOW:
        yield f"{name}: {before}, nothing to repair"
    elif mended.withheld:
        yield f"{name}: {before}; without {pieces} it would still be {after}, so nothing was cut (--partial cuts them)"
    elif count:
        yield f"{name}: {before} -> {after}, {pieces} cut"
    else:
        yield f"{name}: {before}, and nothing in it can be cut"
    for refusal in mended.refusals:
        removal = refusal.removal
        quote = visible(clip(masks.quote(removal.field, removal.span.start, removal.quote), 60))
        yield f"  not cut: {removal.field} 「{quote}」: {refusal.reason}"
    for reason in mended.after.reasons:
        yield f"  left: {reason.action} {reason.category} ({reason.rule}): {visible(masks.words(reason.message_en))}"
    yield from _kept(mended, masks)


def _kept(mended: Mended, masks: ExplicitMask) -> Iterator[str]:
    """What offends and no signal offers to cut, field by field."""
    from moderation.article import FieldName, FieldRef
    from moderation.renderers.mask import clip, visible

    accused = {reason.category for reason in mended.after.reasons}
    signals: dict[FieldRef, list[str]] = {}
    quotes: dict[FieldRef, list[str]] = {}
    for signal in mended.after.signals:
        for evidence in signal.evidence if signal.category in accused else ():
            if not evidence.removable:
                signals.setdefault(evidence.field, []).append(signal.name)
                quotes.setdefault(evidence.field, []).append(evidence.quote)
    for field in list(signals)[:_MOST_PLACES]:
        names = {FieldName.BLOCK: "the text", FieldName.LINK: "the link", FieldName.SOURCE: "the source"}
        name = names.get(field.name, f"the {field.name}")
        whole = field.name is FieldName.TITLE
        words = mended.after_article.title if whole else "」 「".join(dict.fromkeys(quotes[field]))
        found = ", ".join(dict.fromkeys(signals[field]))
        yield f"  offends and cannot be cut: {name} 「{visible(clip(masks.words(words), 100))}」 ({found})"
    if len(signals) > _MOST_PLACES:
        yield f"  … and {len(signals) - _MOST_PLACES} more"
