"""The command's last steps: a report, what changed since an earlier audit, and mended pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from moderation.cli import app

_PAGE = "<!doctype html><title>图书馆开放时间</title><p>社区图书馆周末照常开放，三楼自习室需要预约。</p>"
_SPAM = (
    '<div style="display:none"><a href="http://aomen88.top/">澳门新葡京平台</a> '
    '<a href="http://aomen88.top/1">百家乐在线开户</a> <a href="http://aomen88.top/2">真人棋牌下载</a></div>'
)


def audit(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["audit", *map(str, arguments), "--workers", "1"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "news").mkdir(parents=True)
    (folder / "news" / "a.html").write_text(_PAGE + _SPAM, "utf-8")
    (folder / "b.html").write_text(_PAGE, "utf-8")
    return folder


@pytest.mark.slow
def test_a_site_is_mended_and_the_next_audit_says_so(site: Path, tmp_path: Path) -> None:
    first = audit(site, "--out", tmp_path / "may", "--repair-dir", tmp_path / "fixed")
    assert first.exit_code == 4, first.output
    assert "1 mended, 0 could not be" in first.output
    assert (tmp_path / "fixed" / "news" / "a.html").read_text("utf-8") == _PAGE
    (tmp_path / "fixed" / "news" / "a.html").replace(site / "news" / "a.html")

    second = audit(site, "--out", tmp_path / "june", "--baseline", tmp_path / "may")
    assert second.exit_code == 0, second.output
    (change,) = (tmp_path / "june" / "changes.csv").read_text("utf-8-sig").splitlines()[1:]
    assert change.startswith("released,reject,allow,changed,news/a.html,")
    page = (tmp_path / "june" / "report.html").read_text("utf-8")
    assert 'id="changes"' in page
    assert 'id="shadow"' not in page


def test_a_baseline_that_is_none_is_refused_before_the_work(site: Path, tmp_path: Path) -> None:
    done = audit(site, "--out", tmp_path / "june", "--baseline", tmp_path / "april")
    assert done.exit_code == 1
    assert "april: no ledger.sqlite" in done.output
    assert not (tmp_path / "june").exists()


@pytest.mark.parametrize("place", ["site", "site/fixed", "site/news/../x"])
def test_nothing_is_written_among_the_pages_that_are_audited(place: str, site: Path, tmp_path: Path) -> None:
    done = audit(site, "--out", tmp_path / "june", "--repair-dir", tmp_path / place)
    assert done.exit_code == 2
    assert "whose pages are audited" in done.output
    assert not (tmp_path / "june").exists()
