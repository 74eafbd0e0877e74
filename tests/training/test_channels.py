from __future__ import annotations

import gzip
import json
from pathlib import Path

from moderation.scoring.vocabulary import MARKS
from moderation.training.channels import PARTS, build_channels, parts_of, same_sound_table

CHARACTERS = [*MARKS, *"博菠波彩菜信言人仁休。b7"]
AT = {character: index for index, character in enumerate(CHARACTERS)}
PARTS_OF = {"信": ["人", "言", "亻"], "仁": ["亻", "二"], "休": ["亻", "木"], "人": ["人"]}


def test_characters_of_one_sound_share_a_code_and_its_letter() -> None:
    channels = build_channels(CHARACTERS, {})
    syllables, letters = channels.syllables, channels.letters
    assert syllables[AT["博"]] == syllables[AT["菠"]] == syllables[AT["波"]] != 0
    assert syllables[AT["彩"]] == syllables[AT["菜"]] not in (0, syllables[AT["博"]])
    assert letters[AT["博"]] == letters[AT["b"]] == 2
    assert syllables[AT["b"]] == syllables[AT["7"]] == letters[AT["7"]] == letters[AT["。"]] == 0


def test_marks_have_no_channel() -> None:
    channels = build_channels(CHARACTERS, PARTS_OF | {"[MASK]": ["人"]})
    for table in (channels.syllables, channels.letters, channels.parts):
        assert not table[: len(MARKS)].any()


def test_characters_share_their_parts_and_rare_parts_have_no_code() -> None:
    parts = build_channels(CHARACTERS, PARTS_OF).parts
    assert parts.shape == (len(CHARACTERS), PARTS)
    shared = set(parts[AT["信"]]) & set(parts[AT["仁"]]) & set(parts[AT["休"]])
    assert len(shared - {0}) == 1
    assert set(parts[AT["仁"]]) == shared | {0}
    assert not parts[AT["博"]].any()


def test_sizes_make_room_for_every_code() -> None:
    channels = build_channels(CHARACTERS, PARTS_OF)
    syllables, letters, parts = channels.sizes()
    assert (channels.syllables.max(), channels.parts.max()) == (syllables - 1, parts - 1)
    assert channels.letters.max() < letters
    assert build_channels(list(MARKS), {}).sizes() == (1, 27, 1)


def test_characters_of_a_sound_stand_in_for_each_other_the_commonest_first() -> None:
    channels = build_channels(CHARACTERS, {})
    table = same_sound_table(channels, len(CHARACTERS), 3)
    assert table[AT["博"]].tolist() == [AT["菠"], AT["波"], AT["菠"]]
    assert table[AT["彩"]].tolist() == [AT["菜"]] * 3
    assert table[AT["7"]].tolist() == [AT["7"]] * 3
    rare = same_sound_table(channels, AT["菠"] + 1, 2)
    assert rare[AT["波"]].tolist() == [AT["博"], AT["菠"]]
    assert rare[AT["彩"]].tolist() == [AT["彩"]] * 2


def test_parts_are_read_over_all_ways_of_writing_a_character_apart(tmp_path: Path) -> None:
    path = tmp_path / "chaizi.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.write(json.dumps({"char": "信", "parts": ["人 言", "亻 言"]}) + "\n")
    assert parts_of(path) == {"信": ["人", "言", "亻"]}
    assert parts_of(tmp_path / "none.gz") == {}
