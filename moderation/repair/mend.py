"""A file without what offends in it: judged, cut, read again from its new bytes, judged again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from moderation.article import Article, BlockKind, FieldName, Span
from moderation.readers.encoding import decode_named
from moderation.readers.failure import InputError, Limits
from moderation.readers.html import read_html
from moderation.readers.markdown import read_markdown
from moderation.readers.plain import read_text
from moderation.readers.record import BODIES, read_record
from moderation.repair.edit import Edit, Refusal, edit_page
from moderation.repair.layer import JsonRecord, byte_spans, json_records, unix_lines
from moderation.repair.page import UnmappedError
from moderation.repair.plan import without
from moderation.repair.text import edit_text, joined
from moderation.verdict import Action, Removal, Verdict

Judge = Callable[[Article], Verdict]
FORMS = ("html", "md", "txt", "json", "jsonl")
"""What can be mended."""

_OWN_FIELDS = {FieldName.TITLE: "title", FieldName.DESCRIPTION: "description", FieldName.KEYWORDS: "keywords"}
_OTHERWISE = "without the removals the file would be read otherwise"


@dataclass(frozen=True, slots=True)
class Mended:
    """One article: its verdict before and after, what was cut and what could not be.

    `withheld` where the cuts would not have bettered the action: then none was made, and `after` says what they would
    have come to.
    """

    article: Article
    before: Verdict
    after_article: Article
    after: Verdict
    removals: tuple[Removal, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    withheld: bool = False

    @property
    def action(self) -> Action:
        """What the article gets as it is written."""
        return self.before.action if self.withheld else self.after.action


@dataclass(frozen=True, slots=True)
class MendedFile:
    """A file's new bytes, its text before and what was deleted from that, and what could not be read."""

    data: bytes
    text: str
    cuts: tuple[Span, ...]
    articles: tuple[Mended, ...]
    failures: tuple[InputError, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a text is read."""

    url: str | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Slot:
    """One article of a text, and how to cut removals from that text."""

    article: Article
    cut: Callable[[Sequence[Removal]], tuple[Sequence[Span], Sequence[Refusal]]]
    markup: bool = False


@dataclass(frozen=True, slots=True)
class _Cut:
    """The cuts for one article."""

    slot: _Slot
    before: Verdict
    removals: tuple[Removal, ...]
    spans: tuple[Span, ...]
    refusals: tuple[Refusal, ...]


def mend(
    data: bytes,
    form: str,
    name: str,
    judge: Judge,
    *,
    url: str | None = None,
    limits: Limits | None = None,
    partial: bool = False,
) -> MendedFile:
    """Cut from a file of one of `FORMS` what its verdicts' repairs name. Bytes outside the cuts stay as they are.

    `url` is where a page or text is published, which tells its own links from others; records say that themselves.
    Where an article would get the same action all the same, nothing is cut from it unless `partial`. Raises InputError
    for a file that cannot be read at all.
    """
    limits = limits or Limits()
    if len(data) > limits.bytes and form != "jsonl":
        raise InputError(f"{len(data)} bytes are over the limit of {limits.bytes}", source=name)
    if form == "jsonl":
        return _mend_lines(data, name, judge, limits, partial)
    try:
        return _mend(data, form, name, judge, _Reading(url, limits), partial)
    except InputError as error:
        raise error.at(name) from error


def _mend_lines(data: bytes, name: str, judge: Judge, limits: Limits, partial: bool) -> MendedFile:
    """A file of records, line by line: one that cannot be read stays as it is."""
    lines: list[MendedFile] = []
    failures: list[InputError] = []
    for number, line in enumerate(_lines(data), 1):
        done = MendedFile(line, line.decode("utf-8", "replace"), (), ())
        if line.strip():
            try:
                if len(line) > limits.bytes:
                    raise InputError(f"over the limit of {limits.bytes} bytes")
                done = _mend(line, "jsonl", name, judge, _Reading(None, limits), partial)
            except InputError as error:
                failures.append(InputError(error.message, source=name, line=number, field=error.field))
        lines.append(done)
        failures += (InputError(error.message, source=name, line=number) for error in done.failures)
    if not any(line.data.strip() for line in lines):
        raise InputError("the file is empty", source=name)
    cuts: list[Span] = []
    size = 0
    for done in lines:
        cuts += (Span(size + span.start, size + span.end) for span in done.cuts)
        size += len(done.text)
    return MendedFile(
        b"".join(line.data for line in lines),
        "".join(line.text for line in lines),
        tuple(cuts),
        tuple(article for line in lines for article in line.articles),
        tuple(failures),
    )


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return [*(line + b"\n" for line in lines[:-1]), *filter(None, lines[-1:])]


def _mend(data: bytes, form: str, name: str, judge: Judge, reading: _Reading, partial: bool) -> MendedFile:
    text, _, encoding = decode_named(data)
    if not text.strip():
        raise InputError("the file is empty")
    slots, failures = _slots(text, form, name, reading)
    cuts = [_cut(slot, judge(slot.article)) for slot in slots]
    tried = _rewritten(data, text, encoding, cuts, form, name, reading)
    if tried is None:
        cuts = [_refused(cut) for cut in cuts]
        tried = data, slots
    mended = []
    for cut, slot in zip(cuts, tried[1], strict=True):
        after = judge(slot.article) if cut.spans else cut.before
        withheld = bool(cut.spans) and not partial and after.action >= cut.before.action
        found = Mended(cut.slot.article, cut.before, slot.article, after, cut.removals, cut.refusals, withheld)
        mended.append(found)
    if any(article.withheld for article in mended):
        cuts = [replace(cut, spans=()) if found.withheld else cut for cut, found in zip(cuts, mended, strict=True)]
        tried = _rewritten(data, text, encoding, cuts, form, name, reading) or (data, slots)
    spans = tuple(joined([span for cut in cuts for span in cut.spans])) if tried[0] != data else ()
    return MendedFile(tried[0], text, spans, tuple(mended), tuple(failures))


def _cut(slot: _Slot, verdict: Verdict) -> _Cut:
    removals = verdict.repair.removals if verdict.repair else ()
    spans, refusals = slot.cut(removals) if removals else ((), ())
    refused = {refusal.removal for refusal in refusals}
    done = tuple(removal for removal in removals if removal not in refused)
    return _Cut(slot, verdict, done, tuple(spans), tuple(refusals))


def _refused(cut: _Cut) -> _Cut:
    refusals = (*cut.refusals, *(Refusal(removal, _OTHERWISE) for removal in cut.removals))
    return replace(cut, removals=(), spans=(), refusals=refusals)


def _rewritten(
    data: bytes, text: str, encoding: str, cuts: Sequence[_Cut], form: str, name: str, reading: _Reading
) -> tuple[bytes, list[_Slot]] | None:
    """The new bytes and the articles read from them; None where they do not say what they should."""
    spans = list(joined([span for cut in cuts for span in cut.spans]))
    if not spans:
        return data, [cut.slot for cut in cuts]
    try:
        places = byte_spans(data, encoding, text, spans)
        kept = [data[start:end] for start, end in _between(places, len(data))]
        rewritten = b"".join(kept)
        again, _, name_again = decode_named(rewritten)
        if again != Edit(tuple(spans)).apply(text) or name_again != encoding:
            return None
        slots, _ = _slots(again, form, name, reading)
    except (UnmappedError, InputError):
        return None
    if len(slots) != len(cuts):
        return None
    for cut, slot in zip(cuts, slots, strict=True):
        if cut.spans and cut.slot.markup and not is_rest(cut.slot.article, cut.removals, slot.article):
            return None
    return rewritten, slots


def _between(spans: Sequence[Span], size: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), size]
    return list(zip(edges[::2], edges[1::2], strict=True))


def is_rest(before: Article, removals: Sequence[Removal], after: Article) -> bool:
    """True when an article says exactly what another says without some removals; blanks aside."""
    expected = without(before, removals)
    pictures = Counter(_shown(after, pictures=True))
    pictures.subtract(_shown(expected, pictures=True))
    return (
        "".join(_shown(expected)) == "".join(_shown(after))
        and expected.title.split() == after.title.split()
        and all(count <= 0 for count in pictures.values())
    )


def _shown(article: Article, pictures: bool = False) -> list[str]:
    own = [block for block in article.blocks if (block.kind is BlockKind.ATTRIBUTE) is pictures]
    return [line for block in own for line in ("".join(part.split()) for part in block.text.split("\n")) if line]


def _slots(text: str, form: str, name: str, reading: _Reading) -> tuple[list[_Slot], list[InputError]]:
    url, limits = reading.url, reading.limits
    if form in ("json", "jsonl"):
        return _record_slots(text, form, name, limits)
    if form == "html":
        return [_page_slot(text, lambda page: read_html(page, identifier=name, url=url, limits=limits))], []
    shown, lines = text.replace("\r\n", "\n"), unix_lines(text)
    markdown = form == "md"
    article = (read_markdown if markdown else read_text)(shown, identifier=name, url=url, limits=limits)

    def cut(removals: Sequence[Removal]) -> tuple[Sequence[Span], Sequence[Refusal]]:
        edit = edit_text(shown, article, removals, markdown=markdown)
        return lines.spans(edit.cuts), edit.refusals

    return [_Slot(article, cut)], []


def _page_slot(text: str, reader: Callable[[str], Article]) -> _Slot:
    article = reader(text)

    def cut(removals: Sequence[Removal]) -> tuple[Sequence[Span], Sequence[Refusal]]:
        edit = edit_page(text, article, removals, reader)
        return edit.cuts, edit.refusals

    return _Slot(article, cut, markup=True)


def _record_slots(text: str, form: str, name: str, limits: Limits) -> tuple[list[_Slot], list[InputError]]:
    try:
        many = isinstance(json.loads(text), list)
        if many and form == "jsonl":
            raise InputError("a record is a JSON object, not list")
        records = list(json_records(text))
    except json.JSONDecodeError as error:
        raise InputError(f"no JSON: {error.msg} (column {error.colno})", line=error.lineno) from error
    except RecursionError as error:
        raise InputError("JSON nests too deep") from error
    except ValueError as error:
        raise InputError("a number in the JSON has too many digits") from error
    slots: list[_Slot] = []
    failures: list[InputError] = []
    for number, record in enumerate(records):
        try:
            slots.append(_record_slot(record, limits))
        except InputError as error:
            failures.append(error.at(f"{name}[{number}]" if many else name))
    return slots, failures


def _record_slot(record: JsonRecord, limits: Limits) -> _Slot:
    values: Mapping[str, Any] = record.value
    article = read_record(values, limits=limits)
    body = next((field for field in BODIES if isinstance(values.get(field), str)), None)
    content = str(values[body]) if body else ""
    markup = body == "html" or (body == "body" and any(block.selector for block in article.blocks))

    def cut(removals: Sequence[Removal]) -> tuple[Sequence[Span], Sequence[Refusal]]:
        spans: list[Span] = []
        refusals: list[Refusal] = []
        inside: list[Removal] = []
        for removal in removals:
            own = _OWN_FIELDS.get(removal.field.name, "")
            if values.get(own) is None:
                inside.append(removal)
            elif own in record.fields:
                spans += record.fields[own].spans([removal.span])
            else:
                refusals.append(Refusal(removal, "it is no single text in the record"))
        if body is None or body not in record.fields:
            refusals += (Refusal(removal, "it stands in no text of the record") for removal in inside)
            return spans, refusals
        if markup:
            edit = edit_page(content, article, inside, lambda text: read_record({**values, body: text}, limits=limits))
        else:
            edit = edit_text(content, article, inside, markdown=body == "markdown")
        return [*spans, *record.fields[body].spans(edit.cuts)], [*refusals, *edit.refusals]

    return _Slot(article, cut, markup)
