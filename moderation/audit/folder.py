"""A folder of pages: HTML as a crawl or a generator left it, Markdown as Hugo, Hexo and Jekyll keep it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from moderation.audit.item import Bad, Item, Place, SourceError, key_of
from moderation.audit.source import Options
from moderation.readers import Limits

FORMS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".mdx": "md", ".txt": "txt"}
_LARGEST = Limits().bytes
_IGNORED = {"node_modules", "themes", "layouts", "archetypes", "__pycache__"}
"""Folders that hold a site's machinery; so do those that begin with a dot or, but for Jekyll's posts, a line."""
_POSTS = re.compile(r"_(?:posts|drafts)")
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})-")
_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?(---|\+\+\+)[ \t]*\r?\n(.*?)^\1[ \t]*\r?$", re.S | re.M)
_FACT = re.compile(
    r"^(date|lastmod|updated|author|authors|category|categories|section)[ \t]*[:=][ \t]*(.*?)[ \t]*\r?$"
    r"(?:\n[ \t]*-[ \t]*(.+))?",
    re.M,
)
_PUBLISHED = re.compile(
    rb"""<meta[^>]+(?:property|name)=["'](?:article:published_time|pubdate|publishdate)["'][^>]+content=["']([^"']{8,40})""",
    re.I,
)


class FolderSource:
    """Every page below a folder, in the order of their paths; or one page."""

    def __init__(self, path: Path, options: Options) -> None:
        if options.columns or options.key or options.preset:
            raise SourceError(f"{path}: columns, keys and presets are for tables and databases")
        self._path, self._options = path, options
        self._unreadable: dict[str, str] = {}
        found = [path.name] if path.is_file() else _pages(path, self._unreadable)
        # In the order of what a cursor holds, so that `behind the cursor` means the same in every run.
        self._paths = sorted((_shown(relative), relative) for relative in [*found, *self._unreadable])
        if not self._paths:
            raise SourceError(f"{path}: no file here ends in {', '.join(FORMS)}")

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._path)

    def fingerprint(self) -> str:
        """The folder alone: a page more or less is no other site."""
        return self._options.fingerprint(str(self._path.resolve()))

    def total(self) -> int | None:
        """The number of files."""
        return len(self._paths)

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        """File by file; the cursor is the path of the last one."""
        for shown, relative in self._paths:
            if after is None or shown > after:
                yield shown, self._entry(relative, shown)

    def _entry(self, relative: str, shown: str) -> Item | Bad:
        key, place = key_of(shown), Place(str(self._path), shown)
        if relative in self._unreadable:
            return Bad(key, place, self._unreadable[relative])
        path = self._path if self._path.is_file() else self._path / relative
        try:
            stat = path.stat()
            if stat.st_size > _LARGEST:
                return Bad(key, place, f"{stat.st_size} bytes are over the limit of {_LARGEST}")
            data = path.read_bytes()
        except OSError as error:
            return Bad(key, place, error.strerror or str(error))
        changed = datetime.fromtimestamp(stat.st_mtime, UTC).isoformat(timespec="seconds")
        form = FORMS[path.suffix.lower()]
        facts = _facts(data) if form == "md" else {}
        dated = _DATED.match(path.name)
        return Item(
            key=key,
            place=place,
            data=data,
            form=form,
            published_at=facts.get("date") or (dated[1] if dated else "") or (_meta(data) if form == "html" else ""),
            modified_at=facts.get("lastmod") or facts.get("updated") or changed,
            section=facts.get("section") or facts.get("category") or facts.get("categories") or _section(shown),
            author=facts.get("author") or facts.get("authors") or "",
        )


def _pages(folder: Path, unreadable: dict[str, str]) -> list[str]:
    """The pages below a folder. Links to folders are not followed: they may lead in circles."""

    def tell(error: OSError) -> None:
        unreadable[os.path.relpath(error.filename, folder)] = f"the folder cannot be read: {error.strerror}"

    found = []
    for root, folders, files in os.walk(folder, onerror=tell):
        folders[:] = [
            name
            for name in folders
            if name not in _IGNORED
            and not name.startswith(".")
            and (not name.startswith("_") or _POSTS.fullmatch(name))
        ]
        inside = os.path.relpath(root, folder)
        found += [
            name if inside == "." else f"{inside}/{name}"
            for name in files
            if os.path.splitext(name)[1].lower() in FORMS and not os.path.isdir(os.path.join(root, name))
        ]
    return found


def _shown(relative: str) -> str:
    """A path as text, also where its bytes are in another encoding than the system's."""
    return os.fsencode(relative).decode("utf-8", "backslashreplace")


def _facts(data: bytes) -> dict[str, str]:
    """The dates, author and section of front matter, one line each: enough to sort by, and quick."""
    matter = _MATTER.match(data)
    if matter is None:
        return {}
    found: dict[str, str] = {}
    for name, value, listed in _FACT.findall(matter[2].decode("utf-8", "replace")):
        first = (value.strip("[]").split(",")[0] if value else listed).strip().strip("\"'")
        if first:
            found[name] = first.replace(" ", "T", 1) if name in ("date", "lastmod", "updated") else first
    return found


def _meta(data: bytes) -> str:
    match = _PUBLISHED.search(data[:20_000])
    return match[1].decode("ascii", "replace") if match else ""


def _section(relative: str) -> str:
    """The first folder that means something: `content/news/a.md` is news, `_posts/2020-01-01-a.md` nothing."""
    for part in relative.split("/")[:-1]:
        if part not in ("content", "source", "posts", "post") and not part.startswith("_") and not part.isdigit():
            return part
    return ""
