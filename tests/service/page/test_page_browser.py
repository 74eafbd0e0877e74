"""What one sees on the page and does with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'qingliu[dev]'")

from playwright.sync_api import expect

from .acts import HEIGHT, SAMPLES, Served, Visit, eventually, judge, press, report_after, sample, told

SEALS = {"allow": "通", "review": "复", "reject": "拒"}
EXPLICIT = "国产精品"


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
