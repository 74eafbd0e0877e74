"""Articles of one hand are found together, and no others."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from moderation.audit.campaign import Campaigns, widened
from moderation.audit.report.survey import Survey
from moderation.audit.traces import Traces, traces_of
from moderation.readers.html import read_html
from moderation.renderers.mask import ExplicitMask

from .ledgers import ledger_of, outcome, traces, verdict

_SIGNS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称夜光果珍李柰菜重芥姜海咸河淡"


def prose(seed: int, size: int = 400) -> str:
    chosen = random.Random(seed)
    return "".join(chosen.choice(_SIGNS) for _ in range(size))


def together(*articles: Traces, own: str = "site.cn") -> list[int]:
    campaigns = Campaigns()
    for number, one in enumerate(articles):
        campaigns.add(number * 10, one, own)
    names = [campaigns.of(number * 10) for number in range(len(articles))]
    return [names.index(name) for name in names]


def test_nearly_the_same_text_belongs_together() -> None:
    text = prose(1)
    assert together(traces(text), traces(prose(2)), traces(f"某市{text}等你来")) == [0, 1, 0]


def test_half_the_same_text_does_not() -> None:
    assert together(traces(prose(1, 200) + prose(2, 200)), traces(prose(1, 200) + prose(3, 200))) == [0, 1]


def test_two_empty_pages_are_not_alike() -> None:
    assert together(traces(""), traces("")) == [0, 1]


def test_what_a_site_repeats_on_every_page_makes_no_two_alike() -> None:
    html = "<nav><p>{0}</p></nav><main><p>{1}</p></main><footer><p>{0}</p></footer>"
    pages = [read_html(html.format(prose(1), prose(seed, 150)), identifier="a") for seed in (2, 3, 2)]
    found = [traces_of(page, verdict("a"), ExplicitMask(())) for page in pages]
    assert together(*found) == [0, 1, 0]


def test_the_same_block_of_links_belongs_together_on_different_pages() -> None:
    links = [("github.com", f"词{number}") for number in range(8)]
    assert together(traces(prose(1), links), traces(prose(2), links[:7]), traces(prose(3), links[:2])) == [0, 0, 2]


def test_a_shared_host_joins_by_its_registered_name() -> None:
    first, second = traces(prose(1), [("a1.spam.top", "x")]), traces(prose(2), [("b2.spam.top", "y")])
    assert together(first, second, traces(prose(3), [("other.top", "z")])) == [0, 0, 2]


@pytest.mark.parametrize("host", ["www.site.cn", "weibo.com", "t.me"])
def test_the_sites_own_host_and_those_that_all_may_link_join_nothing(host: str) -> None:
    assert together(traces(prose(1), [(host, "x")]), traces(prose(2), [(host, "y")])) == [0, 1]


def test_what_joins_two_campaigns_makes_them_one() -> None:
    first, second = traces(prose(1), [("a.top", "x")]), traces(prose(2), [("b.top", "y")])
    assert together(first, second) == [0, 1]
    assert together(first, second, traces(prose(3), [("a.top", "x"), ("b.top", "y")])) == [0, 0, 0]


def test_many_equal_pages_take_one_place_in_the_index() -> None:
    campaigns = Campaigns()
    same = traces(prose(1))
    for number in range(500):
        campaigns.add(number, same, "")
    assert campaigns.names() == [campaigns.of(0)]
    assert len(campaigns._texts._owners) == 1


@pytest.mark.parametrize("day", ["0000-00-00", "", "1.5.2024", "2024-13-01", "9999-12-31"])
def test_what_is_no_likely_day_widens_nothing(day: str) -> None:
    assert widened(("2024-01-02", "2024-03-04"), day) == ("2024-01-02", "2024-03-04")


def test_a_campaign_tells_its_size_dates_hosts_and_how_it_was_joined(tmp_path: Path) -> None:
    spam = traces(prose(1), [("a.spam.top", "x")]), traces(prose(2), [("b.spam.top", "y")])
    ledger = ledger_of(
        tmp_path / "ledger.sqlite",
        outcome("1", "reject", traces=spam[0], published_at="2024-05-06T01:00:00"),
        outcome("2"),
        outcome("3", "review", traces=spam[1], published_at="2023-01-02"),
        outcome("4", "reject", traces=traces(prose(9)), published_at="2020-01-01"),
    )
    (campaign,) = Survey(ledger).campaigns.values()
    assert (campaign.size, campaign.rejected) == (2, 1)
    assert campaign.published == ("2023-01-02", "2024-05-06")
    assert campaign.hosts == {"a.spam.top": 1, "b.spam.top": 1}
    assert campaign.links == {"text": 0, "blocks": 0, "hosts": 2}
    assert [key for key, *_ in campaign.examples] == ["1", "3"]
    ledger.close()
