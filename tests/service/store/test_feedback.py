"""Feedback hangs on a verdict."""

from __future__ import annotations

import pytest

from moderation.verdict import Action
from service.store.database import Database
from service.store.feedback import FeedbackStore
from service.store.tables import VerdictRow
from service.store.verdicts import VerdictStore

from .made import stored


@pytest.fixture
def verdict_id(database: Database) -> str:
    store, record = VerdictStore(database), stored()
    store.save(record)
    store.close()
    return record.id


def test_feedback_comes_back_as_it_was_given(database: Database, verdict_id: str) -> None:
    feedback = FeedbackStore(database)
    one = feedback.add(
        verdict_id, owner="k1", expected_action=Action.ALLOW, categories=["explicit"], because="茶\x00\ud800"
    )
    other = feedback.add(verdict_id, owner=None, expected_action=Action.REVIEW, categories=None, because="")
    none = feedback.add(verdict_id, owner=None, expected_action=Action.ALLOW, categories=[], because="")
    assert one.expected_action == "allow"
    assert (other.categories, none.categories) == (None, ())
    assert sorted(feedback.list(), key=lambda entry: entry.created_at) == [one, other, none]
    assert len(feedback.list(verdict_id)) == 3
    assert feedback.list("0" * 32) == []


def test_pages_of_feedback_lose_nothing(database: Database, verdict_id: str) -> None:
    feedback = FeedbackStore(database)
    for number in range(7):
        feedback.add(verdict_id, owner=None, expected_action=Action.ALLOW, categories=None, because=str(number))
    found, page = [], feedback.list(limit=3)
    while page:
        found += page
        page = feedback.list(after=page[-1].id, limit=3)
    assert found == feedback.list()
    assert len(found) == 7


def test_an_unknown_verdict_is_named(database: Database) -> None:
    with pytest.raises(KeyError, match="0000"):
        FeedbackStore(database).add("0" * 32, owner=None, expected_action=Action.ALLOW, categories=None, because="")


def test_feedback_goes_with_its_verdict(database: Database, verdict_id: str) -> None:
    feedback = FeedbackStore(database)
    feedback.add(verdict_id, owner=None, expected_action=Action.ALLOW, categories=None, because="")
    with database.session() as session:
        session.delete(session.get_one(VerdictRow, verdict_id))
    assert feedback.list() == []
