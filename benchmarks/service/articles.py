"""What is sent: articles no two of which are alike, so that no memory of earlier texts helps."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from benchmarks.pages.made import DATA, clean_page
from moderation import Moderator, read_record

_SEED = 20_261_127
_SIZE = 3_000


def plain(count: int) -> list[bytes]:
    """Articles of 3 KB as JSON bodies."""
    generator = random.Random(_SEED)
    donors = [json.loads(line) for line in (DATA / "donors.jsonl").open(encoding="utf-8")]
    paragraphs = [paragraph for donor in donors for paragraph in donor["paragraphs"]]
    return [_body(number, generator.choice(donors)["title"], paragraphs, generator) for number in range(count)]


def escalating(count: int) -> list[bytes]:
    """The same with titles that the encoder reads."""
    generator = random.Random(_SEED + 1)
    donors = [json.loads(line) for line in (DATA / "donors.jsonl").open(encoding="utf-8")]
    paragraphs = [paragraph for donor in donors for paragraph in donor["paragraphs"]]
    titles = list(_doubtful(2 * count // 3 + 1))
    return [_body(number, generator.choice(titles), paragraphs, generator) for number in range(count)]


def pages(count: int) -> list[bytes]:
    """Pages of 50 KB with 180 links, each with numbers of its own in its title and paragraphs."""
    page = clean_page().data.decode()
    bodies = []
    for number in range(count):
        own = page.replace("<title>", f"<title>第{number}期：", 1).replace("<p>", f"<p>{number}、")
        bodies.append(json.dumps({"id": number, "html": own}, ensure_ascii=False).encode())
    return bodies


def _body(number: int, title: str, paragraphs: list[str], generator: random.Random) -> bytes:
    record = {"id": number, "title": f"{title}（{number}）", "text": ""}
    while len(body := json.dumps(record, ensure_ascii=False).encode()) < _SIZE:
        record["text"] += generator.choice(paragraphs) + "\n"
    return body


def _doubtful(count: int) -> Iterator[str]:
    moderator = Moderator.load()
    rows = (json.loads(line) for line in (DATA / "titles.jsonl").open(encoding="utf-8"))
    for row in rows:
        if row["split"] != "train":
            continue
        _, before = moderator.texts
        moderator.score(read_record({"id": 1, "title": row["text"]}))
        if moderator.texts[1] > before:
            count -= 1
            yield row["text"]
        if not count:
            return
