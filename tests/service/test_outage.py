"""The database goes away and comes back under the running service."""

from __future__ import annotations

import time
from typing import Any

import pytest

from service.store.database import Database
from service.store.tables import new_id

from .conftest import Start, state_of
from .outage import away

ARTICLE = {"id": 1, "title": "校运会下周开幕"}


def until(found: Any, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found():
            return True
        time.sleep(0.1)
    return False


def test_verdicts_go_on_and_are_kept_again_when_it_is_back(start: Start, database_url: str) -> None:
    client = start(database=database_url)

    def stored() -> bool:
        answer = client.post("/v1/score", json=ARTICLE)
        assert answer.status_code == 200
        kept: bool = answer.json()["stored"]
        return kept

    assert stored()
    with away(database_url):
        assert until(lambda: not stored())
        assert client.get("/readyz").json()["status"] in ("degraded", "ready")  # a locked SQLite can be read
        refused = client.post("/v1/jobs", json={"articles": [ARTICLE]})
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:qingliu:problem:unavailable")
    assert until(stored)
    assert client.post("/v1/jobs", json={"articles": [ARTICLE]}).status_code == 202


def test_a_database_that_is_away_at_the_start_gets_its_tables_later(
    start: Start, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.app._MIGRATE_EVERY", 0.05)
    if empty_url.startswith("sqlite"):
        Database(empty_url).ping()
    with away(empty_url):
        client = start(database=empty_url)
        assert client.post("/v1/score", json=ARTICLE).json()["stored"] is False
        assert not state_of(client).has_tables
    assert until(lambda: client.post("/v1/score", json=ARTICLE).json()["stored"])
    assert client.get(f"/v1/verdicts/{new_id()}").status_code == 404
