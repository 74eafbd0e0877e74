from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from moderation import Article, Moderator, Verdict
from moderation.artifacts import default_model, load_artifact, write_manifest
from moderation.policy import Policy
from service.release import Choice, Release, ReleaseError

from .conftest import Start, state_of

ARTICLE = {"id": 1, "title": "校运会下周开幕"}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Two good models and a damaged one."""
    folder = tmp_path / "models"
    shipped = load_artifact(default_model())
    shutil.copytree(shipped.path, folder / "title-0.2.0")
    shutil.copytree(shipped.path, folder / "title-9.9.9")
    details = {
        name: value for name, value in shipped.details.items() if name not in ("format", "name", "version", "files")
    }
    write_manifest(folder / "title-9.9.9", "title", "9.9.9", details)
    shutil.copytree(shipped.path, folder / "title-broken")
    (folder / "title-broken" / "weights.npz").write_bytes(b"nothing")
    return folder


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    text = (Path(__file__).parents[1] / "resources" / "site-policy.toml").read_text("utf-8")
    (folder / "site.toml").write_text(text, "utf-8")
    (folder / "bad.toml").write_text("version = 3 4", "utf-8")
    return folder


def versions(client: TestClient) -> dict[str, str]:
    found: dict[str, str] = client.post("/v1/score", json=ARTICLE).json()["verdict"]["versions"]
    return found


def test_a_good_model_and_policy_take_the_place_of_the_old_ones(start: Start, models: Path, policies: Path) -> None:
    client = start(model=models / "title-0.2.0", policies_folder=policies)
    site = Policy.load(policies / "site.toml").version
    assert versions(client)["model"] == "title-0.2.0"
    answer = client.post("/v1/reload", json={"model": "title-9.9.9"})
    assert (answer.status_code, answer.json()["model"]) == (200, "title-9.9.9")
    assert versions(client)["model"] == "title-9.9.9"
    client.post("/v1/reload", json={"policy": "site.toml"})
    assert (versions(client)["model"], versions(client)["policy"]) == ("title-9.9.9", site)
    found = {model["name"]: model for model in client.get("/v1/models").json()["models"]}
    assert [name for name, model in found.items() if model["in_use"]] == ["title-9.9.9"]
    assert [name for name, model in found.items() if not model["whole"]] == ["title-broken"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"model": "title-broken"}, "checksum"),
        ({"model": "title-0.0.0"}, "no model"),
        ({"model": "../models/title-9.9.9"}, "no model"),
        ({"policy": "bad.toml"}, "bad.toml"),
        ({"policy": "/etc/passwd"}, "no policy"),
        ({"modle": "x"}, "Extra inputs"),
        ({"model": 3}, "string"),
        ([], "Input should be"),
    ],
)
def test_a_bad_one_is_refused_and_the_old_one_stays(
    start: Start, models: Path, policies: Path, asked: object, said: str
) -> None:
    client = start(model=models / "title-9.9.9", policies_folder=policies)
    answer = client.post("/v1/reload", json=asked)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert versions(client)["model"] == "title-9.9.9"


def test_the_other_workers_of_a_run_follow_and_those_of_another_do_not(
    start: Start, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.reload._LOOK_EVERY", 0.05)
    clients = []
    for run in ("one", "one", "two"):
        monkeypatch.setenv("QINGLIU_RUN", run)
        clients.append(start(model=models / "title-0.2.0"))
    generation = clients[0].post("/v1/reload", json={"model": "title-9.9.9"}).json()["generation"]
    for _ in range(200):
        if state_of(clients[1]).release.generation == generation:
            break
        time.sleep(0.05)
    assert [versions(client)["model"] for client in clients] == ["title-9.9.9", "title-9.9.9", "title-0.2.0"]
    monkeypatch.setenv("QINGLIU_RUN", "one")  # a worker that is started anew joins its fellows
    assert versions(start(model=models / "title-0.2.0"))["model"] == "title-9.9.9"


def test_a_bad_model_at_the_start_ends_the_start(models: Path) -> None:
    with pytest.raises(ReleaseError, match="checksum"):
        Release(Choice(models / "title-broken"))


def test_a_worker_that_cannot_follow_says_so_now_and_then_and_not_every_second(
    start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from service import reload as reloading

    monkeypatch.setattr(reloading, "_LOOK_EVERY", 0.01)
    client = start()
    state = state_of(client)
    state.releases.add(state.run, model="/nowhere", policy=None, profile=None, by=None)
    time.sleep(1)
    assert 1 <= capsys.readouterr().out.count("cannot follow a reload") <= 5
    assert client.post("/v1/score", json={"id": 1, "title": "校运会下周开幕"}).status_code == 200


def test_a_verdict_that_outlives_its_model_is_not_held_against_the_next_ones_card(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start()
    state, score = state_of(client), Moderator.score
    seen: list[Verdict] = []
    monkeypatch.setattr(state.drift, "saw", seen.append)
    assert client.post("/v1/score", json=ARTICLE).status_code == 200
    assert len(seen) == 1
    release = Release(Choice())

    def reloaded_meanwhile(self: Moderator, article: Article, crawler_view: Article | None = None) -> Verdict:
        state.release = release
        return score(self, article, crawler_view)

    monkeypatch.setattr(Moderator, "score", reloaded_meanwhile)
    assert client.post("/v1/score", json=ARTICLE).status_code == 200
    assert len(seen) == 1
