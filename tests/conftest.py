from __future__ import annotations

import os

import pytest
from hypothesis import settings

from moderation import Moderator

# A find must not depend on the day: CI draws the same examples each time, a developer's machine new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def moderator() -> Moderator:
    """The shipped model with the shipped policy."""
    return Moderator.load()
