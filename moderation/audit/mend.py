"""`--repair-dir`: each repairable article of a finished audit, read again and written without what offends.

It is a second pass over the source, so that an audit can be mended whenever it is done. Each file is written whole and
then noted in the ledger: a run that is killed goes on behind it.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from moderation.audit.item import Item, Place, Source, apart
from moderation.audit.judge import Chunk
from moderation.audit.ledger import MENDED, OUTCOME, Ledger
from moderation.audit.outcome import FAILED, Outcome
from moderation.audit.result import harmless
from moderation.audit.runner import CHUNK, Engine

MANIFEST: Final = "manifest.csv"
RECORDS: Final = "repaired.jsonl"
_HEAD = ("key", "place", "file", "removals", "result")
_MARKED = len("~") + 16
_LONGEST_PART, _LONGEST_PATH = 180, 900
"""Bytes of a name and of a path that file systems take, with room for the folder and a draft's ending."""
_UNSAFE = re.compile(r"[^\w.+,=@-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)
_ENDINGS = {"html": ".html", "md": ".md", "txt": ".txt"}


_Wanted = tuple[int, Place]


class RepairFolderError(Exception):
    """A folder in which nothing may be written; the message says why."""


class Mending:
    """The repairs of one audit on their way into a folder, and how many came and came not to be, all in all."""

    def __init__(self, source: Source, engine: Engine, ledger: Ledger, folder: Path) -> None:
        self._source, self._engine, self._ledger, self._folder = source, engine, ledger, folder
        self.written = self.failed = 0
        self._forms: dict[str, str] = {}
        self._stopped = False

    def stop(self) -> None:
        """Read no further; what is at work is still written."""
        self._stopped = True

    def go(self) -> bool:
        """Write what is not yet written; true when nothing is left. `engine` must mend.

        Raises RepairFolderError, SourceError, LedgerError and OSError; another run goes on from there.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        manifest = self._folder / MANIFEST
        if not manifest.exists():
            if any(self._folder.iterdir()):
                raise RepairFolderError(f"{self._folder} holds other files; choose an empty --repair-dir")
            _write(manifest, ",".join(_HEAD).encode("ascii"))
        files = self._ledger.mended()
        wanted = {key: found for key, found in repairable(self._ledger) if not self._there(files, key)}
        taken = {name.casefold() for key, name in files.items() if name and key not in wanted}
        taken |= {MANIFEST, RECORDS}
        for result in self._engine.run(self._chunks(wanted)):
            self._ledger.keep_mended([self._written(number, outcome, taken) for number, outcome in result.outcomes])
        if self._stopped:
            return False
        if wanted:
            gone = [(number, _vanished(key, place)) for key, (number, place) in wanted.items()]
            self._ledger.keep_mended([self._written(number, outcome, taken) for number, outcome in gone])
        self._conclude()
        return True

    def _there(self, files: dict[str, str], key: str) -> bool:
        return key in files and (not files[key] or (self._folder / files[key]).is_file())

    def _chunks(self, wanted: dict[str, _Wanted]) -> Iterator[Chunk]:
        found = self._found(wanted)
        number = 0
        while items := list(islice(found, CHUNK)):
            yield Chunk(number, tuple(items))
            number += 1

    def _found(self, wanted: dict[str, _Wanted]) -> Iterator[tuple[int, Item]]:
        """The wanted articles, until all are found; another article with the key of one is not meant."""
        for _, entry in self._source.items() if wanted else ():
            if self._stopped or not wanted:
                return
            for item in (entry, apart(entry)) if isinstance(entry, Item) else ():
                if item.key in wanted and wanted[item.key][1] == item.place:
                    number, _ = wanted.pop(item.key)
                    self._forms[item.key] = item.form
                    yield number, item

    def _written(self, number: int, outcome: Outcome, taken: set[str]) -> dict[str, Any]:
        form = self._forms.pop(outcome.key, "")
        file = record = ""
        if outcome.repaired is not None and not form:
            record = outcome.repaired.decode("ascii")
        elif outcome.repaired is not None:
            file = file_name(outcome.key, form, taken)
            taken.add(file.casefold())
            _write(self._folder / file, outcome.repaired)
        return {
            "key": outcome.key,
            "number": number,
            "source": outcome.place.source,
            "position": outcome.place.position,
            "file": file,
            "removals": outcome.removals,
            "failed": outcome.error,
            "record": record,
        }

    def _conclude(self) -> None:
        """The manifest of all repairs, and the mended records as lines."""
        every = select(*MENDED).order_by(MENDED.number)
        manifest, records = (self._folder / f".{name}.draft" for name in (MANIFEST, RECORDS))
        some = False
        with (
            manifest.open("w", encoding="utf-8-sig", errors="replace", newline="") as table,
            records.open("w", encoding="utf-8", newline="\n") as lines,
        ):
            writer = csv.writer(table)
            writer.writerow(_HEAD)
            for row in self._ledger.rows(every):
                where = row.file or (RECORDS if row.record else "")
                self.written += not row.failed
                self.failed += bool(row.failed)
                cells = (row.key, str(Place(row.source, row.position)), where)
                writer.writerow([*map(harmless, cells), row.removals, harmless(row.failed) or "mended"])
                if row.record:
                    some = True
                    lines.write(json.dumps(json.loads(row.record)) + "\n")
        manifest.replace(self._folder / MANIFEST)
        if some:
            records.replace(self._folder / RECORDS)
        else:
            records.unlink()


def repairable(ledger: Ledger) -> Iterator[tuple[str, _Wanted]]:
    """The key, and the number and place, of the articles whose repair ends in allow, by their verdicts."""
    columns = (OUTCOME.key, OUTCOME.number, OUTCOME.source, OUTCOME.position, OUTCOME.verdict)
    for row in ledger.rows(select(*columns).where(OUTCOME.action.in_(("review", "reject")))):
        repair = json.loads(row.verdict).get("repair")
        if repair and repair["action_after"] == "allow":
            yield row.key, (row.number, Place(row.source, row.position))


def _vanished(key: str, place: Place) -> Outcome:
    return Outcome(key, place, FAILED, "it is no longer in its source")


def file_name(key: str, form: str, taken: set[str]) -> str:
    """A path inside a folder for an article: its key where that is a plain relative path, which a site's pages have;
    else what of it is plain, and a digest. `taken` holds the casefolded names that are in use.
    """
    parts = key.split("/")
    if all(map(_is_plain, parts)) and len(key.encode("utf-8")) <= _LONGEST_PATH and key.casefold() not in taken:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    stem = _UNSAFE.sub("_", key).strip("._")
    stem = stem.encode("utf-8", "ignore")[: _LONGEST_PART - _MARKED - 5].decode("utf-8", "ignore")
    return f"{stem}~{digest}{_ENDINGS[form]}"


def _is_plain(part: str) -> bool:
    return (
        bool(part)
        and not _UNSAFE.search(part)
        and not _RESERVED.fullmatch(part)
        and not part.startswith((".", "-"))
        and not part.endswith(".")
        and len(part.encode("utf-8")) <= _LONGEST_PART
    )


def _write(place: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{hashlib.sha256(place.name.encode()).hexdigest()[:16]}.draft")
    draft.write_bytes(data)
    draft.replace(place)
