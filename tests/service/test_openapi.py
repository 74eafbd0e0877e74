from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.settings import Settings

from .conftest import Start
from .server import serving


def test_every_reference_in_the_document_leads_somewhere(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    references: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                references.append(value["$ref"])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(document)
    assert references
    for reference in set(references):
        place: object = document
        for step in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict), reference
            place = place[step]


def test_the_document_is_made_once_and_names_what_there_is_now(start: Start, tmp_path: Path) -> None:
    client = start(policies_folder=tmp_path)
    first = client.get("/openapi.json").json()
    (tmp_path / "new.toml").write_text("")
    second = client.get("/openapi.json").json()
    assert "new.toml" in json.dumps(second)
    assert "new.toml" not in json.dumps(first)


def test_choices_are_those_there_are(client: TestClient) -> None:
    document = json.dumps(client.get("/openapi.json").json())
    for profile in client.get("/v1/models").json()["policy"]["profiles"]:
        assert f'"{profile}"' in document


@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'store.db'}",
        keys="always",
        rate="1000000/minute",
        callback_hosts=("127.0.0.1",),
        callback_secret="secret",
    )
    with serving(settings) as (address, state):
        _, secret = state.keys.create("schemathesis", ["score", "feedback", "admin"])
        run = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"),
                *("--header", f"Authorization: Bearer {secret}", "--max-examples", "15", "--seed", "1"),
                *("--generation-database", "none", "--no-color", "--workers", "1"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert run.returncode == 0, "\n".join(line[:400] for line in (run.stdout + run.stderr).splitlines())
