"""A tiny corpus whose categories have words of their own."""

from __future__ import annotations

import random
from pathlib import Path

from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.dataset import Row, write_rows

WORDS = {
    CategoryId.EXPLICIT: "春夏秋冬",
    CategoryId.GAMBLING: "东南西北",
    CategoryId.FRAUD: "金木水火",
    CategoryId.ILLICIT_AD: "梅兰竹菊",
    CategoryId.CLICKBAIT: "风花雪月",
    CategoryId.KEYWORD_STUFFING: "琴棋书画",
}
PLAIN = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要"


def row(identifier: str, text: str = "社区图书馆周末开放", **changes: object) -> Row:
    fields: dict[str, object] = {
        "id": identifier,
        "text": text,
        "categories": (),
        "family": "plain.news",
        "group": "plain",
        "pair": None,
        "hand": "jia",
        "split": "train",
    }
    return Row(**(fields | changes))  # type: ignore[arg-type]


def rows() -> list[Row]:
    """Ten rows of each category and forty without any, over three splits."""
    draw = random.Random(3)

    def text(own: str) -> str:
        return "".join(draw.choice(own) if own and draw.random() < 0.5 else draw.choice(PLAIN) for _ in range(12))

    found = []
    for number in range(100):
        category = TITLE_CATEGORIES[number % 10] if number % 10 < len(TITLE_CATEGORIES) else None
        split = ("train", "train", "train", "train", "dev", "dev", "dev", "test", "test", "train")[number // 10]
        found.append(
            row(
                f"r{number:03}",
                text(WORDS[category] if category else ""),
                categories=(category,) if category else (),
                group="abusive" if category else ("hard", "plain")[number % 2],
                split=split,
            )
        )
    return found


def write_config(folder: Path, corpus: list[Row], version: str = "0.0.1") -> Path:
    """A training configuration with its corpus in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / "titles.jsonl", corpus)
    path = folder / "title.toml"
    path.write_text(
        f'name = "title"\nversion = "{version}"\ncorpus = "titles.jsonl"\nstrength = 30.0\nseed = 5\n', "utf-8"
    )
    return path
