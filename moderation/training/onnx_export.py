"""A fine-tuned network as an ONNX file of 8-bit weights, read by the runtime's own `Encoder`."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from moderation.scoring.vocabulary import PAD
from moderation.training.network import CharacterEncoder, Classifier
from moderation.training.pretrained import ForeignEncoder


class _Folded(nn.Module):
    """An encoder whose three channels are added up into one table: at run time they cost nothing."""

    def __init__(self, encoder: CharacterEncoder) -> None:
        super().__init__()
        self.bert = encoder.bert
        table = encoder.table().detach().clone()
        self.table = nn.Embedding(table.shape[0], table.shape[1], _weight=table)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        result: Tensor = self.bert(inputs_embeds=self.table(ids), attention_mask=mask).last_hidden_state
        return result


class _FromIds(nn.Module):
    """Scores from ids alone; the mask follows from the padding."""

    def __init__(self, network: Classifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor) -> Tensor:
        result: Tensor = self.network(ids, (ids != PAD).long())
        return result


def export(network: Classifier, target: Path, longest: int) -> None:
    """Write `target` in single precision. The network is changed and of no use for training afterwards."""
    if isinstance(network.encoder, CharacterEncoder):
        network.encoder.bert.set_attn_implementation("eager")
        network.encoder = _Folded(network.encoder)
    else:
        cast(ForeignEncoder, network.encoder).plain()
    example = torch.randint(5, 100, (3, 20))
    example[1, 12:] = PAD
    sizes = {0: torch.export.Dim("rows", min=1, max=4096), 1: torch.export.Dim("length", min=2, max=longest)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _FromIds(network).eval(),
            (example,),
            target,
            input_names=["ids"],
            output_names=["scores"],
            dynamo=True,
            dynamic_shapes={"ids": sizes},
            external_data=False,
            verbose=False,
        )


def quantize(source: Path, target: Path) -> None:
    """The same network with 8-bit weights, one scale a channel; activations are quantised as they come.

    Weights keep to seven bits: without VNNI, AVX2 adds two products in 16 bits and would overflow on full ones.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)
    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )
