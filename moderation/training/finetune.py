"""Fine-tuning an encoder on titles and body windows: multi-label, disguised anew each epoch, hard negatives mined.

A run is resumable: after every epoch a checkpoint holds network, averaged weights, optimiser and epoch; what an epoch
draws follows from the seed and its number.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from moderation.normalize import normalize
from moderation.scoring.encoder import padded, rows_of
from moderation.scoring.vocabulary import PAD, Vocabulary
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.augment import disguise
from moderation.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from moderation.training.examples import Examples, joined, of_clean
from moderation.training.finetune_recipe import Recipe
from moderation.training.network import Classifier

Progress = Callable[[str], None]
Floats = npt.NDArray[np.float32]
_ROWS = 48
_KEPT = 0.998
"""The averaged weights keep so much of themselves at each step."""


def _averaged(mean: Tensor, new: Tensor, steps: Tensor | int) -> Tensor:
    """A moving average that forgets its beginning quickly while there are few steps."""
    return mean + (new - mean) * max(1 - _KEPT, 9 / (10 + int(steps)))


def batches(
    texts: Sequence[str], vocabulary: Vocabulary, longest: int, draw: random.Random | None
) -> Iterator[tuple[list[int], Tensor]]:
    """Row numbers and padded ids of texts of like length, `_ROWS` at a time; shuffled if there is a `draw`."""
    encoded = [rows_of(normalize(text).text, vocabulary, longest)[0] for text in texts]
    order = sorted(range(len(texts)), key=lambda i: (len(encoded[i]) // 4 + (draw.random() if draw else 0), i))
    groups = [order[i : i + _ROWS] for i in range(0, len(order), _ROWS)]
    if draw:
        draw.shuffle(groups)
    for group in groups:
        rows = [encoded[i] for i in group]
        yield group, torch.from_numpy(padded(rows, max(map(len, rows))))


class Tuner:
    """One fine-tuning run in a folder."""

    def __init__(
        self,
        network: Classifier,
        vocabulary: Vocabulary,
        longest: int,
        recipe: Recipe,
        folder: Path,
        progress: Progress,
    ) -> None:
        self.network, self.vocabulary, self.longest, self.recipe = network, vocabulary, longest, recipe
        self.path, self.progress = folder / "finetune.pt", progress
        folder.mkdir(parents=True, exist_ok=True)
        decayed = [p for p in network.parameters() if p.ndim > 1]
        others = [p for p in network.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}],
            lr=recipe.rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        self.average = torch.optim.swa_utils.AveragedModel(network, avg_fn=_averaged)
        self.epoch = 0
        self.mined: list[str] = []
        self.inputs = ""

    def _resume(self) -> None:
        state = load_checkpoint(self.path)
        if state.get("inputs", self.inputs) != self.inputs:
            self.progress(f"{self.path.name} is of other rows or another recipe: begin anew")
            return
        try:
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.epoch, self.mined = int(state["epoch"]), list(state["mined"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{self.path}: of another run; remove it to begin anew: {error}") from error
        self.progress(f"resume after epoch {self.epoch}")

    def _save(self) -> None:
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "epoch": self.epoch,
            "mined": self.mined,
            "inputs": self.inputs,
        }
        save_checkpoint(self.path, state)

    def run(self, examples: Examples, pool: Sequence[str]) -> nn.Module:
        """Tune on examples; `pool` are clean texts to mine. Returns the averaged network.

        Goes on from the folder's checkpoint where that is of the same inputs. Raises ValueError when the loss is no
        number; the last checkpoint stays.
        """
        self.inputs = self._digest(examples, pool)
        if self.path.exists():
            self._resume()
        while self.epoch < self.recipe.epochs:
            torch.manual_seed(self.recipe.seed + 1 + self.epoch)
            started = time.perf_counter()
            extra = of_clean(self.mined, self.recipe.mined_weight)
            loss = self._learn(joined([examples, extra]))
            self.epoch += 1
            if self.epoch == self.recipe.mine_after and pool:
                self.mined = self._hardest(pool)
            self._save()
            self.progress(
                f"epoch {self.epoch}/{self.recipe.epochs}  loss {loss:.4f}  {time.perf_counter() - started:.0f} s"
                f"  {(self.recipe.epochs - self.epoch) * (time.perf_counter() - started) / 60:.0f} min left"
            )
        return self.average.module

    def _digest(self, examples: Examples, pool: Sequence[str]) -> str:
        """What a checkpoint belongs to: recipe, rows, pool, characters and the encoder it began with."""
        texts = [asdict(self.recipe), list(examples.texts), list(pool), self.vocabulary.entries]
        state = hashlib.sha256(json.dumps(texts).encode())
        for array in (examples.labels, examples.weights):
            state.update(array.tobytes())
        for value in self.network.encoder.state_dict().values():
            state.update(value.numpy().tobytes())
        return state.hexdigest()

    def _learn(self, examples: Examples) -> float:
        draw = random.Random(self.recipe.seed * 1000 + self.epoch)
        texts = [disguise(text, draw) if draw.random() < self.recipe.disguised else text for text in examples.texts]
        labels = torch.from_numpy(examples.labels.astype(np.float32))
        labels = labels * (1 - 2 * self.recipe.smoothing) + self.recipe.smoothing
        weights = torch.from_numpy(examples.weights)
        planned = list(batches(texts, self.vocabulary, self.longest, draw))
        total, self.network = 0.0, self.network.train()
        for number, (group, ids) in enumerate(planned):
            done = (self.epoch + number / len(planned)) / self.recipe.epochs
            rate = self.recipe.rate * min(1.0, done * 20) * (0.02 + 0.98 * (1 - done))
            for settings in self.optimiser.param_groups:
                settings["lr"] = rate
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = self.network(ids, (ids != PAD).long())
            losses = nn.functional.binary_cross_entropy_with_logits(scores.float(), labels[group], reduction="none")
            loss = (losses.sum(dim=1) * weights[group]).mean()
            value = loss.item()
            if not math.isfinite(value):
                raise ValueError(f"epoch {self.epoch + 1}: the loss is {value}; the last checkpoint is untouched")
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)
            self.average.update_parameters(self.network)
            total += value
        return total / len(planned)

    def _hardest(self, pool: Sequence[str]) -> list[str]:
        scores = predict(self.average.module, pool, self.vocabulary, self.longest).max(axis=1)
        return [pool[i] for i in np.argsort(-scores, kind="stable")[: self.recipe.mined]]


@torch.inference_mode()
def predict(network: nn.Module, texts: Sequence[str], vocabulary: Vocabulary, longest: int) -> Floats:
    """Log-odds `(texts, categories)` in single precision; of a long text, its first window alone."""
    network.eval()
    result = np.zeros((len(texts), len(TITLE_CATEGORIES)), dtype=np.float32)
    for group, ids in batches(texts, vocabulary, longest, None):
        result[group] = network(ids, (ids != PAD).long()).float().numpy()
    return result
