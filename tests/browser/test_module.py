"""The form's module on a page that has no notebook, no server and no kernel: the core answers it directly.

So it can be hosted by any page that gives it a channel; and any standard gets its form.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import Standard, load_assessment, load_standard, save_assessment
from lsstd.forms.keeping import Keeper
from lsstd.forms.messages import Session
from lsstd.forms.state import FormDraft
from lsstd.widgets.offers import form_script

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.slow
HOST = """async (code) => {
  const { mount } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const channel = { on: (heard) => { channel.heard = heard; return () => {}; },
    send: (message) => core(message).then((answer) => channel.heard(answer)) };
  window.leave = mount(document.body, channel);
}"""
STANDARD = """
standard: every-way
edition: "1"
title: 样样都有
facts:
  stalls: {kind: count, label: 摊位数, unit: 个}
indicators: {all_points: {name: 总分}}
criteria:
  graded:
    clause: "1"
    text: 分档
    indicator: all_points
    max_score: 10
    rule: {levels: {good: {label: 好, points: 10}, fair: {label: 中, points: [4, 6]}, poor: {label: 差, points: 0}}}
  counted: {clause: "2", text: 计数, indicator: all_points, max_score: 5, rule: {per_unit: {fact: stalls, each: 1}}}
  perhaps: {clause: "3", text: 可不适用, indicator: all_points, max_score: 5, optional: true}
"""


ADDRESS = "http://127.0.0.1/form"  # served by the test itself; pages of one address share what they remember


@pytest.fixture
def hosted(page: Any, tmp_path: Path) -> Callable[..., Path]:
    """Host the module on an empty page over a new session of Python's; return the file that it is kept in."""
    sessions: dict[Any, Session] = {}
    page.context.route(ADDRESS, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))

    def host(standard: Standard, tab: Any = page) -> Path:
        file = tmp_path / "form.yaml"
        if tab not in sessions:
            tab.on("dialog", lambda dialog: dialog.accept())
            tab.expose_function("core", lambda message: sessions[tab].handle(message))
        sessions[tab] = Session(standard, Keeper(file, standard))
        tab.goto(ADDRESS)
        tab.evaluate(HOST, form_script())
        return file

    return host


LEAVES = """() => {
  const leaving = new Event("beforeunload", { cancelable: true });
  return dispatchEvent(leaving);
}"""


# A disk that is full: the page says so, asks before it is left, and keeps what it could not save through a crash. Then
# it shows field, old and new value; over what is newer in the file nothing goes unless it is chosen. Once there is
# room again, what is still on a page is saved by itself.
def test_what_cannot_be_saved_stays(
    hosted: Callable[..., Path], page: Any, standard: Standard, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = hosted(standard)
    mark, left = page.locator(".saved"), page.locator("[data-review=left]")
    expect(mark).to_have_text("已保存")
    assert page.evaluate(LEAVES)
    with monkeypatch.context() as full:
        full.setattr(tempfile, "mkstemp", no_room)
        page.locator("[data-group=asked_by_conditions]").click()
        page.get_by_label("签约主播数量").fill("21")
        page.get_by_label("上一年度网络零售额").fill("3000")
        page.keyboard.press("Tab")
        expect(page.locator(".trouble")).to_contain_text("磁盘已满")
        expect(mark).to_have_text("未保存")
        assert not page.evaluate(LEAVES)
    save_assessment(FormDraft.of(standard).edited("facts.signed_anchors", 30).assessment, file)
    hosted(standard)  # the page is gone, and with it the session
    row = left.locator("[data-path='facts.signed_anchors']")
    expect(row).to_contain_text("30 人较新")
    expect(row.get_by_role("checkbox")).not_to_be_checked()
    expect(left.locator("[data-path='facts.retail_last_year'], tr").last).to_contain_text("3000")
    expect(mark).to_have_text("未保存")
    hosted(standard)  # gone again before anything was chosen
    page.get_by_role("button", name="采用所勾选的值").click()
    expect(mark).to_have_text("已保存")
    held = load_assessment(file, standard).facts
    assert held["signed_anchors"].value == 30
    assert {entry.value for entry in held.values()} == {30, 3000}
    hosted(standard)
    expect(mark).to_have_text("已保存")
    expect(left).to_have_count(0)
    with monkeypatch.context() as full:
        full.setattr(tempfile, "mkstemp", no_room)
        page.locator("[data-group=asked_by_conditions]").click()
        page.get_by_label("签约主播数量").fill("31")
        page.keyboard.press("Tab")
        expect(mark).to_have_text("未保存")
    expect(mark).to_have_text("已保存", timeout=20_000)  # the page tries again every few seconds
    assert load_assessment(file, standard).facts["signed_anchors"].value == 31


def no_room(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


# Two tabs: what each enters in fields of its own is kept, and neither takes the other's for left over; a reading that
# both choose asks, showing both.
def test_two_tabs(hosted: Callable[..., Path], page: Any, standard: Standard) -> None:
    other = page.context.new_page()
    file = hosted(standard)
    hosted(standard, other)
    for tab, label, value in ((page, "签约主播数量", "21"), (other, "上一年度网络零售额", "3000")):
        tab.locator("[data-group=asked_by_conditions]").click()
        tab.get_by_label(label).fill(value)
        tab.keyboard.press("Tab")
        expect(tab.locator(".saved")).to_have_text("已保存")
        assert tab.locator(".review").count() == 0
    expect(other.get_by_label("签约主播数量")).to_have_value("21")
    assert {entry.value for entry in load_assessment(file, standard).facts.values()} == {21, 3000}
    page.get_by_label("签约主播数量").fill("22")
    page.keyboard.press("Tab")
    expect(page.locator(".saved")).to_have_text("已保存")
    other.get_by_label("签约主播数量").fill("23")
    other.keyboard.press("Tab")
    asked = other.locator("[data-review=edit] tbody tr")
    expect(asked).to_contain_text("22 人")
    expect(asked).to_contain_text("23 人")
    assert load_assessment(file, standard).facts["signed_anchors"].value == 22
    other.get_by_role("button", name="都不采用").click()
    expect(other.get_by_label("签约主播数量")).to_have_value("22")
    for tab, option in ((page, "all"), (other, "shares")):
        tab.locator("[data-step=result]").click()
        tab.locator("main summary").last.click()
        tab.locator("[data-reading=compound_rows]").select_option(option)
    expect(asked).to_contain_text("全部做到才得分")


# Named levels, a quantity, points between two numbers, what does not apply: each has its control, and each is scored.
def test_every_way_of_answering(hosted: Callable[..., Path], page: Any, tmp_path: Path) -> None:
    (tmp_path / "every_way.yaml").write_text(STANDARD, encoding="utf-8")
    standard = load_standard(tmp_path / "every_way.yaml")
    file = hosted(standard)
    score = page.locator(".head .score")
    page.locator("[data-step=rows]").click()
    page.get_by_label("中", exact=True).check()
    expect(score).to_contain_text("4 / 20可能 16")
    page.locator("[data-row=counted]").get_by_label("摊位数").fill("3")
    page.keyboard.press("Tab")
    expect(score).to_contain_text("7 / 20可能 14")
    page.locator("[data-row=perhaps]").get_by_label("得分区间").check()
    page.locator("[data-row=perhaps]").get_by_label("从").fill("2")
    page.locator("[data-row=perhaps]").get_by_label("到").fill("４")
    page.keyboard.press("Tab")
    expect(score).to_contain_text("9 / 20可能 13")
    page.locator("[data-row=perhaps]").get_by_label("不适用", exact=True).check()
    expect(page.locator(".saved")).to_have_text("已保存")
    answers = load_assessment(file, standard).answers
    assert (answers["graded"].level, answers["perhaps"].state) == ("fair", "not_applicable")
    page.evaluate("leave()")
    assert page.locator(".lsstd-form").count() == 0


# A standard of nothing but facts has no rows to fill in, and no empty step for them.
def test_a_standard_without_rows(hosted: Callable[[Standard], Path], page: Any, tmp_path: Path) -> None:
    bare = tmp_path / "bare.yaml"
    bare.write_text('standard: bare\nedition: "1"\ntitle: 空\nfacts: {a: {kind: count, label: 甲}}\n', encoding="utf-8")
    hosted(load_standard(bare))
    expect(page.locator(".steps button")).to_have_count(3)
    page.locator("[data-group=others]").click()
    page.get_by_label("甲").fill("1")
    for step in ("facts", "result", "take"):
        page.locator(f"[data-step={step}]").click()
    expect(page.locator("main h2")).to_be_visible()
