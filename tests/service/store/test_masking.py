"""What is kept quotes nothing explicit."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from moderation import Moderator, read_record
from moderation.renderers.masked import masked_json
from moderation.renderers.verdict_json import schema, to_json
from service.store.verdicts import canonical, stored_form, text_hash

from .made import ARTICLE, RECORD, stored, verdict


def test_what_is_explicit_is_masked_wherever_it_is_quoted() -> None:
    told = masked_json(verdict(), ARTICLE)
    assert "麻豆精品" in json.dumps(to_json(verdict(), ARTICLE), ensure_ascii=False)
    assert "麻豆" not in json.dumps(told, ensure_ascii=False)
    (explicit,), others = (signal["evidence"] for signal in told["signals"])
    assert explicit["quote"] == "麻＊＊＊"
    assert others[0]["quote"] == "麻＊＊＊在线观看"
    assert others[0]["note"] == "cycle: 麻＊＊＊ / 茶叶"
    assert others[1]["quote"] == "茶叶的保存。这里也写着麻＊＊＊。"
    assert others[1]["selector"] == "#麻＊＊＊"
    assert told["repair"]["removals"][0]["quote"] == "麻＊＊＊在线观看"
    assert told["reasons"][0]["message_zh"] == "含有麻＊＊＊"


def test_a_long_quote_is_clipped_and_says_what_it_lacks() -> None:
    entry = masked_json(verdict(), ARTICLE)["signals"][1]["evidence"][2]
    assert entry["quote"] == "茶" * 200 + "… (+300)"
    assert (entry["start"], entry["end"]) == (0, 500)


def test_the_masked_form_is_the_published_form() -> None:
    jsonschema.validate(masked_json(verdict(), ARTICLE), schema())


def test_the_article_is_kept_only_when_asked_for() -> None:
    kept = stored(keep_text=True)
    assert stored().text is None
    assert kept.text == canonical(RECORD)
    assert kept.text_hash == stored().text_hash == text_hash(kept.text)
    assert json.loads(kept.text) == RECORD


def test_the_hash_knows_no_order_and_takes_any_text() -> None:
    one, other = {"id": "1", "title": "\ud800\x00"}, {"title": "\ud800\x00", "id": "1"}
    assert text_hash(canonical(one)) == text_hash(canonical(other))
    assert text_hash(canonical(one)) != text_hash(canonical({**one, "title": "\ud801\x00"}))


EXPLICIT = "成人视频免费观看"


@pytest.mark.parametrize(
    "record",
    [
        {"id": "1", "title": EXPLICIT},
        {"id": "1", "title": "成.人.视.频免费观看"},
        {
            "id": "1",
            "title": "茶叶的保存",
            "html": f"<p>茶叶放在干燥处。</p><div style='display:none'><a href='/x'>{EXPLICIT}</a></div>",
        },
        {"id": "1", "title": EXPLICIT, "html": f"<h1>{EXPLICIT}</h1>" + f"<p id='{EXPLICIT}'>{EXPLICIT}</p>" * 30},
    ],
)
def test_nothing_explicit_of_a_judged_article_is_kept(moderator: Moderator, record: dict[str, Any]) -> None:
    article = read_record(record)
    judged = moderator.score(article)
    kept = stored_form(judged, article, record, owner=None)
    text = json.dumps(kept.verdict, ensure_ascii=False)
    assert judged.signals
    assert EXPLICIT not in text
    assert EXPLICIT[:4] not in text
    jsonschema.validate(kept.verdict, schema())
