"""A release that one worker notes is seen by the others of its run."""

from __future__ import annotations

from service.store.database import Database
from service.store.releases import ReleaseStore


def test_the_latest_release_of_a_run(database: Database) -> None:
    here, there = ReleaseStore(database), ReleaseStore(database)
    assert there.latest("run-1") is None
    first = here.add("run-1", model=None, policy=None, profile=None, by=None)
    second = here.add("run-1", model="title-0.2", policy="/etc/政策.toml", profile="strict", by="k1")
    here.add("run-2", model="other", policy=None, profile=None, by=None)
    assert first.generation < second.generation
    assert there.latest("run-1") == second
