from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moderation.artifacts import ArtifactError, write_manifest
from moderation.policy import Policy, Threshold
from moderation.scoring import NgramModel
from moderation.scoring.calibration import Calibration
from moderation.scoring.features import BUCKETS
from moderation.taxonomy import TITLE_CATEGORIES, CategoryId
from moderation.training.difference import Change, actions_of, difference
from moderation.verdict import Action

from .corpus import row

SIZE = len(TITLE_CATEGORIES)
POLICY = Policy.default().with_thresholds({name: Threshold(0.4, 0.8) for name in TITLE_CATEGORIES})
ABUSIVE = row("a", "甲", categories=(CategoryId.FRAUD,), group="abusive")
CLEAN = row("b", "乙")


def folder_of(path: Path, bias: float) -> Path:
    """A model folder that judges everything alike."""
    path.mkdir()
    weights = np.zeros((BUCKETS, SIZE), dtype=np.float16)
    NgramModel(TITLE_CATEGORIES, weights, np.full(SIZE, bias, dtype=np.float32), Calibration.identity(SIZE)).save(
        path / "weights.npz"
    )
    write_manifest(path, "title", "0.0.1", {})
    return path


@pytest.mark.parametrize(
    ("own", "before", "after", "better"),
    [
        (ABUSIVE, Action.ALLOW, Action.REVIEW, True),
        (ABUSIVE, Action.REJECT, Action.REVIEW, False),
        (CLEAN, Action.REVIEW, Action.ALLOW, True),
        (CLEAN, Action.REVIEW, Action.REJECT, False),
    ],
)
def test_a_change_towards_the_label_is_for_the_better(own: object, before: Action, after: Action, better: bool) -> None:
    assert Change(own, before, after).better is better  # type: ignore[arg-type]


def test_the_strongest_action_of_any_category_counts() -> None:
    rows = np.zeros((3, SIZE), dtype=np.float32)
    rows[1, 5], rows[2, 0], rows[2, 1] = 0.5, 0.5, 0.9
    assert actions_of(rows, POLICY) == [Action.ALLOW, Action.REVIEW, Action.REJECT]
    never = replace(POLICY, thresholds=POLICY.thresholds | {TITLE_CATEGORIES[1]: Threshold(None, None)})
    assert actions_of(rows, never) == [Action.ALLOW, Action.REVIEW, Action.REVIEW]


def test_only_rows_whose_action_changes_are_listed(tmp_path: Path) -> None:
    low, middle = folder_of(tmp_path / "low", -6), folder_of(tmp_path / "middle", 0)
    changes = difference(low, middle, [ABUSIVE, CLEAN], POLICY)
    assert [(change.row.id, change.before, change.after, change.better) for change in changes] == [
        ("a", Action.ALLOW, Action.REVIEW, True),
        ("b", Action.ALLOW, Action.REVIEW, False),
    ]
    assert difference(low, low, [ABUSIVE, CLEAN], POLICY) == []


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no manifest"):
        difference(folder_of(tmp_path / "low", -6), tmp_path / "none", [ABUSIVE], POLICY)
