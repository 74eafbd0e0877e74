from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from moderation import Moderator

if TYPE_CHECKING:
    from moderation.training.run import Run

# A find must not depend on the day: CI draws the same examples each time, a developer's machine new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def moderator() -> Moderator:
    """The shipped model with the shipped policy."""
    return Moderator.load()


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `moderation pretrain` leaves it, of one layer."""
    pytest.importorskip("torch")
    from .training.tiny import pretrained

    return pretrained(tmp_path_factory.mktemp("pretrained"))


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Run:
    """A finished training run with an encoder; its model folder is read, never changed."""
    from .training.tiny import trained_cascade

    return trained_cascade(tmp_path_factory.mktemp("cascade"), tiny_encoder)


@pytest.fixture(scope="session")
def tiny_model(tiny_run: Run) -> Path:
    """The model folder of that run: a cascade."""
    return tiny_run.target / tiny_run.config.label
