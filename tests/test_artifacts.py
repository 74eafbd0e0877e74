from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moderation import artifacts
from moderation.artifacts import MANIFEST, ArtifactError, default_folder, default_model, load_artifact, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "title-1.2.3"
    path.mkdir()
    (path / "weights.npz").write_bytes(b"weights")
    (path / "MODEL_CARD.md").write_text("card", "utf-8")
    write_manifest(path, "title", "1.2.3", {"kind": "test"})
    return path


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    change(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def test_a_written_folder_loads(folder: Path) -> None:
    artifact = load_artifact(folder)
    assert (artifact.name, artifact.version, artifact.label) == ("title", "1.2.3", "title-1.2.3")
    assert artifact.details["kind"] == "test"
    assert artifact.file("weights.npz") == folder / "weights.npz"
    assert set(artifact.details["files"]) == {"weights.npz", "MODEL_CARD.md"}


@pytest.mark.parametrize("name", ["other.npz", MANIFEST, "../title-1.2.3/weights.npz"])
def test_only_listed_files_are_given_out(folder: Path, name: str) -> None:
    with pytest.raises(ArtifactError, match="the manifest lists no"):
        load_artifact(folder).file(name)


def test_the_manifest_never_lists_itself(folder: Path) -> None:
    before = (folder / MANIFEST).read_bytes()
    write_manifest(folder, "title", "1.2.3", {"kind": "test"})
    assert (folder / MANIFEST).read_bytes() == before


def test_a_changed_file_is_refused(folder: Path) -> None:
    (folder / "weights.npz").write_bytes(b"weighty")
    with pytest.raises(ArtifactError, match=r"weights\.npz: its checksum is not the manifest's"):
        load_artifact(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "MODEL_CARD.md").unlink()
    with pytest.raises(ArtifactError, match=r"MODEL_CARD\.md is missing"):
        load_artifact(folder)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ArtifactError, match=r"no manifest\.json here"):
            load_artifact(path)


@pytest.mark.parametrize("name", ["../secret", "sub/weights.npz", "/etc/passwd", "..", ".", "", "sub"])
def test_a_manifest_cannot_point_outside_its_folder(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_bytes(b"weights")
    (folder / "sub").mkdir()
    (folder / "sub" / "weights.npz").write_bytes(b"weights")
    edit(folder, lambda manifest: manifest["files"].update({name: manifest["files"]["weights.npz"]}))
    with pytest.raises(ArtifactError, match="is missing"):
        load_artifact(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda manifest: manifest.update(format=2), "not a manifest of format 1"),
        (lambda manifest: manifest.pop("format"), "not a manifest of format 1"),
        (lambda manifest: manifest.pop("name"), "name, version and files are needed"),
        (lambda manifest: manifest.update(version=1.2), "name, version and files are needed"),
        (lambda manifest: manifest.update(files=["weights.npz"]), "name, version and files are needed"),
        (lambda manifest: manifest["files"].update({"weights.npz": None}), "its checksum is not"),
    ],
)
def test_a_manifest_of_another_form_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    edit(folder, change)
    with pytest.raises(ArtifactError, match=message):
        load_artifact(folder)


@pytest.mark.parametrize("content", [b"[]", b"null", b"{", b"\xff", pickle.dumps({"format": 1})])
def test_a_manifest_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        load_artifact(folder)


@pytest.mark.parametrize(
    ("names", "highest"),
    [
        (("title-0.9.0", "title-0.10.0", "title-0.2.11"), "title-0.10.0"),
        (("title-1.0.0", "title-0.99.99"), "title-1.0.0"),
        (("title-1.0", "title-1.0.1"), "title-1.0.1"),
        (("title-1.0.0", "title-2.0.0rc1", "title-x", "title-3.0.0-old", ".title-9.0.0.draft"), "title-1.0.0"),
    ],
)
def test_the_highest_version_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], highest: str
) -> None:
    monkeypatch.setattr(artifacts, "default_folder", lambda: tmp_path)
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).touch()
    (tmp_path / "title-99.0.0").mkdir()  # holds no manifest
    assert default_model() == tmp_path / highest


def test_no_model_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "default_folder", lambda: tmp_path)
    with pytest.raises(ArtifactError, match="no title model"):
        default_model()
    monkeypatch.undo()
    monkeypatch.setattr(artifacts, "__file__", str(tmp_path / "a" / "b" / "artifacts.py"))
    with pytest.raises(ArtifactError, match="no models folder"):
        default_folder()


def test_the_shipped_model_verifies() -> None:
    artifact = load_artifact(default_model())
    assert artifact.path.name == artifact.label
    assert {"weights.npz", "MODEL_CARD.md"} <= set(artifact.details["files"])
