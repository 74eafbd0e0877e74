"""The page in Debian's chromium, against the real application."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'qingliu[dev]'")

from playwright.sync_api import Browser, Frame, Page, Route, expect, sync_playwright

from moderation.verdict import Action
from service.settings import Settings
from service.state import State

from .server import serving

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt-get install chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
).split()
SAMPLES = {"clean": "allow", "injected": "reject", "links": "reject", "title": "reject"}
SEALS = {"allow": "通", "review": "复", "reject": "拒"}
EXPLICIT = "国产精品"
WAIT = 20_000.0
HEIGHT = "document.querySelector('#frame iframe').style.height"


@dataclass(frozen=True)
class Served:
    url: str
    state: State


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database = f"sqlite:///{tmp_path_factory.mktemp('page') / 'store.db'}"
    with serving(Settings(database=database, body_limit=64 * 1024)) as (address, state):
        yield Served(f"{address}/", state)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """Opens the page; at the end nothing may have gone wrong in it but answers that a test wanted to be errors."""
    troubles: list[str] = []
    contexts = []

    def opened(url: str = served.url, **options: Any) -> Page:
        # Without motion, so that nothing moves away under a click.
        usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        context = browser.new_context(**usual | options)
        context.set_default_timeout(WAIT)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if not request.url.startswith(url) else None)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [trouble for trouble in troubles if not trouble.startswith("Failed to load resource")] == []


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


@pytest.mark.parametrize(("name", "action"), SAMPLES.items())
def test_a_sample_is_judged_and_shown_in_place(visit: Visit, name: str, action: str) -> None:
    page = visit()
    frame = report_after(page, lambda: page.click(f"[data-sample={name}]"))
    expect(page.locator("#result")).to_have_class(action)
    assert told(page, "#seal") == SEALS[action]
    assert told(page, "#answer") in ("通过", "拒绝")
    assert page.locator("[role=status] #answer").count() == 1
    assert frame.locator(f".head.{action}").count() == 1
    marks = frame.locator(".sheet mark:visible").count()
    assert bool(marks) == (action == "reject")
    assert bool(frame.locator(".reasons .tag:visible").count()) == (action == "reject")
    assert bool(frame.locator(".scores .fill").count()) == (action == "reject")
    assert frame.locator(".verdict").is_hidden(), "the action is told once"


def test_the_report_is_as_tall_as_its_text_and_looks_like_a_part_of_the_page(visit: Visit) -> None:
    page = visit(color_scheme="light")
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        frame = sample(page, "links")
        eventually(lambda: page.evaluate(HEIGHT))
        assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight + 1")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert frame.evaluate(ground) == page.evaluate(ground)
        grounds.append(page.evaluate(ground))
        ink = "getComputedStyle(document.body).color"
        assert frame.evaluate(ink) == page.evaluate(ink)
    assert len(set(grounds)) == 2


def test_explicit_text_is_covered_until_clicked(visit: Visit) -> None:
    page = visit()
    frame = sample(page, "title")
    covered = frame.locator(".sheet .mk:visible").filter(has_text="＊").first.element_handle()
    assert EXPLICIT not in frame.locator("body").inner_text()
    assert EXPLICIT not in page.locator("#result").inner_text()
    covered.click()
    assert "＊" not in covered.inner_text()
    frame.locator("#uncover").evaluate("button => button.click()")
    assert "＊" not in "".join(frame.locator(".sheet .mk:visible").all_inner_texts())


def test_a_link_in_the_report_leads_to_its_note_and_the_page_follows(visit: Visit) -> None:
    page = visit(viewport={"width": 1280, "height": 500})
    frame = sample(page, "links")
    page.evaluate("scrollTo(0, 0)")
    target = str(frame.locator(".signals a.n").last.get_attribute("href"))
    frame.locator(f".sheet a[href='{target}']").first.evaluate("link => link.click()")
    eventually(lambda: page.evaluate("scrollY > 0"))
    assert frame.locator(":target").get_attribute("id") == target.removeprefix("#")
    assert frame.locator(":target").bounding_box()["y"] < 500  # type: ignore[index]


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


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_nothing_is_wider_than_the_window(visit: Visit, width: int, language: str) -> None:
    page = visit(viewport={"width": width, "height": 844})
    press(page, f"[data-language={language}]")
    inside = "document.documentElement.scrollWidth <= innerWidth"
    for name in SAMPLES:
        frame = sample(page, name)
        if page.locator("#disagree").is_visible():
            press(page, "#disagree")
        assert page.evaluate(inside), name
        assert frame.evaluate(inside), name


def test_the_language_is_chosen_and_remembered(visit: Visit) -> None:
    page = visit()
    assert (told(page, "#check"), page.evaluate("document.documentElement.lang")) == ("审核", "zh-CN")
    press(page, "[data-language=en]")
    sample(page, "injected")
    assert told(page, "#answer") == "Reject"
    assert "injected content" in told(page, "#because-of")
    page.reload()
    assert (told(page, "#check"), page.evaluate("document.documentElement.lang")) == ("Check", "en")
    press(page, "[data-language=zh-CN]")
    assert told(page, "h1") == "发布之前，再看一眼。"


def test_the_keyboard_is_enough(visit: Visit) -> None:
    page = visit()
    page.focus("#title")
    page.keyboard.type("校运会下周开幕")
    page.keyboard.press("Tab")
    page.keyboard.type("请各班按时到场。")
    report_after(page, lambda: page.keyboard.press("Control+Enter"))
    assert page.evaluate("document.activeElement.id") == "text"
    order = []
    for _ in range(3):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert order == ["file", "kind", "check"]


def test_every_control_has_a_name(visit: Visit) -> None:
    page = visit()
    sample(page, "injected")
    press(page, "#disagree")
    page.evaluate("document.getElementById('key-field').hidden = false")
    for role, name in (
        ("textbox", "标题"),
        ("textbox", "正文"),
        ("textbox", "API 密钥"),
        ("textbox", "为什么"),
        ("radio", "Markdown"),
        ("radio", "复审"),
        ("button", "复制 JSON"),
        ("button", "送出"),
        ("group", "试一篇"),
    ):
        assert page.get_by_role(role, name=name, exact=True).count() == 1, name  # type: ignore[arg-type]
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input, textarea')].filter((one) => !one.labels.length && !one.ariaLabel).length"
    )
    assert unnamed == 0


def test_motion_is_left_out_where_it_is_not_wanted(visit: Visit) -> None:
    for wanted, motion in (("no-preference", "arriving"), ("reduce", "none")):
        page = visit(reduced_motion=wanted)
        sample(page, "clean")
        assert page.locator(".strip").evaluate("strip => getComputedStyle(strip).animationName") == motion


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


@pytest.mark.parametrize(
    ("text", "guess", "field"),
    [
        ("请各班按时到场。", "", "text"),
        ("# 校运会\n\n请各班[报名](https://school.example/)。", "Markdown", "markdown"),
        ("<p>请各班按时到场。</p>", "HTML", "html"),
        ("甲<乙，乙>丙", "", "text"),
    ],
)
def test_the_format_is_guessed_unless_chosen(visit: Visit, text: str, guess: str, field: str) -> None:
    page = visit()
    page.fill("#title", "校运会下周开幕")
    page.fill("#text", text)
    assert page.locator("#guess").inner_text() == guess
    for chosen in (field, "text"):
        if chosen != field:
            page.check("[name=kind][value=text]")
        with page.expect_request("**/v1/score*") as sent:
            press(page, "#check")
        assert sent.value.post_data_json == {"id": "draft", "title": "校运会下周开幕", chosen: text}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_file_is_read_in_its_encoding(visit: Visit, tmp_path: Path, encoding: str) -> None:
    page = visit()
    page.fill("#title", "别的标题")
    path = tmp_path / "a.html"
    path.write_bytes("<html><title>校运会下周开幕</title><p>请各班按时到场。</p></html>".encode(encoding))
    page.set_input_files("#file", path)
    expect(page.locator("#text")).to_have_value(re.compile("请各班按时到场"))
    assert page.input_value("#title") == ""
    frame = judge(page)
    assert frame.locator(".head h2").inner_text() == "校运会下周开幕"
    assert "a.html" in frame.locator(".head").inner_text()


def test_a_file_can_be_dropped(visit: Visit) -> None:
    page = visit()
    page.evaluate("""() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["# 校运会下周开幕"], "b.md"));
      document.querySelector("#text").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }""")
    expect(page.locator("#text")).to_have_value("# 校运会下周开幕")
    assert page.is_checked("[name=kind][value=markdown]")


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


def test_what_is_copied(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    sample(page, "injected")
    press(page, "#copy-json")
    expect(page.locator("#copied")).to_have_text(re.compile("已复制"))
    verdict = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert verdict["action"] == "reject"
    press(page, "#copy-cuts")
    eventually(lambda: page.evaluate("navigator.clipboard.readText()").startswith("建议删去"))
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert [line.split("] ", 1)[1] for line in lines[3:]] == [cut["quote"] for cut in verdict["repair"]["removals"]]
    sample(page, "clean")
    assert page.locator("#copy-cuts").is_hidden()


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


def test_where_no_key_is_needed_none_is_asked_for(visit: Visit) -> None:
    page = visit()
    assert page.locator("#key").is_hidden()
    assert "QINGLIU_KEY" not in told(page, "#api")


def test_without_scripts_there_is_no_form_but_how_to_call(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    assert page.locator("form:visible").count() == 0
    assert page.locator("#api pre:visible").count() == 2
    for lang in ("zh", "en"):
        assert page.locator(f"noscript [lang={lang}]").is_visible()


def test_the_commands_name_the_address_one_is_at(visit: Visit, served: Served) -> None:
    page = visit()
    assert f"curl -X POST {served.url}v1/score" in told(page, "#api")
    assert f'Client("{served.url[:-1]}")' in told(page, "#api")
