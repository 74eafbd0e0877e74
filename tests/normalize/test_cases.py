"""What each step makes of a text, case by case."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from moderation.normalize import DISGUISE, Normalized, Step, normalize, squeeze
from moderation.normalize.steps import (
    _TARGET,
    _characters,
    _steps,
    decode_entities,
    drop_pinyin_residue,
    fold_characters,
)
from moderation.normalize.text import codes_of

CASES = [
    # width, case and NFKC
    ("ＡＢＣ１２３", "abc123", Step.WIDTH),
    ("QQ群", "qq群", Step.CASE),
    ("（你）！", "(你)!", Step.WIDTH),
    ("ﾊﾞｶ", "ハカ", Step.WIDTH | Step.INVISIBLE),
    ("ﬃ", "ffi", Step.LOOKALIKE),
    ("㍿", "株式会社", Step.LOOKALIKE),
    ("⑴", "(1)", Step.LOOKALIKE),
    ("\u3000", " ", Step.WIDTH),
    ("…", "...", Step.WIDTH),
    ("½", "1⁄2", Step.LOOKALIKE),
    # digits in circles, squares and Roman dress
    ("①②⑨", "129", Step.LOOKALIKE),
    ("⑩⑳", "1020", Step.LOOKALIKE),
    ("❶➁", "12", Step.LOOKALIKE),
    ("Ⅳⅷ", "ivviii", Step.LOOKALIKE),
    ("𝟙𝟚𝟛", "123", Step.LOOKALIKE),
    ("𝐀𝓫𝕮", "abc", Step.LOOKALIKE),
    ("Ⓐⓑ", "ab", Step.LOOKALIKE),
    ("🅰🄱", "ab", Step.LOOKALIKE),
    ("²₃", "23", Step.LOOKALIKE),
    # look-alikes
    ("ѕех", "sex", Step.LOOKALIKE),
    ("АВ", "ab", Step.LOOKALIKE),
    ("ｖχ", "vx", Step.WIDTH | Step.LOOKALIKE),
    ("ԛԛ", "ԛԛ", Step(0)),
    ("éàü", "eau", Step.LOOKALIKE),
    # script
    ("網絡賭場", "网络赌场", Step.TRADITIONAL),
    ("妳証", "你证", Step.TRADITIONAL),
    ("网络赌场", "网络赌场", Step(0)),
    # chains of single steps go to their end
    ("︱￮", "-·", Step.WIDTH),
    ("薴", "苎", Step.TRADITIONAL),
    # entities and escapes
    ("&#20320;&#x597d;&#X597D;", "你好好", Step.ENTITY),
    ("&lt;b&gt;&amp;&quot;", '<b>&"', Step.ENTITY),
    ("&hellip;", "...", Step.ENTITY | Step.WIDTH),
    ("\\u4e45\\u8349", "久草", Step.ENTITY),
    ("%u4e45%u8349", "久草", Step.ENTITY),
    ("\\ud83d\\ude00", "😀", Step.ENTITY),
    ("#xff0c;好", ",好", Step.ENTITY | Step.WIDTH),
    ("&#x41;", "a", Step.ENTITY | Step.CASE),
    ("&#0;", "\ufffd", Step.ENTITY),
    ("&#xd800;", "\ufffd", Step.ENTITY),
    ("&#9999999;", "\ufffd", Step.ENTITY),
    # malformed ones stay
    ("&#20320", "&#20320", Step(0)),
    ("&#;&#x;", "&#;&#x;", Step(0)),
    ("&nosuch;", "&nosuch;", Step(0)),
    ("\\u4e4", "\\u4e4", Step(0)),
    ("\\ud83d", "\\ud83d", Step(0)),
    ("\\ude00\\ud83d", "\\ude00\\ud83d", Step(0)),
    ("%u12", "%u12", Step(0)),
    ("#x110000;", "#x110000;", Step(0)),
    ("a#xff0c;", "a#xff0c;", Step(0)),
    ("#ff0000;", "#ff0000;", Step(0)),
    # pinyin residue
    ("網(wǎng)", "网", Step.PINYIN | Step.TRADITIONAL),
    ("網(wǎng)絡(luò)", "网络", Step.PINYIN | Step.TRADITIONAL),
    ("网（ wǎng ）站", "网站", Step.PINYIN),
    ("长(cháng)安", "长安", Step.PINYIN),
    ("（wǎng）", "(wang)", Step.WIDTH | Step.LOOKALIKE),
    ("网(wang)", "网(wang)", Step(0)),
    ("网(2020年)", "网(2020年)", Step(0)),
    ("网(见下)", "网(见下)", Step(0)),
    ("a(wǎng)", "a(wang)", Step.LOOKALIKE),
    ("网(wǎng luò)", "网(wang luo)", Step.LOOKALIKE),
    # what cannot be seen
    ("赌\u200b博", "赌博", Step.INVISIBLE),
    ("赌\u2028博", "赌博", Step.INVISIBLE),
    ("赌\u302a博", "赌博", Step.INVISIBLE),
    ("赌\u0489博", "赌博", Step.INVISIBLE),
    ("赌\x00\x08\x85博", "赌博", Step.INVISIBLE),
    ("赌\U000e0041博", "赌博", Step.INVISIBLE),
    ("赌\ufe0f博", "赌博", Step.INVISIBLE),
    ("赌ﾠ博", "赌博", Step.INVISIBLE),
    ("赌\u3164博", "赌 博", Step.WIDTH),
    ("e\u0301\u0302a", "ea", Step.INVISIBLE),
    ("一\r\n二\n", "一\n二\n", Step.INVISIBLE),
    ("a\tb", "a b", Step.WIDTH),
    # a lone surrogate keeps its place, not its code
    ("赌\ud800博", "赌\ufffd博", Step.INVISIBLE),
    ("\ud83d\ude00", "\ufffd\ufffd", Step.INVISIBLE),
    # kept as they are
    ("😀👍🏽", "😀👍🏽", Step(0)),
    ("", "", Step(0)),
]


@pytest.mark.parametrize(("raw", "expected", "steps"), CASES)
def test_normal_form_and_its_steps(raw: str, expected: str, steps: Step) -> None:
    found = normalize(raw)
    assert found.text == expected
    inside = Step(0)
    for edit in found.edits():
        inside |= edit.steps
    assert inside == steps


@pytest.mark.parametrize(
    ("raw", "place", "quote"),
    [
        ("看&#20320;们", "你", "&#20320;"),
        ("看網(wǎng)站", "网", "網(wǎng)"),
        ("看\\ud83d\\ude00们", "😀", "\\ud83d\\ude00"),
        ("看㍿们", "式", "㍿"),
        ("赌\u200b\u200b博", "赌博", "赌\u200b\u200b博"),
        ("\u200b赌", "赌", "赌"),
        ("赌\u200b", "赌", "赌"),
        ("&#1;赌", "赌", "赌"),
    ],
)
def test_every_character_knows_its_source(raw: str, place: str, quote: str) -> None:
    found = normalize(raw)
    start = found.text.index(place)
    span = found.raw_span(start, start + len(place))
    assert raw[span.start : span.end] == quote


def test_deletions_at_the_ends_and_between_are_logged_once() -> None:
    log = [(str(edit.raw), edit.normalized, edit.steps) for edit in normalize("\u200bA\u200b\u200cB\u200d").edits()]
    assert log == [
        ("\u200b", "", Step.INVISIBLE),
        ("A", "a", Step.CASE),
        ("\u200b\u200c", "", Step.INVISIBLE),
        ("B", "b", Step.CASE),
        ("\u200d", "", Step.INVISIBLE),
    ]


@pytest.mark.parametrize("raw", ["\u200b", "&#1;", "&#1;\u200b", "\x00&#1;\x00"])
def test_a_text_that_vanishes_is_still_accounted_for(raw: str) -> None:
    found = normalize(raw)
    assert found.text == ""
    assert "".join(edit.raw for edit in found.edits()) == raw
    assert all(edit.steps for edit in found.edits())
    assert found.raw_span(0, 0).start == len(raw)


def test_a_deletion_behind_an_edit_is_no_part_of_it() -> None:
    deleted = Normalized.identity("a!b").replaced([(1, 2, "")], Step.ENTITY)
    edited = deleted.replaced([(0, 1, "x")], Step.WIDTH)
    assert edited.steps_in(0, 1) == Step.WIDTH
    assert edited.steps_in(0, 2) == Step.WIDTH | Step.ENTITY
    gone = deleted.replaced([(0, 1, "")], Step.WIDTH)
    assert [(edit.raw, edit.steps) for edit in gone.edits()] == [("a!", Step.WIDTH | Step.ENTITY)]


def test_neighbouring_edits_keep_apart() -> None:
    found = Normalized.identity("abcd").replaced([(0, 1, "xy"), (1, 2, ""), (2, 4, "z")], Step.ENTITY)
    assert found.text == "xyz"
    assert [found.raw_span(i, i + 1).start for i in range(3)] == [0, 0, 2]
    assert [found.raw_span(i, i + 1).end for i in range(3)] == [1, 1, 4]
    assert found.steps_in(1, 3) == Step.ENTITY


def test_touched_finds_the_characters_of_a_step() -> None:
    found = normalize("安Ａ\u200b全")
    assert found.touched(Step.WIDTH).tolist() == [1]
    assert found.touched(Step.INVISIBLE).tolist() == [1]
    assert found.touched(Step.ENTITY).tolist() == []
    assert normalize("安全").touched(DISGUISE).tolist() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("赌 博", "赌博"),
        ("赌·博", "赌博"),
        ("赌★博♥网", "赌博网"),
        ("赌-_|/博", "赌博"),
        ("赌😀博", "赌博"),
        ("赌【博】", "赌博"),
        ("赌\n博", "赌\n博"),
        ("赌博", "赌博"),
        ("", ""),
        (" - ", ""),
    ],
)
def test_squeeze(text: str, expected: str) -> None:
    found = squeeze(Normalized.identity(text))
    assert found.text == expected
    assert all(edit.steps == Step.SEPARATOR for edit in found.edits())


def test_squeeze_marks_what_it_joins() -> None:
    found = squeeze(normalize("打赌　博士"))
    assert found.text == "打赌博士"
    assert found.steps_in(1, 3) & Step.SEPARATOR
    assert not found.steps_in(0, 2) & Step.SEPARATOR
    assert found.raw_span(1, 3) == found.raw_span(1, 2).__class__(1, 4)


def test_raw_span_refuses_what_lies_outside() -> None:
    found = normalize("你好")
    for start, end in ((-1, 1), (1, 0), (0, 3)):
        with pytest.raises(IndexError):
            found.raw_span(start, end)


@pytest.mark.parametrize("raw", ["", "安全第一。", "plain ascii, really", "50% & more # \\n (ok)", "今天\n明天"])
def test_clean_text_costs_no_arrays(raw: str) -> None:
    found = normalize(raw)
    assert (found.text, found.starts, found.ends, found.marks, found.gaps, found.head) == (
        raw,
        None,
        None,
        None,
        None,
        0,
    )


def test_steps_without_work_return_what_they_got() -> None:
    text = Normalized.identity("安全")
    assert decode_entities(text) is text
    assert drop_pinyin_residue(text) is text
    assert fold_characters(text) is text
    assert squeeze(text) is text


def test_every_code_point_reaches_its_normal_form_at_once() -> None:
    raw = "".join(chr(code) for code in range(0x110000) if chr(code) not in "&\\%#(（")
    once = normalize(raw).text
    assert normalize(once).text == once


def test_the_table_names_a_step_for_every_change() -> None:
    entries = _characters().entries
    changed = (entries & _TARGET) != np.arange(0x110000)
    assert changed.sum() > 5_000
    assert _steps(entries)[changed].all()
    assert not _steps(entries)[~changed].any()


def test_ideographs_stay_ideographs() -> None:
    targets = (_characters().entries & _TARGET).tolist()
    for code in range(0x4E00, 0xA000):
        target = chr(targets[code])
        assert unicodedata.name(target).startswith("CJK UNIFIED"), chr(code)


def test_work_grows_no_faster_than_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: each step splices the whole text a fixed number of times, however long it is."""
    calls: list[int] = []
    original = Normalized._arrays

    def counted(self: Normalized) -> object:
        calls.append(len(self.text))
        return original(self)

    monkeypatch.setattr(Normalized, "_arrays", counted)
    unit = "網(wǎng)&#20320;㍿①\u200bＡ安全\n"
    work = []
    for times in (1_000, 2_000):
        calls.clear()
        normalize(unit * times)
        work.append(sum(calls))
    assert work[1] <= 2.1 * work[0]
    assert len(calls) <= 10


def test_many_positions_are_those_of_one_at_a_time() -> None:
    for raw in ("正文abc", "網(wǎng)&#20320;㍿①\u200bＡ安全\n" * 3, "", "\u200b\u200b"):
        text = normalize(raw)
        offsets = np.arange(len(raw) + 3, dtype=np.int32)
        assert text.positions_of(offsets).tolist() == [text.position_of(int(offset)) for offset in offsets]


def test_a_first_cut_leaves_what_the_general_one_leaves() -> None:
    plain = Normalized.identity("a-b--c")
    codes = codes_of(plain.text)
    marked = Normalized(plain.raw, plain.text, marks=np.zeros(len(codes), dtype=np.uint16))
    for drops in (b"\0\1\0\1\1\0", b"\1\0\0\0\0\1", b"\1\1\1\0\1\1", b"\0\0\0\0\0\1"):
        drop = np.frombuffer(drops, dtype=bool)
        one, other = plain.without(codes, drop, Step.SEPARATOR), marked.without(codes, drop, Step.SEPARATOR)
        assert (one.text, one.head) == (other.text, other.head)
        for left, right in ((one.starts, other.starts), (one.ends, other.ends), (one.gaps, other.gaps)):
            assert left is not None
            assert right is not None
            assert left.tolist() == right.tolist()
