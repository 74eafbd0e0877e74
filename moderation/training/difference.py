"""What changes from one model to another: the benchmark rows that would get another action by their title alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.artifacts import load_artifact
from moderation.policy import Policy
from moderation.scoring import load_classifier
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.dataset import Row
from moderation.training.evaluate import probabilities_of
from moderation.verdict import Action


@dataclass(frozen=True, slots=True)
class Change:
    """One row with the action of each model; `better` when the new one is nearer to the label."""

    row: Row
    before: Action
    after: Action

    @property
    def better(self) -> bool:
        """True when an abusive row is caught or a clean one let go."""
        return (self.after > self.before) != self.row.clean


def actions_of(probabilities: npt.NDArray[np.float32], policy: Policy) -> list[Action]:
    """The strongest action that any category's threshold calls for, for each row."""
    levels = [policy.thresholds[name] for name in TITLE_CATEGORIES]
    return [max(level.action(float(p)) for level, p in zip(levels, row, strict=True)) for row in probabilities]


def difference(before: Path, after: Path, rows: Sequence[Row], policy: Policy) -> list[Change]:
    """The rows whose action changes from one model folder to another. Raises ArtifactError, ValueError."""
    texts = [row.text for row in rows]
    found = [
        actions_of(probabilities_of(load_classifier(load_artifact(folder), policy.escalation), texts), policy)
        for folder in (before, after)
    ]
    changes = (Change(row, old, new) for row, old, new in zip(rows, *found, strict=True))
    return [change for change in changes if change.before is not change.after]
