"""Labelled rows: reading, checking and writing them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.table import TableError, records_of

SPLITS = ("train", "dev", "test", "test_unseen")
GROUPS = ("abusive", "hard", "plain")
_MOST_SHOWN = 50


class DatasetError(Exception):
    """A row that cannot be used. The message names file, line and field."""


@dataclass(frozen=True, slots=True)
class Row:
    """One title or anchor with its labels.

    `split` is empty until one is assigned.

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
    """A checked row from its fields; `text` and `categories` must be there, the rest has defaults.

    The default id is the place, the group abusive or plain, the split empty (to be assigned). Raises DatasetError.
    """
    if not isinstance(raw, Mapping):
        raise DatasetError(f"{place}: a row is a JSON object")

    def text(name: str, choices: tuple[str, ...] = (), default: str | None = None) -> str:
        value = raw.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise DatasetError(f"{place}: field {name!r}: a text is needed")
        if choices and value not in choices:
            raise DatasetError(f"{place}: field {name!r}: {value!r} is not one of {', '.join(choices)}")
        return value

    labels = _labels(raw.get("categories"))
    known = {str(category) for category in TITLE_CATEGORIES}
    if labels is None or any(str(label) not in known for label in labels):
        raise DatasetError(f"{place}: field 'categories': a list of {', '.join(sorted(known))} is needed")
    group = text("group", GROUPS, "abusive" if labels else "plain")
    if (group == "abusive") != bool(labels):
        raise DatasetError(f"{place}: field 'group': {group!r} does not fit categories {labels}")
    pair = raw.get("pair")
    if pair is not None and not isinstance(pair, str):
        raise DatasetError(f"{place}: field 'pair': a text or null is needed")
    return Row(
        id=text("id", default=place),
        text=text("text"),
        categories=tuple(CategoryId(label) for label in labels),
        family=text("family", default="own.rows"),
        group=group,
        pair=pair,
        hand=text("hand", default="own"),
        split=text("split", SPLITS, ""),
    )


def _labels(value: Any) -> list[Any] | None:
    """A list of labels; in a table they stand in one text, an empty one for clean."""
    if isinstance(value, str):
        return [label.strip() for label in re.split(r"[,;|]", value) if label.strip() not in ("", "-")]
    return value if isinstance(value, list) else None


def load_rows(path: Path) -> list[Row]:
    """Every row of a corpus in JSONL, CSV or Parquet. Raises DatasetError that names each bad row, one a line."""
    rows: list[Row] = []
    seen: set[str] = set()
    wrong: list[str] = []
    try:
        for place, record in records_of(path):
            try:
                if isinstance(record, str):
                    raise DatasetError(f"{place}: {record}")
                row = parse_row(record, place)
                if row.id in seen:
                    raise DatasetError(f"{place}: field 'id': {row.id!r} stands twice")
            except DatasetError as error:
                wrong.append(str(error))
                continue
            seen.add(row.id)
            rows.append(row)
    except TableError as error:
        raise DatasetError(str(error)) from error
    if wrong:
        more = len(wrong) - _MOST_SHOWN
        raise DatasetError("\n".join([*wrong[:_MOST_SHOWN], *([f"and {more} more bad rows"] if more > 0 else [])]))
    if not rows:
        raise DatasetError(f"{path}: no rows")
    return rows


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as JSONL, one a line, in the order given."""
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
