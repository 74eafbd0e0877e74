"""The first looks of the splice and injection detectors lose nothing that a full look would find."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from moderation.article import Article, Block, BlockKind
from moderation.detectors.body import paragraphs_of, title_of
from moderation.detectors.fragments import FEWEST
from moderation.detectors.insertion_places import ground_of, may_repeat
from moderation.detectors.kinship import shared_pairs
from moderation.detectors.offer_cues import cues_of, hints_of
from moderation.detectors.pasted_spans import SpanSearch
from moderation.detectors.reading import Reading, read_body
from moderation.normalize import Document
from moderation.normalize.bigrams import COMMON, MOST_UNCOMMON, UNCOMMON, UNIT, seams
from moderation.normalize.text import codes_of

TITLE = "社区食堂开张，老人吃上热乎饭"
TEXTS = (
    "河边的老槐树下，几位老人摆开棋盘，从清晨一直下到日头偏西，谁也不肯认输。",
    "社区食堂中午十一点开门，一荤两素十二元，六十岁以上的老人凭证减免三元。",
    "食堂师傅说，老人牙口不好，炖菜要多炖半小时，盐也得少放一些才行。",
    "图书馆的借阅证澳门赌场真人荷官在线发牌办好以后，可以在全市通借通还。",
    "本公司承接网站建设，价格优惠，欢迎致电咨询，微信同号，全国包邮。",
    "请拨打13800000000或者加v联系客服，当天办理，先看货后付款，满意为止。",
    "秋收过后，村里的晒谷场又热闹起来，孩子们追着麻雀跑，笑声传出很远。",
)


def read(*texts: str, title: str = TITLE) -> tuple[Document, Reading]:
    blocks = tuple(Block(BlockKind.PARAGRAPH, text, selector="p") for text in texts)
    document = Document(Article("page", title, blocks))
    return document, read_body(document, paragraphs_of(document), seams())


def test_a_glance_is_never_below_what_the_models_say() -> None:
    model, random = seams(), np.random.default_rng(7)
    first, second = random.integers(0, COMMON, size=(2, 50_000)).astype(np.int16)
    glance = model.glances[first.astype(np.int64) * COMMON + second]
    ordinary = model.text.follow(first, second)
    assert ((glance >> 8) * UNIT >= model.sold.follow(first, second) - ordinary - 1e-4).all()
    assert ((glance & 0x7F) * 2 * UNIT >= -ordinary - 1e-4).all()
    assert (((glance & UNCOMMON) > 0) == (model.text.counts(first, second) <= MOST_UNCOMMON)).all()


def test_every_span_that_is_likely_begins_where_the_bound_says() -> None:
    search = SpanSearch(seams())
    _, body = read(*TEXTS)
    everywhere = np.arange(1, len(body.rows) - 2)
    full = search._judged(body, everywhere)
    assert len(full)
    assert np.array_equal(search.spans(body), full)


@pytest.mark.parametrize("text", TEXTS)
def test_every_paragraph_with_a_cue_has_a_hint(text: str) -> None:
    document, body = read(text)
    (paragraph,) = paragraphs_of(document)
    hints = hints_of(document, body, 1)
    cues = cues_of(document, paragraph)
    assert cues <= (int(hints.kinds[0]) if len(hints.numbers) else 0)


def test_some_paragraphs_have_cues_and_others_none() -> None:
    document, body = read(*TEXTS)
    cues = [cues_of(document, paragraph) for paragraph in paragraphs_of(document)]
    assert max(cues) >= 4
    assert min(cues) == 0
    assert set(hints_of(document, body, len(cues)).numbers) < set(range(len(cues)))


def test_kinship_counts_the_uncommon_pairs_that_two_paragraphs_share() -> None:
    document, body = read(*TEXTS)
    model = seams()
    pieces = [document.text[paragraph.start : paragraph.end] for paragraph in paragraphs_of(document)]
    sets = [_uncommon(piece) for piece in (*pieces, title_of(document))]
    expected = np.zeros((len(sets), len(sets)))
    for left, right in combinations(range(len(sets)), 2):
        expected[left, right] = expected[right, left] = len(sets[left] & sets[right])
    assert expected.any()
    assert np.array_equal(shared_pairs(title_of(document), body, model), expected)


def _uncommon(text: str) -> set[tuple[int, int]]:
    model = seams()
    codes = codes_of(text)
    rows = model.rows(codes)
    rare = model.text.counts(rows[:-1], rows[1:]) <= MOST_UNCOMMON
    han = (codes >= 0x3400) & (codes <= 0x9FFF)
    pairs = zip(rows[:-1].tolist(), rows[1:].tolist(), rare & han[:-1] & han[1:], strict=True)
    return {(first, second) for first, second, told in pairs if told}


def test_a_cycle_of_fragments_may_repeat_and_plain_text_may_not() -> None:
    cycle = ("热乎饭菜", "社区食堂", "老人开张")
    words = iter(cycle * 5)
    woven = "".join(
        mark + next(words, "") if (mark := letter) in "，。" else letter for letter in "".join(TEXTS[:4]) * 2
    )
    document, _ = read(woven)
    assert may_repeat(ground_of(document), document.text)
    document, _ = read(*TEXTS)
    ground = ground_of(document)
    assert len(ground.keys) >= FEWEST
    assert not may_repeat(ground, document.text)
