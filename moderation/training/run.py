"""A training run: named steps over one run folder, each resumable, from a corpus to a model folder.

Every step reads what earlier ones left in the run folder and leaves its own files there. A step whose configuration and
inputs have not changed is not run again, so that a run goes on where a kill stopped it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from moderation.training.config import Config

Progress = Callable[[str], None]


class RunError(Exception):
    """A step that cannot run: what it needs is missing, or the gate is closed. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a configuration in a folder; `target` is where the model folder goes."""

    config: Config
    folder: Path
    target: Path
    progress: Progress

    def file(self, name: str) -> Path:
        """A file that an earlier step left. Raises RunError when it is not there."""
        path = self.folder / name
        if not path.exists():
            raise RunError(f"{path} is missing: run the steps before this one, or `moderation train` as a whole")
        return path

    def write_json(self, name: str, value: Any) -> None:
        """Leave a JSON file for later steps."""
        text = json.dumps(value, ensure_ascii=False, indent=1)
        draft = self.folder / f"{name}.draft"
        draft.write_text(text + "\n", "utf-8")
        draft.replace(self.folder / name)

    def read_json(self, name: str) -> Any:
        """A JSON file of an earlier step."""
        return json.loads(self.file(name).read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what it does in a word, the files it leaves, and the work.

    One that leaves no file in the run folder is run each time: what it looks at may have changed elsewhere.
    `with_encoder` are files it leaves besides where the configuration has an encoder.
    """

    name: str
    purpose: str
    leaves: tuple[str, ...]
    work: Callable[[Run], None]
    with_encoder: tuple[str, ...] = ()

    def is_done(self, run: Run, key: str) -> bool:
        """True when it was run for the same inputs and all it left is still there."""
        files = self.leaves + (self.with_encoder if run.config.encoder is not None else ())
        mark = run.folder / f".{self.name}.done"
        whole = bool(files) and all((run.folder / name).exists() for name in files)
        return whole and mark.exists() and mark.read_text("ascii") == key


def run_steps(run: Run, steps: tuple[Step, ...], only: str | None = None, fresh: bool = False) -> list[str]:
    """Run all steps in order, or one of them; those already done for the same inputs are skipped.

    `fresh` begins the whole run anew. Returns the names of the steps that were run. Raises RunError, DatasetError,
    ValueError, OSError as steps do.
    """
    if fresh and only is None:
        shutil.rmtree(run.folder, ignore_errors=True)
    run.folder.mkdir(parents=True, exist_ok=True)
    write_settings(run)
    key, done = _key(run.config), []
    for step in steps:
        key = hashlib.sha256(f"{key}:{step.name}".encode()).hexdigest()
        mark = run.folder / f".{step.name}.done"
        if only is not None and step.name != only:
            continue
        if only is None and step.is_done(run, key):
            run.progress(f"{step.name}: done before")
            continue
        mark.unlink(missing_ok=True)
        run.progress(f"{step.name}: {step.purpose}")
        step.work(run)
        mark.write_text(key, "ascii")
        done.append(step.name)
    return done


def write_settings(run: Run) -> None:
    """Leave the configuration in the run folder."""
    run.write_json("config.json", json.loads(json.dumps(asdict(run.config), default=str)))


def _key(config: Config) -> str:
    """What the run depends on: the configuration, the corpus, the headlines' sizes and the encoder it starts from."""
    state = hashlib.sha256(json.dumps(asdict(config), default=str, sort_keys=True).encode())
    checkpoint = Path(config.encoder or "") / "checkpoint.pt"
    for path in (config.corpus, *([checkpoint] if config.encoder else [])):
        if path.exists():
            state.update(path.read_bytes())
    state.update(str([path.stat().st_size for path in config.benign if path.exists()]).encode())
    return state.hexdigest()
