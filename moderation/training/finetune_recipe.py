"""How an encoder is fine-tuned: numbers only, so that reading a configuration needs no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """`disguised` is the share of rows under a random evasion, drawn anew each epoch.

    After epoch `mine_after`, of `pool` clean headlines of each set the `mined` ones the network likes least join the
    rows with weight `mined_weight`.
    """

    epochs: int = 6
    rate: float = 4e-4
    disguised: float = 0.35
    dropout: float = 0.1
    smoothing: float = 0.02
    mine_after: int = 2
    pool: int = 10_000
    mined: int = 3000
    mined_weight: float = 0.3
    seed: int = 0
