from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from moderation import Moderator
from moderation.artifacts import MANIFEST, ArtifactError, load_artifact, write_manifest
from moderation.scoring import Cascade, EncoderUse, Escalation, NgramModel, load_classifier

from ..stub import SITE_POLICY


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    """A model folder with an encoder, to be damaged."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def signed(folder: Path, **changes: object) -> Path:
    """The folder with a manifest that fits its files again."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    details = {key: value for key, value in manifest.items() if key not in ("format", "name", "version", "files")}
    details = {key: value for key, value in (details | changes).items() if value is not None}
    write_manifest(folder, "title", "0.0.2", details)
    return folder


def test_a_folder_with_an_encoder_is_a_cascade_unless_it_is_never_asked(folder: Path) -> None:
    artifact = load_artifact(folder)
    for use in (EncoderUse.UNCERTAIN, EncoderUse.ALWAYS):
        judge = load_classifier(artifact, Escalation(use))
        assert isinstance(judge, Cascade)
        assert judge.escalation.use is use
    assert isinstance(load_classifier(artifact, Escalation(EncoderUse.NEVER)), NgramModel)


def test_a_policy_that_never_asks_does_not_even_import_onnxruntime(folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f'{SITE_POLICY.read_text("utf-8")}\n[encoder]\nuse = "never"\n', "utf-8")
    code = (
        "import sys; from moderation import Moderator; from moderation.article import Article;"
        f"Moderator.load({str(folder)!r}, {str(policy)!r}).score(Article('a', '春夏秋冬'));"
        "sys.exit('onnxruntime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("longest", [None, "long", [], 0, -3, 17])
def test_a_manifest_that_does_not_say_how_long_a_text_may_be_is_refused(folder: Path, longest: object) -> None:
    artifact = load_artifact(signed(folder, longest=longest))
    with pytest.raises(ValueError, match=r"does not say how long|characters at once is none"):
        load_classifier(artifact, Escalation())
    load_classifier(artifact, Escalation(EncoderUse.NEVER))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("encoder.onnx", "no ONNX model"),
        ("characters.txt", "a vocabulary begins with"),
        ("stacker.npz", "pickled|no stacker"),
        ("weights.npz", "pickled|no model"),
    ],
)
def test_a_damaged_file_under_a_good_manifest_is_refused(folder: Path, name: str, message: str) -> None:
    (folder / name).write_bytes(b"damaged")
    with pytest.raises(ValueError, match=message):
        load_classifier(load_artifact(signed(folder)), Escalation())


def test_a_stacker_of_other_categories_is_refused(folder: Path) -> None:
    two = np.ones(2, dtype=np.float32)
    np.savez(folder / "stacker.npz", fast=two, encoder=two, offset=two, low=two, high=two)
    with pytest.raises(ValueError, match="different categories"):
        load_classifier(load_artifact(signed(folder)), Escalation())


@pytest.mark.parametrize("name", ["characters.txt", "stacker.npz"])
def test_a_folder_that_lacks_a_file_says_which(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=f"{name} is missing"):
        load_artifact(folder)
    with pytest.raises(ArtifactError, match=f"the manifest lists no {name}"):
        load_classifier(load_artifact(signed(folder)), Escalation())


@pytest.mark.parametrize("name", ["encoder.onnx", "characters.txt", "stacker.npz", "weights.npz"])
def test_a_changed_file_is_found_by_its_checksum(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as stream:
        stream.write(b"\n")
    with pytest.raises(ArtifactError, match=f"{name}: its checksum is not the manifest's"):
        Moderator.load(folder)
