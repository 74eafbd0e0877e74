"""Write the HTML twin of the page this project began with, to a place outside the repository.

The page itself is third-party text and lies as plain text in `../shared`; its twin has the shape of such pages: summary,
title, meta line, body, an empty recommendation, a disclaimer, the placeholder, and the ranking with each title twice.

Usage: `python tools/source_page_twin.py TARGET.html [--source FILE]`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

SOURCE = Path(__file__).parent.parent.parent / "shared" / "examples" / "source-page.txt"
_HITS = re.compile(r"\d+\d{4}-\d\d-\d\d \d\d:\d\d")
_BULLETS = "• \u00a0"


def twin(text: str) -> str:
    """The page as markup, every line of the text in its element."""
    lines = [line.strip(" \t\r") for line in text.splitlines() if line.strip()]
    site, summary, title, meta = lines[:4]
    ranking = next(place for place, line in enumerate(lines) if line.strip(_BULLETS) == "点击排行")
    like = next(place for place, line in enumerate(lines) if line.startswith("猜你喜欢"))
    body = "\n".join(f"<p>　　{escape(line)}</p>" for line in lines[4:like])
    note, recommended, *placeholders = lines[like + 1 : ranking]
    items = "\n".join(f"<li>{escape(line.strip(_BULLETS))}</li>" for line in placeholders)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{escape(title)}</title>
</head>
<body>
<div class="top"><a href="/">{escape(site)}</a></div>
<div class="intro"><h3>{escape(summary)}</h3></div>
<div id="post">
<h1>{escape(title)}</h1>
<div class="info">{escape(meta)}</div>
<div class="content">
{body}
</div>
<div class="like">{escape(lines[like])}</div>
<div class="note">{escape(note)}</div>
</div>
<div id="side">
<h4>{escape(recommended)}</h4>
<ul class="recommend">
{items}
</ul>
<h4>点击排行</h4>
<ul class="ranking">
{_ranking(lines[ranking + 1 :])}
</ul>
</div>
</body>
</html>
"""


def _ranking(lines: Sequence[str]) -> str:
    """Items of four lines each: the title as picture text and as link, a summary, the hits glued to a date."""
    items = []
    for number, start in enumerate(range(0, len(lines) - 3, 4), 7100):
        picture, name, summary, hits = (line.strip(_BULLETS) for line in lines[start : start + 4])
        if not _HITS.fullmatch(hits):
            raise ValueError(f"no hits and date in {hits!r}")
        items.append(
            f'<li><a href="/post/{number}.html"><img src="/img/{number}.jpg" alt="{escape(picture)}"></a>\n'
            f'<a class="name" href="/post/{number}.html">{escape(name)}</a>\n'
            f"<p>{escape(summary)}</p>\n<span>{escape(hits)}</span></li>"
        )
    return "\n".join(items)


def main() -> None:
    """Read, build and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--source", type=Path, default=SOURCE)
    options = parser.parse_args()
    options.target.write_text(twin(options.source.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
