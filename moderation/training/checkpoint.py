"""Checkpoints: written beside their place and moved there whole, read without unpickling code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


class CheckpointError(Exception):
    """A checkpoint that cannot be read. The message names the file."""


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a kill or a full disk meanwhile leaves the old one."""
    draft = path.with_suffix(".draft")
    try:
        torch.save(state, draft)
    except (OSError, RuntimeError):
        draft.unlink(missing_ok=True)
        raise
    draft.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of plain tensors, numbers and texts. Raises CheckpointError for anything else."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except Exception as error:  # on damaged bytes the unpickler raises whatever it stumbles over
        raise CheckpointError(f"{path}: damaged or no checkpoint: {error}") from error
    if not isinstance(state, dict):
        raise CheckpointError(f"{path}: not a checkpoint")
    return state
