"""The audit's page in Debian's chromium: nothing is refused by its own policy, and it fits every screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from moderation.audit.baseline import compare, shadow
from moderation.audit.report import Told, render
from moderation.audit.report.survey import Survey
from moderation.audit.traces import Traces

from .ledgers import ledger_of, outcome

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every section, and long words in it."""
    folder = tmp_path_factory.mktemp("report")
    long = "W" * 180
    sold = Traces(hosts=(f"{'s' * 60}.{'t' * 60}.top",), anchors=("W" * 40,))
    ledger = ledger_of(
        folder / "now.sqlite",
        *(
            outcome(
                f"{number}",
                "reject",
                title=long,
                traces=sold,
                section=long,
                author=long,
                url=f"https://{'h' * 60}.cn/{long}",
                shadow_action="allow",
                published_at=f"2024-{number + 1:02d}-03",
            )
            for number in range(9)
        ),
        outcome("bad", "failed", error=long),
    )
    before = ledger_of(folder / "before.sqlite", *(outcome(f"{number}") for number in range(12)))
    told = Told(long, compare(before, ledger), shadow(ledger), datetime(2026, 11, 27, tzinfo=UTC))
    (folder / "report.html").write_text(render(Survey(ledger), told), "utf-8")
    ledger.close()
    before.close()
    return folder / "report.html"


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_nothing_goes_wrong(browser: Browser, page_file: Path, width: int, scheme: str) -> None:
    troubles: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: troubles.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    columns = page.locator(".column")
    columns.nth(4).hover(force=True)
    assert page.locator(".readout").text_content() == "2024-05：拒绝 1，复审 0，共 1 篇"
    context.close()
    assert troubles == []
