"""A shadow's answers are counted beside ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from moderation.verdict import Action
from service.store.database import Database
from service.store.differences import Agreement, DifferenceStore
from service.store.tables import now
from service.store.verdicts import VerdictStore

from .made import stored


def test_pairs_are_counted(database: Database) -> None:
    verdicts, differences, record = VerdictStore(database), DifferenceStore(database), stored()
    verdicts.save(record)
    verdicts.close()
    for shadow in (Action.REJECT, Action.REJECT, Action.ALLOW):
        differences.add(
            record.id,
            current=Action.REJECT,
            shadow=shadow,
            categories={"explicit": 0.5},
            versions={"model": "title-0.2"},
        )
    hour = timedelta(hours=1)
    assert differences.summary(now() - hour) == [Agreement("reject", "allow", 1), Agreement("reject", "reject", 2)]
    assert differences.summary(now() + hour) == []


def test_an_unknown_verdict_is_named(database: Database) -> None:
    with pytest.raises(KeyError, match="0000"):
        DifferenceStore(database).add("0" * 32, current=Action.ALLOW, shadow=Action.ALLOW, categories={}, versions={})
