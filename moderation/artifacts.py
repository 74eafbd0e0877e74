"""Model folders: a manifest with checksums, verified before anything in it is used. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
_FORMAT = 1
_RELEASED = re.compile(r"title-\d+(?:\.\d+)*")


class ArtifactError(Exception):
    """A model folder that is missing, incomplete or not what its manifest says."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A verified model folder."""

    path: Path
    name: str
    version: str
    details: dict[str, Any]

    @property
    def label(self) -> str:
        """`<name>-<version>`, as the folder is called."""
        return f"{self.name}-{self.version}"

    @property
    def fingerprint(self) -> str:
        """The checksum of the manifest, which holds those of all files: one line that stands for the whole folder."""
        return _checksum(self.path / MANIFEST)

    def file(self, name: str) -> Path:
        """A file the manifest lists. Raises ArtifactError for any other."""
        if name not in self.details["files"]:
            raise ArtifactError(f"{self.path}: the manifest lists no {name}")
        return self.path / name


def default_folder() -> Path:
    """The shipped models: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    for folder in (package / "models", package.parent / "models"):
        if folder.is_dir():
            return folder
    raise ArtifactError(f"no models folder in {package} or beside it")


def default_model() -> Path:
    """The shipped title model with the highest version. Raises ArtifactError when there is none."""
    folders = (path for path in default_folder().iterdir() if _RELEASED.fullmatch(path.name))
    found = [path for path in folders if (path / MANIFEST).is_file()]
    if not found:
        raise ArtifactError(f"no title model in {default_folder()}")
    return max(found, key=lambda path: [int(part) for part in path.name.removeprefix("title-").split(".")])


def write_manifest(path: Path, name: str, version: str, details: dict[str, Any]) -> None:
    """Write the manifest of every other file in a folder."""
    names = sorted(entry.name for entry in path.iterdir() if entry.is_file() and entry.name != MANIFEST)
    manifest = {
        "format": _FORMAT,
        "name": name,
        "version": version,
        **details,
        "files": {entry: _checksum(path / entry) for entry in names},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (path / MANIFEST).write_text(text + "\n", "utf-8")


def load_artifact(path: Path) -> Artifact:
    """Verify a model folder. Raises ArtifactError naming the file that is wrong."""
    try:
        manifest = json.loads((path / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise ArtifactError(f"{path}: no {MANIFEST} here") from None
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path / MANIFEST}: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
        raise ArtifactError(f"{path / MANIFEST}: not a manifest of format {_FORMAT}")
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(isinstance(manifest.get(key), str) for key in ("name", "version")):
        raise ArtifactError(f"{path / MANIFEST}: name, version and files are needed")
    for name, expected in files.items():
        file = path / name
        if Path(name).name != name or not file.is_file():
            raise ArtifactError(f"{path}: {name} is missing")
        if _checksum(file) != expected:
            raise ArtifactError(f"{file}: its checksum is not the manifest's; the file was changed or damaged")
    return Artifact(path, manifest["name"], manifest["version"], manifest)


def _checksum(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
