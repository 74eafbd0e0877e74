"""Write `data/pages.jsonl`, whole pages with gold, from the donors and titles of `data/`.

Usage: `python tools/build_pages.py [--seed N] [--target FILE]`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from moderation.training.pages.build import build
from moderation.training.pages.page import write_pages

TARGET = Path(__file__).parent.parent / "data" / "pages.jsonl"
SEED = 20251122


def main() -> None:
    """Build, write and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    pages = build(options.seed)
    write_pages(options.target, pages)
    print(f"{len(pages)} pages of {len({page.family for page in pages})} families")
    print("groups", dict(Counter(page.group for page in pages)))
    print("splits", dict(Counter(page.split for page in pages)))
    print("scaffolds", dict(Counter(page.scaffold for page in pages)))
    print("categories", dict(Counter(str(category) for page in pages for category in page.gold.categories)))


if __name__ == "__main__":
    main()
