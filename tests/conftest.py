import pytest

from moderation import Moderator


@pytest.fixture(scope="session")
def moderator() -> Moderator:
    """The shipped model with the shipped policy."""
    return Moderator.load()
