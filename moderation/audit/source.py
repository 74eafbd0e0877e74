"""Opens whatever holds published articles: files, folders, archives of crawls, databases."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from glob import glob, has_magic
from pathlib import Path

from moderation.audit.item import Bad, Item, Source, SourceError

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_TABLES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
_ARCHIVES = (".warc", ".warc.gz")
_DOCUMENTS = (".html", ".htm", ".md", ".markdown", ".txt", ".mdx")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a source; what a kind of source has no use for is refused."""

    columns: tuple[str, ...] = ()
    table: str | None = None
    query: str | None = None
    key: str | None = None
    preset: str | None = None
    where: str | None = None
    since: str | None = None
    sample: float | None = None
    encoding: str | None = None

    def fingerprint(self, *names: str) -> str:
        """A digest of these options and of what else tells a source."""
        told = json.dumps([names, asdict(self)], sort_keys=True)
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


class OneFile:
    """What sources of one file share: a name, and a fingerprint.

    Within one run the file must not change, so its size and time are part of the fingerprint. A site's export of next
    month has the same name and other rows: that is another run, with its own folder.
    """

    def __init__(self, path: Path, options: Options) -> None:
        self._path, self._options = path, options

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def fingerprint(self) -> str:
        """Path, size and time of change."""
        stat = self._path.stat()
        return self._options.fingerprint(str(self._path.resolve()), str(stat.st_size), str(stat.st_mtime_ns))

    def total(self) -> int | None:
        """Unknown."""
        return None


def open_source(where: Sequence[str], options: Options) -> Source:
    """The source of one database address, or of paths and globs. Raises SourceError."""
    if any("://" in name for name in where):
        if len(where) > 1:
            raise SourceError("a database stands alone; give one address")
        from moderation.audit.database import DatabaseSource

        source: Source = DatabaseSource(where[0], options)
    else:
        for name in ("table", "query", "where"):
            if getattr(options, name) is not None:
                raise SourceError(f"--{name} is for databases, and {where[0]} is none")
        parts = [_of_path(path, options) for path in _paths(where)]
        source = parts[0] if len(parts) == 1 else Joined(parts)
    if options.since is None and options.sample is None:
        return source
    try:
        date.fromisoformat((options.since or "1970-01-01")[:10])
    except ValueError:
        raise SourceError(f"--since {options.since}: give a day such as 2026-01-31") from None
    return Chosen(source, options.since, options.sample)


def _paths(where: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for name in where:
        matches = sorted(glob(name, recursive=True)) if has_magic(name) and not Path(name).exists() else [name]
        if not matches:
            raise SourceError(f"{name}: no file matches")
        found += map(Path, matches)
    missing = [str(path) for path in found if not path.exists()]
    if missing:
        raise SourceError(f"{', '.join(missing)}: no such file or folder")
    return list(dict.fromkeys(found))


def _of_path(path: Path, options: Options) -> Source:
    name = path.name.lower()
    if path.is_dir():
        from moderation.audit.folder import FolderSource

        return FolderSource(path, options)
    if name.endswith(_ARCHIVES):
        from moderation.audit.warc import WarcSource

        return WarcSource(path, options)
    if name.endswith(_TABLES) or name.endswith((".jsonl.gz", ".csv.gz")):
        from moderation.audit.files import table_source

        return table_source(path, options)
    if name.endswith(_DOCUMENTS):
        from moderation.audit.folder import FolderSource

        return FolderSource(path, options)
    known = ", ".join((*_TABLES, *_ARCHIVES, *_DOCUMENTS))
    raise SourceError(f"{path}: cannot read this kind of file; use a folder or {known}")


class Joined:
    """Several sources, one after the other, whose keys are taken for those of one: an export in parts."""

    def __init__(self, parts: Sequence[Source]) -> None:
        self._parts = parts

    @property
    def name(self) -> str:
        """The first and how many more."""
        return f"{self._parts[0].name} and {len(self._parts) - 1} more"

    def fingerprint(self) -> str:
        """Of all parts."""
        return hashlib.sha256("".join(part.fingerprint() for part in self._parts).encode()).hexdigest()

    def total(self) -> int | None:
        """The sum, where every part knows."""
        totals = [part.total() for part in self._parts]
        known = [total for total in totals if total is not None]
        return sum(known) if len(known) == len(totals) else None

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Part by part; the cursor says which."""
        first, inner = (int(after.split(" ", 1)[0]), after.split(" ", 1)[1]) if after else (0, None)
        for number in range(first, len(self._parts)):
            for cursor, entry in self._parts[number].items(inner if number == first else None):
                yield f"{number} {cursor}", entry


class Chosen:
    """What was published or changed `since` a day, and of that a `sample`: always the same articles."""

    def __init__(self, source: Source, since: str | None, sample: float | None) -> None:
        self._source, self._since, self._sample = source, since, sample

    @property
    def name(self) -> str:
        """That of the source."""
        return self._source.name

    def fingerprint(self) -> str:
        """That of the source, whose options hold both choices."""
        return self._source.fingerprint()

    def total(self) -> int | None:
        """Not known beforehand, but for a sample of everything."""
        total = self._source.total()
        return (
            round(total * self._sample) if total is not None and self._sample is not None and not self._since else None
        )

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """Those chosen; what is broken is always told."""
        for cursor, entry in self._source.items(after):
            if isinstance(entry, Bad) or self._wanted(entry):
                yield cursor, entry

    def _wanted(self, item: Item) -> bool:
        # ISO dates sort as texts; an article that does not say when it is from in one of them is judged.
        dates = [told for told in (item.published_at, item.modified_at) if _ISO.match(told)]
        if self._since is not None and dates and max(dates) < self._since:
            return False
        if self._sample is None:
            return True
        draw = int.from_bytes(hashlib.sha256(item.key.encode("utf-8", "surrogatepass")).digest()[:8], "big")
        return draw < self._sample * 2**64
