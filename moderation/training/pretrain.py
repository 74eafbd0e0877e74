"""Pre-training the encoder by masked language modelling (Devlin et al. 2019) on running text, resumable at any step.

What stands at a masked place is not only [MASK]: sometimes another character of the same sound (as in PLOME, Liu et
al. 2021), so that the network learns from the start to read by sound what the sign does not tell.
"""

from __future__ import annotations

import json
import math
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from moderation.scoring.vocabulary import MARKS, MASK, Vocabulary
from moderation.training.channels import Channels, build_channels, parts_of, same_sound_table
from moderation.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from moderation.training.dataset import DatasetError
from moderation.training.network import CharacterEncoder, MaskedPredictor, Shape
from moderation.training.running_text import Source, Store, build_vocabulary
from moderation.training.split import load_corpus

Progress = Callable[[str], None]
Ids = npt.NDArray[np.int64]
_MASKED, _SAME_SOUND, _RANDOM = 0.70, 0.15, 0.05  # of the chosen places; the rest keep their character
_COMMON = 3500
_WINDOW = 50


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """A run of `steps` batches of `rows` sequences of `length` characters.

    The rate of learning rises over `warmup` steps and falls to nothing over the last share `decay` of all steps.
    """

    name: str
    sources: tuple[Source, ...]
    corpus: Path
    decompositions: Path
    characters: int
    shape: Shape
    steps: int
    rows: int
    length: int
    masked: float
    rate: float
    warmup: int
    decay: float
    every: int
    seed: int


def load_pretrain_config(path: Path) -> PretrainConfig:
    """Read a configuration; paths count from its folder. Raises DatasetError naming the file and the key."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return PretrainConfig(
            name=str(raw["name"]),
            sources=tuple(
                Source(path.parent / entry["path"], float(entry["share"]), int(entry.get("most", 0)))
                for entry in raw["source"]
            ),
            corpus=path.parent / raw["corpus"],
            decompositions=path.parent / raw["decompositions"],
            characters=int(raw["characters"]),
            shape=Shape(**raw.get("shape", {})),
            steps=int(raw["steps"]),
            rows=int(raw["rows"]),
            length=int(raw["length"]),
            masked=float(raw.get("masked", 0.18)),
            rate=float(raw.get("rate", 1e-3)),
            warmup=int(raw.get("warmup", 200)),
            decay=float(raw.get("decay", 0.3)),
            every=int(raw.get("every", 250)),
            seed=int(raw["seed"]),
        )
    except KeyError as error:
        raise DatasetError(f"{path}: {error} is missing") from error
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path}: {error}") from error


def rate_at(step: int, config: PretrainConfig) -> float:
    """Warm up, hold, and fall to nothing: a run can be lengthened from any checkpoint of the level part."""
    falling = config.steps * config.decay
    return config.rate * min(1.0, (step + 1) / max(config.warmup, 1), (config.steps - step) / max(falling, 1.0))


class Masker:
    """Chooses places of a batch and disguises them."""

    def __init__(self, channels: Channels, share: float) -> None:
        self._characters = len(channels.syllables)
        self._same_sound = same_sound_table(channels, _COMMON)
        self._share = share

    def apply(self, ids: Ids, draw: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Disguised ids, the flat places that were chosen, and what stood there.

        Places come in runs of one to three, since most Chinese words are that long.
        """
        starts = draw.random(ids.shape) < self._share / 1.7
        sizes = draw.choice(3, ids.shape, p=(0.45, 0.40, 0.15))
        chosen = starts.copy()
        chosen[:, 1:] |= starts[:, :-1] & (sizes[:, :-1] >= 1)
        chosen[:, 2:] |= starts[:, :-2] & (sizes[:, :-2] >= 2)
        chosen &= ids >= len(MARKS)
        places = np.flatnonzero(chosen)
        truth = ids.ravel()[places]
        kind = draw.random(len(places))
        sounds = self._same_sound[truth, draw.integers(0, self._same_sound.shape[1], len(places))]
        shown = np.where(kind < _MASKED, MASK, truth)
        other = (kind >= _MASKED) & (kind < _MASKED + _SAME_SOUND)
        shown = np.where(other, sounds, shown)
        wild = (kind >= _MASKED + _SAME_SOUND) & (kind < _MASKED + _SAME_SOUND + _RANDOM)
        shown = np.where(wild, draw.integers(len(MARKS), self._characters, len(places)), shown)
        masked = ids.copy()
        masked.ravel()[places] = shown
        return torch.from_numpy(masked), torch.from_numpy(places), torch.from_numpy(truth)


class _Run:
    """One run: the stores, the network, the optimisers, and where it is."""

    def __init__(self, config: PretrainConfig, folder: Path, progress: Progress) -> None:
        self.config, self.folder, self.progress = config, folder, progress
        folder.mkdir(parents=True, exist_ok=True)
        missing = [str(source.path) for source in config.sources if not source.path.exists()]
        if missing:
            raise DatasetError(f"no such text to pre-train on: {', '.join(missing)}")
        self.vocabulary = self._vocabulary()
        self.channels = build_channels(self.vocabulary.entries, parts_of(config.decompositions))
        self.stores = [Store.build(source, self.vocabulary, folder, progress) for source in config.sources]
        torch.manual_seed(config.seed)
        self.network = MaskedPredictor(CharacterEncoder(config.shape, self.channels))
        inner = [p for p in self.network.encoder.bert.encoder.parameters() if p.ndim == 2]
        known = set(map(id, inner))
        outer = [p for p in self.network.parameters() if id(p) not in known]
        self.optimisers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(outer, lr=config.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True),
            torch.optim.Muon(inner, lr=config.rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        ]
        self.masker = Masker(self.channels, config.masked)
        self.step = 0
        self.resume()

    def _vocabulary(self) -> Vocabulary:
        path = self.folder / "vocabulary.txt"
        if not path.exists():
            self.progress("count characters")
            own = [row.text for row in load_corpus(self.config.corpus) if row.split == "train"]
            draft = path.with_suffix(".draft")
            build_vocabulary(self.config.sources, own, 3, self.config.characters).save(draft)
            draft.replace(path)
        return Vocabulary.load(path)

    def resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = load_checkpoint(path)
        try:
            self.network.load_state_dict(state["network"])
            for optimiser, stored in zip(self.optimisers, state["optimisers"], strict=True):
                optimiser.load_state_dict(stored)
            self.step = int(state["step"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{path}: of another run; remove it to begin anew: {error}") from error
        self.progress(f"resume at step {self.step}")

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "shape": self.config.shape.as_dict(),
        }
        save_checkpoint(self.folder / "checkpoint.pt", state)

    def batch(self, step: int) -> tuple[Tensor, Tensor, Tensor, int]:
        """The batch of a step, drawn from the seed and the step alone: a resumed run sees what an unbroken one sees."""
        draw = np.random.default_rng((self.config.seed, step))
        shares = np.array([source.share for source in self.config.sources])
        counts = draw.multinomial(self.config.rows, shares / shares.sum())
        pieces = [
            store.draw(draw, int(count), self.config.length)
            for store, count in zip(self.stores, counts, strict=True)
            if count
        ]
        spare = self.config.shape.longest - self.config.length
        offset = int(draw.integers(0, spare + 1)) if spare > 0 and draw.random() < 0.5 else 0
        return *self.masker.apply(np.concatenate(pieces), draw), offset

    def learn(self, predict: Callable[..., Tensor]) -> float:
        ids, places, truth, offset = self.batch(self.step)
        rate = rate_at(self.step, self.config)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = predict(ids, places, torch.arange(offset, offset + ids.shape[1]))
        loss = nn.functional.cross_entropy(scores.float(), truth)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return loss.item()


def pretrain(config: PretrainConfig, folder: Path, progress: Progress, compiled: bool = True) -> Path:
    """Pre-train into `folder`, going on where an earlier run stopped. Returns the checkpoint.

    Raises DatasetError for missing texts, ValueError when the loss is no number (the last checkpoint stays).
    """
    run = _Run(config, folder, progress)
    predict: Callable[..., Tensor] = torch.compile(run.network) if compiled else run.network
    recent: list[float] = []
    started, first = time.perf_counter(), run.step
    log = (folder / "log.jsonl").open("a", encoding="utf-8")
    with log:
        while run.step < config.steps:
            loss = run.learn(predict)
            if not math.isfinite(loss):
                raise ValueError(f"step {run.step}: the loss is {loss}; the last checkpoint is untouched")
            recent = [*recent[-_WINDOW:], loss]
            if run.step % config.every == 0 or run.step == config.steps:
                run.save()
                speed = (run.step - first) * config.rows * config.length / (time.perf_counter() - started)
                left = (config.steps - run.step) * config.rows * config.length / speed
                mean = sum(recent) / len(recent)
                log.write(json.dumps({"step": run.step, "loss": round(mean, 4), "speed": round(speed)}) + "\n")
                log.flush()
                progress(
                    f"step {run.step}/{config.steps}  loss {mean:.3f}  perplexity {math.exp(mean):.1f}"
                    f"  {speed:,.0f} characters/s  {left / 60:.0f} min left"
                )
    return folder / "checkpoint.pt"
