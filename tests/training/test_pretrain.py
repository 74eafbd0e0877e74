from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from moderation.scoring.vocabulary import BEGIN, END, MARKS, MASK, PAD, Vocabulary
from moderation.training.benign import is_held_out
from moderation.training.channels import build_channels
from moderation.training.checkpoint import CheckpointError, load_checkpoint
from moderation.training.dataset import DatasetError
from moderation.training.pretrain import Masker, PretrainConfig, _Run, load_pretrain_config, pretrain, rate_at
from moderation.training.running_text import Source, Store, build_vocabulary, lines_of

from .tiny import SHAPE, headlines, pretraining, silent, write_texts


@pytest.fixture
def config(tmp_path: Path) -> PretrainConfig:
    return pretraining(tmp_path / "texts")


def run(config: PretrainConfig, folder: Path) -> dict[str, torch.Tensor]:
    found = load_checkpoint(pretrain(config, folder, silent, compiled=False))
    assert found["step"] == config.steps
    return found["network"]


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_killed_run_goes_on_to_the_weights_of_an_unbroken_one(
    config: PretrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    unbroken = run(config, tmp_path / "unbroken")
    learn = _Run.learn

    def killed(own: _Run, predict: object) -> float:
        if own.step == after:
            raise KeyboardInterrupt
        return learn(own, predict)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(_Run, "learn", killed)
        with pytest.raises(KeyboardInterrupt):
            run(config, tmp_path / "broken")
    lines: list[str] = []
    pretrain(config, tmp_path / "broken", lines.append, compiled=False)
    assert ("resume at step 2" in lines) == (after >= 2)
    resumed = run(config, tmp_path / "broken")
    assert unbroken.keys() == resumed.keys()
    assert all(torch.equal(unbroken[name], resumed[name]) for name in unbroken)


def test_a_finished_run_does_nothing_more(config: PretrainConfig, tmp_path: Path) -> None:
    run(config, tmp_path / "run")
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    run(config, tmp_path / "run")
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text("utf-8").splitlines()]
    assert [entry["step"] for entry in log] == [2, 4]


def test_a_loss_that_is_no_number_leaves_the_last_checkpoint(
    config: PretrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = _Run.learn

    def diverging(own: _Run, predict: object) -> float:
        loss = learn(own, predict)  # type: ignore[arg-type]
        return math.nan if own.step == 4 else loss

    monkeypatch.setattr(_Run, "learn", diverging)
    with pytest.raises(ValueError, match="step 4: the loss is nan; the last checkpoint is untouched"):
        run(config, tmp_path / "run")
    assert load_checkpoint(tmp_path / "run" / "checkpoint.pt")["step"] == 2


def test_a_damaged_checkpoint_is_named_and_left_as_it_is(config: PretrainConfig, tmp_path: Path) -> None:
    run(config, tmp_path / "run")
    path = tmp_path / "run" / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt: damaged"):
        run(config, tmp_path / "run")
    assert path.stat().st_size == 1000


def test_a_checkpoint_of_another_shape_is_named(config: PretrainConfig, tmp_path: Path) -> None:
    run(config, tmp_path / "run")
    wider = pretraining(tmp_path / "texts", shape=type(SHAPE)(1, 32, 2, 32))
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt: of another run; remove it to begin anew"):
        run(wider, tmp_path / "run")


def test_missing_texts_are_named_before_anything_is_done(config: PretrainConfig, tmp_path: Path) -> None:
    config.sources[0].path.unlink()
    with pytest.raises(DatasetError, match=r"no such text to pre-train on: .*text\.jsonl\.gz"):
        run(config, tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []


def test_the_rate_rises_holds_and_falls(tmp_path: Path) -> None:
    config = pretraining(tmp_path, steps=100, warmup=10, decay=0.2)
    rates = [rate_at(step, config) for step in range(100)]
    assert rates[:10] == pytest.approx([1e-4 * step for step in range(1, 11)])
    assert rates[10:80] == [1e-3] * 70
    assert rates[-1] == pytest.approx(1e-3 / 20)
    assert rates[80:] == sorted(rates[80:], reverse=True)


def test_masking_hides_most_places_and_never_marks() -> None:
    characters = [*MARKS, *"博菠波彩菜图书馆开放时间"]
    masker = Masker(build_channels(characters, {}), 0.3)
    draw = np.random.default_rng(2)
    ids = draw.integers(5, len(characters), (64, 32))
    ids[:, 0], ids[:, -2], ids[:, -1] = BEGIN, END, PAD
    shown, places, truth = masker.apply(ids, draw)
    assert np.array_equal(ids.ravel()[places], truth)
    assert (truth >= len(MARKS)).all()
    untouched = np.setdiff1d(np.arange(ids.size), places)
    assert np.array_equal(shown.numpy().ravel()[untouched], ids.ravel()[untouched])
    assert 0.2 < len(places) / (64 * 29) < 0.4
    assert 0.6 < float((shown.ravel()[places] == MASK).float().mean()) < 0.8


def test_nothing_held_out_is_read(tmp_path: Path) -> None:
    texts = headlines(300)
    lines = list(lines_of(Source(write_texts(tmp_path / "a.gz", texts), 1.0)))
    assert lines == [text for text in texts if not is_held_out(text)]
    joined = list(lines_of(Source(write_texts(tmp_path / "b.gz", ["\n".join(texts)]), 1.0)))
    assert not any(is_held_out(line) for line in joined)
    some = list(lines_of(Source(tmp_path / "a.gz", 1.0, most=50)))
    assert some == lines[: len(some)]
    assert 50 <= sum(map(len, some)) < 65


def test_a_vocabulary_holds_what_is_common_and_the_project_s_own_characters(tmp_path: Path) -> None:
    source = Source(write_texts(tmp_path / "a.gz", ["图图图图书书书馆"] * 40), 1.0)
    found = build_vocabulary([source], ["稀"], 3, 60)
    assert {*"图书馆稀", *"az09"} <= set(found.entries)
    assert len(build_vocabulary([source], ["稀"], 3, 40)) == len(MARKS) + 40
    assert "\n" not in build_vocabulary([source], ["甲\n乙\u2028\x85"], 3, 60).entries


def test_sequences_begin_where_a_line_begins(tmp_path: Path) -> None:
    vocabulary = Vocabulary([*MARKS, *"图书馆开放"])
    source = Source(write_texts(tmp_path / "a.gz", ["图书馆", "开放图书"] * 10), 1.0)
    store = Store.build(source, vocabulary, tmp_path, silent)
    drawn = store.draw(np.random.default_rng(1), 50, 6)
    assert (drawn[:, 0] == BEGIN).all()
    firsts = {vocabulary.entries[first] for first in drawn[:, 1]}
    assert firsts <= {"图", "开"}
    lines: list[str] = []
    again = Store.build(source, vocabulary, tmp_path, lines.append)
    assert lines == []
    assert np.array_equal(again.ids, store.ids)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("steps = 4", ""), "'steps' is missing"),
        (("steps = 4", 'steps = "x"'), "invalid literal"),
        (("[shape]", "[shape]\ncolour = 3"), "unexpected keyword argument 'colour'"),
        (('path = "a.gz"', ""), "'path' is missing"),
    ],
)
def test_a_bad_configuration_names_file_and_key(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = (
        'name = "tiny"\ncorpus = "c"\ndecompositions = "d"\ncharacters = 9\nsteps = 4\nrows = 2\nlength = 8\nseed = 1\n'
        '[shape]\nlayers = 1\n[[source]]\npath = "a.gz"\nshare = 1.0\n'
    )
    path = tmp_path / "pretrain.toml"
    path.write_text(text, "utf-8")
    good = load_pretrain_config(path)
    assert (good.corpus, good.sources[0].path, good.shape.layers) == (tmp_path / "c", tmp_path / "a.gz", 1)
    path.write_text(text.replace(*change), "utf-8")
    with pytest.raises(DatasetError, match=message) as caught:
        load_pretrain_config(path)
    assert str(caught.value).startswith(f"{path}: ")
