"""Add pages that somebody typed to `data/typed_pages.jsonl`: whole files with their gold written into them.

Usage: `python tools/import_pages.py FOLDER [--target FILE]`. A file is an HTML page. Its first line is a comment with a JSON
object: `{"family": …, "group": "abusive"|"hard"|"plain", "categories": […], "action": …, "url": …}`. An attribute
`data-gold="…"` says what an element is (`bad`, `good`, `hidden`, `donor`, `text`; see `training/pages/markup.py`), and
⟦ ⟧ stand around inserted text. Families are divided by a hash of their name: half to `dev`, half to `test_unseen`.
Every bad file is named and left out; the rest is imported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

from moderation.taxonomy import CategoryId
from moderation.training.pages.gold import settle
from moderation.training.pages.markup import CLOSE, OPEN
from moderation.training.pages.page import Page, PageError, check, load_pages, write_pages
from moderation.verdict import Action

TARGET = Path(__file__).parent.parent / "data" / "typed_pages.jsonl"
_HEAD = re.compile(r"\s*<!--\s*(\{.*?\})\s*-->\s*", re.S)


def typed_page(path: Path, hand: str) -> Page:
    """The page of a file. Raises PageError."""
    text = path.read_text("utf-8")
    match = _HEAD.match(text)
    if match is None:
        raise PageError(f"{path}: does not begin with a comment that holds JSON")
    try:
        facts = json.loads(match.group(1))
        categories = [CategoryId(name) for name in facts["categories"]]
        html, gold = settle(
            text[match.end() :].replace("⟦", OPEN).replace("⟧", CLOSE), categories, Action.parse(facts["action"])
        )
        family = f"typed.{facts['family']}"
        even = hashlib.sha256(family.encode()).digest()[0] % 2 == 0
        identifier = f"{family}-{hand}-{path.stem}"
        split = "dev" if even else "test_unseen"
        page = Page(identifier, family, facts["group"], hand, "", split, facts["url"], html, gold)
    except (ValueError, KeyError, TypeError) as error:
        raise PageError(f"{path}: {error}") from error
    check(page)
    return page


def main() -> None:
    """Import, write and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="files of one hand; the folder's name is the hand's")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    known = (
        [page for page in load_pages(options.target) if page.scaffold != options.folder.name]
        if options.target.exists()
        else []
    )
    failed = 0
    for path in sorted(options.folder.glob("*.html")):
        try:
            known.append(typed_page(path, options.folder.name))
        except PageError as error:
            failed += 1
            print(error, file=sys.stderr)
    write_pages(options.target, known)
    print(f"{len(known)} pages in {options.target}; {failed} files left out")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
