"""What a link block looks like in numbers: its anchors as the fast model reads them, where they lead, how they fit.

Everything is computed for all anchors of a page at once. `BLOCK` and `ENTRY` name the columns; training and serving
both call `describe`.
"""

from __future__ import annotations

import math
import re
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from moderation.address import host_of, site_of
from moderation.article import FieldName, FieldRef, Region
from moderation.detectors.detector import TextClassifier
from moderation.detectors.link_company import company, is_brand, is_firm, is_plain
from moderation.detectors.link_segment import Entry, LinkBlock
from moderation.normalize import Document, Step
from moderation.normalize.text import codes_of
from moderation.taxonomy import SOLD_CATEGORIES, CategoryId

BLOCK = tuple(
    "size first second third mean some sure stuffed foreign sites foreign_abuse own_abuse cheap odd spread"
    " repeated strange overlap grey trade grey_foreign trade_foreign home token friends related sources"
    " nofollow hidden linked script running elsewhere comments footer side menu length cheap_abuse bought"
    " echoed scattered names own_title brand_foreign firm".split()
)
ENTRY = tuple(
    "log_odds abuse stuffed foreign cheap odd grey trade grey_foreign trade_foreign overlap strange hidden"
    " nofollow length script block others stranger cheaper foreign_abuse running running_abuse sure"
    " apart apart_abuse company own_title brand_foreign brand_stranger firm firm_abuse".split()
)
_AVERAGED = "stuffed foreign cheap odd overlap grey trade home token nofollow hidden script length names firm".split()
_COUNTED = "sites spread repeated friends related sources linked running comments footer side menu".split()

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
_BUCKETS = 1 << 20
_MANY = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)
_FRIENDS = re.compile(r"友情|友链|链接|連結|合作|伙伴|联盟")
_RELATED = re.compile(r"相关|相關|推荐|推薦|排行|热|熱|猜|喜欢|最新|标签|标簽|延伸|攻略|本周|栏目|分类|归档")
_SOURCES = re.compile(r"参考|参阅|来源|资料|文献|注释|脚注|引用|评论|留言|网友")
_RESERVED = re.compile(r"[-.](?:example|test|invalid|localhost)(?=\.|$)")
_TOKEN = re.compile(r"/\?[\w=&]{2,}$|/(?=[a-z0-9]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{4,12}(?:/|\.html?$|$)", re.I)
_VOWELS = re.compile(r"[aeiouy]", re.I)
_KNOWN_SUB = frozenset(
    "www m wap bbs news blog shop lib mail oa jw xxgk edu en cn web app wiki home my i v tv ent".split()
)
_SERVER = re.compile(
    r"(?:mirrors?|nodes?|cdn|dl|down(?:load)?|img|static|ftp|soft|srv|server|line|pan|files?|pc)-?[0-9]{0,3}$"
)
"""How a site names its servers: no random name."""
_SHORT, _ASKED = 2, 0.1
_TRADITIONAL_PAGE = 0.04


@dataclass(frozen=True, slots=True)
class Description:
    """The link blocks of a page in numbers.

    `entries` are those of all blocks in order, those of block `i` from `begins[i]` on, `owners` the block of each.
    `probabilities` are `(entries, categories)`, `facts` the plain facts by name, one value for each entry.
    """

    blocks: Sequence[LinkBlock]
    entries: Sequence[Entry]
    begins: Places
    owners: Places
    probabilities: Floats
    facts: dict[str, Floats]
    block_rows: Floats
    entry_rows: Floats


class _Known(threading.local):
    """A table for each thread: a fresh one, of a megabyte, would cost more than to fill it."""

    def __init__(self) -> None:
        self._table = np.zeros(_BUCKETS, dtype=bool)

    def among(self, pairs: npt.NDArray[np.uint32], asked: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Which of the pairs asked about are among others."""
        self._table[pairs] = True
        found: npt.NDArray[np.bool_] = self._table[asked]
        self._table[pairs] = False
        return found


_KNOWN = _Known()


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    raw = tomllib.loads(files("moderation.resources").joinpath("links.toml").read_text("utf-8"))
    return {name: tuple(text.split()) if name != "names" else tuple(text) for name, text in raw.items()}


@cache
def known_sites() -> frozenset[str]:
    """Sites that every page may link, so that a link to them says nothing."""
    return frozenset(_lists()["known"])


@cache
def _endings() -> frozenset[str]:
    return frozenset(_lists()["names"])


@cache
def _words() -> npt.NDArray[np.uint8]:
    """For hashed pairs of characters: 1 for a grey trade, 2 for an honest one."""
    table = np.zeros(_BUCKETS, dtype=np.uint8)
    for mark, name in ((2, "trade"), (1, "grey")):
        for word in _lists()[name]:
            table[_pairs(codes_of(word))] |= mark
    return table


def _pairs(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """A bucket for every pair of neighbouring characters."""
    hashes = codes[:-1] * _MANY[0] + codes[1:] * _MANY[1]
    buckets: npt.NDArray[np.uint32] = (hashes ^ (hashes >> np.uint32(15))) & np.uint32(_BUCKETS - 1)
    return buckets


_Address = tuple[str, str, int]
"""Host and site of a link, and a bit for each of `_SIGNS` that it has."""
_SIGNS = ("cheap", "odd", "home", "token")


def _address(href: str, own: str) -> _Address:
    """What an address is: whether its ending is cheap, its name odd, its path none, its path a token.

    A site that every page may link counts as none, and the page's `own` has no signs.
    """
    host = host_of(href)
    site, signs = _site(host)
    if not site:
        return "", "", 0
    if site == own:
        return host, site, 0
    path = href.partition("//")[2].partition("/")[2]
    return host, site, signs | (not path) << 2 | (_TOKEN.search(f"/{path}") is not None) << 3


@lru_cache(maxsize=4096)
def _site(host: str) -> tuple[str, int]:
    """The site of a host, none for one that every page may link, and the signs of its name.

    Names reserved for examples are read as if that part were not there.
    """
    site = site_of(host)
    if not host or site in known_sites() or host.endswith(".gov.cn"):
        return "", 0
    bare = _RESERVED.sub("", host)
    labels = bare.split(".")
    cheap = len(labels) > 1 and labels[-1] in _lists()["cheap"]
    name = max(labels[:-1] or labels, key=len)
    digits = sum(character.isdigit() for character in name)
    odd = 2 <= digits < len(name) or (len(name) >= 6 and name.isascii() and _VOWELS.search(name) is None)
    if len(labels) > 2 and not odd:
        sub = labels[0]
        known = sub in _KNOWN_SUB or _SERVER.match(sub) is not None
        odd = len(sub) >= 4 and not known and (_VOWELS.search(sub) is None or any(map(str.isdigit, sub)))
    return site, cheap | odd << 1


def describe(document: Document, blocks: Sequence[LinkBlock], classifier: TextClassifier) -> Description:
    """The numbers of a page's link blocks, of which there is at least one."""
    entries = [entry for block in blocks for entry in block.entries]
    sizes = np.array([len(block.entries) for block in blocks])
    begins = np.cumsum(sizes) - sizes
    owners = np.repeat(np.arange(len(blocks)), sizes)
    ranges = [(entry.start, entry.end) for entry in entries]
    starts, ends = np.array(ranges).T
    read = classifier.fast(document.normalized, [*ranges, document.range_of(FieldRef(FieldName.TITLE))])
    probabilities = read[:-1]
    columns = [classifier.categories.index(category) for category in SOLD_CATEGORIES]
    facts = {
        "abuse": _believed(document.text, probabilities[:, columns].max(axis=1), starts, ends),
        "stuffed": probabilities[:, classifier.categories.index(CategoryId.KEYWORD_STUFFING)],
        "nofollow": np.array([bool(entry.rel) and _is_paid(entry.rel) for entry in entries], dtype=np.float32),
        "hidden": np.array([entry.hidden for entry in entries], dtype=np.float32),
        "length": np.minimum((ends - starts) / 20, 2).astype(np.float32),
    }
    own = site_of(host_of(document.article.url or ""))
    addresses = [_address(entry.href, own) for entry in entries]
    facts |= _address_facts(addresses, own)
    facts |= _text_facts(document, blocks, starts, ends)
    facts |= company(entries, owners, facts, float(read[-1, columns].max()))
    block_rows = _block_rows(document, blocks, begins, owners, facts, addresses)
    entry_rows = _entry_rows(owners, facts, block_rows)
    return Description(blocks, entries, begins, owners, probabilities, facts, block_rows, entry_rows)


def _believed(text: str, abuse: Floats, starts: Places, ends: Places) -> Floats:
    """The fast model's judgement; of a word or two, or of words that every site has, it says more than it knows."""
    little = ends - starts <= _SHORT
    for place in np.flatnonzero(abuse >= _ASKED).tolist():
        little[place] |= is_plain(text, int(starts[place]), int(ends[place]))
    result: Floats = np.where(little, abuse**3, abuse).astype(np.float32)
    return result


def _is_paid(rel: str) -> bool:
    return "nofollow" in rel or "sponsored" in rel or "ugc" in rel


def _address_facts(addresses: Sequence[_Address], own: str) -> dict[str, Floats]:
    none = ("", own)
    signs = np.array([signs << 1 | 1 if site not in none else 0 for _, site, signs in addresses], dtype=np.uint8)
    bits = (signs >> np.arange(1 + len(_SIGNS), dtype=np.uint8)[:, None] & 1).astype(np.float32)
    return dict(zip(("foreign", *_SIGNS), bits, strict=True))


def _text_facts(document: Document, blocks: Sequence[LinkBlock], starts: Places, ends: Places) -> dict[str, Floats]:
    """How far each anchor's words are those of the article, what they deal in, and is their script that of the page."""
    text = document.text
    pairs = _pairs(codes_of(text)) if len(text) > 1 else np.zeros(0, dtype=np.uint32)
    own = np.zeros(len(text) + 1, dtype=np.int32)
    for block in blocks:
        if not block.running:
            own[document.block_range(block.first)[0]] += 1
            own[document.block_range(block.last)[1]] -= 1
    outside = np.cumsum(own)[: len(pairs)] <= 0
    counts = np.maximum(ends - starts - 1, 1)
    inner = np.minimum(
        np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum()), max(len(pairs) - 1, 0)
    )
    firsts = np.cumsum(counts) - counts
    mine = pairs[inner] if len(pairs) else np.zeros(len(inner), dtype=np.uint32)
    overlap = np.add.reduceat(_KNOWN.among(pairs[outside], mine).astype(np.float32), firsts) / counts
    marks = np.bitwise_or.reduceat(_words()[mine], firsts)
    script = np.zeros(len(starts), dtype=np.float32)
    if document.normalized.marks is not None:
        changed = (document.normalized.marks & np.uint16(Step.TRADITIONAL)) != 0
        if changed.mean() >= _TRADITIONAL_PAGE:
            running = np.concatenate(([0], np.cumsum(changed)))
            script = ((running[ends] == running[starts]) & (ends - starts >= 4)).astype(np.float32)
    endings = _endings()
    ranges = list(zip(starts.tolist(), ends.tolist(), strict=True))
    last = np.array([text[end - 1] in endings for _, end in ranges], dtype=np.float32)
    firm = np.array([is_firm(text, start, end) for start, end in ranges], dtype=np.float32)
    brand = np.array([is_brand(text, start, end) for start, end in ranges], dtype=np.float32)
    return {
        "names": last,
        "brand": brand * (1 - firm),
        "firm": firm,
        "overlap": overlap.astype(np.float32),
        "grey": (marks & 1).astype(np.float32),
        "trade": (marks >> 1).astype(np.float32),
        "script": script,
    }


def _block_rows(
    document: Document,
    blocks: Sequence[LinkBlock],
    begins: Places,
    owners: Places,
    facts: dict[str, Floats],
    addresses: Sequence[_Address],
) -> Floats:
    number = len(blocks)
    sizes = np.bincount(owners, minlength=number).astype(np.float32)
    abuse, foreign = facts["abuse"], facts["foreign"]
    top = np.zeros((3, number), dtype=np.float32)
    order = np.lexsort((-abuse, owners))
    for rank in range(3):
        filled = sizes > rank
        top[rank, filled] = abuse[order[begins[filled] + rank]]
    averaged = {name: facts[name] for name in _AVERAGED} | {
        "mean": abuse,
        "some": (abuse >= 0.5).astype(np.float32),
        "sure": (abuse >= 0.85).astype(np.float32),
        "foreign_abuse": abuse * foreign,
        "own_abuse": abuse * (1 - foreign),
        "strange": foreign * (1 - facts["overlap"]),
        "grey_foreign": foreign * facts["grey"],
        "trade_foreign": foreign * facts["trade"],
        "brand_foreign": foreign * facts["brand"],
        "own_title": facts["own_title"],
        "cheap_abuse": facts["cheap"] * abuse,
    }
    sums = np.add.reduceat(np.array(list(averaged.values())), begins, axis=1)
    columns: dict[str, Floats] = dict(zip(averaged, sums / sizes, strict=True))
    bad: Floats = sums[list(averaged).index("some")]
    total = max(float(sizes.sum()), 1.0)
    columns |= {
        "size": (np.log1p(sizes) / 4).astype(np.float32),
        "first": top[0],
        "second": top[1],
        "third": top[2],
        "elsewhere": np.minimum((bad.sum() - bad) / np.maximum(total - sizes, 1), 1).astype(np.float32),
    }
    columns["bought"] = columns["foreign"] * np.minimum(2 * columns["some"], 1)
    for name, values in _countings(document, blocks, begins, addresses).items():
        columns[name] = np.array(values, dtype=np.float32)
    columns["echoed"] = columns["repeated"] * columns["foreign"]
    columns["scattered"] = columns["repeated"] * columns["spread"]
    return np.array([columns[name] for name in BLOCK], dtype=np.float32).T


def _countings(
    document: Document, blocks: Sequence[LinkBlock], begins: Places, addresses: Sequence[_Address]
) -> dict[str, tuple[float, ...]]:
    """What is counted one block at a time: sites, repeated anchors, the heading, the place in the page."""
    text = document.text
    rows: list[tuple[float, ...]] = []
    for block, begin in zip(blocks, begins.tolist(), strict=True):
        own = addresses[begin : begin + len(block.entries)]
        hosts = {host for host, _, _ in own if host}
        sites = {site for _, site, _ in own if site}
        anchors = {text[entry.start : entry.end] for entry in block.entries}
        targets = {entry.href for entry in block.entries}
        region = document.blocks[block.last].region
        counted = (
            min(math.log1p(len(sites)) / 3, 1.2),
            (len(hosts) - len(sites)) / max(len(own), 1),
            max(1 - len(anchors) / max(len(targets), 1), 0),
            _FRIENDS.search(block.heading) is not None,
            _RELATED.search(block.heading) is not None,
            _SOURCES.search(block.heading) is not None,
            min(block.linked, 1),
            block.running,
            region is Region.COMMENTS,
            region is Region.FOOTER,
            region is Region.SIDEBAR,
            region is Region.NAVIGATION or region is Region.HEADER,
        )
        rows.append(counted)
    return dict(zip(_COUNTED, zip(*rows, strict=True), strict=True))


def _entry_rows(owners: Places, facts: dict[str, Floats], block_rows: Floats) -> Floats:
    """Each anchor, beside what the others of its block are. The column `block` is left for the block's log-odds."""
    abuse, foreign = facts["abuse"], facts["foreign"]
    names = ("some", "foreign", "cheap", "running", "brand_foreign")
    around = {name: block_rows[owners, BLOCK.index(name)] for name in names}
    clipped = np.clip(abuse, 1e-3, 1 - 1e-4)
    columns = {
        **{name: facts[name] for name in ENTRY if name in facts},
        "log_odds": np.log(clipped / (1 - clipped)) / 3,
        "grey_foreign": foreign * facts["grey"],
        "trade_foreign": foreign * facts["trade"],
        "brand_foreign": foreign * facts["brand"],
        "brand_stranger": foreign * facts["brand"] * (1 - around["brand_foreign"]),
        "apart_abuse": facts["apart"] * abuse,
        "firm_abuse": facts["firm"] * abuse,
        "strange": foreign * (1 - facts["overlap"]),
        "block": np.zeros_like(abuse),
        "others": around["some"],
        "stranger": foreign - around["foreign"],
        "cheaper": facts["cheap"] - around["cheap"],
        "foreign_abuse": foreign * abuse,
        "running": around["running"],
        "running_abuse": around["running"] * abuse,
        "sure": np.maximum(abuse - 0.9, 0) * 10,
    }
    return np.array([columns[name] for name in ENTRY], dtype=np.float32).T
