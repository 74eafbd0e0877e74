from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from moderation.scoring.encoder import Encoder
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.checkpoint import CheckpointError, load_checkpoint
from moderation.training.examples import Examples, of_rows
from moderation.training.finetune import Tuner, batches, predict
from moderation.training.finetune_recipe import Recipe
from moderation.training.onnx_export import export, quantize
from moderation.training.pretrained import from_checkpoint, from_transformers, start
from moderation.training.systems import alike

from .corpus import rows
from .tiny import headlines, silent

RECIPE = Recipe(epochs=3, rate=5e-3, dropout=0.1, mine_after=1, pool=10, mined=3)
POOL = headlines(10, 8)


def examples() -> Examples:
    return of_rows([row for row in rows() if row.split == "train"])


def tuner(encoder: Path, folder: Path, recipe: Recipe = RECIPE, progress: Callable[[str], None] = silent) -> Tuner:
    torch.manual_seed(recipe.seed)
    network, vocabulary, longest = from_checkpoint(encoder, recipe.dropout)
    return Tuner(network, vocabulary, longest, recipe, folder, progress)


def weights(network: Any) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_the_same_seed_gives_the_same_network_and_another_one_does_not(tiny_encoder: Path, tmp_path: Path) -> None:
    one, two = (weights(tuner(tiny_encoder, tmp_path / name).run(examples(), POOL)) for name in ("a", "b"))
    assert same(one, two)
    other = tuner(tiny_encoder, tmp_path / "c", replace(RECIPE, seed=1)).run(examples(), POOL)
    assert not same(one, weights(other))


@pytest.mark.parametrize("after", [1, 2])
def test_a_killed_run_goes_on_to_the_network_of_an_unbroken_one(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    unbroken = weights(tuner(tiny_encoder, tmp_path / "a").run(examples(), POOL))
    learn = Tuner._learn

    def killed(own: Tuner, given: Examples) -> float:
        if own.epoch == after:
            learn(own, given)
            raise KeyboardInterrupt
        return learn(own, given)

    with monkeypatch.context() as patch:
        patch.setattr(Tuner, "_learn", killed)
        with pytest.raises(KeyboardInterrupt):
            tuner(tiny_encoder, tmp_path / "b").run(examples(), POOL)
    lines: list[str] = []
    resumed = tuner(tiny_encoder, tmp_path / "b", progress=lines.append).run(examples(), POOL)
    assert lines[0] == f"resume after epoch {after}"
    assert same(unbroken, weights(resumed))


def test_a_checkpoint_of_other_rows_or_another_recipe_is_not_gone_on_with(tiny_encoder: Path, tmp_path: Path) -> None:
    tuner(tiny_encoder, tmp_path).run(examples(), POOL)
    fewer = of_rows([row for row in rows() if row.split == "train"][:30])
    for recipe, given in ((RECIPE, fewer), (replace(RECIPE, rate=1e-3), examples())):
        lines: list[str] = []
        tuner(tiny_encoder, tmp_path, recipe, lines.append).run(given, POOL)
        assert lines[0] == "finetune.pt is of other rows or another recipe: begin anew"
        assert lines[1].startswith("epoch 1/3")


def test_a_loss_that_is_no_number_leaves_the_last_checkpoint(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tuner(tiny_encoder, tmp_path)
    learn = Tuner._learn

    def diverging(tuning: Tuner, given: Examples) -> float:
        if tuning.epoch == 1:
            with torch.no_grad():
                tuning.network.output.bias.fill_(math.nan)
        return learn(tuning, given)

    monkeypatch.setattr(Tuner, "_learn", diverging)
    with pytest.raises(ValueError, match="epoch 2: the loss is nan; the last checkpoint is untouched"):
        own.run(examples(), POOL)
    state = load_checkpoint(tmp_path / "finetune.pt")
    assert state["epoch"] == 1
    assert all(torch.isfinite(value).all() for value in state["network"].values())


def test_a_damaged_checkpoint_is_named_and_left_as_it_is(tiny_encoder: Path, tmp_path: Path) -> None:
    (tmp_path / "finetune.pt").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"finetune\.pt: damaged"):
        tuner(tiny_encoder, tmp_path).run(examples(), POOL)
    assert (tmp_path / "finetune.pt").read_bytes() == b"damaged"


def test_the_headlines_the_network_likes_least_join_the_rows(tiny_encoder: Path, tmp_path: Path) -> None:
    own = tuner(tiny_encoder, tmp_path, replace(RECIPE, mine_after=3))
    network = own.run(examples(), POOL)
    scores = predict(network, POOL, own.vocabulary, own.longest).max(axis=1)
    assert own.mined == [POOL[place] for place in np.argsort(-scores, kind="stable")[:3]]


def test_batches_hold_every_text_once(tiny_encoder: Path) -> None:
    _, vocabulary, longest = from_checkpoint(tiny_encoder, 0.0)
    texts = [*headlines(130), "", "甲" * 100]
    found = list(batches(texts, vocabulary, longest, None))
    assert sorted(place for group, _ in found for place in group) == list(range(132))
    assert all(ids.shape[0] == len(group) <= 48 and ids.shape[1] <= longest for group, ids in found)


def test_agreement_is_the_share_of_rows_with_the_same_flags() -> None:
    one = np.array([[0.9, 0.1], [0.9, 0.9], [0.1, 0.1]], dtype=np.float32)
    other = np.array([[0.8, 0.2], [0.9, 0.1], [0.1, 0.1]], dtype=np.float32)
    assert alike(one, other, np.array([0.5, 0.5], dtype=np.float32)) == pytest.approx(2 / 3)


@pytest.mark.parametrize("damage", ["vocabulary.txt", "checkpoint.pt", "shape"])
def test_a_folder_without_a_whole_pre_trained_encoder_is_named(tiny_encoder: Path, tmp_path: Path, damage: str) -> None:
    for name in ("vocabulary.txt", "checkpoint.pt"):
        (tmp_path / name).write_bytes((tiny_encoder / name).read_bytes())
    if damage == "shape":
        state = load_checkpoint(tmp_path / "checkpoint.pt")
        torch.save(state | {"shape": state["shape"] | {"width": 32}}, tmp_path / "checkpoint.pt")
    else:
        (tmp_path / damage).unlink()
    with pytest.raises(CheckpointError, match=r"no pre-trained encoder|no such checkpoint"):
        from_checkpoint(tmp_path, 0.1)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small BERT as the transformers library saves it."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    tokens = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##国", "图书", *headlines(200)[0]]
    characters = dict.fromkeys([*tokens, *(c for text in headlines(200) for c in text), *"abc"])
    (folder / "vocab.txt").write_text("\n".join(characters) + "\n", "utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=len(characters), max_position_embeddings=40, **sizes)
    BertModel(config).save_pretrained(folder)
    return folder


def test_a_checkpoint_of_the_transformers_library_gives_its_single_characters(foreign: Path) -> None:
    network, vocabulary, longest = from_transformers(str(foreign), 0.1)
    assert longest == 40
    assert {*"abc", *headlines(1)[0]} <= set(vocabulary.entries)
    assert all(len(entry) == 1 for entry in vocabulary.entries[5:])
    stored = (foreign / "vocab.txt").read_text("utf-8").split("\n")
    ids = network.encoder.ids.tolist()
    assert [stored[number] for number in ids] == list(vocabulary.entries)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["own", "foreign"])
def test_a_tuned_encoder_is_the_same_as_a_file_of_full_and_of_small_weights(
    tiny_encoder: Path, foreign: Path, tmp_path: Path, kind: str
) -> None:
    torch.manual_seed(2)
    network, vocabulary, longest = start(str(tiny_encoder if kind == "own" else foreign), 0.1)
    tuned = Tuner(network, vocabulary, longest, RECIPE, tmp_path, silent).run(examples(), POOL)
    texts = [row.text for row in rows()]
    direct = predict(tuned, texts, vocabulary, longest)
    vocabulary.save(tmp_path / "characters.txt")
    export(tuned, tmp_path / "single.onnx", longest)  # type: ignore[arg-type]
    quantize(tmp_path / "single.onnx", tmp_path / "small.onnx")
    single, small = (
        Encoder.load(tmp_path / name, tmp_path / "characters.txt", TITLE_CATEGORIES, longest).log_odds(texts)
        for name in ("single.onnx", "small.onnx")
    )
    assert np.abs(single - direct).max() < 1e-3
    assert np.abs(small - single).max() < 0.15


def test_what_is_no_checkpoint_of_any_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", "utf-8")
    with pytest.raises(CheckpointError, match="no checkpoint of the transformers library"):
        start(str(tmp_path), 0.1)
