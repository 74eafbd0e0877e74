"""Add the TSV files of new writing hands to the training rows of `data/titles.jsonl`.

Each line: categories or `-`, family, pair or empty, text, between tabs; the hand is the file's name. Held-out splits
stay as they are: a new row that is like one of theirs is left out. Usage: `python tools/import_hands.py FOLDER`
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from moderation.normalize import normalize
from moderation.taxonomy import CategoryId
from moderation.training.dataset import Row, load_rows, write_rows
from moderation.training.split import NEAR_DUPLICATE, added, similar_pairs

TARGET = Path(__file__).parent.parent / "data" / "titles.jsonl"


def rows_of(path: Path, corrections: dict[str, str]) -> list[Row]:
    """The rows of one hand's file; the hand is the file's name. Bad lines are reported and left out."""
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != 4 or not columns[3]:
            if line.strip():
                print(f"{path}:{number}: left out, {len(columns)} columns", file=sys.stderr)
            continue
        labels, family, pair, text = columns
        identifier = f"{path.stem}-{number:04d}"
        labels = corrections.get(identifier, labels)
        if labels == "drop":
            continue
        try:
            categories = _ordered(labels)
        except ValueError as error:
            print(f"{path}:{number}: left out, {error}", file=sys.stderr)
            continue
        group = "abusive" if categories else "plain" if family.startswith("plain.") else "hard"
        rows.append(Row(identifier, text, categories, family, group, pair or None, path.stem, ""))
    return rows


def _ordered(labels: str) -> tuple[CategoryId, ...]:
    """Categories with the harm first: keyword stuffing is never the main one of several (LABELS.md).

    Raises ValueError for a label that is no category.
    """
    names = [] if labels == "-" else [CategoryId(name.strip()) for name in labels.split(",")]
    return tuple(sorted(names, key=lambda name: name is CategoryId.KEYWORD_STUFFING))


def load_corrections(path: Path) -> dict[str, str]:
    """What was settled after a second reading: `id, categories or - or drop, reason` between tabs."""
    if not path.exists():
        return {}
    lines = (line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {columns[0]: columns[1] for columns in lines}


def without_duplicates(known: list[Row], rows: list[Row]) -> list[Row]:
    """New rows less repeats and near-duplicates of themselves and of known ones."""
    seen = {normalize(row.text).text for row in known}
    unique = []
    for row in rows:
        key = normalize(row.text).text
        if key not in seen:
            seen.add(key)
            unique.append(row)
    texts = [row.text for row in (*known, *unique)]
    dropped = {later - len(known) for _, later in similar_pairs(texts, NEAR_DUPLICATE)}
    return [row for number, row in enumerate(unique) if number not in dropped]


def with_whole_pairs(kept: list[Row]) -> list[Row]:
    """A pair that has lost one side stays as a single row."""
    sides = Counter((row.hand, row.pair, row.clean) for row in kept if row.pair)
    return [
        row
        if row.pair is None or sides[row.hand, row.pair, True] == sides[row.hand, row.pair, False] == 1
        else Row(row.id, row.text, row.categories, row.family, row.group, None, row.hand, row.split)
        for row in kept
    ]


def main() -> None:
    """Import, write and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    corrections = load_corrections(TARGET.parent / "corrections.tsv")
    written = [row for path in sorted(options.folder.glob("*.tsv")) for row in rows_of(path, corrections)]
    hands = {row.hand for row in written}
    known = [row for row in load_rows(options.target) if row.hand not in hands]
    everything = added(known, without_duplicates(known, written))
    rows = [*known, *with_whole_pairs(everything[len(known) :])]
    write_rows(options.target, rows)
    pairs = Counter((row.hand, row.pair) for row in rows if row.pair)
    print(f"{len(rows) - len(known)} rows added of {len(written)} written; {len(rows)} rows, {len(pairs)} pairs")
    print("splits", dict(Counter(row.split for row in rows)))
    print("groups", dict(Counter(row.group for row in rows)))
    print("categories", dict(Counter(category for row in rows for category in row.categories)))
    print("hands", dict(Counter(row.hand for row in rows)))


if __name__ == "__main__":
    main()
