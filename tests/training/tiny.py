"""Networks and folders small enough to be trained within a test."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import torch

from moderation.training.config import load_config
from moderation.training.dataset import write_rows
from moderation.training.network import Shape
from moderation.training.pretrain import PretrainConfig, pretrain
from moderation.training.run import Run, run_steps
from moderation.training.running_text import Source
from moderation.training.steps import STEPS

from .corpus import PLAIN, WORDS, rows, write_config

torch.set_num_threads(1)
SHAPE = Shape(layers=1, width=16, heads=2, longest=32)
RECIPE = """
[recipe]
epochs = 40
rate = 1e-2
disguised = 0.1
dropout = 0.1
mine_after = 1
pool = 8
mined = 4
"""


def silent(line: str) -> None:
    """Progress that nobody reads."""


def write_texts(path: Path, texts: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    return path


def headlines(count: int, seed: int = 11) -> list[str]:
    draw = random.Random(seed)
    characters = PLAIN + "".join(WORDS.values())
    return ["".join(draw.choice(characters) for _ in range(14)) for _ in range(count)]


def pretraining(folder: Path, **changes: object) -> PretrainConfig:
    """A configuration with its texts in a folder."""
    write_texts(folder / "text.jsonl.gz", headlines(80))
    write_rows(folder / "titles.jsonl", rows())
    fields: dict[str, object] = {
        "name": "tiny",
        "sources": (Source(folder / "text.jsonl.gz", 1.0),),
        "corpus": folder / "titles.jsonl",
        "decompositions": folder / "none.gz",
        "characters": 200,
        "shape": SHAPE,
        "steps": 4,
        "rows": 4,
        "length": 16,
        "masked": 0.3,
        "rate": 1e-3,
        "warmup": 1,
        "decay": 0.3,
        "every": 2,
        "seed": 3,
    }
    return PretrainConfig(**(fields | changes))  # type: ignore[arg-type]


def pretrained(folder: Path) -> Path:
    """A folder with a pre-trained encoder of one layer."""
    pretrain(pretraining(folder / "texts"), folder / "encoder", silent, compiled=False)
    return folder / "encoder"


def with_encoder(folder: Path, encoder: Path, version: str = "0.0.2") -> Path:
    """A training configuration that fine-tunes an encoder."""
    path = write_config(folder, rows(), version)
    write_texts(folder / "hot.jsonl.gz", headlines(120, 5))
    more = f'benign = ["hot.jsonl.gz"]\nbenign_rows = 10\nencoder = "{encoder}"\n{RECIPE}'
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    return path


def run_of(config: Path, folder: Path) -> Run:
    return Run(load_config(config), folder / "run", folder / "models", silent)


def trained_cascade(folder: Path, encoder: Path) -> Run:
    """A whole run with an encoder, down to the model folder."""
    run = run_of(with_encoder(folder / "configs", encoder), folder)
    run_steps(run, STEPS)
    return run
