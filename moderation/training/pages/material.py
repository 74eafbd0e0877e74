"""What pages are made of: donor articles, labelled titles and typed texts, each from the page's own split only."""

from __future__ import annotations

import hashlib
import json
import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

from moderation.taxonomy import CategoryId
from moderation.training.dataset import Row, load_rows
from moderation.training.pages.chinese import is_traditional

DATA = Path(__file__).parents[3] / "data"
_SHARES = (("test", 0.24), ("test_unseen", 0.18), ("dev", 0.14), ("train", 1.0))
_TURNS = ("train", "test", "dev", "test_unseen")
_UNDIVIDED = frozenset(
    "casino_business court_reports faqs galleries gallery_paths markdown_blogs merge_servers number_plans prefix_lines"
    " recoveries simplified_phrases spam_comments stitched surrogacy".split()
)
"""Typed lists that only families of `test_unseen` draw from."""

_TOP_LEVELS = ("top", "xyz", "vip", "cc", "icu", "com", "net", "cn")
_ANY_LEVELS = "com com com com cn cn net org com.cn org.cn edu.cn gov.cn top xyz me cc io club vip".split()
_SYLLABLES = "ab ke li mo ne pu qi ro su ta we xi yo zu hd vk jb kx wq".split()

Link: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """A clean article, or a typed body, to build a page on."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    subject: str = ""
    register: str = ""

    @property
    def traditional(self) -> bool:
        """True when it is written in Traditional characters."""
        return is_traditional("".join(self.paragraphs))


@dataclass(frozen=True, slots=True)
class Library:
    """Everything there is to draw from."""

    donors: dict[str, list[Text]]
    rows: dict[str, list[Row]]

    @classmethod
    def load(cls, folder: Path = DATA) -> Library:
        """The library of a data folder; a donor's split is drawn by its id, so that new donors move no old ones."""
        donors: dict[str, list[Text]] = {split: [] for split in _TURNS}
        for line in (folder / "donors.jsonl").read_text("utf-8").splitlines():
            raw = json.loads(line)
            text = Text(raw["id"], raw["title"], tuple(raw["paragraphs"]), raw["subject"], raw["register"])
            donors[_drawn(text.id)].append(text)
        rows: dict[str, list[Row]] = {split: [] for split in _TURNS}
        for row in load_rows(folder / "titles.jsonl"):
            rows[row.split].append(row)
        return cls(donors, rows)


def _drawn(key: str) -> str:
    share = int.from_bytes(hashlib.sha256(f"pages {key}".encode()).digest()[:8], "big") / 2**64
    for split, part in _SHARES:
        if share < part:
            return split
        share -= part
    raise AssertionError("the shares add up to more than one")


@cache
def _typed() -> dict[str, tuple[str, ...]]:
    """The typed lists of `texts/*.toml` by name."""
    lists: dict[str, tuple[str, ...]] = {}
    for file in sorted(files("moderation.training.pages").joinpath("texts").iterdir(), key=lambda file: file.name):
        lists |= {name: tuple(values) for name, values in tomllib.loads(file.read_text("utf-8")).items()}
    return lists


class Desk:
    """Draws material for one page."""

    def __init__(self, library: Library, split: str, draw: random.Random) -> None:
        self.split, self.draw = split, draw
        self._library = library

    def donor(self, fits: Callable[[Text], bool] = lambda text: not text.traditional) -> Text:
        """A donor article of the split; by default one in Simplified characters."""
        return self.draw.choice([text for text in self._library.donors[self.split] if fits(text)])

    def typed(self, name: str) -> tuple[str, str]:
        """A typed item of a list with its id; the items of a list take turns over the splits."""
        items = list(enumerate(_typed()[name]))
        if name not in _UNDIVIDED:
            items = [item for item in items if _TURNS[item[0] % len(_TURNS)] == self.split]
        number, item = self.draw.choice(items)
        return f"{name}-{number}", item

    def phrase(self, name: str) -> str:
        """A typed item of a list."""
        return self.typed(name)[1]

    def phrases(self, name: str, number: int) -> list[str]:
        """Different typed items of a list, of the split, in any order."""
        items = [item for place, item in enumerate(_typed()[name]) if _TURNS[place % len(_TURNS)] == self.split]
        return self.draw.sample(items, min(number, len(items)))

    def text(self, name: str, **slots: str) -> Text:
        """A typed body: its first line is the title. `{slots}` are filled in."""
        identifier, item = self.typed(name)
        for slot, value in slots.items():
            item = item.replace(f"{{{slot}}}", value)
        title, *paragraphs = item.strip().splitlines()
        return Text(identifier, title, tuple(paragraphs))

    def rows(self, *families: str, shortest: int = 1, longest: int = 60) -> list[Row]:
        """The rows of the split whose family is, or lies under, one of these."""
        under = tuple(f"{family}." for family in families)
        return [
            row
            for row in self._library.rows[self.split]
            if shortest <= len(row.text) <= longest and (row.family in families or row.family.startswith(under))
        ]

    def row(self, *families: str, shortest: int = 1, longest: int = 60) -> Row:
        """One of `rows`."""
        return self.draw.choice(self.rows(*families, shortest=shortest, longest=longest))

    def clean(self, number: int, *families: str, shortest: int = 4, longest: int = 26) -> list[str]:
        """Different clean titles of the split in Simplified characters, dangerous-looking ones among them."""
        rows = self.rows(*(families or ("plain", "hard")), shortest=shortest, longest=longest)
        texts = [row.text for row in rows if not is_traditional(row.text)]
        return self.draw.sample(texts, min(number, len(texts)))

    def words(self, number: int, *kinds: CategoryId, longest: int = 14) -> list[str]:
        """Different abusive anchors of the split, of one of these kinds each."""
        names = {CategoryId(kind) for kind in kinds}
        texts = {
            row.text for row in self._library.rows[self.split] if len(row.text) <= longest and names & {*row.categories}
        }
        return self.draw.sample(sorted(texts), min(number, len(texts)))

    def foreign_links(self, words: Sequence[str]) -> list[Link]:
        """The words as links to invented domains: many cheap ones, one with random sub-domains, or paths of one."""
        style = self.draw.choice(("domains", "domains", "subdomains", "paths"))
        host = self.cheap_host()
        links = []
        for word in words:
            if style == "domains":
                links.append((word, f"http://www.{self.cheap_host()}/"))
            elif style == "subdomains":
                links.append((word, f"http://{self.token(5)}.{host}/"))
            else:
                links.append((word, f"https://{host}/{self.token(4)}/{self.number(10, 99999)}.html"))
        return links

    def own_links(self, words: Sequence[str]) -> list[Link]:
        """The words as links to other pages of the same site."""
        folder = self.draw.choice(("/news/", "/article/", "/post/", "/a/", "/detail-"))
        return [(word, f"{folder}{self.number(1000, 98000)}.html") for word in words]

    def cheap_host(self) -> str:
        """An invented domain; `-example` keeps it from being anybody's."""
        name = "".join(self.draw.sample(_SYLLABLES, 2)) + str(self.number(1, 9999))
        return f"{name}-example.{self.draw.choice(_TOP_LEVELS)}"

    def plain_host(self) -> str:
        """An invented domain as anybody may have one: a name, sometimes a number, an ending of every price."""
        name = "".join(self.draw.sample(_SYLLABLES, self.number(2, 3)))
        if self.chance(0.25):
            name += self.draw.choice(("58", "360", "123", "99", "8", "2000"))
        if self.chance(0.4):
            return f"{self.draw.choice(('www.', '', 'bbs.', 'm.'))}{name}.example"
        return f"{self.draw.choice(('www.', ''))}{name}-example.{self.draw.choice(_ANY_LEVELS)}"

    def token(self, length: int) -> str:
        """Random letters and digits, a letter first."""
        return self.draw.choice("bcdfghkmnpqrstvwxz") + "".join(
            self.draw.choices("abcdefghkmnpqrstvwxyz0123456789", k=length - 1)
        )

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high."""
        return self.draw.randint(low, high)

    def date(self) -> str:
        """A day of the last years."""
        return f"{self.number(2019, 2025)}-{self.number(1, 12):02}-{self.number(1, 28):02}"

    def clock(self) -> str:
        """A time of day."""
        return f"{self.number(7, 22):02}:{self.number(0, 59):02}:{self.number(0, 59):02}"

    def chance(self, share: float) -> bool:
        """True in this share of draws."""
        return self.draw.random() < share
