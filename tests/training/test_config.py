from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from moderation.training.config import load_config, started_from
from moderation.training.dataset import DatasetError
from moderation.training.finetune_recipe import Recipe

from .corpus import rows, write_config


def config_with(folder: Path, addition: str) -> Path:
    path = write_config(folder, rows())
    path.write_text(path.read_text("utf-8") + addition, "utf-8")
    return path


def test_what_is_left_out_trains_the_fast_model_alone(tmp_path: Path) -> None:
    config = load_config(write_config(tmp_path, rows()))
    assert (config.label, config.encoder, config.floors, config.benign) == ("title-0.0.1", None, None, ())
    assert config.recipe == Recipe()
    assert config.corpus == tmp_path / "titles.jsonl"


def test_paths_count_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    more = 'benign = ["hot.gz"]\nfloors = "floors.json"\nencoder = "encoder"\n[recipe]\nepochs = 3\nmined = 5\n'
    config = load_config(config_with(tmp_path, more))
    assert config.benign == (tmp_path / "hot.gz",)
    assert config.floors == tmp_path / "floors.json"
    assert config.encoder == str((tmp_path / "encoder").resolve())
    assert config.recipe == replace(Recipe(), epochs=3, mined=5)


def test_an_encoder_that_is_no_folder_stays_a_name(tmp_path: Path) -> None:
    assert started_from(tmp_path, "hfl/rbt3") == "hfl/rbt3"


def test_the_facts_for_a_manifest_hold_no_path(tmp_path: Path) -> None:
    config = load_config(config_with(tmp_path, f'benign = ["hot.gz"]\nfloors = "f.json"\nencoder = "{tmp_path}"\n'))
    facts = config.facts()
    assert str(tmp_path) not in json.dumps(facts)
    assert (facts["corpus"], facts["benign"], facts["encoder"]) == ("titles.jsonl", ["hot.gz"], tmp_path.name)
    assert facts["recipe"]["epochs"] == Recipe().epochs


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("[recipe]\nepoch = 3\n", "unexpected keyword argument 'epoch'"),
        ("recipe = 3\n", "title.toml: "),
        ('benign_rows = "many"\n', "invalid literal"),
        ("benign = [3]\n", "title.toml: "),
    ],
)
def test_a_wrong_key_names_the_file(tmp_path: Path, addition: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        load_config(config_with(tmp_path, addition))
    assert str(caught.value).startswith(str(tmp_path / "title.toml"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none\.toml"):
        load_config(tmp_path / "none.toml")
