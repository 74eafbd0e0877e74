"""Mistakes, outages, hostile articles, late answers, keys and feedback on the page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'qingliu[dev]'")

from playwright.sync_api import Route, expect

from moderation.verdict import Action
from service.settings import Settings

from ..server import serving
from .acts import HEIGHT, Served, Visit, eventually, judge, press, sample, told


def test_a_hostile_article_stays_text(visit: Visit) -> None:
    page = visit()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    hostile = "<p>甲</p><script>alert(1)</script><img src=x onerror=alert(2)></iframe><script>parent.alert(3)</script>"
    frame = judge(page, title="</title><script>alert(0)</script>", text=hostile)
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    assert frame.evaluate("origin") == "null"
    assert frame.locator("script").count() == 1
    assert frame.locator("img").count() == 0
    assert "<script>alert(0)</script>" in frame.locator(".head h2").inner_text()


def test_only_the_reports_own_frame_is_listened_to(visit: Visit) -> None:
    page = visit()
    sample(page, "clean")
    eventually(lambda: page.evaluate(HEIGHT))
    height = page.evaluate(HEIGHT)
    page.evaluate("for (const data of [{ height: 9 }, null, 'x', { top: 1 }]) { postMessage(data, '*'); }")
    page.wait_for_timeout(100)
    assert page.evaluate(HEIGHT) == height


def test_a_changed_article_leaves_its_verdict_behind(visit: Visit) -> None:
    page = visit()
    sample(page, "clean")
    assert page.locator(".old").is_hidden()
    page.fill("#title", "校运会下周开幕")
    assert told(page, ".old") == "文章已改动，这是改动之前的裁决。"
    judge(page)
    assert page.locator(".old").is_hidden()


def test_an_answer_that_comes_late_is_not_taken_for_one_about_the_new_text(visit: Visit) -> None:
    page = visit()
    held: list[Route] = []
    page.route("**/v1/score*", lambda route: held.append(route))
    press(page, "[data-sample=title]")
    eventually(lambda: len(held) == 1 or page.evaluate("1") is None)
    page.fill("#title", "校运会下周开幕")
    held[0].continue_()
    expect(page.locator(".old")).to_be_visible()
    press(page, "[data-sample=title]")
    eventually(lambda: len(held) == 2 or page.evaluate("1") is None)
    press(page, "[data-sample=clean]")
    eventually(lambda: len(held) == 3 or page.evaluate("1") is None)
    held[2].continue_()
    expect(page.locator("#result")).to_have_class("allow")
    held[1].continue_()
    page.wait_for_timeout(500)
    assert page.get_attribute("#result", "class") == "allow"


def test_what_is_wrong_stands_beside_its_field(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    press(page, "#check")
    assert told(page, "#title-wrong") == "请先写下标题或正文。"
    page.fill("#text", "请各班按时到场。")
    press(page, "#check")
    expect(page.locator("#title-wrong")).to_have_text(re.compile("文字不像网页那样自带标题"))
    assert page.evaluate("document.activeElement.id") == "title"
    assert page.get_attribute("#title", "aria-invalid") == "true"
    page.fill("#title", "题")
    page.fill("#text", "长" * 50_000)
    press(page, "#check")
    expect(page.locator("#text-wrong")).to_have_text(re.compile("文章太大"))
    assert page.locator("#title-wrong").is_hidden()
    press(page, "[data-language=en]")
    assert "larger than this service takes" in told(page, "#text-wrong")
    path = tmp_path / "big.txt"
    path.write_bytes(b"x" * 65 * 1024)
    page.set_input_files("#file", path)
    assert "larger than this service takes" in told(page, "#text-wrong")


def problem(status: int, slug: str, **headers: str) -> Callable[[Route], None]:
    body = json.dumps({"type": f"urn:qingliu:problem:{slug}", "status": status, "detail": "why"})
    sent = {"content-type": "application/problem+json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return lambda route: route.fulfill(status=status, headers=sent, body=body)


@pytest.mark.parametrize(
    ("answer", "words", "english"),
    [
        (
            problem(503, "busy", retry_after="7"),
            "排队的文章太多。这不是对文章的判断。请过 7 秒再试。",
            "try again in 7 s",
        ),
        (problem(429, "rate-limited", retry_after="3"), "请过 3 秒再试", "try again in 3 s"),
        (problem(503, "unavailable"), "服务眼下答不上来", "cannot answer now"),
        (lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"), "答复读不懂", "HTTP 502"),
        (lambda route: route.fulfill(status=200, body="null"), "答复读不懂", "HTTP 200"),
        (lambda route: route.abort(), "连不上服务", "cannot be reached"),
    ],
)
def test_an_outage_is_told_as_one(visit: Visit, answer: Callable[[Route], None], words: str, english: str) -> None:
    page = visit()
    sample(page, "clean")
    page.route("**/v1/score*", answer)
    press(page, "#check")
    expect(page.locator("#alert")).to_contain_text(words)
    assert page.locator("#result").is_hidden(), "the verdict of before says nothing about this request"
    press(page, "[data-language=en]")
    assert english in told(page, "#alert")
    page.unroute("**/v1/score*")
    judge(page)
    assert page.locator("#alert").is_hidden()


def test_feedback_is_kept_with_its_verdict(visit: Visit, served: Served) -> None:
    page = visit()
    sample(page, "injected")
    identifier = told(page, "#because-of small")
    press(page, "#disagree")
    assert page.get_attribute("#disagree", "aria-expanded") == "true"
    press(page, "#feedback button")
    assert told(page, "#expected-wrong") == "请选一个。"
    press(page, "#feedback [value=review]")
    page.fill("#because", "旧文转载，词是编辑后台拼进去的")
    press(page, "#feedback button")
    expect(page.locator("#copied")).to_have_text(re.compile("已记下"))
    kept = served.state.feedback.list(identifier)
    assert [(one.expected_action, one.because) for one in kept] == [("review", "旧文转载，词是编辑后台拼进去的")]
    assert kept[0].expected_action == str(Action.REVIEW)


def test_feedback_whose_answer_was_lost_is_kept_once(visit: Visit, served: Served) -> None:
    page = visit()
    sample(page, "injected")
    identifier = told(page, "#because-of small")
    press(page, "#disagree")
    press(page, "#feedback [value=allow]")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/feedback", lose)
    press(page, "#feedback button")
    expect(page.locator("#feedback-alert")).to_contain_text("连不上服务")
    page.unroute("**/v1/feedback")
    press(page, "#feedback button")
    expect(page.locator("#copied")).to_have_text(re.compile("已记下"))
    assert len(served.state.feedback.list(identifier)) == 1


def test_a_key_is_asked_for_and_kept_in_the_tab_alone(visit: Visit, tmp_path: Path) -> None:
    with serving(Settings(database=f"sqlite:///{tmp_path / 'store.db'}", keys="always")) as (address, state):
        _, secret = state.keys.create("page", ["score"])
        page = visit(f"{address}/")
        assert page.locator("#key").is_visible()
        assert "Bearer $QINGLIU_KEY" in told(page, "#api")
        page.fill("#title", "校运会下周开幕")
        for wrong in ("", "ql_no_such", "密钥"):
            page.fill("#key", wrong)
            press(page, "#check")
            expect(page.locator("#key-wrong")).to_contain_text("需要一个有效的密钥。")
        page.fill("#key", secret)
        judge(page)
        assert secret not in page.url
        assert page.evaluate("JSON.stringify(localStorage)").find(secret) < 0
        page.reload()
        assert page.input_value("#key") == secret
        sample(page, "clean")
        press(page, "#disagree")
        press(page, "#feedback [value=review]")
        press(page, "#feedback button")
        expect(page.locator("#key-wrong")).to_contain_text("这个密钥没有此项权限。")
        assert page.context.new_page().goto(address)
        assert page.context.pages[1].input_value("#key") == "", "another tab does not know it"
