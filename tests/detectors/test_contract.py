"""What every detector must keep to, whatever it looks for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.article import Article, FieldName
from moderation.detectors import DETECTORS, Detector, Resources
from moderation.normalize import Document
from moderation.readers import read_html, read_text
from moderation.scoring import Scorer

WILD = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(list("久人妻AV国产的是，。？、微薇❤➕加qq1234567890 _-|/\n\u200b①Ａ&#x4e45;<li>•网(wǎng)20")),
    ),
    max_size=300,
)
PAGES = (
    "<title>&#20037;久热</title><meta name=description content='一段摘要'><h1>标题</h1><p hidden>暗<a href=//x.cn>链</a></p>",
    "<ul>" + "<li><a href='http://a.top/x'>澳门娱乐城</a>12025-01-02 03:04" * 12 + "</ul>",
    "",
)


def check(article: Article, detector: Detector) -> None:
    document = Document(article)
    known = {spec.name: spec for spec in detector.specs}
    first, second = detector.detect(document), detector.detect(document)
    assert first == second, "a detector keeps no state"
    fresh = Document(article)
    assert all(0 <= start <= end <= len(fresh.text) for start, end in detector.asks(fresh))
    assert detector.detect(fresh) == first, "what it asks beforehand changes nothing"
    for signal in first:
        assert signal.name in known
        assert signal.category is known[signal.name].category
        for evidence in signal.evidence:
            raw = article.text_of(evidence.field)
            assert raw[evidence.span.start : evidence.span.end] == evidence.quote
            if evidence.field.name is not FieldName.SOURCE:  # a place in the source may name its element
                assert evidence.selector == article.selector_of(evidence.field)


@pytest.mark.parametrize("kind", DETECTORS, ids=lambda kind: kind.__name__)
class TestEveryDetector:
    @settings(max_examples=60, deadline=None)
    @given(title=WILD, body=WILD)
    def test_any_text(self, kind: type[Detector], resources: Resources, title: str, body: str) -> None:
        check(read_text(body, identifier="x", title=title), kind(resources))

    @pytest.mark.parametrize("page", PAGES)
    def test_pages(self, kind: type[Detector], resources: Resources, page: str) -> None:
        check(read_html(page, identifier="x"), kind(resources))

    def test_specs_are_named_after_the_detector(self, kind: type[Detector]) -> None:
        prefix = kind.__module__.rpartition(".")[2]
        assert kind.specs
        assert all(spec.name.startswith(f"{prefix}.") for spec in kind.specs)


def test_signal_names_are_unique() -> None:
    names = [spec.name for kind in DETECTORS for spec in kind.specs]
    assert len(names) == len(set(names))


def test_every_signal_has_a_weight_and_no_weight_is_left_over() -> None:
    names = {spec.name for kind in DETECTORS for spec in kind.specs}
    assert names == set(Scorer.default().weights)
