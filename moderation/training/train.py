"""The training run: load, fit, calibrate, evaluate, export, as one TOML file says."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from moderation.artifacts import write_manifest
from moderation.policy import Policy
from moderation.scoring import NgramModel
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.augment import disguised
from moderation.training.calibrate import fit_calibration, scores_of
from moderation.training.card import model_card
from moderation.training.dataset import SPLITS, DatasetError, Row, texts_of
from moderation.training.evaluate import Evaluation, evaluate
from moderation.training.fit import Examples, fit, labels_of
from moderation.training.split import digest, load_corpus

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Config:
    """A training configuration. Paths count from the file's own folder.

    `benign` names gzipped JSONL files of ordinary titles, used as clean rows of little weight where they exist:
    `benign_rows` of them from each file. `disguise_rate` of all rows are trained on a second time, disguised.
    """

    name: str
    version: str
    corpus: Path
    strength: float
    seed: int
    benign: tuple[Path, ...]
    benign_rows: int
    benign_weight: float
    disguise_rate: float = 0.0
    disguise_weight: float = 0.5


def load_config(path: Path) -> Config:
    """Read a configuration. Raises DatasetError naming the file and the key."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return Config(
            name=str(raw["name"]),
            version=str(raw["version"]),
            corpus=path.parent / raw["corpus"],
            strength=float(raw["strength"]),
            seed=int(raw["seed"]),
            benign=tuple(path.parent / entry for entry in raw.get("benign", [])),
            benign_rows=int(raw.get("benign_rows", 0)),
            benign_weight=float(raw.get("benign_weight", 0.1)),
            disguise_rate=float(raw.get("disguise_rate", 0.0)),
            disguise_weight=float(raw.get("disguise_weight", 0.5)),
        )
    except KeyError as error:
        raise DatasetError(f"{path}: {error} is missing") from error
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path}: {error}") from error


def train(config: Config, target: Path, progress: Progress) -> dict[str, Evaluation]:
    """Train and export to `target/<name>-<version>`; returns the evaluation of each held-out split.

    The folder is written beside its place and moved there whole, so that a failed run leaves an old model untouched.
    """
    progress(f"load {config.corpus}")
    rows = load_corpus(config.corpus)
    examples, benign = _examples(config, rows)
    plain = len(examples.texts)
    examples = disguised(examples, config.disguise_rate, config.disguise_weight, config.seed)
    copies = len(examples.texts) - plain
    progress(f"fit on {plain - benign} own rows, {benign} third-party titles, {copies} disguised copies")
    model = fit(examples, config.strength, config.seed)
    dev = [row for row in rows if row.split == "dev"]
    progress(f"calibrate on {len(dev)} rows")
    labels = labels_of([row.categories for row in dev])
    calibration = fit_calibration(scores_of(model, [row.text for row in dev]), labels)
    model = _calibrated(model, calibration)
    policy = Policy.default()
    held_out = [split for split in SPLITS if split != "train" and any(row.split == split for row in rows)]
    progress("evaluate on " + ", ".join(held_out))
    results = {split: evaluate(model, rows, split, policy) for split in held_out}
    _export(config, model, rows, results, target, benign)
    progress(f"written {target / f'{config.name}-{config.version}'}")
    return results


def _examples(config: Config, rows: list[Row]) -> tuple[Examples, int]:
    own = [row for row in rows if row.split == "train"]
    draw = np.random.default_rng(config.seed)
    benign: list[str] = []
    for path in config.benign:
        if path.exists():
            texts = list(texts_of(path))
            benign += [texts[i] for i in draw.permutation(len(texts))[: config.benign_rows]]
    labels = labels_of([row.categories for row in own] + [()] * len(benign))
    weights = np.array([1.0] * len(own) + [config.benign_weight] * len(benign), dtype=np.float32)
    return Examples([row.text for row in own] + benign, labels, weights), len(benign)


def _calibrated(model: NgramModel, calibration: Any) -> NgramModel:
    return NgramModel(model.categories, model.weights, model.bias, calibration)


def _export(
    config: Config, model: NgramModel, rows: list[Row], results: dict[str, Evaluation], target: Path, benign: int
) -> None:
    folder = target / f"{config.name}-{config.version}"
    draft = target / f".{folder.name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    model.save(draft / "weights.npz")
    (draft / "MODEL_CARD.md").write_text(model_card(config.name, config.version, rows, results, benign), "utf-8")
    details = {
        "kind": "hashed character n-grams, one logistic regression a category",
        "categories": [str(category) for category in TITLE_CATEGORIES],
        "config": {
            "corpus": config.corpus.name,
            "strength": config.strength,
            "seed": config.seed,
            "benign_rows": config.benign_rows,
            "benign_weight": config.benign_weight,
            "disguise_rate": config.disguise_rate,
            "disguise_weight": config.disguise_weight,
        },
        "corpus": {split: digest(rows, split) for split in SPLITS},
        "third_party_titles": benign,
    }
    write_manifest(draft, config.name, config.version, details)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
