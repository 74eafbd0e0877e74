"""What a person does on the page, and what it then shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest

from service.state import State

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

SAMPLES = {"clean": "allow", "injected": "reject", "links": "reject", "title": "reject"}
HEIGHT = "document.querySelector('#frame iframe').style.height"
Visit = Callable[..., Any]
"""Opens the page; see the fixture `visit`."""


@dataclass(frozen=True)
class Served:
    url: str
    state: State


def press(page: Page, selector: str) -> None:
    """A click by script: one by mouse may miss just after the page has scrolled, as chromium's hit testing of a frame
    in a process of its own lags behind."""
    page.locator(selector).evaluate("one => one.click()")


def judge(page: Page, **given: str) -> Frame:
    """Fill in, press the button, and give the report's frame when it is there."""
    for name, value in given.items():
        page.fill(f"#{name}", value)
    return report_after(page, lambda: press(page, "#check"))


def sample(page: Page, name: str) -> Frame:
    return report_after(page, lambda: press(page, f"[data-sample={name}]"))


def report_after(page: Page, act: Callable[[], None]) -> Frame:
    """The frame of the report that follows an act, and not of the one before."""
    page.evaluate("document.querySelector('#frame iframe')?.classList.add('before')")
    act()
    handle = page.wait_for_selector("#frame iframe:not(.before)")
    assert handle
    frame = handle.content_frame()
    assert frame
    frame.wait_for_selector("html.framed")
    return frame


def eventually(holds: Callable[[], Any]) -> None:
    """Waits from outside: what playwright would wait for inside the page is stopped by the page's policy."""
    for _ in range(200):
        if holds():
            return
        sleep(0.05)
    pytest.fail("it did not come to hold")


def told(page: Page, selector: str) -> str:
    return re.sub(r"\s+", " ", page.locator(selector).inner_text()).strip()
