from __future__ import annotations

import pytest

from moderation.detectors import Resources, Term
from moderation.detectors.terms import TermDetector
from moderation.normalize import Document
from moderation.readers import read_html, read_text
from moderation.signals import Signal
from moderation.taxonomy import CategoryId

from .conftest import Detect

E, G = CategoryId.EXPLICIT, CategoryId.GAMBLING
TERMS = (
    Term("口交", E, 0.9),
    Term("路口交通", None, 0.0, allow=True),
    Term("赌博", G, 0.6),
    Term("av", E, 0.5),
    Term("久久人妻", E, 0.9),
    Term("91视频", E, 0.8),
)


def run(text: str, title: str = "") -> dict[str, Signal]:
    resources = Resources(classifier=None, terms=TERMS)  # type: ignore[arg-type]
    document = Document(read_text(text, identifier="x", title=title))
    return {signal.name: signal for signal in TermDetector(resources).detect(document)}


@pytest.mark.parametrize(
    ("text", "name", "quote"),
    [
        ("网络赌博害人", "terms.gambling", "赌博"),
        ("網絡賭博害人", "terms.gambling", "賭博"),
        ("看AV片", "terms.explicit", "AV"),
        ("久\u200b久人妻在线", "terms.disguised_explicit", "久\u200b久人妻"),
        ("久.久.人.妻", "terms.disguised_explicit", "久.久.人.妻"),
        ("久*久*人妻在线", "terms.disguised_explicit", "久*久*人妻"),
        ("&#20037;久人妻", "terms.disguised_explicit", "&#20037;久人妻"),
        ("赌★博", "terms.disguised_gambling", "赌★博"),
        ("９１视频", "terms.explicit", "９１视频"),
    ],
)
def test_must_fire(text: str, name: str, quote: str) -> None:
    signal = run(text)[name]
    assert [evidence.quote for evidence in signal.evidence] == [quote]


@pytest.mark.parametrize(
    "text",
    [
        "路口交通信号灯",
        "在路口交通标志下",
        "java 和 wav 文件",
        "uav无人机",
        "199191视频",
        "打赌 博士",
        "他打赌 博士毕业",
        "小赌-博弈论",
        "久久 人妻",
        "赌\n博",
        "",
    ],
)
def test_must_not_fire(text: str) -> None:
    assert not run(text)


def test_an_allow_term_protects_only_what_lies_inside_it() -> None:
    signal = run("路口交通与口交")["terms.explicit"]
    assert [(evidence.span.start, evidence.quote) for evidence in signal.evidence] == [(5, "口交")]


def test_disguise_weighs_less_and_company_more() -> None:
    plain, edited = run("久久人妻"), run("久\u200b久人妻")
    assert edited["terms.disguised_explicit"].strength < plain["terms.explicit"].strength
    together = run("久久人妻 91视频")["terms.explicit"].strength
    assert together > plain["terms.explicit"].strength
    apart = run("久久人妻" + "文" * 200 + "91视频")["terms.explicit"].strength
    assert apart == plain["terms.explicit"].strength


@pytest.mark.parametrize(
    "text",
    ["路口交通", "一次性筷子", "中国产品质量", "完成人物描写", "提高潮汐能利用", "三黄片说明书", "福利彩票公益金"],
)
def test_the_shipped_lexicon_spares_ordinary_words(detect: Detect, text: str) -> None:
    assert not detect(TermDetector, body=text)


ROW = ("久久人妻", "91视频", "口交")


@pytest.mark.parametrize(
    ("html", "is_row"),
    [
        ("<p>" + " ".join(ROW) + "</p>", True),
        ("<p>" + " ".join(f"<a href=/>{term}</a>" for term in ROW) + "</p>", False),
        ("<p>" + " ".join(ROW[:2]) + "</p>", False),
        ("<p>标题被人改成了“" + "_".join(ROW) + "”，我们从日志里找到了入口</p>", False),
        ("<pre><code>" + " ".join(ROW) + "</code></pre>", False),
    ],
)
def test_a_row_stands_outside_links(html: str, is_row: bool) -> None:
    resources = Resources(classifier=None, terms=TERMS)  # type: ignore[arg-type]
    document = Document(read_html(html, identifier="x"))
    names = {signal.name for signal in TermDetector(resources).detect(document)}
    assert ("terms.explicit_row" in names) is is_row


def test_entities_are_how_code_is_written() -> None:
    resources = Resources(classifier=None, terms=TERMS)  # type: ignore[arg-type]
    code = "".join(f"&amp;#{ord(character)};" for character in "久久人妻")
    for html, is_disguised in ((f"<p>{code}</p>", True), (f"<pre><code>{code}</code></pre>", False)):
        names = {signal.name for signal in TermDetector(resources).detect(Document(read_html(html, identifier="x")))}
        assert ("terms.disguised_explicit" in names) is is_disguised
