"""What a flagged article has in common with others of its campaign: its text, its link blocks, the hosts they sell."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from datasketch import MinHash

from moderation.address import host_of
from moderation.article import Article, FieldName, FieldRef, Link, Region
from moderation.normalize import normalize
from moderation.renderers.mask import ExplicitMask, clip, visible
from moderation.verdict import Verdict

PERMUTATIONS = 64
_SCHEME: Final = "affine32"
_SHINGLE = 5
_LONGEST = 20_000
"""Characters of a text that its signature is made from: near-duplicates are alike from their beginning."""
_ANCHOR = 40
_FEW = 3
"""A block with fewer links than this is like too many others."""


@dataclass(frozen=True, slots=True)
class Traces:
    """MinHash signatures (Broder 1997; PERMUTATIONS values of 32 bits) and hosts; empty for an allowed article."""

    text: bytes = b""
    blocks: tuple[bytes, ...] = ()
    hosts: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    """For each host the words of its first link, masked."""

    def packed(self) -> bytes:
        """For the ledger."""
        if not (self.text or self.blocks or self.hosts):
            return b""
        told = {
            "text": b64encode(self.text).decode("ascii"),
            "blocks": [b64encode(block).decode("ascii") for block in self.blocks],
            "hosts": self.hosts,
            "anchors": self.anchors,
        }
        return json.dumps(told).encode("ascii")

    @classmethod
    def unpacked(cls, data: bytes) -> Traces:
        """From the ledger."""
        if not data:
            return cls()
        told = json.loads(data)
        blocks = tuple(map(b64decode, told["blocks"]))
        return cls(b64decode(told["text"]), blocks, tuple(told["hosts"]), tuple(told.get("anchors", ())))


def traces_of(article: Article, verdict: Verdict, mask: ExplicitMask) -> Traces:
    """The traces of a flagged article: its own text, and of links those that are evidence. A page without text has no
    signature: it is like every other.
    """
    accused = {
        evidence.field.index
        for signal in verdict.signals
        for evidence in signal.evidence
        if evidence.field.name is FieldName.LINK
    }
    accused_blocks = {
        evidence.field.index
        for signal in verdict.signals
        for evidence in signal.evidence
        if evidence.field.name is FieldName.BLOCK and signal.name.startswith(("link_blocks.", "hidden."))
    }
    by_container: defaultdict[str, list[str]] = defaultdict(list)
    anchors: dict[str, str] = {}
    for number, (index, link) in enumerate(article.links()):
        if number in accused or index in accused_blocks:
            block = article.blocks[index]
            host = host_of(link.href)
            by_container[block.container or str(index)].append(f"{host} {link.anchor}")
            if host and not anchors.get(host):
                anchors[host] = _masked(mask, index, link)
    text = _own_text(article)
    return Traces(
        text=_signature(_shingles(text[:_LONGEST])) if text.strip() else b"",
        blocks=tuple(_signature(links) for links in by_container.values() if len(links) >= _FEW),
        hosts=tuple(anchors),
        anchors=tuple(anchors.values()),
    )


def signature_of(data: bytes) -> MinHash:
    """The MinHash of stored values, for datasketch's index."""
    values = np.frombuffer(data, dtype=np.uint32)
    return MinHash(hashvalues=values, permutations=_permutations(), scheme=_SCHEME)


def _own_text(article: Article) -> str:
    """Title and main text, without what a site repeats on every page; of a page without main text all that is seen."""
    seen = [block for block in article.blocks if not block.hidden]
    main = [block for block in seen if block.region is Region.MAIN]
    return "\n".join((article.title, *(block.text for block in main or seen)))


def _masked(mask: ExplicitMask, index: int, link: Link) -> str:
    words = mask.words(mask.quote(FieldRef(FieldName.BLOCK, index), link.start, link.anchor))
    return visible(clip(" ".join(words.split()), _ANCHOR))


def _shingles(text: str) -> set[str]:
    squeezed = normalize(text).text.replace(" ", "").replace("\n", "")
    return {squeezed[start : start + _SHINGLE] for start in range(max(1, len(squeezed) - _SHINGLE + 1))}


@cache
def _permutations() -> Any:
    return MinHash(PERMUTATIONS, scheme=_SCHEME).permutations


def _signature(tokens: Iterable[str]) -> bytes:
    minhash = MinHash(PERMUTATIONS, hashfunc=zlib.crc32, permutations=_permutations(), scheme=_SCHEME)
    minhash.update_batch([token.encode("utf-8", "surrogatepass") for token in tokens])
    return np.asarray(minhash.hashvalues, dtype=np.uint32).tobytes()
