"""A training configuration: one TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from moderation.training.dataset import DatasetError
from moderation.training.finetune_recipe import Recipe


@dataclass(frozen=True, slots=True)
class Config:
    """What to train. Paths count from the file's own folder.

    `benign` names gzipped JSONL files of ordinary titles, used as clean rows of little weight where they exist:
    `benign_rows` of them from each file. The fast model learns a share `disguise_rate` of all rows a second time, in
    disguise. `encoder` is where fine-tuning starts (a folder of `moderation pretrain`, or a transformers checkpoint);
    without one only the fast model is trained. `floors` is what the gate compares with, if anything.
    """

    name: str
    version: str
    corpus: Path
    strength: float
    seed: int
    benign: tuple[Path, ...] = ()
    benign_rows: int = 0
    benign_weight: float = 0.1
    disguise_rate: float = 0.0
    disguise_weight: float = 0.5
    encoder: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    floors: Path | None = None
    robustness: bool = False

    @property
    def label(self) -> str:
        """`<name>-<version>`, as the model folder is called."""
        return f"{self.name}-{self.version}"

    def facts(self) -> dict[str, Any]:
        """What a manifest says of the configuration: no paths of this machine."""
        left_out = {"corpus", "benign", "floors", "recipe", "encoder", "name", "version"}
        facts = {name: value for name, value in asdict(self).items() if name not in left_out}
        facts |= {"corpus": self.corpus.name, "benign": [path.name for path in self.benign]}
        if self.encoder is not None:
            facts |= {"encoder": Path(self.encoder).name, "recipe": asdict(self.recipe)}
        return facts


def load_config(path: Path) -> Config:
    """Read a configuration. Raises DatasetError naming the file and the key."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        encoder = raw.get("encoder")
        floors = raw.get("floors")
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
            encoder=None if encoder is None else started_from(path.parent, str(encoder)),
            recipe=Recipe(**raw.get("recipe", {})),
            floors=None if floors is None else path.parent / floors,
            robustness=bool(raw.get("robustness", False)),
        )
    except KeyError as error:
        raise DatasetError(f"{path}: {error} is missing") from error
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path}: {error}") from error


def started_from(folder: Path, encoder: str) -> str:
    """A folder beside the configuration where there is one, else the name as it stands."""
    beside = folder / encoder
    return str(beside.resolve()) if beside.exists() else encoder
