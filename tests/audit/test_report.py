"""The audit's page: valid, masked, bounded, and of nothing but itself."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import html5lib
import pytest
from bs4 import BeautifulSoup

from moderation.audit.baseline import compare, shadow
from moderation.audit.item import Item, Place
from moderation.audit.judge import judge, spec_of
from moderation.audit.ledger import Ledger
from moderation.audit.outcome import Outcome
from moderation.audit.report import Told, render
from moderation.audit.report.survey import Survey
from moderation.audit.traces import Traces
from moderation.taxonomy import CategoryId

from .ledgers import COVER, ledger_of, outcome, published

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOSTILE = "</td><script>alert(1)</script>\" onmouseover='x' ＊ \u202e\0\ud800 &amp; ${title} <!-- "


def page_of(ledger: Ledger, **told: Any) -> tuple[str, BeautifulSoup]:
    text = render(Survey(ledger), Told("site.jsonl", made_at=NOON, **told))
    text.encode("utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    return text, BeautifulSoup(text, "html5lib")


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    sold = Traces(hosts=("a.spam.top", "b.spam.top"), anchors=("真人棋牌", f"国{COVER * 3}"))
    made = ledger_of(
        tmp_path / "ledger.sqlite",
        outcome("1", "reject", traces=sold, section="新闻", author="admin", url="https://www.site.cn/1.html"),
        outcome("2", "review", traces=sold, published_at="2023-11-02T08:00:00", shadow_action="allow"),
        outcome("3", shadow_action="allow", section="新闻"),
        outcome("4", "failed", error="field 'html': a text is needed here, not list"),
        outcome(
            "5", "reject", verdict=published("reject", "explicit", f"国{COVER * 4}", "allow"), published_at="0000-00-00"
        ),
    )
    yield made
    made.close()


def test_it_tells_what_was_found(ledger: Ledger) -> None:
    _, soup = page_of(ledger)
    shown = soup.get_text(" ", strip=True)
    hero = soup.select_one(".hero h1")
    assert hero is not None
    assert hero.get_text() == "5 篇文章，3 篇有问题"
    tiles = {tile.dt.get_text(): tile.dd.get_text() for tile in soup.select(".hero .tiles > div")}  # type: ignore[union-attr]
    assert tiles == {
        **{"拒绝 Reject": "2", "复审 Review": "1", "通过 Allow": "1", "可自动修复 Repairable": "1"},
        **{"团伙 Campaigns": "1", "注入的域名 Injected domains": "1", "无法读取 Failed": "1"},
    }
    months = [row.th.get_text() for row in soup.select("#time tbody tr")]  # type: ignore[union-attr]
    assert months == ["2024-03", "2023-11"]
    assert "另有 1 篇没有日期，其中 1 篇有问题" in shown
    sections = [
        [cell.get_text() for cell in row.select("td")] for row in soup.select("#groups table")[0].select("tbody tr")
    ]
    assert sections == [["2", "3", "67%"], ["1", "2", "50%"]]
    (domain,) = soup.select("#domains tbody tr")
    assert [cell.get_text(" ", strip=True) for cell in domain.select("td")] == [
        *("2", "2023-11-02 – 2024-03-05", f"真人棋牌 国 {COVER * 3}", "1"),
    ]
    assert "field 'html': a text is needed here" in shown
    assert "model-9" in shown


def test_its_links_lead_to_places_in_it_and_ids_are_unique(ledger: Ledger) -> None:
    _, soup = page_of(ledger)
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    links = [str(tag["href"]) for tag in soup.select("[href]")]
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_nothing_is_asked_of_other_hosts_and_the_policy_allows_its_own_alone(ledger: Ledger) -> None:
    text, soup = page_of(ledger)
    assert not soup.select("[src], link, img, iframe, object, form, [style], [onclick]")
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = soup.select('meta[http-equiv="Content-Security-Policy"]')
    directives = dict(part.split(" ", 1) for part in str(policy["content"]).split("; "))
    assert directives["default-src"] == "'none'"
    for name, tag in (("style-src", soup.style), ("script-src", soup.script)):
        assert tag is not None
        digest = b64encode(sha256(str(tag.string).encode()).digest()).decode()
        assert directives[name] == f"'sha256-{digest}'"


@pytest.mark.parametrize("field", ["title", "section", "author", "url", "error", "key", "published_at", "modified_at"])
def test_no_text_breaks_out(field: str, tmp_path: Path) -> None:
    text = HOSTILE.replace("\ud800", "") if field != "url" else f"https://a.cn/{HOSTILE}".replace("\ud800", "")
    flagged = outcome("1", "reject", **{field: text}) if field != "key" else outcome(text, "reject")
    failed = Outcome("2", Place(text, text), "failed", text)
    ledger = ledger_of(tmp_path / "l.sqlite", flagged, failed)
    other = ledger_of(tmp_path / "b.sqlite", outcome("9", "reject", **({field: text} if field != "key" else {})))
    page, soup = page_of(ledger, baseline=compare(other, ledger))
    assert len(soup.select("script")) == 1
    assert not soup.select("[onmouseover]")
    assert not re.search("[\u202e\0]", page)
    for one in (ledger, other):
        one.close()


def test_explicit_text_does_not_come_into_it(tmp_path: Path) -> None:
    spec = spec_of(None, None, None)
    words = "国产偷拍视频"
    links = "".join(f'<a href="http://x{number}.top/">{words}</a> ' for number in range(4))
    html = f'<p>社区图书馆周末照常开放，读者凭证入馆。</p><div style="display:none">{links}</div>'
    item = Item("1", Place("s", "1"), record={"id": "1", "title": words, "html": html})
    found = judge(spec, item)
    assert found.action == "reject"
    assert found.traces.anchors
    ledger = ledger_of(tmp_path / "l.sqlite", found)
    text, soup = page_of(ledger)
    assert words not in text
    assert words[1:] not in text
    assert soup.select("#samples .mk")
    assert soup.select("#domains .mk")
    ledger.close()


def test_a_large_audit_makes_no_large_page(tmp_path: Path) -> None:
    kinds = [str(kind) for kind in CategoryId]

    def many() -> Any:
        for number in range(3_000):
            yield outcome(
                f"{number}",
                ("reject", "failed", "review")[number % 3],
                title="长" * 200,
                error=f"error {'x' * 300} {chr(0x4E00 + number)}" if number % 3 == 1 else "",
                section=f"栏目{number}" * 20,
                author=f"作者{number}" * 20,
                url=f"https://{'h' * 60}{number}.cn/{'p' * 500}",
                published_at=f"{1900 + number % 200}-{number % 12 + 1:02d}-01",
                traces=Traces(
                    hosts=tuple(f"{'s' * 50}{number // 2}-{own}.top" for own in range(5)), anchors=("词" * 40,) * 5
                ),
                verdict=published("reject", kinds[number % 11], "证" * 200, "allow") if number % 3 != 1 else {},
                shadow_action="" if number % 3 == 1 else "allow",
            )

    ledger = ledger_of(tmp_path / "l.sqlite", *many())
    before = ledger_of(
        tmp_path / "b.sqlite", *(outcome(f"{number}", title="长" * 200) for number in range(2_000, 5_000))
    )
    text, soup = page_of(ledger, baseline=compare(before, ledger), shadow=shadow(ledger))
    assert len(text.encode()) < 2_000_000
    assert len(soup.select("#campaigns .card")) <= 30
    assert {part["id"] for part in soup.select("section.part-of")} == {
        *("changes", "categories", "time", "campaigns", "domains", "groups", "samples", "shadow", "failures", "facts"),
    }
    for part in ("changes", "campaigns", "domains", "groups", "shadow", "failures"):
        assert soup.select(f"#{part} .rest"), part
    for one in (ledger, before):
        one.close()


def test_an_audit_without_findings_is_a_short_page(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l.sqlite", outcome("1"), outcome("2"))
    _, soup = page_of(ledger)
    assert "没有发现问题" in soup.get_text()
    assert [part["id"] for part in soup.select("section.part-of")] == ["time", "facts"]
    ledger.close()


def test_an_empty_audit_is_a_page_too(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l.sqlite")
    page_of(ledger)
    ledger.close()
