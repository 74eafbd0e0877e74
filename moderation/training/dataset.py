"""Labelled rows: reading, checking and writing them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from moderation.taxonomy import TITLE_CATEGORIES, CategoryId

SPLITS = ("train", "dev", "test", "test_unseen")
GROUPS = ("abusive", "hard", "plain")


class DatasetError(Exception):
    """A row that cannot be used. The message names file, line and field."""


@dataclass(frozen=True, slots=True)
class Row:
    """One title or anchor with its labels.

    `group` is abusive, hard (clean but dangerous-looking) or plain; `pair` joins the two sides of a minimal pair;
    `hand` is who wrote it.
    """

    id: str
    text: str
    categories: tuple[CategoryId, ...]
    family: str
    group: str
    pair: str | None
    hand: str
    split: str

    @property
    def clean(self) -> bool:
        """True when no category applies."""
        return not self.categories


def parse_row(raw: Any, place: str) -> Row:
    """A checked row from a JSON object. Raises DatasetError."""
    if not isinstance(raw, dict):
        raise DatasetError(f"{place}: a row is a JSON object")

    def text(name: str, choices: tuple[str, ...] = ()) -> str:
        value = raw.get(name)
        if not isinstance(value, str) or not value.strip():
            raise DatasetError(f"{place}: field {name!r}: a text is needed")
        if choices and value not in choices:
            raise DatasetError(f"{place}: field {name!r}: {value!r} is not one of {', '.join(choices)}")
        return value

    labels = raw.get("categories")
    known = {str(category) for category in TITLE_CATEGORIES}
    if not isinstance(labels, list) or any(str(label) not in known for label in labels):
        raise DatasetError(f"{place}: field 'categories': a list of {', '.join(sorted(known))} is needed")
    group = text("group", GROUPS)
    if (group == "abusive") != bool(labels):
        raise DatasetError(f"{place}: field 'group': {group!r} does not fit categories {labels}")
    pair = raw.get("pair")
    if pair is not None and not isinstance(pair, str):
        raise DatasetError(f"{place}: field 'pair': a text or null is needed")
    return Row(
        id=text("id"),
        text=text("text"),
        categories=tuple(CategoryId(label) for label in labels),
        family=text("family"),
        group=group,
        pair=pair,
        hand=text("hand"),
        split=text("split", SPLITS),
    )


def load_rows(path: Path) -> list[Row]:
    """Every row of a JSONL corpus. Raises DatasetError at the first bad row, or for a repeated id."""
    rows: list[Row] = []
    seen: set[str] = set()
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            place = f"{path}:{number}"
            try:
                row = parse_row(json.loads(line.decode()), place)
            except json.JSONDecodeError as error:
                raise DatasetError(f"{place}: no JSON: {error.msg}") from error
            except UnicodeDecodeError as error:
                raise DatasetError(f"{place}: no UTF-8: {error.reason} at byte {error.start}") from error
            if row.id in seen:
                raise DatasetError(f"{place}: field 'id': {row.id!r} stands twice")
            seen.add(row.id)
            rows.append(row)
    if not rows:
        raise DatasetError(f"{path}: no rows")
    return rows


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as JSONL, one a line, in the order given."""
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def texts_of(path: Path) -> Iterator[str]:
    """The `text` of every row of a gzipped JSONL file, as the third-party sets have it."""
    import gzip

    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)["text"]
