"""An index of many reports in a browser: searched, filtered, sorted and paged; printed whole; whole without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsstd.reports.batch import Made
from lsstd.reports.folder import Journal, JournalEntry, write_index
from lsstd.words import same

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.slow
COUNT = 2_000
GRADES = ("AAAA", "AAA", "AA", "A", None)
FASTEST = """async () => {
  const typed = document.querySelector("[data-section=all] input"), took = [];
  for (const text of ["绥", "绥化", "绥化 19", ""]) {
    typed.value = text;
    const start = performance.now();
    typed.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
    took.push(performance.now() - start);
  }
  return Math.min(...took);
}"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of an index of 2,000 reports, one of which failed in this run."""
    folder = tmp_path_factory.mktemp("reports")
    journal = Journal(folder)
    for place in range(COUNT):
        row = {"subject": f"基地{place}", "region": ("哈尔滨", "绥化", "黑河")[place % 3], "secured": place * 7 % 500}
        entry = JournalEntry(
            f"base_{place}", f"base_{place}.yaml", {"html": ("", "")}, {**row, "grade_awarded": GRADES[place % 5]}
        )
        (folder / f"base_{place}.html").touch()
        journal.add(entry)
    failed = Made("", "broken.yaml", {}, {"html": same("it broke here")})
    page, _ = write_index(folder, [failed], "zh")
    return page.as_uri()


# Typing searches, choosing filters, heads sort by number and by grade, pages turn; the number of matches is announced.
def test_it_is_searched_filtered_sorted_and_paged(page: Any, index: str) -> None:
    page.goto(index)
    table = page.locator("[data-section=all]")
    rows, found = table.locator("tbody tr"), table.get_by_role("status")
    expect(rows).to_have_count(50)
    expect(found).to_have_text("符合条件 2,001 行，共 2,001 行")
    table.get_by_label("查找").fill("绥化 基地19")
    expect(found).to_contain_text("符合条件 39 行")
    table.get_by_label("自评等级").select_option("AAA")
    expect(found).to_contain_text("符合条件 8 行")
    head = table.get_by_role("columnheader", name="确定得分")
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    scores = [float(text) for text in rows.locator("td:nth-child(4)").all_inner_texts()]
    assert scores == sorted(scores)
    assert len(set(scores)) > 3
    page.reload()  # as when returning from a report: choices are kept
    expect(found).to_contain_text("符合条件 8 行")
    table.get_by_label("查找").fill("")
    table.get_by_label("自评等级").select_option("")
    table.get_by_role("button", name="下一页").click()
    expect(table.get_by_role("navigation")).to_contain_text("第 2 页 / 共 41 页")
    table.get_by_label("每页行数").select_option("全部")
    expect(rows).to_have_count(COUNT + 1)
    table.get_by_label("状态").select_option("失败")
    expect(rows).to_have_text(["broken.yaml————失败it broke here"])
    assert page.evaluate(FASTEST) < 100


# All matching rows are printed; it fits a phone; without scripts every row is shown, and no controls.
def test_on_paper_on_a_phone_and_without_scripts(page: Any, browser: Any, index: str) -> None:
    page.goto(index)
    rows = page.locator("[data-section=all] tbody tr")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(rows).to_have_count(COUNT + 1)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(rows).to_have_count(50)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(index)
    expect(bare.locator("[data-section=all] tbody tr")).to_have_count(COUNT + 1)
    expect(bare.locator("input, button, select")).to_have_count(0)
    context.close()


# A truncated address, or one from another index, is ignored.
@pytest.mark.parametrize(
    "place", ["#all=%5B1", "#all=[%22%22,[[99,%22x%22]],null,0,50]", "#all=[%22%22,[],{%22column%22:99},0,-3]"]
)
def test_a_strange_address(page: Any, index: str, place: str) -> None:
    page.goto(index + place)
    expect(page.locator("[data-section=all] tbody tr")).to_have_count(50)


# Few rows need no tools.
def test_a_short_index_has_none(page: Any, tmp_path: Path) -> None:
    (tmp_path / "base.html").touch()
    Journal(tmp_path).add(JournalEntry("base", "base.yaml", {"html": ("", "")}, {"subject": "基地"}))
    page.goto(write_index(tmp_path, [], "zh")[0].as_uri())
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("input, button, select")).to_have_count(0)
