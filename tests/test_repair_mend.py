"""Files of every form and encoding, repaired; the judge here rejects each text that says 广告."""

from __future__ import annotations

import codecs
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import Article, FieldName, FieldRef, Span
from moderation.readers import InputError, Limits
from moderation.repair import plan
from moderation.repair.layer import byte_spans, json_records, unix_lines
from moderation.repair.mend import MendedFile, mend
from moderation.signals import Evidence, Signal
from moderation.taxonomy import CategoryId
from moderation.verdict import Action, Coverage, Reason, Verdict, Versions

BAD = re.compile("广告|廣告")


def judge(article: Article) -> Verdict:
    """Rejects what says 广告; only a title that says nothing else cannot be cut."""
    fields = [FieldRef(FieldName.TITLE), *(FieldRef(FieldName.BLOCK, index) for index in range(len(article.blocks)))]
    evidence = tuple(
        Evidence.of_raw(article, field, Span(*match.span()), removable=True)
        for field in fields
        for match in BAD.finditer(article.text_of(field))
    )
    action = Action.REJECT if evidence else Action.ALLOW
    reasons = (Reason(CategoryId.FRAUD, "r", action, (), "", ""),) if evidence else ()
    signals = (Signal("a.b", CategoryId.FRAUD, 1.0, evidence),) if evidence else ()
    repair = plan(article, signals, reasons, action, lambda cut: judge(cut).action) if evidence else None
    return Verdict(article.id, action, (), reasons, signals, repair, Coverage(0, 0), Versions("", "", "", ""), 0.0)


def mended(data: bytes, form: str, **options: bool) -> MendedFile:
    return mend(data, form, "f", judge, **options)  # type: ignore[arg-type]


PAGE = "<html><head><meta charset={0}><title>茶\u3000叶</title></head>\r\n<body CLASS=a>\r\n<p>茶{1}叶</p>\r\n<ul>\r\n\t<li>{1}</li>\r\n</ul>\n<p>避光&nbsp;保存</p></body></html>"
LEFT = PAGE.replace("{1}", "", 1).replace("<ul>\r\n\t<li>{1}</li>\r\n</ul>\n", "")


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb2312"),
        ("gb18030", "none"),
        ("big5hkscs", "big5"),
    ],
)
def test_a_page_keeps_its_bytes_in_every_encoding(encoding: str, charset: str) -> None:
    word = "廣告" if "big5" in encoding else "广告"
    simplified = PAGE if "big5" not in encoding else PAGE.replace("叶", "葉")
    left = LEFT if "big5" not in encoding else LEFT.replace("叶", "葉")
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    data = mark + simplified.format(charset, word).encode(encoding)
    done = mended(data, "html")
    assert done.data == mark + left.format(charset, word).encode(encoding)
    (article,) = done.articles
    assert (article.before.action, article.after.action, article.refusals) == (Action.REJECT, Action.ALLOW, ())


def test_damaged_bytes_stay_as_they_are() -> None:
    """A character cut in two, as scraped pages have it."""
    start, end = "<meta charset=gbk><title>茶</title><p>".encode("gbk"), ("</p><p>" + "茶叶的保存。" * 60).encode("gbk")
    data = start + "广告".encode("gbk") + "茶".encode("gbk") + end + b"\xb2"
    done = mended(data, "html")
    assert done.data == start + "茶".encode("gbk") + end + b"\xb2"


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ("txt", "茶的保存\r\n\r\n茶叶广告要避光。\r\n・广告\r\n", "茶的保存\r\n\r\n茶叶要避光。\r\n・\r\n"),
        ("txt", "茶的保存\n\n茶叶。\n广告\n再见。\n", "茶的保存\n\n茶叶。\n再见。\n"),
        (
            "md",
            "# 茶的保存\r\n\r\n茶叶广告要避光。\r\n\r\n- 茶\r\n- 广告\r\n",
            "# 茶的保存\r\n\r\n茶叶要避光。\r\n\r\n- 茶\r\n",
        ),
        ("md", "# 茶\n\n看[广告](http://a.example)吧，![广告](b.png)。\n", "# 茶\n\n看吧，。\n"),
        ("md", "# 广告：茶\n\n避光。\n\n## 广告\n\n> 广告\n", "# ：茶\n\n避光。\n\n\n"),
    ],
)
def test_texts(form: str, before: str, after: str) -> None:
    done = mended(before.encode(), form)
    assert (done.data.decode(), done.articles[0].after.action) == (after, Action.ALLOW)


def record(**more: object) -> dict[str, object]:
    return {"id": 1, "title": "广告 茶", **more}


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize(
    ("body", "text", "left"),
    [
        ("html", '<p>茶"叶"</p>\n<p>广告😀</p>', '<p>茶"叶"</p>\n<p>😀</p>'),
        ("body", "<p>茶</p>\n<ul><li>广告</li></ul>", "<p>茶</p>\n"),
        ("body", "茶叶\n广告\n避光", "茶叶\n避光"),
        ("text", "茶\\叶😀广告", "茶\\叶😀"),
        ("markdown", "- 茶\n- 广告\n", "- 茶\n"),
    ],
)
def test_records(ascii_only: bool, body: str, text: str, left: str) -> None:
    head, tail = '{ "other": [1, {"title": "广告"}], ', " }"
    inner = json.dumps(record(**{body: text}), ensure_ascii=ascii_only)[1:-1]
    expected = json.dumps({**record(**{body: left}), "title": " 茶"}, ensure_ascii=ascii_only)[1:-1]
    done = mended((head + inner + tail).encode(), "json")
    assert done.data.decode() == head + expected + tail
    assert done.articles[0].after.action is Action.ALLOW


def test_lines_are_repaired_one_by_one() -> None:
    lines = [json.dumps(record(id=n, text=text), ensure_ascii=False) for n, text in enumerate(["茶", "广告叶"])]
    data = "\n".join(["", lines[0], "{", lines[1] + "\r", '[{"id": 1}]']).encode()
    done = mended(data, "jsonl")
    expected = [
        json.dumps({**record(id=n, text=text), "title": " 茶"}, ensure_ascii=False)
        for n, text in enumerate(["茶", "叶"])
    ]
    assert done.data.decode() == "\n".join(["", expected[0], "{", expected[1] + "\r", '[{"id": 1}]'])
    assert [(failure.line, failure.source) for failure in done.failures] == [(3, "f"), (5, "f")]
    kept = "".join(
        done.text[a:b]
        for a, b in zip([0, *(c.end for c in done.cuts)], [*(c.start for c in done.cuts), None], strict=True)
    )
    assert kept.encode() == done.data


def test_a_list_of_records_where_one_stays() -> None:
    records = [record(id="a", text="茶"), {"id": "b", "title": "广告", "text": "广告茶"}]
    data = json.dumps(records, ensure_ascii=False).encode()
    done = mended(data, "json")
    assert json.loads(done.data) == [{"id": "a", "title": " 茶", "text": "茶"}, records[1]]
    assert [article.withheld for article in done.articles] == [False, True]
    assert [article.action for article in done.articles] == [Action.ALLOW, Action.REJECT]
    cut = mended(data, "json", partial=True)
    assert json.loads(cut.data)[1] == {"id": "b", "title": "广告", "text": "茶"}


def test_a_title_that_offends_keeps_the_page_as_it_is() -> None:
    data = "<title>广告</title><p>茶广告</p>".encode()
    done = mended(data, "html")
    (article,) = done.articles
    assert (done.data, done.cuts, article.withheld, article.after.action) == (data, (), True, Action.REJECT)
    assert mended(data, "html", partial=True).data == "<title>广告</title><p>茶</p>".encode()


def test_a_clean_file_stays() -> None:
    for form, text in (("html", "<p>茶"), ("txt", "茶"), ("md", "茶"), ("json", json.dumps({"id": 1, "title": "茶"}))):
        done = mended(text.encode(), form)
        assert (done.data, done.cuts, done.articles[0].after.action) == (text.encode(), (), Action.ALLOW)


@pytest.mark.parametrize(
    ("data", "form", "message"),
    [
        (b"", "html", "empty"),
        (b" \n", "jsonl", "empty"),
        (b"\x00\x00\x00\x00", "html", "binary"),
        (b"{", "json", "no JSON"),
        (b"<p>" * 50, "html", "over the limit"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, form: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^f.*{message}"):
        mend(data, form, "f", judge, limits=Limits(bytes=100))


def test_a_record_that_cannot_be_read_is_said() -> None:
    done = mended(b'[{"id": 1}, {"id": 2, "title": "a"}]', "json")
    assert [(failure.source, failure.field) for failure in done.failures] == [("f[0]", "title")]
    assert len(done.articles) == 1


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.sampled_from("茶叶aé，\r\n 漢字\u3000"), min_size=1, max_size=3000),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"]),
    data=st.data(),
)
def test_places_in_text_are_places_in_bytes(text: str, encoding: str, data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    spans = [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    encoded = text.encode(encoding)
    places = byte_spans(encoded, encoding, text, spans)
    for span, place in zip(reversed(spans), reversed(places), strict=True):
        text = text[: span.start] + text[span.end :]
        encoded = encoded[: place.start] + encoded[place.end :]
    assert encoded.decode(encoding) == text


@given(st.lists(st.sampled_from(["茶", "\r\n", "\n", "\r", "ab"]), max_size=20).map("".join))
def test_places_behind_line_ends(text: str) -> None:
    lines = unix_lines(text)
    read = text.replace("\r\n", "\n")
    for position, character in enumerate(read):
        assert text[lines.place(position)] in (character, "\r")
    assert lines.place(len(read)) == len(text)


@given(
    st.dictionaries(
        st.text(max_size=4), st.text(max_size=12) | st.integers() | st.lists(st.text(max_size=3)), max_size=4
    ),
    st.booleans(),
)
def test_places_in_json(value: dict[str, object], ascii_only: bool) -> None:
    text = json.dumps([value, value], ensure_ascii=ascii_only, indent=1)
    for found in json_records(text):
        assert found.value == json.loads(text)[0]
        for name, own in found.value.items():
            if isinstance(own, str):
                span = found.fields[name].spans([Span(0, len(own))])[0]
                assert json.loads(f'"{text[span.start : span.end]}"') == own
