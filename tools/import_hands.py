"""Turn the TSV files of the writing hands into `data/titles.jsonl`, with splits.

Each line: categories or `-`, family, pair or empty, text, between tabs. Usage:
`python tools/import_hands.py FOLDER --unseen-hand NAME ... --unseen-family NAME ...`
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from moderation.normalize import normalize
from moderation.taxonomy import CategoryId
from moderation.training.dataset import Row, write_rows
from moderation.training.split import NEAR_DUPLICATE, assign, similar_pairs

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
        categories = _ordered(labels)
        group = "abusive" if categories else "plain" if family.startswith("plain.") else "hard"
        rows.append(Row(identifier, text, categories, family, group, pair or None, path.stem, "train"))
    return rows


def _ordered(labels: str) -> tuple[CategoryId, ...]:
    """Categories with the harm first: keyword stuffing is never the main one of several (LABELS.md)."""
    names = [] if labels == "-" else [CategoryId(name.strip()) for name in labels.split(",")]
    return tuple(sorted(names, key=lambda name: name is CategoryId.KEYWORD_STUFFING))


def load_corrections(path: Path) -> dict[str, str]:
    """What was settled after a second reading: `id, categories or - or drop, reason` between tabs."""
    if not path.exists():
        return {}
    lines = (line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {columns[0]: columns[1] for columns in lines}


def without_duplicates(rows: list[Row]) -> list[Row]:
    """Rows less repeats and near-duplicates; a pair that loses one side stays as a single row."""
    seen: set[str] = set()
    unique = []
    for row in rows:
        key = normalize(row.text).text
        if key not in seen:
            seen.add(key)
            unique.append(row)
    dropped = {later for _, later in similar_pairs([row.text for row in unique], NEAR_DUPLICATE)}
    kept = [row for number, row in enumerate(unique) if number not in dropped]
    sides = Counter((row.hand, row.pair, row.clean) for row in kept if row.pair)
    return [
        row
        if row.pair is None or sides[row.hand, row.pair, True] == sides[row.hand, row.pair, False] == 1
        else Row(row.id, row.text, row.categories, row.family, row.group, None, row.hand, row.split)
        for row in kept
    ]


def main() -> None:
    """Import, split, write and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unseen-hand", action="append", default=[])
    parser.add_argument("--unseen-family", action="append", default=[])
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    corrections = load_corrections(TARGET.parent / "corrections.tsv")
    written = [row for path in sorted(options.folder.glob("*.tsv")) for row in rows_of(path, corrections)]
    rows = assign(without_duplicates(written), options.unseen_hand, options.unseen_family)
    write_rows(options.target, rows)
    pairs = Counter((row.hand, row.pair) for row in rows if row.pair)
    print(f"{len(rows)} rows of {len(written)} written, {len(pairs)} pairs")
    print("splits", dict(Counter(row.split for row in rows)))
    print("groups", dict(Counter(row.group for row in rows)))
    print("categories", dict(Counter(category for row in rows for category in row.categories)))
    print("hands", dict(Counter(row.hand for row in rows)))


if __name__ == "__main__":
    main()
