from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from moderation.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint


def test_a_checkpoint_is_read_back(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.pt", {"network": {"w": torch.arange(3)}, "step": 7, "mined": ["甲"]})
    state = load_checkpoint(tmp_path / "c.pt")
    assert state["network"]["w"].tolist() == [0, 1, 2]
    assert (state["step"], state["mined"]) == (7, ["甲"])
    assert [path.name for path in tmp_path.iterdir()] == ["c.pt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("write failed")])
def test_a_full_disk_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    save_checkpoint(tmp_path / "c.pt", {"step": 1})

    def full(state: Any, path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(type(error)):
        save_checkpoint(tmp_path / "c.pt", {"step": 2})
    assert load_checkpoint(tmp_path / "c.pt") == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["c.pt"]


def test_what_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    with pytest.raises(CheckpointError, match=r"c\.pt: no such checkpoint"):
        load_checkpoint(path)
    save_checkpoint(path, {"w": torch.zeros(1000)})
    whole = path.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2], whole[:-20]):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"c\.pt: damaged or no checkpoint"):
            load_checkpoint(path)
    torch.save([1, 2], path)
    with pytest.raises(CheckpointError, match=r"c\.pt: not a checkpoint"):
        load_checkpoint(path)


class _Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (pytest.fail, ("a pickle was loaded",))


def test_code_in_a_checkpoint_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    torch.save({"bomb": _Bomb()}, path)
    with pytest.raises(CheckpointError, match="damaged or no checkpoint"):
        load_checkpoint(path)
    path.write_bytes(pickle.dumps({"bomb": _Bomb()}, protocol=2))
    with pytest.raises(CheckpointError, match="damaged or no checkpoint"):
        load_checkpoint(path)
