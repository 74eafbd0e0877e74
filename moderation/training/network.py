"""The encoder as a network: character, sound and shape embeddings under a BERT of the transformers library."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from moderation.scoring.vocabulary import PAD
from moderation.training.channels import PARTS, Channels


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of an encoder. `sound` and `parts` switch the second and third channel off for ablations."""

    layers: int = 4
    width: int = 256
    heads: int = 4
    longest: int = 192
    sound: bool = True
    parts: bool = True

    def bert(self, characters: int) -> BertConfig:
        """The configuration of the transformers model inside."""
        return BertConfig(
            vocab_size=characters,
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            intermediate_size=4 * self.width,
            max_position_embeddings=self.longest,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=PAD,
        )

    def as_dict(self) -> dict[str, Any]:
        """For manifests and checkpoints."""
        return asdict(self)


class CharacterEncoder(nn.Module):
    """Ids `(rows, length)` to vectors `(rows, length, width)`. Sound and shape are looked up from the ids."""

    def __init__(self, shape: Shape, channels: Channels) -> None:
        super().__init__()
        self.shape = shape
        characters = len(channels.syllables)
        self.bert = BertModel(shape.bert(characters), add_pooling_layer=False)
        syllables, letters, parts = channels.sizes()
        self.syllable = nn.Embedding(syllables, shape.width, padding_idx=0)
        self.letter = nn.Embedding(letters, shape.width, padding_idx=0)
        self.part = nn.Embedding(max(parts, 2), shape.width, padding_idx=0)
        for table in (self.syllable, self.letter, self.part):
            nn.init.normal_(table.weight, std=0.02)
            with torch.no_grad():
                table.weight[0] = 0.0
        self.syllables: Tensor
        self.letters: Tensor
        self.parts: Tensor
        self.register_buffer("syllables", torch.from_numpy(channels.syllables))
        self.register_buffer("letters", torch.from_numpy(channels.letters))
        self.register_buffer("parts", torch.from_numpy(channels.parts))

    def table(self) -> Tensor:
        """The vector of every character: its own, its sound's and its parts' together, `(characters, width)`."""
        vectors: Tensor = self.bert.embeddings.word_embeddings.weight
        if self.shape.sound:
            vectors = vectors + self.syllable(self.syllables) + self.letter(self.letters)
        if self.shape.parts:
            vectors = vectors + self.part(self.parts).sum(dim=1) / PARTS**0.5
        return vectors

    def forward(self, ids: Tensor, mask: Tensor | None = None, positions: Tensor | None = None) -> Tensor:
        """Vectors for each position; `mask` is 1 where there is text, None where there is text everywhere.

        `positions` `(length,)` are counted from 0 when None.
        """
        vectors = nn.functional.embedding(ids, self.table())
        where = None if positions is None else positions.unsqueeze(0)
        result: Tensor = self.bert(inputs_embeds=vectors, attention_mask=mask, position_ids=where).last_hidden_state
        return result


class MaskedPredictor(nn.Module):
    """The head of masked language modelling: which character stood here? Shares the characters' vectors."""

    def __init__(self, encoder: CharacterEncoder) -> None:
        super().__init__()
        width = encoder.shape.width
        self.encoder = encoder
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(len(encoder.syllables)))

    def forward(self, ids: Tensor, places: Tensor, positions: Tensor | None = None) -> Tensor:
        """Scores `(places, characters)` for the flat positions `places` of a batch `(rows, length)`."""
        vectors = self.encoder(ids, None, positions).flatten(0, 1)[places]
        return nn.functional.linear(
            self.transform(vectors), self.encoder.bert.embeddings.word_embeddings.weight, self.bias
        )


class Classifier(nn.Module):
    """Log-odds `(rows, categories)` from the mean and the maximum of the vectors and the first one."""

    def __init__(self, encoder: nn.Module, width: int, categories: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(3 * width, width)
        self.output = nn.Linear(width, categories)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids and mask are `(rows, length)`; the mask is 1 where there is text."""
        vectors = self.encoder(ids, mask)
        there = mask.unsqueeze(-1).to(vectors.dtype)
        mean = (vectors * there).sum(dim=1) / there.sum(dim=1)
        most = (vectors - (1.0 - there) * 1e4).amax(dim=1)
        joined = torch.cat((vectors[:, 0], mean, most), dim=-1)
        result: Tensor = self.output(self.dropout(torch.tanh(self.hidden(self.dropout(joined)))))
        return result
