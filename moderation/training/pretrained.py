"""Where a fine-tuning run starts: our own checkpoint, or any BERT-shaped checkpoint of the transformers library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from moderation.scoring.vocabulary import MARKS, Vocabulary
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.channels import Channels
from moderation.training.checkpoint import CheckpointError, load_checkpoint
from moderation.training.network import CharacterEncoder, Classifier, Shape


class ForeignEncoder(nn.Module):
    """A model of the transformers library, its single-character tokens reordered into our kind of vocabulary."""

    def __init__(self, model: Any, ids: Tensor) -> None:
        super().__init__()
        self.model = model
        self.ids: Tensor
        self.register_buffer("ids", ids)

    def plain(self) -> None:
        """Switch to attention that can be exported."""
        self.model.set_attn_implementation("eager")

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids of our vocabulary and the mask, `(rows, length)`, to vectors."""
        result: Tensor = self.model(input_ids=self.ids[ids], attention_mask=mask).last_hidden_state
        return result


def from_checkpoint(folder: Path, dropout: float) -> tuple[Classifier, Vocabulary, int]:
    """A classifier over the encoder that `moderation pretrain` left in a folder, its vocabulary and longest text.

    Raises CheckpointError for a folder without a whole checkpoint.
    """
    state = load_checkpoint(folder / "checkpoint.pt")
    try:
        vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        weights = {
            name.removeprefix("encoder."): value
            for name, value in state["network"].items()
            if name.startswith("encoder.")
        }
        shape = Shape(**state["shape"])
        tables = [weights[name].numpy() for name in ("syllables", "letters", "parts")]
        encoder = CharacterEncoder(shape, Channels(*tables))
        encoder.load_state_dict(weights)
    except (KeyError, TypeError, ValueError, RuntimeError, OSError) as error:
        raise CheckpointError(f"{folder}: no pre-trained encoder: {error}") from error
    return Classifier(encoder, shape.width, len(TITLE_CATEGORIES), dropout), vocabulary, shape.longest


def from_transformers(name: str, dropout: float, longest: int = 192) -> tuple[Classifier, Vocabulary, int]:
    """A classifier over any encoder checkpoint of the transformers library, by name or folder.

    Its tokenizer is used for its single characters alone, so that serving needs none. Raises CheckpointError where
    there is no such checkpoint or it has no marks of our kind.
    """
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModel.from_pretrained(name, attn_implementation="eager")
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{name}: no checkpoint of the transformers library: {error}") from error
    marks = (
        tokenizer.pad_token_id,
        tokenizer.unk_token_id,
        tokenizer.cls_token_id,
        tokenizer.sep_token_id,
        tokenizer.mask_token_id,
    )
    if any(mark is None for mark in marks):
        raise CheckpointError(f"{name}: its tokenizer lacks one of {', '.join(MARKS)}")
    found = {
        token.removeprefix("▁"): number
        for token, number in sorted(tokenizer.get_vocab().items(), key=lambda entry: -entry[1])
        if len(token.removeprefix("▁")) == 1 and number not in marks
    }
    entries = sorted(found, key=found.__getitem__)
    ids = torch.tensor([*marks, *(found[entry] for entry in entries)])
    longest = min(longest, int(getattr(model.config, "max_position_embeddings", longest)))
    width = int(model.config.hidden_size)
    network = Classifier(ForeignEncoder(model, ids), width, len(TITLE_CATEGORIES), dropout)
    return network, Vocabulary([*MARKS, *entries]), longest


def start(encoder: str, dropout: float) -> tuple[Classifier, Vocabulary, int]:
    """`from_checkpoint` for a folder that `moderation pretrain` wrote, else `from_transformers`."""
    folder = Path(encoder)
    if (folder / "checkpoint.pt").exists():
        return from_checkpoint(folder, dropout)
    return from_transformers(encoder, dropout)
