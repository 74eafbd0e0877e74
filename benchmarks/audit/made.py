"""Sites to audit: rows that hold a title alone, and whole articles; the same number gives the same site."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

DATA = Path(__file__).parents[2] / "data"
_ABUSIVE = 0.03
"""The share of poisoned rows: an inherited site that is worth an audit."""
KINDS = ("titles", "articles")


def write_site(path: Path, kind: str, count: int, seed: int = 7) -> Path:
    """Write `count` rows as JSON lines."""
    random = Random(seed)
    with (DATA / "titles.jsonl").open(encoding="utf-8") as stream:
        rows = [row for row in map(json.loads, stream) if row["split"] == "train"]
    with (DATA / "donors.jsonl").open(encoding="utf-8") as stream:
        donors = [json.loads(line) for line in stream]
    clean = [row["text"] for row in rows if not row["categories"]] + [donor["title"] for donor in donors]
    abusive = [row["text"] for row in rows if row["categories"]]
    paragraphs = [line for donor in donors for line in donor["paragraphs"]]
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            bad = random.random() < _ABUSIVE
            # No title twice: the memory of recent titles would answer for the second.
            title = f"{random.choice(abusive if bad else clean)}（{number}）"
            row = {"id": number, "title": title, "date": f"20{20 + number % 6}-{1 + number % 12:02}-01"}
            if kind == "articles":
                lines = [f"<p>{line}</p>" for line in random.sample(paragraphs, k=8)]
                menu = "".join(f'<li><a href="/list/{place}.html">栏目{place}</a></li>' for place in range(20))
                row["html"] = f"<ul>{menu}</ul>{''.join(lines)}{_block(random, abusive) if bad else ''}"
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def _block(random: Random, abusive: list[str]) -> str:
    links = [f'<a href="http://{random.randrange(10**6)}.example/">{random.choice(abusive)[:12]}</a>' for _ in range(8)]
    return f'<div style="display:none">{" ".join(links)}</div>'
