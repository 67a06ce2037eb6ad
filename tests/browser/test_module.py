"""The form's module on a page that has no notebook, no server and no kernel: the core answers it directly.

So it can be hosted by any page that gives it a channel; and any standard gets its form.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import Standard, evaluate, load_assessment, load_standard
from lsstd.forms.keeping import Keeper
from lsstd.forms.messages import Session
from lsstd.forms.page_texts import form_script

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


@pytest.fixture
def hosted(page: Any, tmp_path: Path) -> Callable[[Standard], Path]:
    """Host the module on an empty page over a session of Python's; return the file that it is kept in."""

    def host(standard: Standard) -> Path:
        file = tmp_path / "form.yaml"
        session = Session(standard, Keeper(file, standard), evaluate)
        page.expose_function("core", session.handle)
        page.evaluate(HOST, form_script())
        return file

    return host


# Named levels, a quantity, points between two numbers, what does not apply: each has its control, and each is scored.
def test_every_way_of_answering(hosted: Callable[[Standard], Path], page: Any, tmp_path: Path) -> None:
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
    page.locator("[data-row=perhaps]").get_by_label("约在两数之间").check()
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
