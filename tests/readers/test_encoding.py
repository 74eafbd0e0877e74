"""Bytes to text: what Chinese pages come in, whole, cut short, or wrongly declared."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.readers import InputError
from moderation.readers.encoding import decode

SIMPLE = "今天天气很好，我们一起去公园散步，然后回家做饭。"
TRADITIONAL = "今天天氣很好，我們一起去公園散步，然後回家做飯。"


def meta(name: str) -> bytes:
    return f'<html><head><meta charset="{name}"></head>'.encode()


WHOLE = {
    "utf-8": (SIMPLE.encode(), SIMPLE),
    "utf-8 with mark": (b"\xef\xbb\xbf" + SIMPLE.encode(), SIMPLE),
    "utf-16 le": (b"\xff\xfe" + SIMPLE.encode("utf-16-le"), SIMPLE),
    "utf-16 be": (b"\xfe\xff" + SIMPLE.encode("utf-16-be"), SIMPLE),
    "utf-32": (SIMPLE.encode("utf-32"), SIMPLE),
    "gb18030": (SIMPLE.encode("gb18030"), SIMPLE),
    "gb18030, short": ("你好".encode("gb18030"), "你好"),
    "gb18030, four bytes": ((SIMPLE + "𠮷").encode("gb18030"), SIMPLE + "𠮷"),
    "big5": (TRADITIONAL.encode("big5"), TRADITIONAL),
    "ascii": (b"plain", "plain"),
    "one null byte": ("一\0二".encode(), "一\0二"),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize(("data", "text"), WHOLE.values(), ids=WHOLE.keys())
def test_without_a_declaration(data: bytes, text: str) -> None:
    assert decode(data) == (text, 0)


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        (name, encoding)
        for encoding, names in {
            "gb18030": ("gb2312", "GBK", "gb18030", "x-gbk", "utf-8", "iso-8859-1", "windows-1252", "utf-16", "nosuch"),
            "utf-8": ("utf-8", "UTF8", "gbk", "big5", "iso-8859-1", "utf-16", "nosuch"),
        }.items()
        for name in (*names, "idna", "punycode", "undefined", "unicode_escape", "rot13", "zlib", "utf-7", "")
    ],
)
def test_declared_rightly_or_wrongly(declared: str, encoding: str) -> None:
    data = meta(declared) + b"\\q" + SIMPLE.encode(encoding)
    assert decode(data) == (data[: -len(SIMPLE.encode(encoding))].decode() + SIMPLE, 0)


@pytest.mark.parametrize("declared", ["big5", "Big5-HKSCS", "utf-8", "iso-8859-1"])
def test_big5_declared_rightly_or_wrongly(declared: str) -> None:
    data = meta(declared) + TRADITIONAL.encode("big5")
    assert decode(data)[0].endswith(TRADITIONAL)


def test_a_declaration_decides_what_is_too_short_to_tell() -> None:
    assert decode(meta("big5") + "斕疑".encode("big5"))[0].endswith("斕疑")
    assert decode(meta("gbk") + "斕疑".encode("big5"))[0].endswith("你好")


@pytest.mark.parametrize(
    "form", ["<meta http-equiv=Content-Type content='text/html; charset=big5'>", "<?xml encoding='big5'?>"]
)
def test_forms_of_declaration(form: str) -> None:
    assert decode(form.encode() + "斕疑".encode("big5"))[0].endswith("斕疑")


def test_a_foreign_page_is_what_it_declares() -> None:
    assert decode(meta("iso-8859-1") + "déjà vû à la carte ÿÿÿ".encode("latin-1"))[0].endswith("ÿÿÿ")


@pytest.mark.parametrize("times", [1, 50])
@pytest.mark.parametrize(
    ("text", "encoding"), [(SIMPLE, "utf-8"), (SIMPLE, "gb18030"), (TRADITIONAL, "big5"), (SIMPLE, "utf-16")]
)
@pytest.mark.parametrize("head", [b"", meta("utf-8"), meta("gbk")])
def test_a_last_character_cut_in_two_is_one_damage(text: str, encoding: str, times: int, head: bytes) -> None:
    if encoding == "utf-16" or (encoding, head) == ("big5", meta("gbk")):
        head = b""
    found, damaged = decode(head + (text * times).encode(encoding)[:-1])
    assert damaged == 1
    assert found == head.decode() + (text * times)[:-1] + "\ufffd"


def test_a_few_characters_in_a_long_page_still_tell_the_encoding() -> None:
    data = b"<p>hello world</p>" * 1_000 + "你好，世界的人".encode("gbk")
    assert decode(data)[0].endswith("你好，世界的人")
    assert decode(meta("utf-8") + data)[0].endswith("你好，世界的人")


REFUSED = {
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary data"),
    "nulls": (b"a\0\0b", "binary data"),
    "utf-16 without a mark": ("plain text".encode("utf-16-le"), "binary data"),
    "noise": (bytes(range(128, 256)) * 40, "not UTF-8"),
    "half of utf-16": (b"\xff\xfe" + b"\x00\xd8" * 900, "utf-16"),
    "mark, then noise": (b"\xef\xbb\xbf" + b"\xff" * 9, "utf-8-sig"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode(data)


@given(
    st.one_of(
        st.binary(),
        st.tuples(
            st.sampled_from(["utf-16", "idna", "gbk", "big5", "unicode_escape", "a.b", "utf-8"]).map(meta), st.binary()
        ).map(b"".join),
        st.tuples(st.sampled_from([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\0\0"]), st.binary()).map(
            b"".join
        ),
    )
)
@settings(deadline=None, max_examples=400)
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        text, damaged = decode(data)
    except InputError:
        return
    assert isinstance(text, str)
    assert damaged >= 0


@example("一你不一")
@given(st.text("的一是不了在人有我他这中大来上国你好赌博网站彩票公园天气", min_size=4))
@settings(deadline=None)
def test_common_words_in_gb18030_are_never_taken_for_another(text: str) -> None:
    data = text.encode("gb18030")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        assert decode(data) == (text, 0)
